"""A recurrent network that reads a text and says what comes next."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from seqjax.core.boundary import as_array, check_indices
from seqjax.core.cells.base import Carry, Cell, bias
from seqjax.core.checks import check_integer
from seqjax.core.stepping import prepared_step, rounded
from seqjax.nn.axes import Axes
from seqjax.nn.linear import Linear
from seqjax.nn.randomness import check_rngs
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
        batch_first: the batch comes before time.
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
        memory_length: int | None = None,
        method: str = "adjoint",
        segment: int | None = None,
        batch_first: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("vocab_size", vocab_size, minimum=1)
        check_rngs(rngs)
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
            batch_first=batch_first,
            rngs=rngs,
        )
        self.projection = Linear(
            hidden_size, vocab_size, initializer=initializer, rngs=rngs
        )

    def initial_carry(self, batch: int | None, dtype: Any = None) -> dict[str, Carry]:
        """Zero carries by name, see `Recurrent.initial_carry`; default its dtype."""
        return self.recurrent.initial_carry(batch, dtype)

    def __call__(
        self,
        characters: Int[Array, "time batch"] | Any,
        carry: dict[str, Carry] | Any = None,
        *,
        num_steps: int | Int[Array, ""] | Any = None,
        lengths: Int[Array, " batch"] | Any = None,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
    ) -> tuple[Float[Array, "*steps vocab"], dict[str, Carry]]:
        """Read characters, and give the logits of what follows each.

        Args:
            characters: indices in the vocabulary, (time, batch); (time,) of one text.
            carry: carries to start from, by layer name; default zeros.
            num_steps: take only the first so many steps; may be traced.
            lengths: characters of each text of a ragged batch.
            dropout_key: drop outputs between layers with this key.
            rngs: or with these, see `Recurrent`.

        Returns:
            Logits after each character (on steps that were not taken they mean
            nothing: the projection's bias), and the final carry of every layer.

        Raises:
            ValueError: on what are no indices or too large ones, or as `Recurrent`.
        """
        characters = self._checked(characters, (1, 2))
        xs = characters if self.embedding_size is None else self.embedding[characters]
        ys, final = self.recurrent(
            xs,
            carry,
            num_steps=num_steps,
            lengths=lengths,
            dropout_key=dropout_key,
            rngs=rngs,
        )
        return self.projection(ys), final

    def _checked(self, characters: Any, ranks: tuple[int, ...]) -> Array:
        """Indices of characters, with one of these numbers of axes."""
        found = as_array("characters", characters)
        if not jnp.issubdtype(found.dtype, jnp.integer) or found.ndim not in ranks:
            raise ValueError(
                f"characters must be integer indices with {ranks[-1]} axes, not "
                f"{found.dtype}{list(found.shape)}; give those of the vocabulary"
            )
        check_indices("characters", found, self.vocab_size)
        return found

    def step(
        self, carry: dict[str, Carry], characters: Int[Array, " batch"]
    ) -> tuple[Float[Array, "batch vocab"], dict[str, Carry]]:
        """Read one character of each text; inside a loop, see `stepper`.

        Args:
            carry: of the texts so far.
            characters: of each, (batch,).

        Raises:
            ValueError: where they do not fit the model or each other.
        """
        characters = self._checked(characters, (1,))
        axes = Axes(1, characters.shape, False)
        self.recurrent.carry_inside(carry, axes)
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
        project, added = rounded(self.projection.w[...]), self.projection.b[...]

        def step(
            carry: dict[str, Carry], characters: Int[Array, " batch"]
        ) -> tuple[Float[Array, "batch vocab"], dict[str, Carry]]:
            ys, final = characters, {}
            for name, layer_step in steps.items():
                final[name], ys = layer_step(carry[name], ys)
            logits = project(ys)
            return logits + bias(added, logits), final

        return step
