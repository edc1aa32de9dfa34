"""Memorisation: how much of what a model writes stands in its training text, verbatim.

Any text in the language of another repeats some of it. So every number here is made to
be held against the same number of real text that was held out, cut as the samples are:
that is the chance level.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from seqjax.charlm.measures.suffixes import TextIndex, matches


class Run(NamedTuple):
    """Text that stands in two texts.

    Attributes:
        length: characters.
        text: the run itself.
        start: its first place in the sample.
        source: a place of it in the indexed text; 0 if the length is 0.
    """

    length: int
    text: str
    start: int
    source: int


class Memorisation(NamedTuple):
    """What samples have in common with a text.

    Attributes:
        longest: the longest run of each sample, in characters.
        ks: the lengths k asked for.
        seen: for each k, the share of all k-grams of the samples that are in the text;
            nan where no sample is that long.
        grams: for each k, how many k-grams the samples have.
    """

    longest: Int64[np.ndarray, " samples"]
    ks: tuple[int, ...]
    seen: Float64[np.ndarray, " ks"]
    grams: Int64[np.ndarray, " ks"]


class Excess(NamedTuple):
    """Samples beside real text of the same length that was held out.

    Attributes:
        mean: of the samples' longest runs, in characters.
        expected: the same of the pieces of held-out text: chance.
        beyond: samples with a longer run than any of the pieces.
        samples: how many samples.
        pieces: how many pieces.
    """

    mean: float
    expected: float
    beyond: int
    samples: int
    pieces: int


def longest_run(index: TextIndex, sample: str) -> Run:
    """The longest part of a sample that is in the indexed text; the first of several.

    Args:
        index: of the training text, by `index_text`.
        sample: any text.
    """
    lengths, sources = matches(index, sample)
    if not len(lengths) or not lengths.max():
        return Run(0, "", 0, 0)
    start = int(lengths.argmax())
    length = int(lengths[start])
    return Run(length, sample[start : start + length], start, int(sources[start]))


def memorisation(
    index: TextIndex, samples: Sequence[str], ks: Sequence[int] = (8, 16, 32, 64)
) -> Memorisation:
    """Measure what samples have in common with a text.

    Args:
        index: of the training text, by `index_text`.
        samples: at least one text.
        ks: lengths of k-grams; 8, 16, 32 and 64 by default.

    Raises:
        ValueError: no sample, or a k below 1.
    """
    if not samples:
        raise ValueError("samples must have at least one text, not none; give one")
    if any(k < 1 for k in ks):
        raise ValueError(f"ks must be at least 1, not {min(ks)}; give larger ones")
    # One look-up for all: no match goes across a character that the text does not have.
    known = set(index.alphabet.tolist())
    between = chr(next(point for point in range(len(known) + 1) if point not in known))
    lengths = matches(index, between.join(samples))[0]
    ends = np.cumsum([len(sample) + 1 for sample in samples])
    runs = [
        lengths[end - 1 - len(sample) : end - 1]
        for sample, end in zip(samples, ends.tolist(), strict=True)
    ]
    longest = np.array([run.max() if len(run) else 0 for run in runs], np.int64)
    # A k-gram is in the text if what matches from its place on is at least k long.
    found = np.array([sum(int((run >= k).sum()) for run in runs) for k in ks], np.int64)
    grams = np.array([sum(max(len(run) - k + 1, 0) for run in runs) for k in ks])
    seen = np.where(grams > 0, found / np.maximum(grams, 1), np.nan)
    return Memorisation(longest, tuple(ks), seen, grams.astype(np.int64))


def pieces(text: str, length: int, count: int) -> list[str]:
    """Cut pieces out of a text, evenly spread over it.

    Args:
        text: at least `length` characters.
        length: of each piece, at least 1.
        count: of pieces, at least 1; fewer come back where they would overlap.

    Raises:
        ValueError: a length or count below 1, or a text shorter than a piece.
    """
    if length < 1 or count < 1:
        raise ValueError(
            f"length and count must be at least 1, not {length} and {count}; give more"
        )
    if len(text) < length:
        raise ValueError(
            f"text must have at least length = {length} characters, not {len(text)}; "
            "cut shorter pieces"
        )
    count = min(count, len(text) // length)
    starts = np.linspace(0, len(text) - length, count).astype(int)
    return [text[start : start + length] for start in starts.tolist()]


def excess(samples: Memorisation, held_out: Memorisation) -> Excess:
    """Compare samples with pieces of held-out text of the same length.

    Args:
        samples: what a model wrote.
        held_out: `memorisation` of the `pieces` of a text that it was not trained on.
    """
    return Excess(
        mean=float(samples.longest.mean()),
        expected=float(held_out.longest.mean()),
        beyond=int((samples.longest > held_out.longest.max()).sum()),
        samples=len(samples.longest),
        pieces=len(held_out.longest),
    )
