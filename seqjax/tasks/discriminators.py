"""The contenders of the frequency task, as plain functions of their parameters.

A network with time gates reads the wave and is opened by time; the others read the time
as a second input, in ms, as in Neil et al. (2016).
"""

import math
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core.gate_params import PARAMETERS
from seqjax.core.time_gate import TRAINING_LEAK, TimeGate
from seqjax.nn import BatchNormClassifier, GatedClassifier
from seqjax.tasks.frequency import Waves
from seqjax.tasks.network import Network, Params, merged

OUTPUTS = 2


@runtime_checkable
class Discriminator(Protocol):
    """A network that tells classes of waves."""

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""

    def train(self, params: Params, waves: Waves) -> Float[Array, "batch classes"]:
        """Logits in training."""

    def fit(self, params: Params, waves: Waves) -> Any:
        """What a test needs to know of the population, from many waves; or nothing."""

    def test(
        self, params: Params, waves: Waves, population: Any
    ) -> Float[Array, "batch classes"]:
        """Logits in a test."""


class PlainDiscriminator(NamedTuple):
    """Recurrent layers that read value and time.

    Attributes:
        cell: name of the cell.
        hidden_size: units of a layer.
        layers: recurrent layers on top of each other.
        initializer: of all matrices.
        forget_bias: of the LSTM at the start: zero or one.
    """

    cell: str = "lstm"
    hidden_size: int = 110
    layers: int = 1
    initializer: str = "he"
    forget_bias: str = "zero"

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return self._network().init(key)

    def train(self, params: Params, waves: Waves) -> Float[Array, "batch classes"]:
        """Logits; a test has the same."""
        network = self._network()
        return network.apply(params, with_time(waves), lengths=waves.lengths)

    def fit(self, params: Params, waves: Waves) -> None:
        """Nothing: the weights say it all."""

    def test(
        self, params: Params, waves: Waves, population: None
    ) -> Float[Array, "batch classes"]:
        """Logits."""
        return self.train(params, waves)

    def _network(self) -> Network:
        return Network(
            self.cell,
            2,
            OUTPUTS,
            self.hidden_size,
            self.layers,
            self.initializer,
            self.forget_bias,
        )


class GatedDiscriminator(NamedTuple):
    """Gated layers that read the value and are opened by time.

    Attributes:
        cell: name of the cell: rnn, lstm, gru, or peephole (as in the paper).
        hidden_size: units of a layer.
        layers: recurrent layers on top of each other.
        initializer: of all matrices.
        forget_bias: of the LSTM at the start: zero or one.
        period: bounds in ms between which periods start, log-uniform.
        shift: bounds in ms between which shifts start, uniform.
        open_ratio: what open ratios start from.
        learnt: which of period, shift and open_ratio are.
        leak: slope of closed gates in training; 0 in a test.
    """

    cell: str = "lstm"
    hidden_size: int = 110
    layers: int = 1
    initializer: str = "he"
    forget_bias: str = "zero"
    period: tuple[float, float] = (math.e, math.e**3)
    shift: tuple[float, float] = (0.0, 100.0)
    open_ratio: float = 0.05
    learnt: tuple[str, ...] = PARAMETERS
    leak: float = TRAINING_LEAK

    def model(self, key: PRNGKeyArray) -> GatedClassifier:
        """A freshly initialised network."""
        return GatedClassifier(
            self.cell,
            1,
            self.hidden_size,
            OUTPUTS,
            num_layers=self.layers,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            period=self.period,
            shift=self.shift,
            open_ratio=self.open_ratio,
            learnt=self.learnt,
            rngs=nnx.Rngs(params=key),
        )

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def gates(self, params: Params) -> dict[str, TimeGate]:
        """The gates of all layers, by name."""
        gated = merged(self, params).gated
        return {name: gated.gate(name) for name in gated.recurrent.layer_names()}

    def train(self, params: Params, waves: Waves) -> Float[Array, "batch classes"]:
        """Logits with the leak."""
        return self._logits(params, waves, self.leak)

    def fit(self, params: Params, waves: Waves) -> None:
        """Nothing: the weights say it all."""

    def test(
        self, params: Params, waves: Waves, population: None
    ) -> Float[Array, "batch classes"]:
        """Logits without a leak."""
        return self._logits(params, waves, 0.0)

    def _logits(self, params: Params, waves: Waves, leak: float) -> Array:
        model = merged(self, params)
        values = waves.values[..., None]
        return model(values, waves.times, leak=leak, lengths=waves.lengths)


class BatchNormDiscriminator(NamedTuple):
    """A batch-normalised LSTM that reads value and time.

    Its statistics are those of the batch that a gradient is of: where a batch is cut
    into parts, of each part.

    Attributes:
        hidden_size: units.
        normalized: the cell (Cooijmans et al. 2016), or the input alone, which is what
            the programs of Neil et al. (2016) do.
        initializer: of all matrices.
    """

    hidden_size: int = 110
    normalized: str = "cell"
    initializer: str = "he"

    def model(self, key: PRNGKeyArray) -> BatchNormClassifier:
        """A freshly initialised network."""
        return BatchNormClassifier(
            2,
            self.hidden_size,
            OUTPUTS,
            normalized=self.normalized,
            initializer=self.initializer,
            rngs=nnx.Rngs(params=key),
        )

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def train(self, params: Params, waves: Waves) -> Float[Array, "batch classes"]:
        """Logits with the statistics of these waves."""
        logits, _ = merged(self, params)(with_time(waves), waves.lengths)
        return logits

    def fit(self, params: Params, waves: Waves) -> Any:
        """The statistics of these waves, which stand for the population."""
        _, statistics = merged(self, params)(with_time(waves), waves.lengths)
        return statistics

    def test(
        self, params: Params, waves: Waves, population: Any
    ) -> Float[Array, "batch classes"]:
        """Logits with the population's statistics."""
        model = merged(self, params)
        logits, _ = model(with_time(waves), waves.lengths, population)
        return logits


def with_time(waves: Waves) -> Float[Array, "time batch 2"]:
    """Inputs of a network without gates: the value, and the time in ms."""
    return jnp.stack([waves.values, waves.times], axis=-1)
