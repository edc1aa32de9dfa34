"""Claims, their rows and table, and the rules on numbers whose truth is known."""

import json
import re
from typing import Any

import numpy as np
import pytest

from seqjax.core.statistics import (
    Comparison,
    paired_comparison,
    paired_comparisons,
)
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import (
    ANECDOTE,
    DOES_NOT,
    HOLDS,
    LEAST_SEEDS,
    UNDECIDED,
    Claim,
    Finding,
    Verdict,
    by_seeds,
    claim_rows,
    claim_table,
    left_out,
    stated,
)
from seqjax.lab.judging.rules import (
    LEVEL,
    all_of,
    between,
    either,
    guess_limit,
    larger,
    more_often,
    most,
    opposite,
    provided,
    sooner,
    spread,
    varies_less,
)
from seqjax.lab.judging.statements import JudgingError, Missing, Statement
from seqjax.lab.run_directory import records

STEPS = 100


# --- claims -----------------------------------------------------------------------


def test_a_verdict_reads_as_its_words() -> None:
    assert [str(each) for each in Verdict] == [
        "holds",
        "does not hold",
        "undecided",
        "anecdote",
    ]
    assert [each.is_open for each in Verdict] == [False, False, True, True]
    assert f"{DOES_NOT}" == json.loads(json.dumps(DOES_NOT)) == "does not hold"


CLAIMS = [
    Claim("a-1", "it is so", Finding(HOLDS, "m", 8), {"lengths": (5, 10)}),
    Claim("a-1", "it is so", Finding(UNDECIDED, "n", 1, "few"), {"lengths": (5,)}),
    Claim("b", "it is not", left_out("b was not trained")),
    Claim("c", "exact", Finding(DOES_NOT, "o")),
]


def test_rows_of_claims_and_back() -> None:
    rows = json.loads(records.json_bytes(claim_rows(CLAIMS)))
    assert rows[0] == {
        "id": "a-1",
        "claim": "it is so",
        "lengths": [5, 10],
        "verdict": "holds",
        "measured": "m",
        "seeds": 8,
    }
    assert [row.get("why") for row in rows] == [None, "few", "b was not trained", None]
    read = [Claim.of(row) for row in rows]
    assert [claim.finding for claim in read] == [claim.finding for claim in CLAIMS]
    assert [type(claim.finding.verdict) for claim in read] == 4 * [Verdict]
    assert [claim.at for claim in read[:3]] == [
        {"lengths": [5, 10]},
        {"lengths": [5]},
        {},
    ]
    assert [claim.is_judged for claim in read] == [True, True, False, True]


def test_an_unknown_verdict_is_refused() -> None:
    row = claim_rows(CLAIMS)[0] | {"verdict": "perhaps"}
    with pytest.raises(ValueError, match="'perhaps' is not a valid Verdict"):
        Claim.of(row)


