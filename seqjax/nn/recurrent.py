"""Layers of recurrent cells."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core import cells
from seqjax.core.boundary import check_carry, check_names
from seqjax.core.cells.base import Carry, Cell, Params
from seqjax.core.checks import check_choice, check_integer, check_number
from seqjax.core.initializers import initialize_cell
from seqjax.core.recurrence import check_method, run_cell
from seqjax.nn.axes import Axes, enter
from seqjax.nn.randomness import Dropping, check_rngs


class _Layer(nnx.Module):
    """The parameters of one cell in one direction."""

    def __init__(self, cell: Cell, params: Params) -> None:
        self.cell = cell
        for name, value in params._asdict().items():
            setattr(self, name, nnx.Param(value))

    def params(self) -> Params:
        fields = self.cell.params._fields
        return self.cell.params(*(getattr(self, name)[...] for name in fields))

    def load(self, params: Params) -> None:
        for name, value in params._asdict().items():
            # A copy: whoever gave it may change or donate its own.
            setattr(self, name, nnx.Param(jnp.array(value)))


class Recurrent(Dropping):
    """Layers of one cell, in one or both directions, time first.

    Args:
        cell: a cell, or a name in `seqjax.core.cells.CELLS`, such as "lstm".
        in_features: number of input features, or of distinct indices where the inputs
            are integers that stand for one-hot vectors.
        hidden_size: units per direction.
        num_layers: layers on top of each other.
        bidirectional: a second cell per layer runs backwards; outputs are concatenated.
        reverse: run backwards in time, in one direction; outputs stay in the order of
            the inputs.
        batch_first: the batch comes before time in inputs, outputs and whatever else
            has both; in carries nothing changes.
        dropout: probability that an output between two layers is dropped in training.
        initializer: name of the initialiser, applied gate by gate.
        forget_bias: "zero", "one" or "chrono".
        memory_length: longest dependency in steps, for "chrono" and with no other.
        method: how the cell runs over time, see `seqjax.core.recurrence.recur`.
        segment: steps whose insides are computed twice to save memory, see `recur`.
        param_dtype: of the parameters; default: JAX's own. With one of half precision
            (bfloat16) products are taken in it; carry, sums and outputs stay in
            float32.
        rngs: source of the key "params"; with a stream "dropout" (or the default one,
            as of `nnx.Rngs(0)`) also of what `train()` drops.

    Raises:
        ValueError: on a size below 1, a dropout outside [0, 0.999], an unknown name, or
            an option that would be ignored.
    """

    def __init__(
        self,
        cell: Cell | str,
        in_features: int,
        hidden_size: int,
        *,
        num_layers: int = 1,
        bidirectional: bool = False,
        reverse: bool = False,
        batch_first: bool = False,
        dropout: int | float = 0.0,
        initializer: str = "he",
        forget_bias: str = "zero",
        memory_length: int | None = None,
        method: str = "adjoint",
        segment: int | None = None,
        param_dtype: Any = None,
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("in_features", in_features, minimum=1)
        check_integer("hidden_size", hidden_size, minimum=1)
        check_integer("num_layers", num_layers, minimum=1)
        check_number("dropout", dropout, minimum=0.0, maximum=0.999)
        check_method(method, segment)
        check_rngs(rngs)
        if bidirectional and reverse:
            raise ValueError(
                "reverse must be False where both directions are run; leave it out"
            )
        if not isinstance(cell, Cell):
            check_choice("cell", cell, cells.CELLS)
            cell = cells.CELLS[cell]
        self.cell = cell
        self.in_features = in_features
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.reverse = reverse
        self.batch_first = batch_first
        self.dropout = dropout
        self.method = method
        self.segment = segment
        features = in_features
        for layer in range(num_layers):
            for name in self._directions(layer):
                params = initialize_cell(
                    rngs.params(),
                    cell,
                    features,
                    hidden_size,
                    initializer=initializer,
                    forget_bias=forget_bias,
                    memory_length=memory_length,
                )
                if param_dtype is not None:
                    params = jax.tree.map(lambda p: p.astype(param_dtype), params)
                setattr(self, name, _Layer(cell, params))
            features = hidden_size * (2 if bidirectional else 1)
        self.keep_stream(rngs)

    def _directions(self, layer: int) -> list[str]:
        # Attributes rather than a list of modules: nnx's list handling is unstable.
        name = f"layer_{layer}"
        return [name, f"{name}_reverse"] if self.bidirectional else [name]

    def layer_names(self) -> list[str]:
        """Names of all layers and directions: "layer_0", "layer_0_reverse", ..."""
        layers = range(self.num_layers)
        return [name for layer in layers for name in self._directions(layer)]

    def params(self) -> dict[str, Params]:
        """The parameters of every layer and direction, by name ("layer_0", ...)."""
        return {name: getattr(self, name).params() for name in self.layer_names()}

    def load(self, params: Mapping[str, Params]) -> None:
        """Take other parameters, in whatever precision they have.

        Args:
            params: of every layer and direction, as `params` gives them.

        Raises:
            ValueError: where a name is missing or unknown, or a shape is another.
        """
        check_names("params", params, self.layer_names())
        for name, own in self.params().items():
            for field, old in own._asdict().items():
                new = getattr(params[name], field)
                if new.shape != old.shape:
                    raise ValueError(
                        f"{field} of {name} must have shape {old.shape}, not "
                        f"{new.shape}"
                    )
        for name in self.layer_names():
            getattr(self, name).load(params[name])

    def initial_carry(self, batch: int | None, dtype: Any = None) -> dict[str, Carry]:
        """Zero carries of every layer and direction, by name ("layer_0", ...).

        Args:
            batch: number of sequences; None: of one sequence without a batch.
            dtype: default: what a call without a carry starts from, which is that of
                the parameters, or float32 where theirs is narrower.

        Raises:
            ValueError: on a batch below 0.
        """
        if batch is not None:
            check_integer("batch", batch, minimum=0)
        dtype = state_dtype(self.param_dtype()) if dtype is None else dtype
        rows = 1 if batch is None else batch
        carries = {
            name: self.cell.initial_carry(rows, self.hidden_size, dtype)
            for name in self.layer_names()
        }
        if batch is None:
            carries = jax.tree.map(lambda leaf: leaf[0], carries)
        return carries

    def param_dtype(self) -> Any:
        """Of the parameters."""
        return self.layer_0.w_h.dtype  # type: ignore[attr-defined]

    def __call__(
        self,
        xs: Shaped[Array, "time batch *inputs"] | Any,
        carry: dict[str, Carry] | Any = None,
        *,
        num_steps: int | Int[Array, ""] | Any = None,
        lengths: Int[Array, " batch"] | Any = None,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
        outputs: bool = True,
        gates: dict[str, Array] | Any = None,
    ) -> tuple[Float[Array, "*steps outputs"], dict[str, Carry]]:
        """Run all layers over time.

        Args:
            xs: (time, batch, in_features), or integer indices (time, batch); (time,
                in_features), or indices (time,), of one sequence alone. Integers with
                an axis of features are features.
            carry: carries to start from, by layer name, each field (batch, hidden_size)
                or (hidden_size,); default zeros.
            num_steps: take only the first so many steps; may be traced.
            lengths: steps of each sequence of a ragged batch, (batch,); () of one
                sequence alone.
            dropout_key: drop outputs between layers with this key.
            rngs: `nnx.Rngs`, a stream of them or a key, which is the same; default:
                after `train()` the layer's own, before it none. After `eval()` nothing
                is dropped, whatever is given.
            outputs: False where only the final carry is wanted; saves their memory.
            gates: how far each unit is open at each step, by layer name, (time, batch
                or 1, hidden_size), see `recur`; default: always open.

        Returns:
            Outputs of the last layer (both directions concatenated; zero on steps that
            were not taken), and the final carry of every layer and direction; without a
            batch where `xs` have none.

        Raises:
            ValueError: where arguments do not fit the layer or each other, see `recur`.
        """
        xs, axes = self.enter(xs)
        if gates is not None:
            check_names("gates", gates, self.layer_names())
            gates = {
                name: axes.shared_inside(f"gates[{name!r}]", gate, self.hidden_size)
                for name, gate in gates.items()
            }
        ys, final = self.run(
            xs,
            self.carry_inside(carry, axes),
            num_steps=num_steps,
            lengths=axes.lengths_inside(lengths),
            dropout_key=self.key_of_call(dropout_key, rngs),
            outputs=outputs,
            gates=gates,
        )
        return axes.outside(ys), axes.rows_outside(final)

    def enter(self, xs: Any) -> tuple[Array, Axes]:
        """Inputs with time first and a batch, and the axes that they had.

        Args:
            xs: as a call takes them.

        Raises:
            ValueError: where they do not fit the layer.
        """
        return enter(xs, self.in_features, self.param_dtype(), self.batch_first)

    def carry_inside(self, carry: Any, axes: Axes) -> dict[str, Carry] | None:
        """Carries with a batch; None stays None.

        Args:
            carry: as a call takes it.
            axes: of the call.

        Raises:
            ValueError: where it does not fit the layer and the inputs.
        """
        if carry is None:
            return None
        check_names("carry", carry, self.layer_names())
        (batch,) = axes.batch or (None,)
        like = jax.eval_shape(lambda: self.initial_carry(batch, self.param_dtype()))
        for name in self.layer_names():
            check_carry(carry[name], like[name], f"carry[{name!r}]")
        return axes.rows_inside(carry)

    def run(
        self,
        xs: Shaped[Array, "time batch *inputs"],
        carry: dict[str, Carry] | None,
        *,
        num_steps: int | Int[Array, ""] | Any,
        lengths: Int[Array, " batch"] | None,
        dropout_key: Array | None,
        outputs: bool,
        gates: dict[str, Array] | None,
    ) -> tuple[Float[Array, "steps batch outputs"], dict[str, Carry]]:
        """A call with time first and a batch, whose arguments have been looked at.

        Args:
            xs: from `enter`.
            carry: from `carry_inside`.
            num_steps: as a call takes it.
            lengths: of the batch.
            dropout_key: drops outputs between layers; None: nothing.
            outputs: whether any are wanted.
            gates: by layer name, time first.
        """
        final: dict[str, Carry] = {}
        for layer in range(self.num_layers):
            by_direction = []
            for name in self._directions(layer):
                params = getattr(self, name).params()
                final[name], ys = run_cell(
                    self.cell,
                    params,
                    xs,
                    None if carry is None else carry[name],
                    num_steps=num_steps,
                    lengths=lengths,
                    reverse=self.reverse or name.endswith("_reverse"),
                    method=self.method,
                    segment=self.segment,
                    state_dtype=state_dtype(params.w_h.dtype),
                    outputs=outputs or layer < self.num_layers - 1,
                    gate=None if gates is None else gates[name],
                )
                by_direction.append(ys)
            xs = jnp.concatenate(by_direction, axis=-1)
            if dropout_key is not None and layer < self.num_layers - 1:
                xs = _drop(jax.random.fold_in(dropout_key, layer), xs, self.dropout)
        return xs, final

    def last_output(self, final: dict[str, Carry]) -> Float[Array, "*batch outputs"]:
        """The last layer's final hidden state; both directions concatenated."""
        names = self._directions(self.num_layers - 1)
        return jnp.concatenate([final[name].h for name in names], axis=-1)


