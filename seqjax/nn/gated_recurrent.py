"""Layers of recurrent cells whose units are opened by time (Phased LSTM)."""

import math
from collections.abc import Collection
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core import cells
from seqjax.core.boundary import check_steps
from seqjax.core.cells.base import Carry, Cell
from seqjax.core.checks import check_choice
from seqjax.core.gate_checks import check_times
from seqjax.core.gate_params import (
    PARAMETERS,
    TimeGateParams,
    draw_time_gate,
    time_gate,
)
from seqjax.core.time_gate import TimeGate, openness
from seqjax.core.timeline import without_padding
from seqjax.nn.randomness import check_rngs
from seqjax.nn.recurrent import Recurrent, state_dtype

GATED_CELLS = {**cells.CELLS, cells.PEEPHOLE_LSTM.name: cells.PEEPHOLE_LSTM}
"""Cells that go by a name here: all of `CELLS`, and the LSTM with peepholes."""


class _Gate(nnx.Module):
    """The time gate of one layer in one direction, as it is learnt."""

    def __init__(self, params: TimeGateParams) -> None:
        self.period = nnx.Param(params.period)
        self.shift = nnx.Param(params.shift)
        self.open_ratio = nnx.Param(params.open_ratio)

    def params(self) -> TimeGateParams:
        return TimeGateParams(self.period[...], self.shift[...], self.open_ratio[...])


class GatedRecurrent(nnx.Module):
    """Layers of one cell, each unit of which is open at certain times only.

    Every layer (and direction) has its own gate. The cells' weights are those that a
    `Recurrent` from the same `rngs` has.

    Args:
        cell: a cell, or a name in `GATED_CELLS`, such as "peephole".
        in_features: number of input features, or of distinct indices.
        hidden_size: units per direction.
        period: bounds between which periods start, log-uniform, in the unit of the time
            stamps; default exp(U(1, 3)), as Neil et al. (2016) in their first task.
        shift: bounds between which shifts start, uniform; default U(0, 100).
        open_ratio: what all open ratios start from; default 0.05.
        learnt: which of "period", "shift" and "open_ratio" are; default: all. No
            gradient reaches the others, which keep their first values.
        rngs: source of the key "params".
        **options: further options of `Recurrent`.

    Raises:
        ValueError: on a period of 0 or below, an open ratio outside (0, 1], an unknown
            name in `learnt`, or what `Recurrent` refuses.
    """

    def __init__(
        self,
        cell: Cell | str,
        in_features: int,
        hidden_size: int,
        *,
        period: tuple[float, float] = (math.e, math.e**3),
        shift: tuple[float, float] = (0.0, 100.0),
        open_ratio: float = 0.05,
        learnt: Collection[str] = PARAMETERS,
        rngs: nnx.Rngs,
        **options: Any,
    ) -> None:
        for name in learnt:
            check_choice("learnt", name, PARAMETERS)
        check_rngs(rngs)
        if not isinstance(cell, Cell):
            check_choice("cell", cell, GATED_CELLS)
            cell = GATED_CELLS[cell]
        self.learnt = tuple(learnt)
        self.recurrent = Recurrent(cell, in_features, hidden_size, rngs=rngs, **options)
        for name in self.recurrent.layer_names():
            gate = draw_time_gate(
                rngs.params(),
                hidden_size,
                period=period,
                shift=shift,
                open_ratio=open_ratio,
            )
            # In the precision of the carry, which they open.
            dtype = state_dtype(self.recurrent.param_dtype())
            gate = jax.tree.map(lambda p, dtype=dtype: p.astype(dtype), gate)
            setattr(self, f"{name}_gate", _Gate(gate))

    def gate(self, name: str) -> TimeGate:
        """The gate of a layer ("layer_0", "layer_0_reverse", "layer_1", ...)."""
        params: TimeGateParams = getattr(self, f"{name}_gate").params()
        held = {
            field: jax.lax.stop_gradient(getattr(params, field))
            for field in PARAMETERS
            if field not in self.learnt
        }
        return time_gate(params._replace(**held))

    def initial_carry(self, batch: int | None, dtype: Any = None) -> dict[str, Carry]:
        """Zero carries by name, see `Recurrent.initial_carry`; default its dtype."""
        return self.recurrent.initial_carry(batch, dtype)

    def __call__(
        self,
        xs: Shaped[Array, "time batch *inputs"] | Any,
        times: Float[Array, "time rows"] | Any,
        carry: dict[str, Carry] | Any = None,
        *,
        leak: float | Float[Array, ""] = 0.0,
        num_steps: int | Int[Array, ""] | Any = None,
        lengths: Int[Array, " batch"] | Any = None,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
        outputs: bool = True,
    ) -> tuple[Float[Array, "*steps outputs"], dict[str, Carry]]:
        """Run all layers over time; every layer reads the same time stamps.

        Args:
            xs: as `Recurrent` takes them.
            times: when each input was taken, (time, batch); (time, 1) where all
                sequences share them, which is less work; (time,) of one sequence alone.
            carry: carries to start from, by layer name; default zeros.
            leak: slope of closed gates, see `seqjax.core.time_gate`; `TRAINING_LEAK` in
                training, and 0 (default) in a test or always.
            num_steps: take only the first so many steps; may be traced.
            lengths: steps of each sequence of a ragged batch.
            dropout_key: drop outputs between layers with this key.
            rngs: or with these, see `Recurrent`.
            outputs: False where only the final carry is wanted; saves their memory.

        Returns:
            Outputs of the last layer, and the final carry of every layer, as
            `Recurrent` returns them.

        Raises:
            ValueError: if time stamps do not fit the inputs or do not increase, or as
                `Recurrent`; what `jax.jit` does not know yet is not looked at.
        """
        xs, axes = self.recurrent.enter(xs)
        lengths = axes.lengths_inside(lengths)
        times = axes.shared_inside(
            "times", times, hint="give one time stamp to every step"
        )
        if jnp.issubdtype(times.dtype, jnp.integer):
            times = times.astype(self.gate("layer_0").period.dtype)
        check_times(times, xs.shape[0], xs.shape[1], lengths)
        if num_steps is not None:
            check_steps(num_steps, axes.time)
        limit = num_steps if lengths is None else lengths
        if limit is not None:
            times = without_padding(times, jnp.asarray(limit, jnp.int32))
        gates = {
            name: openness(self.gate(name), times, leak)
            for name in self.recurrent.layer_names()
        }
        ys, final = self.recurrent.run(
            xs,
            self.recurrent.carry_inside(carry, axes),
            num_steps=num_steps,
            lengths=lengths,
            dropout_key=self.recurrent.key_of_call(dropout_key, rngs),
            outputs=outputs,
            gates=gates,
        )
        return axes.outside(ys), axes.rows_outside(final)

    def last_output(self, final: dict[str, Carry]) -> Float[Array, "*batch outputs"]:
        """The last layer's final hidden state; both directions concatenated."""
        return self.recurrent.last_output(final)
