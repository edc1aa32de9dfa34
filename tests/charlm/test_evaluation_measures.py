"""Measures of samples: structure, repetition, memorisation, and their intervals."""

import math
import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqjax.charlm.evaluation import memorisation_row
from seqjax.charlm.evaluation.estimates import ratio
from seqjax.charlm.evaluation.memorising import (
    PASSAGE,
    beyond_chance,
    recites,
)
from seqjax.charlm.evaluation.quality import Judge, measure, repeats
from seqjax.charlm.evaluation.structure import LABELS, STRUCTURES, kind_of, structure
from seqjax.charlm.measures import distribution, fit_ngram, index_text, words
from seqjax.lab.data.corpora import vocabulary_of
from tests.charlm.hand_made import letters

LATEX = r"""\section{One} \begin{quote} a \emph{b} \end{quote} and \[ x^{2} \]
"""
HTML = "<p>One <b>word</b> of<br> text.</p>\n"
PLAY = "ANNA:\nWhat is it?\n\nBEN:\nNothing.\n\n"
PROSE = "“What is it?” asked she. “Nothing,” said he.\n\nSo it was.\n\n"


def test_the_kind_of_a_text_is_found() -> None:
    texts = {"latex": LATEX, "html": HTML, "play": PLAY, "prose": PROSE}
    for kind, text in texts.items():
        assert kind_of(20 * text) == kind
    # A few commands or tags do not make a text of that kind.
    assert kind_of(100 * PROSE + LATEX + HTML) == "prose"


@pytest.mark.parametrize(
    ("kind", "text", "rates"),
    [
        ("latex", r"a} {b} {c {d}", {"braces_closed": (2, 3), "braces_ended": (2, 3)}),
        (
            "latex",
            r"\begin{a} { \end{a} \begin{b}",
            {
                "braces_closed": (0, 0),
                "braces_ended": (0, 1),
                "environments_closed": (0, 1),
                "environments_ended": (1, 2),
            },
        ),
        ("html", "<a><b></a><i>", {"tags_closed": (0, 1), "tags_ended": (1, 3)}),
        ("html", "nothing", {"tags_closed": (0, 0), "tags_ended": (0, 0)}),
        (
            "play",
            "ANNA:\nYes.\n\nCARL:\nNo.\n\nand so on.",
            {"speaker_lines": (2, 3), "known_speakers": (1, 2), "quotes": (0, 0)},
        ),
        ("prose", "“Yes.”\n\n“No.\n\nSo.", {"quotes": (1, 2)}),
    ],
)
def test_rates_of_structure_are_those_counted_by_hand(
    kind: Any, text: str, rates: dict[str, tuple[int, int]]
) -> None:
    found = structure(kind, text, {"ANNA", "BEN"})
    assert tuple(found) == STRUCTURES[kind]
    assert set(found) <= set(LABELS)
    assert {name: tuple(found[name]) for name in rates} == rates


def test_repeats_are_grams_that_came_before() -> None:
    text = letters(0, 30)
    assert repeats(text) == (0, 15)
    # In the second round all 16-grams but those across the seam were there.
    assert repeats(text + text) == (15, 45)
    assert repeats("a" * 20) == (4, 5)
    assert repeats("short") == (0, 0)


TRAIN = "the cat sat on the mat, and the dog sat on the log. " * 3


def test_samples_are_measured_one_by_one() -> None:
    vocabulary = vocabulary_of(TRAIN + "x")
    numbers = vocabulary.encode(TRAIN)
    ngram = fit_ngram(numbers, vocabulary.size, 3)
    judge = Judge(
        "prose",
        index_text(TRAIN),
        (4, 10),
        frozenset(words(TRAIN)),
        frozenset(),
        ngram,
        vocabulary,
    )
    samples = ["on the mat, xx the dog xat on", "xxx", " the cat sat on the dog "]
    found = measure(judge, samples)
    hits = dict(zip(judge.measures, found.hits, strict=True))
    totals = dict(zip(judge.measures, found.totals, strict=True))
    assert hits["run"].tolist() == [12, 0, 20]
    assert totals["run"].tolist() == [1, 1, 1]
    for k in (4, 10):
        grams = [[s[i : i + k] for i in range(len(s) - k + 1)] for s in samples]
        assert totals[f"seen_{k}"].tolist() == [len(listed) for listed in grams]
        assert hits[f"seen_{k}"].tolist() == [
            sum(gram in TRAIN for gram in listed) for listed in grams
        ]
    # Whole words: the first and last of a sample may be cut.
    assert (hits["words"][0], totals["words"][0]) == (4, 6)
    assert (hits["words"][2], totals["words"][2]) == (6, 6)
    for sample, nats, count in zip(
        samples, hits["ngram_nats"], totals["ngram_nats"], strict=True
    ):
        coded = vocabulary.encode(sample)
        exact = -sum(
            math.log(distribution(ngram, coded[:i])[coded[i]])
            for i in range(len(coded))
        )
        assert (nats, count) == (pytest.approx(exact), len(sample))


