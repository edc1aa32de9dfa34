"""Verdicts from made-up evidence whose truth is known."""

import numpy as np
import pytest

from seqjax.lab.judging.claims import ANECDOTE, DOES_NOT, HOLDS, UNDECIDED, Verdict
from seqjax.reconcile.verdicts import (
    CUT_SHORT,
    Sample,
    above_chance,
    at_chance,
    higher,
    late,
    less_spread,
    no_difference,
    not_solved,
    solved,
    varies,
)

ONES, CHANCE = np.ones(10), np.full(10, 0.1)
NOTHING = Sample(np.array([]), 0, False, np.array([]), np.array([]))


def sample(
    values: object, left_chance: object, solved_at: object, updates: int, enough: bool
) -> Sample:
    accuracy = np.asarray(values, float)
    times = (
        np.full(len(accuracy), np.nan) if each is None else np.asarray(each, float)
        for each in (left_chance, solved_at)
    )
    return Sample(accuracy, updates, enough, *times)


def full(
    values: object, left_chance: object = None, solved_at: object = None
) -> Sample:
    return sample(values, left_chance, solved_at, 10_000, True)


def short(
    values: object, left_chance: object = None, solved_at: object = None
) -> Sample:
    return sample(values, left_chance, solved_at, 700, False)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (full(ONES), HOLDS),
        (short(ONES), HOLDS),  # success needs no more updates
        (full(CHANCE), DOES_NOT),
        (short(CHANCE), UNDECIDED),
        (full([1] * 5 + [0.1] * 5), UNDECIDED),
        (full([1.0, 1.0]), ANECDOTE),  # two seeds prove little
        (NOTHING, UNDECIDED),
    ],
)
def test_solved(sample: Sample, expected: Verdict) -> None:
    turned = {HOLDS: DOES_NOT, DOES_NOT: HOLDS}
    assert solved(sample).verdict == expected
    assert not_solved(sample).verdict == turned.get(expected, expected)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (full(CHANCE + np.linspace(-0.01, 0.01, 10)), DOES_NOT),
        (short(CHANCE), UNDECIDED),
        (full([0.3, 0.4, 0.35, 0.5, 0.45, 0.2]), HOLDS),
        (short([0.3, 0.4, 0.35, 0.5, 0.45, 0.2]), HOLDS),
        (full([0.3, 0.4, 0.35, 0.5, 0.45]), ANECDOTE),
        (full([0.1] * 6 + [0.9] * 4), UNDECIDED),
        # Most are at chance, whatever the others do.
        (full([0.1] * 9 + [0.9]), DOES_NOT),
        # Of 1280 guesses 0.116 is no more than noise, 0.117 is.
        (full([0.116] * 6), DOES_NOT),
        (full([0.117] * 6), HOLDS),
        (NOTHING, UNDECIDED),
    ],
)
def test_above_chance(sample: Sample, expected: Verdict) -> None:
    turned = {HOLDS: DOES_NOT, DOES_NOT: HOLDS}
    assert above_chance(sample).verdict == expected
    assert at_chance(sample).verdict == turned.get(expected, expected)


def test_higher_needs_a_significant_difference() -> None:
    a, b = 0.9 + 0.01 * np.arange(10), 0.5 + 0.01 * np.arange(10)
    assert higher(full(a), full(b)).verdict == HOLDS
    assert higher(full(b), full(a)).verdict == DOES_NOT
    assert higher(full(a[:5]), full(b[:5])).verdict == ANECDOTE  # p: 0.0625 at best
    assert higher(short(b), full(a)).verdict == UNDECIDED
    assert higher(full(b), short(a)).verdict == DOES_NOT
    assert higher(short(a), full(b)).verdict == HOLDS
    assert higher(full(a), short(b)).verdict == UNDECIDED
    assert higher(full(b + 0.001), full(b)).verdict == UNDECIDED  # what counts is more
    assert higher(full(a), NOTHING).verdict == UNDECIDED


