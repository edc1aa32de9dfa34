"""LSTMs with batch normalisation, inside the cell or of their inputs alone.

Which statistics are used, the call says: with none given (training) those of the batch,
which come back beside the result, so that a test can be given them.
"""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from seqjax.core.batch_norm import (
    BatchNormLSTMParams,
    Moments,
    Statistics,
    batch_norm_lstm,
    normalize_inputs,
)
from seqjax.core.cells import LSTM
from seqjax.core.cells.base import bias
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.initializers import initialize_cell
from seqjax.nn.axes import Axes, enter
from seqjax.nn.linear import Linear
from seqjax.nn.randomness import check_rngs
from seqjax.nn.recurrent import Recurrent

FIRST_SCALE = 0.1
"""Scales inside the cell start here; at 1 gradients die (Cooijmans et al., sec. 4)."""


class BatchNormLSTM(nnx.Module):
    """A layer of LSTM with batch normalisation inside (Cooijmans et al. 2016).

    Recurrent matrices start as the identity, gate by gate, and scales at 0.1, both as
    theirs. From random matrices gradients explode, the more the longer the sequences:
    every step divides by a spread that is small.

    Args:
        in_features: number of input features.
        hidden_size: units.
        initializer: name of the initialiser of the input matrix, gate by gate.
        batch_first: the batch comes before time.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown initialiser.
    """

    def __init__(
        self,
        in_features: int,
        hidden_size: int,
        *,
        initializer: str = "he",
        batch_first: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        check_rngs(rngs)
        self.batch_first = batch_first
        weights = initialize_cell(
            rngs.params(), LSTM, in_features, hidden_size, initializer=initializer
        )
        self.w_x = nnx.Param(weights.w_x)
        self.w_h = nnx.Param(jnp.tile(jnp.eye(hidden_size), 4))
        self.b = nnx.Param(weights.b)
        self.scale_x = nnx.Param(jnp.full(4 * hidden_size, FIRST_SCALE))
        self.scale_h = nnx.Param(jnp.full(4 * hidden_size, FIRST_SCALE))
        self.scale_c = nnx.Param(jnp.full(hidden_size, FIRST_SCALE))
        self.shift_c = nnx.Param(jnp.zeros(hidden_size))

    def params(self) -> BatchNormLSTMParams:
        """The parameters, as core takes them."""
        fields = BatchNormLSTMParams._fields
        return BatchNormLSTMParams(*(getattr(self, name)[...] for name in fields))

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"] | Any,
        lengths: Int[Array, " batch"] | Any = None,
        statistics: Statistics | None = None,
    ) -> tuple[Float[Array, "*batch hidden"], Statistics]:
        """The hidden state after each sequence's last step, and the statistics used.

        Args:
            xs: (time, batch, in_features), or (time, in_features) of one alone.
            lengths: steps of each sequence; default: all.
            statistics: of the population; None (training): those of the batch.

        Raises:
            ValueError: where inputs or lengths do not fit.
        """
        params = self.params()
        xs, axes = _enter(xs, params.w_x, self.batch_first)
        lengths = axes.lengths_inside(lengths)
        final, used = batch_norm_lstm(params, xs, lengths, statistics)
        return axes.rows_outside(final.h), used


class InputNormLSTM(nnx.Module):
    """A layer of LSTM whose inputs are normalised, each feature with scale and shift.

    What the programs of Neil et al. (2016) call an LSTM with batch normalisation.
    Moments are those over examples and time; arguments as `BatchNormLSTM`.
    """

    def __init__(
        self,
        in_features: int,
        hidden_size: int,
        *,
        initializer: str = "he",
        batch_first: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        self.batch_first = batch_first
        self.recurrent = Recurrent(
            LSTM, in_features, hidden_size, initializer=initializer, rngs=rngs
        )
        self.scale = nnx.Param(jnp.ones(in_features))
        self.shift = nnx.Param(jnp.zeros(in_features))

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"] | Any,
        lengths: Int[Array, " batch"] | Any = None,
        statistics: Moments | None = None,
    ) -> tuple[Float[Array, "*batch hidden"], Moments]:
        """The hidden state after each sequence's last step, and the moments used.

        Args:
            xs: (time, batch, in_features), or (time, in_features) of one alone.
            lengths: steps of each sequence; default: all.
            statistics: of the population; None (training): those of the batch.

        Raises:
            ValueError: where inputs or lengths do not fit.
        """
        xs, axes = _enter(xs, self.recurrent.layer_0.w_x, self.batch_first)  # type: ignore[attr-defined]
        lengths = axes.lengths_inside(lengths)
        normal, used = normalize_inputs(xs, lengths, statistics)
        scale, shift = (bias(p[...], normal) for p in (self.scale, self.shift))
        _, final = self.recurrent(
            normal * scale + shift, lengths=lengths, outputs=False
        )
        return axes.rows_outside(self.recurrent.last_output(final)), used


def _enter(xs: Any, w_x: Any, batch_first: bool) -> tuple[Array, Axes]:
    return enter(xs, w_x.shape[0], w_x.dtype, batch_first, may_be_indices=False)


NORMALIZED = {"cell": BatchNormLSTM, "input": InputNormLSTM}


class BatchNormClassifier(nnx.Module):
    """A batch-normalised LSTM, and an affine projection of its last hidden state.

    Args:
        in_features: number of input features.
        hidden_size: units.
        num_classes: number of classes.
        normalized: what is normalised: the "cell" or the "input".
        initializer: name of the initialiser of all matrices.
        batch_first: the batch comes before time.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1, or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        hidden_size: int,
        num_classes: int,
        *,
        normalized: str = "cell",
        initializer: str = "he",
        batch_first: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        check_choice("normalized", normalized, NORMALIZED)
        check_rngs(rngs)
        check_integer("num_classes", num_classes, minimum=1)
        kind = NORMALIZED[normalized]
        self.recurrent = kind(
            in_features,
            hidden_size,
            initializer=initializer,
            batch_first=batch_first,
            rngs=rngs,
        )
        self.projection = Linear(
            hidden_size, num_classes, initializer=initializer, rngs=rngs
        )

    def __call__(
        self,
        xs: Float[Array, "time batch inputs"] | Any,
        lengths: Int[Array, " batch"] | Any = None,
        statistics: Statistics | Moments | None = None,
    ) -> tuple[Float[Array, "*batch classes"], Statistics | Moments]:
        """Logits, and the statistics that were used.

        Args:
            xs: (time, batch, in_features), or (time, in_features) of one alone.
            lengths: steps of each sequence; default: all.
            statistics: of the population, as a call on it has returned them; None
                (training): those of the batch.

        Raises:
            ValueError: where inputs or lengths do not fit.
        """
        hidden, used = self.recurrent(xs, lengths, statistics)
        return self.projection(hidden), used
