"""What was copied is found, what was not is not, and chance is measured likewise."""

import math
import re

import numpy as np
import pytest

from seqjax.charlm.measures import (
    excess,
    index_text,
    longest_run,
    memorisation,
    pieces,
)


def letters(seed: int, length: int, alphabet: str = "abcdefghij") -> str:
    rng = np.random.default_rng(seed)
    return "".join(rng.choice(np.array(list(alphabet)), length))


TRAIN = letters(0, 5000)
INDEX = index_text(TRAIN)


def naive_longest(text: str, sample: str) -> str:
    """The first longest common substring, every length tried."""
    for length in range(len(sample), 0, -1):
        for start in range(len(sample) - length + 1):
            if sample[start : start + length] in text:
                return sample[start : start + length]
    return ""


@pytest.mark.parametrize("seed", range(5))
def test_the_longest_run_is_that_of_brute_force(seed: int) -> None:
    sample = letters(seed + 1, 60, "abcdefghijk")
    run = longest_run(INDEX, sample)
    expected = naive_longest(TRAIN, sample)
    assert run.text == expected
    assert run.length == len(expected)
    assert sample[run.start : run.start + run.length] == expected
    assert run.start == sample.index(expected)
    assert TRAIN[run.source : run.source + run.length] == expected


def test_a_planted_run_is_found_where_it_is() -> None:
    sample = "-" + TRAIN[1234:1334] + "-"
    run = longest_run(INDEX, sample)
    assert run == (100, TRAIN[1234:1334], 1, 1234)


@pytest.mark.parametrize("sample", ["", "XYZ"])
def test_nothing_in_common_is_no_run(sample: str) -> None:
    assert longest_run(INDEX, sample) == (0, "", 0, 0)


def test_shares_are_those_counted_one_by_one() -> None:
    samples = [letters(9, 50), TRAIN[40:80] + letters(10, 30), "abc", ""]
    ks = (1, 3, 4, 5, 20, 60)
    measured = memorisation(INDEX, samples, ks)
    assert measured.longest.tolist() == [len(naive_longest(TRAIN, s)) for s in samples]
    for k, seen, count in zip(ks, measured.seen, measured.grams, strict=True):
        grams = [s[i : i + k] for s in samples for i in range(len(s) - k + 1)]
        assert count == len(grams)
        assert seen == pytest.approx(sum(gram in TRAIN for gram in grams) / len(grams))


def test_a_share_of_nothing_is_not_a_number() -> None:
    measured = memorisation(INDEX, ["abc"], (4,))
    assert math.isnan(measured.seen[0])
    assert measured.grams.tolist() == [0]


def test_pieces_cover_a_text_evenly() -> None:
    text = letters(11, 103)
    cut = pieces(text, 10, 1000)
    assert len(cut) == 10  # no more than fit side by side
    assert all(len(piece) == 10 for piece in cut)
    assert text.startswith(cut[0])
    assert text.endswith(cut[-1])
    starts = [text.index(piece) for piece in cut]
    assert min(np.diff(starts)) >= 10
    assert max(np.diff(starts)) <= 11
    assert pieces(text, 103, 5) == [text]


def test_copies_are_beyond_chance_and_new_text_is_not() -> None:
    held_out = letters(12, 5000)
    chance = memorisation(INDEX, pieces(held_out, 100, 40))
    new = memorisation(INDEX, pieces(letters(13, 2000), 100, 20))
    copied = memorisation(INDEX, pieces(TRAIN, 100, 20))
    assert excess(copied, chance).beyond == 20
    assert excess(copied, chance).mean == 100
    compared = excess(new, chance)
    assert (compared.samples, compared.pieces) == (20, 40)
    # The best of 60 like pieces is among these 20 with probability 1/3; two, far less.
    assert compared.beyond <= 2
    assert compared.mean == pytest.approx(compared.expected, abs=0.5)
    # Random letters match as far as 10**L reaches their number of pairs: 5000 x 100.
    assert compared.expected == pytest.approx(math.log10(5000 * 100), abs=0.7)


def test_what_cannot_be_measured_is_refused() -> None:
    cases = {
        "samples must have at least one text, not none; give one": lambda: memorisation(
            INDEX, []
        ),
        "ks must be at least 1, not 0; give larger ones": lambda: memorisation(
            INDEX, ["a"], (4, 0)
        ),
        "text must have at least length = 10 characters, not 3; cut shorter pieces": (
            lambda: pieces("abc", 10, 1)
        ),
        "length and count must be at least 1, not 1 and 0; give more": lambda: pieces(
            "abc", 1, 0
        ),
    }
    for message, call in cases.items():
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call()