def test_claims_that_cannot_be_told_apart_are_refused() -> None:
    message = (
        "claims must differ in id or settings, got a-1 at {'lengths': (5,)} twice; "
        "give each an id of its own"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        claim_rows([*CLAIMS, CLAIMS[1]])


@pytest.mark.parametrize("name", ["", "Two", "a_b", "a--b", "-a", "a b"])
def test_an_id_is_in_kebab_case(name: str) -> None:
    message = (
        f"id of a claim must be in kebab-case, got {name!r}; use small letters and "
        "digits, with '-' between words"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Claim(name, "it is so", Finding(HOLDS, "m", 8))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Statement(name, "001", "section", "it is so", lambda _: Finding(HOLDS, ""))


def test_only_an_undecided_claim_tells_of_its_seeds() -> None:
    table = claim_table("Title", CLAIMS, "rule")
    assert (table.title, table.caption, table.left) == ("Title", "rule", 3)
    assert table.columns == ("claim", "measured", "verdict")
    assert table.rows == [
        ["it is so", "m", HOLDS],
        ["it is so", "n", "undecided at 1 seed"],
        ["it is not", "left out: b was not trained", "undecided at 0 seeds"],
        ["exact", "o", DOES_NOT],
    ]


def test_what_was_not_trained_is_stated_after_what_was() -> None:
    texts = {"a": "first", "b": "second", "c": "third"}
    found = stated(texts, {"c": Finding(HOLDS, "m", 8)})
    assert [(claim.id, claim.text) for claim in found] == [
        ("c", "third"),
        ("a", "first"),
        ("b", "second"),
    ]
    assert [claim.is_judged for claim in found] == [True, False, False]
    assert found[1].finding == Finding(
        UNDECIDED,
        "left out: what it compares was not trained",
        0,
        "what it compares was not trained",
    )
    with pytest.raises(KeyError, match="d"):
        stated(texts, {"d": Finding(HOLDS, "m", 8)})


# --- statements -------------------------------------------------------------------


def statement(raised: Exception | None = None) -> Statement[float]:
    def rule(number: float) -> Finding:
        if raised is not None:
            raise raised
        return Finding(HOLDS, f"{number:g}", 8)

    return Statement("001-a", "001", "section", "it is so", rule)


def test_a_statement_is_judged_by_its_rule() -> None:
    assert statement().judged(2.5) == Finding(HOLDS, "2.5", 8)
    missing = statement(Missing("it was not run")).judged(2.5)
    assert missing == Finding(UNDECIDED, "", None, "it was not run")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("accuracy"), "KeyError: 'accuracy'"),
        (TypeError("two\nlines"), "TypeError: two lines"),
        (ValueError("no verdict"), "ValueError: no verdict"),
        (IndexError("1"), "IndexError: 1"),
        (AttributeError("x"), "AttributeError: x"),
        (ZeroDivisionError("by 0"), "ZeroDivisionError: by 0"),
    ],
)
def test_a_rule_that_fails_is_no_verdict(error: Exception, told: str) -> None:
    message = (
        f"the rule of claim 001-a failed with {told}; this is an error of the program, "
        "not a verdict"
    )
    with pytest.raises(JudgingError, match=f"^{re.escape(message)}$") as caught:
        statement(error).judged(2.5)
    assert caught.value.__cause__ is error


def test_an_error_for_the_user_stays_one() -> None:
    error = UserError("one line")
    with pytest.raises(UserError, match="^one line$"):
        statement(error).judged(2.5)


# --- rules ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.6, 0.9, HOLDS),
        (0.1, 0.4, DOES_NOT),
        (0.4, 0.6, UNDECIDED),
        (0.5, 0.9, UNDECIDED),
        (0.1, 0.5, UNDECIDED),
        (np.nan, np.nan, UNDECIDED),
    ],
)
def test_between(low: float, high: float, expected: Verdict) -> None:
    assert between(low, high, 0.5, "m", 8) == Finding(expected, "m", 8)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_that_may_not_be_given_is_left_open(verdict: Verdict) -> None:
    found = Finding(verdict, "m", 8)
    neither = provided(found, holds=False, fails=False, why="short")
    assert neither.verdict is (verdict if verdict.is_open else UNDECIDED)
    assert neither.why == ("" if verdict.is_open else "short")
    assert provided(found) == found
    assert (provided(found, holds=False) == found) == (verdict is not HOLDS)
    assert (provided(found, fails=False) == found) == (verdict is not DOES_NOT)


