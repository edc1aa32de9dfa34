"""Measures of pieces of text, each a ratio of two sums over them.

So the rate of many texts is that of all their words (or k-grams, or brackets) together,
and a text with more of them counts for more; what is a mean over texts has 1 for every
text in the sum below.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from seqjax.charlm.evaluation.structure import STRUCTURES, Kind, structure
from seqjax.charlm.measures import (
    NGram,
    Rate,
    TextIndex,
    known_words,
    log_probabilities,
    memorisation,
)
from seqjax.lab.data.corpora import Vocabulary

REPEAT = 16
"""Characters of a k-gram that a text repeats of itself."""


class Judge(NamedTuple):
    """What is known of a training text, by which other texts are measured.

    Attributes:
        kind: of the text.
        train: the index of its substrings.
        grams: lengths of the k-grams looked up in it.
        words: all its words.
        speakers: all its speakers, if it is a play.
        ngram: counted in it.
        vocabulary: of text and model.
    """

    kind: Kind
    train: TextIndex
    grams: tuple[int, ...]
    words: frozenset[str]
    speakers: frozenset[str]
    ngram: NGram
    vocabulary: Vocabulary

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of what is measured.

        - ``run``: longest run of a text that is in the training text, in characters;
        - ``seen_8`` and so on: share of its k-grams that are in the training text;
        - ``words``: share of words that are in the training text;
        - ``repeats``: share of 16-grams that the text itself had before;
        - ``ngram_nats``: nats per character that the n-grams find in it;
        - the rates of its structure.
        """
        seen = (f"seen_{k}" for k in self.grams)
        return ("run", *seen, "words", "repeats", "ngram_nats", *STRUCTURES[self.kind])


class Measured(NamedTuple):
    """The sums above and below of every measure, for every text."""

    hits: Float64[np.ndarray, "measures texts"]
    totals: Float64[np.ndarray, "measures texts"]


def measure(judge: Judge, texts: Sequence[str]) -> Measured:
    """Measures each of some texts.

    Args:
        judge: knows the training text.
        texts: at least one.
    """
    rows = np.array([_sums(judge, text) for text in texts], np.float64)
    return Measured(rows[:, :, 0].T, rows[:, :, 1].T)


def repeats(text: str) -> Rate:
    """K-grams of a text that it had before, of all; k is `REPEAT`.

    Args:
        text: any text.
    """
    grams = [text[i : i + REPEAT] for i in range(len(text) - REPEAT + 1)]
    return Rate(len(grams) - len(set(grams)), len(grams))


def _sums(judge: Judge, text: str) -> list[tuple[int | float, int]]:
    """In the order of `Judge.measures`."""
    found = memorisation(judge.train, [text], judge.grams)
    seen = np.nan_to_num(found.seen) * found.grams
    nats = -log_probabilities(judge.ngram, judge.vocabulary.encode(text)).sum()
    rates = structure(judge.kind, text, judge.speakers)
    return [
        (int(found.longest[0]), 1),
        *zip(np.rint(seen).tolist(), found.grams.tolist(), strict=True),
        known_words(text, judge.words),
        repeats(text),
        (float(nats), len(text)),
        *(rates[name] for name in STRUCTURES[judge.kind]),
    ]
