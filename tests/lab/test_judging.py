"""Claims, their rows and table, and the rules on numbers whose truth is known."""

import json
import re
from typing import Any

import numpy as np
import pytest

from seqjax.core.statistics import Adjusted, paired_comparisons, success_rate
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Claim,
    Finding,
    Verdict,
    claim_rows,
    claim_table,
    left_out,
    stated,
)
from seqjax.lab.judging.rules import (
    LEAST_SEEDS,
    all_of,
    between,
    either,
    larger,
    most,
    opposite,
    provided,
    signed,
    sooner,
)
from seqjax.lab.judging.statements import JudgingError, Missing, Statement
from seqjax.lab.run_directory import records

STEPS = 100


# --- claims -----------------------------------------------------------------------


def test_a_verdict_reads_as_its_words() -> None:
    assert [str(each) for each in Verdict] == ["holds", "does not hold", "undecided"]
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
    assert neither.verdict is UNDECIDED
    assert neither.why == ("" if verdict is UNDECIDED else "short")
    assert provided(found) == found
    assert (provided(found, holds=False) == found) == (verdict is not HOLDS)
    assert (provided(found, fails=False) == found) == (verdict is not DOES_NOT)


@pytest.mark.parametrize(
    ("difference", "p_value", "expected"),
    [
        (0.1, 0.05, HOLDS),
        (-0.1, 0.05, DOES_NOT),
        (0.1, 0.051, UNDECIDED),
        (0.0, 0.01, UNDECIDED),
    ],
)
def test_signed(difference: float, p_value: float, expected: Verdict) -> None:
    assert signed(difference, p_value) is expected


def compared(differences: Any) -> Adjusted:
    values = np.asarray(differences, float)
    (found,) = paired_comparisons([(values, np.zeros_like(values))])
    return found


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([0.3] * 8, HOLDS),
        ([0.3] * LEAST_SEEDS, HOLDS),
        ([0.3] * (LEAST_SEEDS - 1), UNDECIDED),
        ([-0.3] * 8, DOES_NOT),
        ([0.001] * 8, DOES_NOT),  # less than what counts, however surely
        ([0.0] * 8, DOES_NOT),
        ([0.0] * (LEAST_SEEDS - 1), UNDECIDED),
        ([0.5, -0.4] * 4, UNDECIDED),
    ],
)
def test_larger(differences: list[float], expected: Verdict) -> None:
    found = larger(compared(differences))
    assert found.verdict is expected
    assert found.measured.startswith(f"{np.mean(differences):+.3f} [")
    assert found.seeds == len(differences)
    assert larger(compared(differences).comparison) == found, "a family of one"


def test_larger_by_another_margin_and_of_fewer_seeds() -> None:
    assert larger(compared([0.3] * 8), margin=0.5).verdict is DOES_NOT
    few = [-0.3] * 2
    assert larger(compared(few)).verdict is UNDECIDED
    assert larger(compared(few), least_seeds=1).verdict is DOES_NOT


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([20] * 8, [60] * 8, HOLDS),
        ([60] * 8, [20] * 8, DOES_NOT),
        ([40] * 8, [42] * 8, DOES_NOT),  # two of a hundred updates
        ([40] * 8, [STEPS] * 8, HOLDS),
        ([STEPS] * 8, [40] * 8, DOES_NOT),
        ([20, STEPS] * 4, [50] * 8, UNDECIDED),
    ],
)
def test_sooner(first: list[int], second: list[int], expected: Verdict) -> None:
    more = np.array(first) - np.array(second)
    found = sooner(compared(more), STEPS, unsolved=False)
    assert found.verdict is expected
    assert found.measured.startswith(f"{more.mean():+.0f} [")
    assert found.seeds == 8


def test_what_nobody_solves_is_neither_sooner_nor_later() -> None:
    found = sooner(compared([0] * 8), STEPS, unsolved=True)
    assert found == Finding(UNDECIDED, "neither is solved by any seed", 8)


@pytest.mark.parametrize(
    ("successes", "expected"),
    [
        ([True] * 8, HOLDS),
        ([False] * 8, DOES_NOT),
        ([True] * 5 + [False] * 3, UNDECIDED),
        ([True] * (LEAST_SEEDS - 1), UNDECIDED),
    ],
)
def test_most(successes: list[bool], expected: Verdict) -> None:
    found = most(success_rate(np.array(successes)))
    assert found.verdict is expected
    assert found.measured.endswith(f"of {len(successes)} seeds")


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