def compared(differences: Any) -> Comparison:
    values = np.asarray(differences, float)
    return paired_comparison(values, np.zeros_like(values))


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([0.3] * 8, HOLDS),
        ([0.3] * LEAST_SEEDS, HOLDS),
        ([0.3] * (LEAST_SEEDS - 1), ANECDOTE),
        ([-0.3] * 8, DOES_NOT),
        ([0.001] * 8, UNDECIDED),  # less than what counts
        ([0.0] * 8, UNDECIDED),  # at a ceiling accuracy tells nothing
        ([0.0] * (LEAST_SEEDS - 1), ANECDOTE),
        ([0.5, -0.4] * 4, UNDECIDED),
        ([0.3] * 9 + [-0.9], HOLDS),
        ([0.3] * 8 + [-0.1] * 2, UNDECIDED),
        ([0.3] * 6 + [0.0] * 4, HOLDS),  # ties say nothing
        ([0.3] * 5 + [0.0] * 5, UNDECIDED),
    ],
)
def test_larger(differences: list[float], expected: Verdict) -> None:
    found = larger(compared(differences))
    assert found.verdict is expected
    assert found.measured.startswith(f"{np.mean(differences):+.3f}")
    assert found.seeds == len(differences)
    against = larger(compared([-each for each in differences]))
    assert against.verdict is opposite(found).verdict


def test_larger_tells_of_the_seeds_for_it() -> None:
    told = larger(compared([0.3, 0.3, 0.2, -0.1, 0.3, 0.0])).measured
    assert told == "+0.167 [-0.017, +0.350], 4 of 6 seeds for it, 1 against"


def test_larger_by_another_margin() -> None:
    assert larger(compared([0.3] * 8), margin=0.5).verdict is UNDECIDED


def test_the_claims_of_a_family_share_the_level() -> None:
    gain, zero = np.full(6, 0.3), np.zeros(6)
    (alone,) = paired_comparisons([(gain, zero)])
    assert larger(alone) == larger(alone.comparison)
    assert larger(alone).verdict is HOLDS
    of_two, _ = paired_comparisons([(gain, zero), (zero, zero)])
    assert larger(of_two).verdict is UNDECIDED


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([20] * 8, [60] * 8, HOLDS),
        ([60] * 8, [20] * 8, DOES_NOT),
        ([40] * 8, [41] * 8, HOLDS),
        ([40] * 8, [40] * 8, UNDECIDED),
        ([40] * 8, [STEPS] * 8, HOLDS),
        ([STEPS] * 8, [40] * 8, DOES_NOT),
        ([20, STEPS] * 4, [50] * 8, UNDECIDED),
        ([20] * 6 + [STEPS] * 4, [50] * 6 + [STEPS] * 4, HOLDS),  # neither: a tie
        ([20] * 5, [60] * 5, ANECDOTE),
    ],
)
def test_sooner(first: list[int], second: list[int], expected: Verdict) -> None:
    more = np.array(first) - np.array(second)
    found = sooner(compared(more), unsolved=False)
    assert found.verdict is expected
    assert found.measured.startswith(f"{more.mean():+.0f}")
    assert found.seeds == len(first)


def test_what_nobody_solves_is_neither_sooner_nor_later() -> None:
    found = sooner(compared([0] * 8), unsolved=True)
    assert found == Finding(UNDECIDED, "neither is solved by any seed", 8)


@pytest.mark.parametrize(
    ("successes", "expected"),
    [
        ([True] * 8, HOLDS),
        ([False] * 8, DOES_NOT),
        ([True] * 5 + [False] * 3, UNDECIDED),
        ([True] * (LEAST_SEEDS - 1), ANECDOTE),
        ([True, False], ANECDOTE),
    ],
)
def test_most(successes: list[bool], expected: Verdict) -> None:
    found = most(np.array(successes))
    assert found.verdict is expected
    assert found.measured.endswith(f"of {len(successes)} seeds")
    assert most(np.array(successes), told="do").measured.endswith("] do")


@pytest.mark.parametrize(
    ("such", "seeds", "expected"),
    [
        (6, 6, HOLDS),
        (9, 10, HOLDS),
        (8, 10, UNDECIDED),
        (16, 20, HOLDS),
        (15, 20, UNDECIDED),
        (4, 20, DOES_NOT),
    ],
)
def test_a_verdict_is_given_by_what_its_look_may_spend(
    such: int, seeds: int, expected: Verdict
) -> None:
    share = np.arange(seeds) < such
    assert most(share).verdict is expected
    assert more_often(np.where(share, 1.0, -1.0)).verdict is expected
    # What is judged once has all of the level; the interval that is told has it always.
    assert most(np.arange(20) < 15, level=LEVEL).verdict is HOLDS
    assert most(np.arange(20) < 15).measured == "0.75 [0.51, 0.91] of 20 seeds"


