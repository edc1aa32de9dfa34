"""A network with time gates that answers at every step, as plain functions."""

import math
from typing import NamedTuple

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from seqjax.core.gate_params import PARAMETERS
from seqjax.core.time_gate import TRAINING_LEAK, TimeGate
from seqjax.nn import GatedClassifier
from seqjax.tasks.network import Params, merged


class GatedNetwork(NamedTuple):
    """A gated layer that reads a sequence, one step per unit of time, from time 0 on.

    It has the cell's weights that a `Network` of the same key has.

    Attributes:
        cell: name of the cell: rnn, lstm, gru or peephole.
        in_features: number of input features (or of distinct indices).
        outputs: number of classes.
        hidden_size: units of the layer.
        initializer: of all matrices.
        forget_bias: of the LSTM at the start: zero, one or chrono.
        memory_length: steps over which chrono is to remember, at least 3.
        period: bounds in steps between which periods start, log-uniform.
        shift: bounds in steps between which shifts start, uniform.
        open_ratio: what open ratios start from.
        learnt: which of period, shift and open_ratio are.
        leak: slope of closed gates in training; 0 in a test.
    """

    cell: str
    in_features: int
    outputs: int
    hidden_size: int = 128
    initializer: str = "he"
    forget_bias: str = "zero"
    memory_length: int = 3
    period: tuple[float, float] = (math.e, math.e**3)
    shift: tuple[float, float] = (0.0, 100.0)
    open_ratio: float = 0.05
    learnt: tuple[str, ...] = PARAMETERS
    leak: float = TRAINING_LEAK

    def model(self, key: PRNGKeyArray) -> GatedClassifier:
        """A freshly initialised network."""
        return GatedClassifier(
            self.cell,
            self.in_features,
            self.hidden_size,
            self.outputs,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            memory_length=(
                self.memory_length if self.forget_bias == "chrono" else None
            ),
            period=self.period,
            shift=self.shift,
            open_ratio=self.open_ratio,
            learnt=self.learnt,
            rngs=nnx.Rngs(params=key),
        )

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def gate(self, params: Params) -> TimeGate:
        """The gate of the layer."""
        return merged(self, params).gated.gate("layer_0")

    def apply(
        self,
        params: Params,
        xs: Shaped[Array, "time batch *inputs"],
        leak: float = 0.0,
    ) -> Float[Array, "time batch outputs"]:
        """The outputs after each step of `xs`.

        Args:
            params: of the network.
            xs: inputs, or indices.
            leak: slope of closed gates; default: none, as in a test.
        """
        model = merged(self, params)
        times = jnp.arange(len(xs), dtype=jnp.float32)[:, None]
        ys, _ = model.gated(xs, times, leak=leak)
        return model.projection(ys)
