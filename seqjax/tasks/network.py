"""The network of a task, as plain functions of its parameters."""

from typing import Any, NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped

from seqjax.nn import RecurrentClassifier

Params = Any  # an nnx.State of arrays


class Network(NamedTuple):
    """A recurrent network that reads a sequence and answers at its end.

    Attributes:
        cell: name of the cell.
        in_features: number of input features (or of distinct indices).
        outputs: number of classes (or of real outputs).
        hidden_size: units of a recurrent layer.
        layers: recurrent layers on top of each other.
        initializer: of all matrices, see `seqjax.core.initializers`.
        forget_bias: of the LSTM at the start: zero, one or chrono.
        memory_length: steps over which chrono is to remember, at least 3.
    """

    cell: str
    in_features: int
    outputs: int
    hidden_size: int = 128
    layers: int = 1
    initializer: str = "he"
    forget_bias: str = "zero"
    memory_length: int = 3

    def model(self, key: PRNGKeyArray) -> RecurrentClassifier:
        """A freshly initialised network."""
        return RecurrentClassifier(
            self.cell,
            self.in_features,
            self.hidden_size,
            self.outputs,
            num_layers=self.layers,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            memory_length=self.memory_length,
            rngs=nnx.Rngs(params=key),
        )

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def apply(
        self,
        params: Params,
        xs: Shaped[Array, "time batch *inputs"],
        num_steps: int | Int[Array, ""] | None = None,
    ) -> Float[Array, "batch outputs"]:
        """The outputs after the first `num_steps` steps (default: all) of `xs`."""
        definition, _ = jax.eval_shape(
            lambda key: nnx.split(self.model(key), nnx.Param), jax.random.key(0)
        )
        return nnx.merge(definition, params)(xs, num_steps=num_steps)