def test_a_spread_is_what_two_seeds_differ_by() -> None:
    found = spread(np.array([0.1, 1.0] * 5))
    assert found.value == pytest.approx(0.9 * 5 / 9)
    assert 0.3 < found.low <= found.value < found.high <= 1
    equal = spread(np.full(10, 0.1))
    assert (equal.value, equal.low) == (0, 0)
    assert equal.high == pytest.approx(1 - 0.025 ** (1 / 5), abs=1e-3)


def test_spreads_are_compared_by_pairs_of_seeds() -> None:
    narrow, wide = np.full(12, 0.5), np.array([0.1, 0.9] * 6)
    found = varies_less(narrow, wide)
    assert found.verdict is HOLDS
    assert found.seeds == 12
    assert found.measured == (
        "two seeds differ by 0.000 and 0.436 on average; 6 of 6 pairs for it, 0 against"
    )
    assert varies_less(wide, narrow).verdict is DOES_NOT
    assert varies_less(narrow, narrow).verdict is UNDECIDED
    assert varies_less(narrow[:10], wide[:10]).verdict is UNDECIDED  # five pairs
    assert varies_less(narrow[:4], wide[:4]).verdict is ANECDOTE


def test_a_guess_is_within_the_noise_of_its_test() -> None:
    limit = guess_limit(0.1, 1280)
    assert limit == pytest.approx(0.1 + 1.96 * np.sqrt(0.09 / 1280), abs=1e-3)
    assert guess_limit(0.1, 100_000) < 0.102


def test_an_anecdote_stays_one() -> None:
    few = Finding(ANECDOTE, "m", 5)
    assert opposite(few) == few
    assert provided(few, holds=False, fails=False, why="short") == few
    assert all_of([YES, few]).verdict is ANECDOTE
    assert all_of([few, NO]).verdict is DOES_NOT
    assert either([NO, few]).verdict is ANECDOTE
    assert between(0.6, 0.9, 0.5, "m", 5) == few
    assert Claim("a", "b", few).told == "anecdote at 5 seeds"
    assert by_seeds(Finding(HOLDS, "exact")).verdict is HOLDS
    assert by_seeds(left_out("no time")).verdict is UNDECIDED


def test_the_contrary_claim() -> None:
    assert opposite(Finding(HOLDS, "x", 8)) == Finding(DOES_NOT, "x", 8)
    assert opposite(Finding(DOES_NOT, "x", 8)) == Finding(HOLDS, "x", 8)
    assert opposite(Finding(UNDECIDED, "x", 8, "y")) == Finding(UNDECIDED, "x", 8, "y")


YES, OPEN, NO = (
    Finding(HOLDS, "a", 8),
    Finding(UNDECIDED, "b", 6, "few"),
    Finding(DOES_NOT, "c", 8),
)


def test_all_of_several_is_as_weak_as_the_weakest() -> None:
    assert all_of([YES, YES]).verdict is HOLDS
    assert all_of([YES, OPEN]) == Finding(UNDECIDED, "a; b", 8, "few")
    assert all_of([OPEN, NO, YES]) == Finding(DOES_NOT, "b; c; a", 8)


def test_one_of_several_is_as_strong_as_the_strongest() -> None:
    assert either([NO, NO]).verdict is DOES_NOT
    assert either([NO, OPEN]) == Finding(UNDECIDED, "c; b", 8, "few")
    assert either([OPEN, NO, YES]) == Finding(HOLDS, "b; c; a", 8)


def test_several_were_judged_where_one_was() -> None:
    missing = left_out("no time")
    assert all_of([missing, YES]).seeds == 8
    assert all_of([missing, YES]).why == "no time"
    assert all_of([missing, missing]).seeds == 0
    assert all_of([Finding(HOLDS, "exact")]).seeds is None
