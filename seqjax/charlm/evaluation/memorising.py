"""What samples repeat of the training text, beside what held-out text repeats of it."""

from collections.abc import Sequence

import numpy as np

from seqjax.charlm.measures import TextIndex, excess, memorisation

GRAMS = (8, 16, 32, 64)
"""Lengths of the k-grams looked up in a training text, in characters."""

FACTOR = 2
"""Samples recite if a run is so many times as long as any of held-out text."""

PASSAGE = 50
"""Shorter runs, of fewer than ten words or so, are phrases and not passages."""


def recites(longest: int, held_out: int) -> bool:
    """Whether samples repeat longer runs than held-out text explains.

    By chance the longest run grows with the logarithm of the text that is looked at,
    since every further character has to match as well: to find one twice as long takes
    the square of as much text. So what is `FACTOR` times the longest of the held-out
    pieces is no matter of how many samples there are. Where there are few pieces, or
    the text is small, a refrain may be as long; hence `PASSAGE`.

    Args:
        longest: run of the samples, in characters.
        held_out: longest run of pieces of held-out text of the same length.
    """
    return longest >= max(PASSAGE, FACTOR * held_out)


def memorisation_row(
    index: TextIndex,
    samples: Sequence[str],
    held_out: Sequence[str],
    grams: Sequence[int] = GRAMS,
) -> dict[str, float | int | bool | None]:
    """Memorisation of samples beside its chance level, as columns of a row.

    Args:
        index: of the training text, by `seqjax.charlm.measures.index_text`.
        samples: at least one, of one length.
        held_out: pieces of held-out text of that length, by `measures.pieces`.
        grams: lengths k of the k-grams looked up; `GRAMS` by default.

    Returns:
        Characters of the mean and longest run of the samples that is in the training
        text verbatim (``run_mean``, ``run_longest``) and of the pieces
        (``run_mean_held_out``, ``run_longest_held_out``); samples with a longer run
        than any piece (``beyond``), and how many to expect if they were such pieces
        (``beyond_chance``); the share of k-grams in the training text (``seen_8``,
        ``seen_8_held_out``, ...), None where no text is that long; whether it
        `recites`.

    Raises:
        ValueError: No sample, no piece, or a k below 1.
    """
    measured = memorisation(index, samples, grams)
    chance = memorisation(index, held_out, grams)
    compared = excess(measured, chance)
    longest, expected = int(measured.longest.max()), int(chance.longest.max())
    row: dict[str, float | int | bool | None] = {
        "run_mean": compared.mean,
        "run_longest": longest,
        "run_mean_held_out": compared.expected,
        "run_longest_held_out": expected,
        "beyond": compared.beyond,
        "beyond_chance": beyond_chance(compared.samples, compared.pieces),
        "recites": recites(longest, expected),
    }
    for k, seen, usual in zip(measured.ks, measured.seen, chance.seen, strict=True):
        row[f"seen_{k}"] = None if np.isnan(seen) else float(seen)
        row[f"seen_{k}_held_out"] = None if np.isnan(usual) else float(usual)
    return row


def beyond_chance(samples: int, pieces: int) -> float:
    """Samples with a longer run than any of the pieces, if they were such pieces.

    Each of them is the first of `pieces` + 1 texts with the same probability.

    Args:
        samples: how many samples.
        pieces: how many pieces.
    """
    return samples / (pieces + 1)
