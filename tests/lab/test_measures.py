"""The one meaning of a failed seed, and one list of measures for summary and table."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from seqjax.core.statistics import bounded_mean, paired_comparison
from seqjax.lab import horizons, measures
from seqjax.lab.comparisons import SHARES, against, raced
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, or_chance, outcome, rows_of
from seqjax.lab.study import Results

CHANCE, LEAST, STEPS = 0.1, 0.9, 1000


class Setting(NamedTuple):
    length: int


def row(
    accuracy: float | None = 1.0, solved: int | None = 100, diverged: bool = False
) -> dict[str, Any]:
    return {
        "accuracy": accuracy,
        "loss": 0.5,
        "solved_step": solved,
        "steps": 50 if diverged else STEPS,
        "diverged": diverged,
        "held_out": True,
    }


def read(rows: list[dict[str, Any]]) -> Outcome:
    return outcome(rows, CHANCE, LEAST, STEPS, setting=Setting(5))


def test_four_of_ten_that_solve_and_six_that_diverge() -> None:
    found = read([row(solved=600)] * 4 + [row(None, None, diverged=True)] * 6)
    assert found.accuracy.mean() == pytest.approx(0.4 + 0.6 * CHANCE)
    assert found.rate.value == 0.4
    assert found.time.value == math.inf
    assert measures.DIVERGED.value(found) == 6


def test_all_that_diverged_have_guessed_and_never_solved() -> None:
    found = read([row(0.7, None, diverged=True)] * 5)
    assert found.accuracy.tolist() == [CHANCE] * 5
    assert found.rate.value == 0
    assert found.time.value == math.inf
    assert found.updates.tolist() == [STEPS] * 5


def test_what_solved_and_then_diverged_has_failed() -> None:
    found = read([row(1.0, 600, diverged=True)] * 5)
    assert found.accuracy.tolist() == [CHANCE] * 5
    assert not found.success.any()
    assert found.unsolved.all()
    assert found.time.value == math.inf


def test_a_median_that_a_diverged_seed_does_not_pull_down() -> None:
    # Were it watched to its 50th update only, the median would be 200 in both cases.
    rows = [row(solved=100), row(solved=200), row(solved=None)]
    assert read([*rows, row(diverged=True, solved=30)]).time.value == 200
    assert read([*rows[1:], row(diverged=True, solved=30)]).time.value == math.inf


def test_unsolved_seeds_are_censored_not_dropped() -> None:
    rows = [row(solved=step) for step in (10, 20, 40)] + [row(0.1, None)] * 2
    assert read(rows).time.value == 40
    assert read(rows[2:]).time.value == math.inf


def test_solved_is_a_state_at_the_end_and_not_an_event() -> None:
    # Solved at update 100, and lost again by the last one.
    found = read([row(0.3, 100), row(0.95, 200)])
    assert found.success.tolist() == [False, True]
    assert found.unsolved.tolist() == [True, False]
    assert found.updates.tolist() == [STEPS, 200]


def test_the_mean_of_equal_accuracies_has_an_interval() -> None:
    found = read([row(1.0)] * 10).mean
    assert found[:3] == pytest.approx((1.0, 0.025 ** (1 / 10), 1.0), abs=1e-3)


def test_success_at_exactly_the_accuracy_wanted() -> None:
    found = read([row(0.89), row(0.9), row(0.91)])
    assert found.success.tolist() == [False, True, True]
    # As a test in single precision has it: 0.8999999761581421.
    assert read([row(float(np.float32(0.9)))]).success.tolist() == [True]


def test_times_are_those_of_the_column_that_the_study_has() -> None:
    epochs = [0, 2, 2, None]
    rows = [{**row(), "solved_epoch": epoch} for epoch in epochs]
    found = outcome(rows, CHANCE, LEAST, 5, solved="solved_epoch")
    # Solved before the first epoch is solved.
    assert found.updates.tolist() == [0, 2, 2, 5]
    assert found.unsolved.tolist() == [False, False, False, True]
    assert found.time.value == 2


def test_the_rows_of_a_setting_are_found_by_all_of_its_fields() -> None:
    results = Results([{**row(), "length": n, "seed": n} for n in (3, 5, 5)], {})
    assert rows_of(results, Setting(5)) == results.rows[1:]


def test_where_no_row_tells_when_its_seed_solves_there_is_no_time() -> None:
    rows = [row(1.0), row(0.5), row(1.0, diverged=True)]
    for each in rows:
        del each["solved_step"]
    found = outcome(rows, CHANCE, LEAST)
    assert found.accuracy.tolist() == [1.0, 0.5, CHANCE]
    assert found.success.tolist() == [True, False, False]
    assert found.unsolved.all()
    assert np.isnan(found.updates).all()


def test_what_is_not_finite_counts_as_a_guess() -> None:
    rows = [row(), {**row(), "loss": math.inf}, {**row(), "loss": None}]
    assert or_chance(rows, 2.3, "loss").tolist() == [0.5, 2.3, 2.3]
    assert or_chance([], 2.3, "loss").tolist() == []


MEASURES = [
    measures.accuracy(measures.seen),
    measures.success(LEAST),
    measures.solving(STEPS),
    measures.DIVERGED,
    measures.HELD_OUT,
    Measure("", "only shown", lambda o: len(o.rows)),
]


def test_one_list_makes_summary_table_and_caption() -> None:
    found = read([row(), row(), row(None, None, diverged=True)])
    said = measures.numbers(MEASURES, found)
    assert list(said) == [
        "length",
        "accuracy",
        "success_rate",
        "median_steps_to_solve",
        "diverged",
        "held_out",
    ]
    assert said["accuracy"]["value"] == pytest.approx(0.7)
    table = measures.table(
        MEASURES, [found], title="t", axes=("T",), caption="95 % ({intervals})"
    )
    assert table.columns == (
        "T",
        "mean accuracy",
        "success (accuracy >= 0.9)",
        "median updates to solve",
        "diverged",
        "only shown",
    )
    ((length, accuracy, rate, time, diverged, shown),) = table.rows
    assert (length, diverged, shown) == ("5", "1", "3")
    assert accuracy.startswith("0.700 [")
    assert rate.startswith("0.67 [")
    assert time.startswith("100")
    assert table.caption == (
        "95 % (mean: Gaffke; success: Clopper-Pearson; median: Kaplan-Meier, unsolved "
        "seeds censored)"
    )


def test_fields_of_a_setting_without_a_heading_are_left_to_the_measures() -> None:
    found = read([row()])
    length = Measure("", "digits", lambda o: o.setting.length, lambda n, _: f"{n} *")
    table = measures.table([length], [found], title="t", axes=(), caption="")
    assert (table.columns, table.rows) == (("digits",), [["5 *"]])


def test_the_interval_of_the_times_reaches_beyond_the_last_update() -> None:
    found = read([row(solved=10), row(solved=20), row(0.1, None)])
    text = measures.solving(STEPS).text(found.time, found)
    assert text.startswith("20 [")
    assert text.endswith(f"> {STEPS}]")
    assert np.isinf(found.time.high)


def test_a_field_without_an_axis_is_left_to_the_measures() -> None:
    marked = Measure("", "T", lambda o: o.setting.length, lambda n, _: f"{n} (seen)")
    table = measures.table([marked], [read([row()])], title="t", axes=(), caption="")
    assert table.columns == ("T",)
    assert table.rows == [["5 (seen)"]]


class Pair(NamedTuple):
    one: str
    other: str


def test_two_settings_are_told_of_by_one_list_too() -> None:
    numbers = np.array([0.2, 0.3, 0.25, 0.3])
    found = against(
        {Pair("a", "b"): (numbers, 0 * numbers), Pair("a", "c"): (numbers, numbers)}
    )
    (alone,) = against({Pair("a", "b"): (numbers, 0 * numbers)}, SHARES)
    assert alone.found.difference == bounded_mean(numbers, -1.0, 1.0)
    first = found[0].found
    assert first.comparison == paired_comparison(numbers, 0 * numbers)
    assert first.p_value == 2 * first.comparison.p_value  # Holm over two
    told = measures.points_gained("points", "{:+.1f}", "{:.2g}")
    said = measures.numbers(told, found[0])
    assert said["accuracy_gained"] == first.difference._asdict()
    assert (said["one"], said["other"]) == ("a", "b")
    assert (said["p_value"], said["p_value_holm"]) == (0.125, 0.25)
    assert said["accuracy_gained_probability"] == 1
    table = measures.table(
        told, found, title="t", axes=("1st", "2nd"), caption="", left=2
    )
    assert table.columns == ("1st", "2nd", "points", "p (Holm)")
    assert table.rows[0][2].startswith("+26.2 [+")
    assert (table.rows[0][3], table.left) == ("0.25", 2)
    assert against({}) == []


def test_accuracy_and_updates_are_families_of_their_own() -> None:
    quick, slow = (read([row(solved=n + i) for i in range(4)]) for n in (100, 300))
    (found,) = raced({Pair("quick", "slow"): (quick, slow)})
    assert found.accuracy.difference.value == 0
    assert found.updates.difference.value == -200
    told = measures.difference("more", "more", "{:+.0f}", of="updates", p_key="p")
    said = measures.numbers(told, found)
    assert said["more"]["value"] == -200
    assert said["p"] == found.updates.p_value == 0.125


def test_named_tuples_become_dictionaries_however_deep() -> None:
    found = read([row()] * 2)
    said = measures.plain(Setting(Setting(found.rate)))  # type: ignore[arg-type]
    assert said == {"length": {"length": found.rate._asdict()}}


def test_a_horizon_is_told_at_every_level_and_marked_beyond_the_lengths() -> None:
    good, bad = read([row()] * 4), read([row(0.1, None)] * 4)
    reach = horizons.Reach(Pair("a", "b"), {20: bad, 10: good})
    half, most = horizons.rows([reach])
    assert (half["one"], half["level"], most["level"]) == ("a", 0.5, 0.9)
    assert half["estimate"]["value"] == pytest.approx(15)
    assert half["bracket"] == [10, 20]
    table = horizons.table([reach], title="Far", axes=("1st", "2nd"), steps=STEPS)
    assert table.title == "Far: T at which the success rate falls to 0.5 and to 0.9"
    assert table.columns == ("1st", "2nd", "T50", "T90")
    assert table.rows == [["a", "b", "15 [< 10, > 20]", "11 [< 10, 20]"]]
    (row_beyond,) = horizons.table(
        [horizons.Reach(Pair("a", "b"), {10: good})], title="", axes=(), steps=STEPS
    ).rows
    assert row_beyond == ["> 10 [< 10, > 10]"] * 2