def state_dtype(dtype: Any) -> Any:
    """The carry's, by that of the parameters: float32 at least.

    One of half precision would forget: small changes would be rounded away.
    """
    return dtype if jnp.finfo(dtype).bits >= 32 else jnp.float32


def _drop(key: Array, xs: Array, rate: float) -> Array:
    """Inverted dropout (Srivastava et al. 2014): kept values are scaled up."""
    if rate == 0:
        return xs
    kept = jax.random.bernoulli(key, 1 - rate, xs.shape)
    return jnp.where(kept, xs / (1 - rate), 0)


class RNN(Recurrent):
    """Layers of the vanilla recurrent cell; arguments as `Recurrent` without `cell`."""

    def __init__(self, in_features: int, hidden_size: int, **options: Any) -> None:
        super().__init__(cells.RNN, in_features, hidden_size, **options)


class LSTM(Recurrent):
    """Layers of the LSTM; arguments as `Recurrent` without `cell`."""

    def __init__(self, in_features: int, hidden_size: int, **options: Any) -> None:
        super().__init__(cells.LSTM, in_features, hidden_size, **options)


class GRU(Recurrent):
    """Layers of the GRU; arguments as `Recurrent` without `cell`."""

    def __init__(self, in_features: int, hidden_size: int, **options: Any) -> None:
        super().__init__(cells.GRU, in_features, hidden_size, **options)
