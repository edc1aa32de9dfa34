"""The text that models are evaluated on, and all that needs no model."""

from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int32

from seqjax.charlm.corpus import Corpus
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.quality import Judge
from seqjax.charlm.evaluation.structure import Kind, kind_of
from seqjax.charlm.measures import (
    COMPRESSORS,
    Loss,
    compressed_loss,
    fit_ngram,
    index_text,
    loss_of_nats,
    ngram_loss,
    pieces,
    speakers,
    words,
)


class Reference:
    """A text in its parts; what is dear is computed when it is first asked for.

    Args:
        config: which part, prompts, and so on.
        corpus: the text.
    """

    def __init__(self, config: Config, corpus: Corpus) -> None:
        self.config, self.corpus = config, corpus
        self.train: str = corpus.parts.train
        self.held_out: str = getattr(corpus.parts, config.part)
        # What comes before the held-out part, for the model to read.
        self._before = self.train
        if config.part == "test":
            self._before += corpus.parts.validation

    @cached_property
    def train_symbols(self) -> Int32[np.ndarray, " symbols"]:
        """The training text as numbers."""
        return self.corpus.vocabulary.encode(self.train)

    @cached_property
    def held_out_symbols(self) -> Int32[np.ndarray, " symbols"]:
        """The held-out part as numbers."""
        return self.corpus.vocabulary.encode(self.held_out)

    @cached_property
    def symbols(self) -> Int32[np.ndarray, " symbols"]:
        """The text up to the end of the held-out part, which ends it, as numbers."""
        return self.corpus.vocabulary.encode(self._before + self.held_out)

    @property
    def first(self) -> int:
        """Place of the held-out part in `symbols`."""
        return len(self.symbols) - len(self.held_out_symbols)

    def per_character(self, held_out: bool = True) -> float:
        """Symbols of a character, on average: 1 unless symbols are bytes.

        Args:
            held_out: of the held-out part (the default), or the training text.
        """
        if held_out:
            return len(self.held_out_symbols) / len(self.held_out)
        return len(self.train_symbols) / len(self.train)

    @cached_property
    def kind(self) -> Kind:
        """The kind of the text, as set or found."""
        chosen: Any = self.config.structure
        return kind_of(self.train) if chosen == "auto" else chosen

    @cached_property
    def judge(self) -> Judge:
        """What is known of the training text."""
        vocabulary = self.corpus.vocabulary
        return Judge(
            self.kind,
            index_text(self.train),
            self.config.grams,
            frozenset(words(self.train)),
            frozenset(speakers(self.train)),
            fit_ngram(self.train_symbols, vocabulary.size, self.config.ngram_order),
            vocabulary,
        )

    @cached_property
    def prompts(self) -> list[str]:
        """Beginnings of samples, from random places; the same for all models."""
        text = self.train if self.config.prompts == "train" else self.held_out
        length = self.config.prompt_length
        random = np.random.default_rng(self.config.seed)
        starts = random.integers(0, len(text) - length + 1, self.config.samples)
        return [text[start : start + length] for start in starts.tolist()]

    def pieces(self, length: int) -> list[str]:
        """Held-out text as long as a sample, from evenly spread places.

        Args:
            length: in characters.
        """
        return pieces(self.held_out, length, self.config.pieces)

    def baselines(self) -> dict[str, Loss]:
        """Losses per character that need no network, by name."""
        size, many = self.corpus.vocabulary.size, self.per_character()
        train, held_out = self.train_symbols, self.held_out_symbols
        order = self.config.ngram_order
        counted = {
            "unigram": ngram_loss(train, held_out, size, 1),
            f"{order}-gram": ngram_loss(train, held_out, size, order),
        }
        losses = {
            "uniform": loss_of_nats(float(np.log(size)) * many),
            **{name: loss_of_nats(loss.nats * many) for name, loss in counted.items()},
        }
        for name in COMPRESSORS:
            losses[name] = compressed_loss(self.train, self.held_out, name)
        return losses

    def unigram_accuracy(self) -> float:
        """How often the training text's commonest symbol comes: chance."""
        commonest = np.bincount(self.train_symbols).argmax()
        return float((self.held_out_symbols == commonest).mean())
