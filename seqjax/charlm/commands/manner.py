"""How a text is to be written, once that is decided."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax

from seqjax.charlm.commands.output import tell
from seqjax.charlm.prompts import Start, symbol
from seqjax.charlm.searching import search
from seqjax.charlm.writing import stream
from seqjax.core.decoding import Choice
from seqjax.lab.run_directory.model_files import StoredModel


class Manner(NamedTuple):
    """How a text is to be written.

    Attributes:
        length: Symbols after the prompt.
        choice: How they are drawn.
        beam: Beams of a search; None: they are drawn.
        length_normalization: Of the search.
        end: Symbol that ends a text of the search.
        start: How a text without a prompt begins.
        seed: Of the draws.
    """

    length: int
    choice: Choice
    beam: int | None
    length_normalization: float
    end: str | None
    start: Start
    seed: int

    def check(
        self, model: StoredModel, prompts: Sequence[str], names: Sequence[str]
    ) -> None:
        """Raises the `UserError` that writing would, before anything is printed.

        Args:
            model: What is to write.
            prompts: Beginnings of the texts.
            names: What to call each prompt in an error.
        """
        for prompt, name in zip(prompts, names, strict=True):
            model.vocabulary.encode(prompt, name)
        if self.end is not None:
            symbol(model.vocabulary, self.end, "end")

    def pieces(
        self, model: StoredModel, prompts: Sequence[str], names: Sequence[str]
    ) -> Iterator[list[str]]:
        """Pieces of what follows each prompt; of a search, one that is all.

        Args:
            model: What writes.
            prompts: Beginnings of the texts.
            names: What to call each text, where its log-probability is told.
        """
        key = jax.random.key(self.seed)
        if self.beam is None:
            return stream(
                model,
                prompts,
                self.length,
                key=key,
                choice=self.choice,
                start=self.start,
            )
        unit = "byte" if model.vocabulary.kind == "bytes" else "character"
        texts = []
        for prompt, name in zip(prompts, names, strict=True):
            best = search(
                model,
                prompt,
                self.length,
                width=self.beam,
                length_normalization=self.length_normalization,
                end=self.end,
                start=self.start,
                key=key,
            )[0]
            tell(
                f"{name}: log-probability {best.log_prob:.4f} nats, "
                f"{best.log_prob / best.length:.4f} per {unit}, "
                f"score {best.score:.4f}"
            )
            texts.append(best.text)
        return iter([texts])

    def tell(self) -> None:
        """Prints the seed, and what may be unexpected."""
        tell(f"seed: {self.seed} (--seed {self.seed} writes the same again)")
        if self.length_normalization and self.end is None:
            tell(
                "note: without --end all texts have one length, and "
                "--length-normalization changes no order"
            )