def test_a_row_of_memorisation_counts_what_a_loop_counts() -> None:
    train = letters(1, 3000)
    index = index_text(train)
    held_out = [letters(seed, 60) for seed in range(2, 12)]
    samples = [train[100:160], train[7:37] + letters(20, 30), letters(21, 60)]

    def run(text: str) -> int:
        return max(
            (j - i for i in range(60) for j in range(i, 61) if text[i:j] in train),
            default=0,
        )

    row = memorisation_row(index, samples, held_out, (4, 100))
    mine, theirs = [run(s) for s in samples], [run(p) for p in held_out]
    assert row["run_mean"] == pytest.approx(np.mean(mine))
    assert row["run_longest"] == max(mine) == 60
    assert row["run_mean_held_out"] == pytest.approx(np.mean(theirs))
    assert row["run_longest_held_out"] == max(theirs)
    assert row["beyond"] == sum(length > max(theirs) for length in mine) == 2
    assert row["beyond_chance"] == pytest.approx(3 / 11)
    grams = [s[i : i + 4] for s in samples for i in range(57)]
    assert row["seen_4"] == pytest.approx(np.mean([g in train for g in grams]))
    assert row["seen_100"] is row["seen_100_held_out"] is None
    assert row["recites"] is True
    assert memorisation_row(index, samples[2:], held_out)["recites"] is False


def test_without_samples_there_is_no_row() -> None:
    message = "samples must have at least one text, not none; give one"
    for samples, pieces in (([], ["a"]), (["a"], [])):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            memorisation_row(index_text("abc"), samples, pieces)


def test_a_recital_is_twice_what_held_out_text_has_and_a_passage() -> None:
    assert not recites(PASSAGE - 1, 3)
    assert recites(PASSAGE, 3)
    assert recites(80, 40)
    assert not recites(79, 40)


def test_few_samples_are_beyond_all_pieces_by_chance() -> None:
    rng = np.random.default_rng(0)
    beyond = []
    for _ in range(4000):
        runs = rng.exponential(size=25)
        beyond.append((runs[:5] > runs[5:].max()).sum())
    error = np.std(beyond) / math.sqrt(len(beyond))
    assert abs(np.mean(beyond) - beyond_chance(5, 20)) < 4 * error


def test_the_longest_of_twice_as_many_texts_is_hardly_longer() -> None:
    """The reason of the factor: random texts share runs that grow as a logarithm."""
    train = letters(3, 40_000)
    index = index_text(train)
    pieces = [letters(100 + i, 400) for i in range(64)]
    few = memorisation_row(index, pieces[:4], pieces[:1])["run_longest"]
    many = memorisation_row(index, pieces, pieces[:1])["run_longest"]
    assert isinstance(few, int)
    assert isinstance(many, int)
    assert few < many < 2 * few


def test_a_ratio_varies_as_resampled_texts_do() -> None:
    rng = np.random.default_rng(4)
    totals = rng.integers(5, 40, 60).astype(float)
    hits = rng.binomial(totals.astype(int), 0.3).astype(float)
    found = ratio(hits, totals, "words")
    assert found is not None
    assert found.value == pytest.approx(hits.sum() / totals.sum())
    assert found.n == 60
    drawn = rng.integers(0, 60, (4000, 60))
    values = hits[drawn].sum(1) / totals[drawn].sum(1)
    expected = np.quantile(values, [0.025, 0.975])
    width = expected[1] - expected[0]
    np.testing.assert_allclose(found.interval, expected, atol=0.12 * width)
    exact = stats.binomtest(int(hits.sum()), int(totals.sum())).proportion_ci()
    assert found.high - found.low == pytest.approx(exact.high - exact.low, rel=0.35)


def test_a_share_stays_one_and_of_nothing_there_is_none() -> None:
    hits, totals = np.array([9.0, 1.0, 10.0]), np.array([10.0, 1.0, 10.0])
    found = ratio(hits, totals, "words")
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    longer = ratio(10 * hits, totals, "run")
    assert longer is not None
    assert longer.high > 1
    assert ratio(np.zeros(3), np.zeros(3), "words") is None


def test_none_of_few_may_be_some_of_many() -> None:
    totals = np.array([3.0, 0.0, 5.0, 1.0])
    exact = stats.binomtest(0, 3).proportion_ci(method="exact")
    none = ratio(np.zeros(4), totals, "quotes")
    assert none is not None
    assert (none.value, none.low, none.n) == (0, 0, 3)
    assert none.high == pytest.approx(exact.high)
    every = ratio(totals, totals, "quotes")
    assert every is not None
    assert (every.value, every.high) == (1, 1)
    assert every.low == pytest.approx(1 - exact.high)
