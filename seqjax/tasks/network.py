"""The network of a task, as plain functions of its parameters."""

from typing import Any, NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped

from seqjax.core.cells import Cell
from seqjax.nn import RecurrentClassifier, RecurrentTagger

Params = Any  # an nnx.State of arrays


class Network(NamedTuple):
    """A recurrent network that reads a sequence, and answers at its end or always.

    Attributes:
        cell: a cell, or its name.
        in_features: number of input features (or of distinct indices).
        outputs: number of classes (or of real outputs).
        hidden_size: units of a recurrent layer.
        layers: recurrent layers on top of each other.
        initializer: of all matrices, see `seqjax.core.initializers`.
        forget_bias: of the LSTM at the start: zero, one or chrono.
        memory_length: steps over which chrono is to remember, at least 3.
        every_step: answer at every step instead of the end alone.
    """

    cell: Cell | str
    in_features: int
    outputs: int
    hidden_size: int = 128
    layers: int = 1
    initializer: str = "he"
    forget_bias: str = "zero"
    memory_length: int = 3
    every_step: bool = False

    def model(self, key: PRNGKeyArray) -> RecurrentClassifier:
        """A freshly initialised network."""
        kind = RecurrentTagger if self.every_step else RecurrentClassifier
        return kind(
            self.cell,
            self.in_features,
            self.hidden_size,
            self.outputs,
            num_layers=self.layers,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            memory_length=(
                self.memory_length if self.forget_bias == "chrono" else None
            ),
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
        lengths: Int[Array, " batch"] | None = None,
    ) -> Float[Array, "*time batch outputs"]:
        """The outputs after the first `num_steps` steps (default: all) of `xs`.

        With `every_step`, those after each step; past `num_steps` they mean nothing.
        In a ragged batch each sequence ends after its own of `lengths` steps.
        """
        return merged(self, params)(xs, num_steps=num_steps, lengths=lengths)


def merged(network: Any, params: Params) -> Any:
    """The module of a network with these parameters.

    Args:
        network: has ``model(key)``, which makes the module.
        params: what its ``init`` returns.
    """
    definition, _ = jax.eval_shape(
        lambda key: nnx.split(network.model(key), nnx.Param), jax.random.key(0)
    )
    return nnx.merge(definition, params)
