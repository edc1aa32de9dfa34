"""A language model as plain functions of its parameters."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core.cells.base import Carry
from seqjax.nn.language_model import LanguageModel

Params = Any  # an nnx.State of arrays


class LanguageNetwork(NamedTuple):
    """What a `LanguageModel` is made from, without its numbers.

    Attributes:
        cell: name of the cell.
        vocab_size: number of distinct characters.
        hidden_size: units of a layer.
        layers: recurrent layers on top of each other.
        embedding_size: length of a character's learnt vector; None: one-hot vectors.
        dropout: probability that an output between two layers is dropped in training.
        initializer: of all matrices, see `seqjax.core.initializers`.
        forget_bias: of the LSTM at the start: zero, one or chrono.
        memory_length: steps over which chrono is to remember, at least 3.
    """

    cell: str
    vocab_size: int
    hidden_size: int = 128
    layers: int = 2
    embedding_size: int | None = None
    dropout: float = 0.0
    initializer: str = "he"
    forget_bias: str = "zero"
    memory_length: int = 3

    def model(self, key: PRNGKeyArray) -> LanguageModel:
        """A freshly initialised model."""
        return LanguageModel(
            self.cell,
            self.vocab_size,
            self.hidden_size,
            num_layers=self.layers,
            embedding_size=self.embedding_size,
            dropout=self.dropout,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            memory_length=(
                self.memory_length if self.forget_bias == "chrono" else None
            ),
            rngs=nnx.Rngs(params=key),
        )

    def check(self) -> None:
        """Raise the ValueError that making a model would, but compute nothing."""
        _structure(self)

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def apply(
        self,
        params: Params,
        characters: Int[Array, "time batch"],
        carry: dict[str, Carry] | None = None,
        *,
        num_steps: int | Int[Array, ""] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        dropout_key: Array | None = None,
    ) -> tuple[Float[Array, "time batch vocab"], dict[str, Carry]]:
        """Logits after each character and the final carry, see `LanguageModel`."""
        return self._with(params)(
            characters,
            carry,
            num_steps=num_steps,
            lengths=lengths,
            dropout_key=dropout_key,
        )

    def initial_carry(self, batch: int) -> dict[str, Carry]:
        """Zero carries of every layer, by name."""
        _, shapes = _structure(self)
        return self._with(shapes).initial_carry(batch)

    def stepper(
        self, params: Params
    ) -> Callable[[dict[str, Carry], Array], tuple[Array, dict[str, Carry]]]:
        """The step of given parameters, for `seqjax.core.decoding`."""
        return self._with(params).stepper()

    def to_arrays(self, params: Params) -> dict[str, np.ndarray]:
        """The parameters by name ("recurrent.layer_0.w_x", ...), in NumPy."""
        return {name: np.asarray(leaf) for name, leaf in _named(params).items()}

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> Params:
        """The parameters that `to_arrays` has named.

        Raises:
            ValueError: if one is missing, or is not this network's, or has another
                shape or dtype.
        """
        _, shapes = _structure(self)
        expected = _named(shapes)
        faults = [f"{name} is missing" for name in sorted(expected.keys() - arrays)]
        faults += [
            f"{name} is no parameter" for name in sorted(arrays.keys() - expected)
        ]
        for name in expected.keys() & arrays.keys():
            wanted, found = _form(expected[name]), _form(arrays[name])
            if found != wanted:
                faults.append(f"{name} is {found} instead of {wanted}")
        if faults:
            raise ValueError(
                "arrays must be the parameters of their network, but "
                f"{', '.join(sorted(faults))}; give those of the same model"
            )
        leaves = [jnp.asarray(arrays[name]) for name in expected]
        return jax.tree.unflatten(jax.tree.structure(shapes), leaves)

    def _with(self, params: Params) -> LanguageModel:
        definition, _ = _structure(self)
        return nnx.merge(definition, params)


@lru_cache
def _structure(network: LanguageNetwork) -> tuple[Any, Params]:
    """What a network's model is made of, and the shapes of its parameters.

    Kept, since flax takes 50 ms to find it out, and a model in use needs it often.
    """
    model = nnx.eval_shape(lambda: network.model(jax.random.key(0)))
    definition, shapes = nnx.split(model, nnx.Param)
    return definition, shapes


def _named(params: Params) -> dict[str, Any]:
    """The leaves in their order, by the attributes on the way to them."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(params)
    # Where the path goes on inside of nnx.Param is flax's own affair.
    return {
        ".".join(str(entry.key) for entry in path if hasattr(entry, "key")): leaf
        for path, leaf in leaves
    }


def _form(array: Any) -> str:
    return f"{array.dtype}{list(array.shape)}"
