"""What a diverged seed counts as, from made-up rows."""

from typing import Any

import numpy as np

from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    SEEDS,
    UNDECIDED,
    UPDATES,
    Finding,
)
from seqjax.lab.study import Results
from seqjax.reconcile.claims import CLAIMS, asked, claim_settings, lstm, rnn
from seqjax.reconcile.curves import at_column
from seqjax.reconcile.summary import claims, evidence, outcomes
from seqjax.reconcile.verdicts import Sample, at_chance, late, not_solved, solved

SETTING = rnn(11)


def row(**changes: Any) -> dict[str, Any]:
    """A seed that solved its task."""
    return {
        **SETTING._asdict(),
        "accuracy": 1.0,
        "accuracy_at_steps": 0.9,
        **{at_column(updates): 1.0 for updates in asked()},
        "left_chance_at": 50,
        "solved_step": 900,
        "steps": 3000,
        "diverged": False,
        "cut_short": False,
        **changes,
    }


def diverged(accuracy: float | None, left: int | None) -> dict[str, Any]:
    """One whose weights were not finite after the 60th update."""
    changes = {"accuracy_at_steps": None, "left_chance_at": left, "steps": 60}
    return row(accuracy=accuracy, diverged=True, solved_step=None, **changes)


def claim(name: str) -> Any:
    return next(each for each in CLAIMS if each.id == name)


def sample(rows: list[dict[str, Any]], name: str = "003-rnn-only") -> Sample:
    return evidence(Results(rows, {}), claim(name))[SETTING]


def test_a_diverged_seed_has_guessed_and_never_left_chance() -> None:
    rows = [row(), diverged(0.3, None), row(left_chance_at=None)]
    found = sample(rows)
    assert found.accuracy.tolist() == [1.0, 0.1, 1.0]
    np.testing.assert_array_equal(found.left_chance, [50, np.nan, np.nan])
    np.testing.assert_array_equal(found.solved_at, [900, np.nan, 900])
    assert found.enough
    assert outcomes(Results(rows, {}))[SETTING].tolist() == [0.9, 0.1, 0.9]


def test_seeds_that_all_diverged_are_at_chance() -> None:
    found = sample([diverged(None, None)] * 6)
    assert at_chance(found).verdict == HOLDS
    assert solved(found).verdict == DOES_NOT


def test_what_solved_and_then_diverged_has_failed() -> None:
    rows = [diverged(1.0, 50)] * 6
    found = sample(rows)
    assert at_chance(found).verdict == HOLDS
    assert solved(found).verdict == DOES_NOT
    assert late(found, 2000).verdict == HOLDS
    assert outcomes(Results(rows, {}))[SETTING].tolist() == [0.1] * 6


def test_a_setting_that_a_seed_was_too_short_for_has_no_outcome() -> None:
    rows = [row(), row(accuracy_at_steps=None, cut_short=True, steps=60)]
    assert outcomes(Results(rows, {})) == {}
    assert not sample(rows).enough


def test_a_setting_that_was_left_out_is_an_empty_sample() -> None:
    found = sample([])
    assert len(found.accuracy) == len(found.left_chance) == 0
    assert not found.enough


def test_a_claim_is_judged_at_its_own_updates() -> None:
    """F8: 001 gives T = 11 its 10 000 updates, 003 judges what there was after 3000."""
    assert asked() == (3000, 10_000)
    assert claim_settings()[SETTING] == 10_000
    late = {"steps": 10_000, at_column(3000): 0.1, "left_chance_at": 5000}
    rows = [row(**late)] * 6
    early, end = sample(rows), sample(rows, "001-rnn-chance")
    assert early.accuracy.tolist() == [0.1] * 6
    assert end.accuracy.tolist() == [1.0] * 6
    assert (early.updates, end.updates) == (3000, 10_000)
    assert np.isnan(early.left_chance).all()
    assert end.left_chance.tolist() == [5000] * 6
    found = Results(rows, {})
    assert claim("003-rnn-only").judged(evidence(found, claim("003-rnn-only"))) == (
        not_solved(early)
    )
    assert not_solved(early).verdict == HOLDS


