"""A recurrent network that reads a text and says what comes next."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import Carry, Cell
from seqjax.core.checks import check_integer
from seqjax.core.stepping import prepared_step, rounded
from seqjax.nn.linear import Linear
from seqjax.nn.recurrent import Recurrent


class LanguageModel(nnx.Module):
    """Characters, as one-hot vectors or embedded; recurrent layers; logits of the next.

    Args:
        cell: a cell or its name.
        vocab_size: number of distinct characters.
        hidden_size: units of a layer.
        embedding_size: length of a character's learnt vector, drawn from a standard
            normal distribution (as torch's are); None (default): one-hot vectors, whose
            product with the weights is a row of these.
        num_layers: layers on top of each other, 2 by default.
        dropout: probability that an output between two layers is dropped in training.
        initializer: name of the initialiser of all matrices but the embedding.
        forget_bias: "zero", "one" or "chrono", see `seqjax.core.initializers`.
        memory_length: longest dependency in steps, for "chrono".
        method: how the cell runs over time, see `seqjax.core.recurrence.recur`.
        segment: steps whose insides are computed twice to save memory, see `recur`.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1, or what `Recurrent` refuses.
    """

    def __init__(
        self,
        cell: Cell | str,
        vocab_size: int,
        hidden_size: int,
        *,
        embedding_size: int | None = None,
        num_layers: int = 2,
        dropout: int | float = 0.0,
        initializer: str = "he",
        forget_bias: str = "zero",
        memory_length: int = 2,
        method: str = "adjoint",
        segment: int | None = None,
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("vocab_size", vocab_size, minimum=1)
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        if embedding_size is not None:
            check_integer(
                "embedding_size",
                embedding_size,
                minimum=1,
                hint="give 1 or more, or None for one-hot vectors",
            )
            shape = (vocab_size, embedding_size)
            self.embedding = nnx.Param(jax.random.normal(rngs.params(), shape))
        self.recurrent = Recurrent(
            cell,
            vocab_size if embedding_size is None else embedding_size,
            hidden_size,
            num_layers=num_layers,
            dropout=dropout,
            initializer=initializer,
            forget_bias=forget_bias,
            memory_length=memory_length,
            method=method,
            segment=segment,
            rngs=rngs,
        )
        self.projection = Linear(
            hidden_size, vocab_size, initializer=initializer, rngs=rngs
        )

    def initial_carry(self, batch: int, dtype: Any = jnp.float32) -> dict[str, Carry]:
        """Zero carries of every layer, by name ("layer_0", ...)."""
        return self.recurrent.initial_carry(batch, dtype)

    def __call__(
        self,
        characters: Int[Array, "time batch"],
        carry: dict[str, Carry] | None = None,
        *,
        num_steps: int | Int[Array, ""] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        dropout_key: Array | None = None,
    ) -> tuple[Float[Array, "time batch vocab"], dict[str, Carry]]:
        """Read characters, and give the logits of what follows each.

        Args:
            characters: indices in the vocabulary.
            carry: carries to start from, by layer name; default zeros.
            num_steps: take only the first so many steps; may be traced.
            lengths: characters of each text of a ragged batch.
            dropout_key: drop outputs between layers with this key; None (evaluation)
                drops nothing.

        Returns:
            Logits after each character (on steps that were not taken they mean
            nothing: the projection's bias), and the final carry of every layer.
        """
        xs = characters if self.embedding_size is None else self.embedding[characters]
        ys, final = self.recurrent(
            xs, carry, num_steps=num_steps, lengths=lengths, dropout_key=dropout_key
        )
        return self.projection(ys), final

    def step(
        self, carry: dict[str, Carry], characters: Int[Array, " batch"]
    ) -> tuple[Float[Array, "batch vocab"], dict[str, Carry]]:
        """Read one character of each text; inside a loop, see `stepper`."""
        return self.stepper()(carry, characters)

    def stepper(
        self,
    ) -> Callable[[dict[str, Carry], Array], tuple[Array, dict[str, Carry]]]:
        """The step `(carry, characters) -> (logits, carry)`, prepared for a loop.

        What does not change from step to step is computed here, once: an embedded
        character's product with the first layer's weights becomes a row of a table.
        """
        steps = {}
        for layer in range(self.recurrent.num_layers):
            name = f"layer_{layer}"
            params = getattr(self.recurrent, name).params()
            if layer == 0 and self.embedding_size is not None:
                params = params._replace(w_x=self.embedding[...] @ params.w_x)
            steps[name] = prepared_step(self.recurrent.cell, params)
        project, bias = rounded(self.projection.w[...]), self.projection.b[...]

        def step(
            carry: dict[str, Carry], characters: Int[Array, " batch"]
        ) -> tuple[Float[Array, "batch vocab"], dict[str, Carry]]:
            ys, final = characters, {}
            for name, layer_step in steps.items():
                final[name], ys = layer_step(carry[name], ys)
            return project(ys) + bias, final

        return step