def test_at_the_ceiling_the_sooner_is_the_better() -> None:
    soon, late_ = np.full(10, 300.0), np.full(10, 900.0)
    quick, slow = full(ONES, solved_at=soon), full(ONES, solved_at=late_)
    assert higher(quick, slow).verdict == HOLDS
    assert higher(slow, quick).verdict == DOES_NOT
    assert higher(quick, quick).verdict == UNDECIDED
    # Not solved by the end is neither sooner nor better, however early it was once.
    lost = full(CHANCE, solved_at=soon)
    assert higher(lost, slow).verdict == DOES_NOT
    below = full(np.full(10, 0.97), solved_at=soon)
    assert higher(below, slow).verdict == UNDECIDED


def test_no_difference_is_an_equivalence_and_not_a_failed_test() -> None:
    wide = np.array([0.1, 0.9] * 5)
    close = 0.5 + 0.001 * np.arange(10)
    assert no_difference(full(close), full(close[::-1])).verdict == HOLDS
    assert no_difference(full(wide), full(wide[::-1])).verdict == DOES_NOT
    half = np.array([0.1, 0.1, 0.9, 0.9, 0.5] * 2)
    assert no_difference(full(half), full(np.full(10, 0.1))).verdict == UNDECIDED
    assert no_difference(full(close + 0.3), full(close)).verdict == DOES_NOT
    assert no_difference(short(close), full(close)).verdict == UNDECIDED


def test_less_spread() -> None:
    narrow, wide = 0.5 + 0.001 * np.arange(12), np.array([0.1, 0.9] * 6)
    assert less_spread(full(narrow[:10]), full(wide[:10])).verdict == UNDECIDED
    assert less_spread(full(narrow), full(wide)).verdict == HOLDS
    assert less_spread(full(wide), full(narrow)).verdict == DOES_NOT
    assert less_spread(full(CHANCE), full(CHANCE)).verdict == UNDECIDED
    assert less_spread(full(narrow), NOTHING).verdict == UNDECIDED


def test_varies() -> None:
    wide = np.array([0.1, 0.9] * 5)
    assert varies(full(wide)).verdict == HOLDS
    assert varies(short(wide)).verdict == UNDECIDED
    # That two seeds of ten do not differ by 0.05 on average takes 200 of them.
    assert varies(full(CHANCE + np.linspace(-0.01, 0.01, 10))).verdict == UNDECIDED
    assert varies(full(np.full(200, 0.1))).verdict == DOES_NOT
    assert varies(full([0.1] * 9 + [0.3])).verdict == UNDECIDED
    assert varies(full([0.1, 0.9])).verdict == ANECDOTE
    assert varies(full([0.1])).measured == "one seed says nothing of a spread"
    assert varies(NOTHING).verdict == UNDECIDED
    assert "two seeds differ by 0.44 [" in varies(full(wide)).measured


def test_late() -> None:
    never, soon = np.full(10, np.nan), np.full(10, 500.0)
    assert late(full(CHANCE, never), 2000).verdict == HOLDS
    assert late(full(CHANCE, never), 2000).measured.endswith("half not by 10000")
    assert late(full(ONES, np.full(10, 2500.0)), 2000).verdict == HOLDS
    assert late(full(ONES, np.full(10, 2500.0)), 2000).measured.endswith("half by 2500")
    assert late(full(ONES, soon), 2000).verdict == DOES_NOT
    assert late(short(ONES, soon), 2000).verdict == DOES_NOT
    assert late(short(CHANCE, never), 2000).verdict == UNDECIDED
    assert late(short(CHANCE, never), 600).verdict == HOLDS
    assert late(NOTHING, 2000).verdict == UNDECIDED


def test_what_was_measured_says_when_it_was_cut_short() -> None:
    assert "after 700 updates (cut short)" in solved(short(CHANCE)).measured
    assert solved(short(CHANCE)).why == CUT_SHORT
    assert solved(short(ONES)).why == ""
    assert "cut short" not in solved(full(CHANCE)).measured
    assert solved(NOTHING).measured == "left out: the budget did not reach it"
    assert solved(NOTHING).seeds == 0