def test_a_claim_on_few_updates_does_not_wait_for_many() -> None:
    """F8: cut short at 4000 of the 10 000 that another claim asks for."""
    cut = {"steps": 4000, "cut_short": True, "accuracy": 0.2, at_column(10_000): None}
    rows = [row(**cut, **{at_column(3000): 0.1}) for _ in range(6)]
    assert not_solved(sample(rows)).verdict == HOLDS
    assert not_solved(sample(rows, "001-rnn-chance")).verdict == UNDECIDED
    shorter = [row(**{**cut, "steps": 2000, at_column(3000): None})] * 6
    assert sample(shorter).accuracy.tolist() == [0.2] * 6
    assert not_solved(sample(shorter)).verdict == UNDECIDED


def test_what_diverged_later_had_learnt_by_then() -> None:
    rows = [row(**{"steps": 6000, "diverged": True, at_column(3000): 1.0})] * 6
    assert solved(sample(rows)).verdict == HOLDS
    assert solved(sample(rows, "001-rnn-chance")).verdict == DOES_NOT


def test_a_claim_on_pace_takes_runs_that_kept_it() -> None:
    """A run of another study has accuracies alone: its seeds do not count here."""
    bare = [row(seed=seed, run="bare") for seed in range(6)]
    for each in bare:
        del each["left_chance_at"]
    rows = [*bare, *(row(seed=seed, run="whole") for seed in range(4))]
    results = Results([{**each, **lstm(23)._asdict()} for each in rows], {})
    pace = evidence(results, claim("003-lstm-late"))[lstm(23)]
    assert pace.left_chance.tolist() == [50] * 4
    end = evidence(results, claim("003-lstm"))[lstm(23)]
    assert len(end.accuracy) == 6
    (found,) = [each for each in claims(results) if each.id == "003-lstm"]
    assert found.at["runs"] == ["bare"]


def found_of(solved: int, of: int, more: int = 0) -> Finding:
    """Of the first seeds so many solve T = 20, then so many of those up to twenty."""
    orthogonal = claim("001-orthogonal-20").settings[0]._asdict()
    good = [i < solved if i < of else i - of < more for i in range(20 if more else of)]
    rows = [
        row(**orthogonal, seed=seed, accuracy=1.0 if each else 0.1, steps=10_000)
        for seed, each in enumerate(good)
    ]
    # Runs come in any order.
    found = claims(Results(rows[::-1], {}))
    return next(each.finding for each in found if each.id == "001-orthogonal-20")


def test_ten_seeds_are_a_look_and_twenty_are_another() -> None:
    assert found_of(9, 10).verdict == HOLDS
    assert found_of(8, 10).verdict == UNDECIDED
    assert found_of(8, 10, 8)[:3:2] == (HOLDS, 20), "16 of 20"
    assert found_of(8, 10, 7)[:3:2] == (UNDECIDED, 20), "15 of 20"
    # What the first look has decided stays, when more are trained for another claim.
    assert found_of(9, 10, 1)[:3:2] == (HOLDS, 10)
    assert found_of(1, 10, 10)[:3:2] == (DOES_NOT, 10)


def test_what_a_claim_lacks() -> None:
    settings = (lstm(20), lstm(20, learning_rate=1e-4))

    def lacking(*rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
        made = [
            {**each, **setting._asdict()}
            for setting, own in zip(settings, rows, strict=True)
            for each in own
        ]
        (found,) = [c for c in claims(Results(made, {})) if c.id == "002-lstm-slow"]
        names = [setting.name for setting in settings]
        return found.finding.lacks, [
            str(names.index(name)) for name in found.at["lacking"]
        ]

    def seeds(number: int, **changes: Any) -> list[dict[str, Any]]:
        return [
            row(seed=seed, accuracy=0.5 + 0.04 * seed * (-1) ** seed, **changes)
            for seed in range(number)
        ]

    assert lacking([], []) == (UPDATES, ["0", "1"])
    assert lacking(seeds(6), []) == (UPDATES, ["1"])
    short = seeds(6, cut_short=True, steps=900)
    assert lacking(seeds(6), short) == (UPDATES, ["1"])
    # Both to the end, and not yet decided: seeds, of the one that has fewer.
    assert lacking(seeds(6)[::-1], [row(seed=s, accuracy=0.6) for s in range(4)]) == (
        SEEDS,
        ["1"],
    )
