"""Numbers, verdicts and figures of a study of learning from hand-made results."""

from typing import Any

import numpy as np
import pytest

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED
from seqjax.lab.study import Block, Results
from seqjax.phased.learning.config import ALL, LEARNT, NONE, LearningConfig
from seqjax.phased.learning.figures import figures, gates
from seqjax.phased.learning.summary import CLAIMS, claims, comparisons, summarise
from seqjax.phased.learning.tables import tables
from seqjax.tasks.frequency import CHANCE

SEEDS, STEPS = 8, 50

CONFIG = LearningConfig(
    choices=(ALL, NONE, "period", "shift", "period-shift"),
    seeds=SEEDS,
    steps=STEPS,
    hidden_size=3,
)

ACCURACY = {ALL: 0.95, NONE: 0.7, "period": 0.99, "shift": 0.7, "period-shift": 0.96}
SOLVED = {ALL: 40, NONE: None, "period": 20, "shift": None, "period-shift": 41}


def block(name: str) -> Block:
    rows: list[dict[str, Any]] = [
        {
            "learnt": name,
            "seed": seed,
            "accuracy": ACCURACY[name],
            "loss": 0.1,
            "steps": STEPS,
            "solved_step": SOLVED[name],
            # The last seed that learns nothing has diverged.
            "diverged": name == NONE and seed == SEEDS - 1,
            "share_open": 0.1,
        }
        for seed in range(SEEDS)
    ]
    start = {"period": [4.0, 5.5, 20.0], "shift": [1.0, 2.0, 3.0], "open_ratio": [0.1]}
    history: dict[str, np.ndarray] = {
        "accuracy": np.full((SEEDS, STEPS), ACCURACY[name]),
        "steps_open": np.full((SEEDS, 2, 4), 0.1),
        "share_open": np.array([[0.1, 0.25]] * SEEDS),
        "test_lengths": np.array([20, 40]),
    }
    for field, values in start.items():
        before = np.broadcast_to(values, (SEEDS, 3))
        after = before + (0.5 if field in LEARNT[name] else 0.0)
        history[field] = np.stack([before, after], axis=1)
    return Block(name, rows, history)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(block(name) for name in CONFIG.choices)


def test_the_summary_counts_what_was_put_in(results: Results) -> None:
    found = {each["learnt"]: each for each in summarise(CONFIG, results)["settings"]}
    assert list(found) == list(CONFIG.choices)
    assert found[ALL]["accuracy"]["value"] == pytest.approx(0.95)
    assert found[ALL]["success_rate"]["value"] == 1
    assert found[ALL]["median_updates_to_solve"]["value"] == 40
    none = found[NONE]
    assert none["diverged"] == 1
    assert none["accuracy"]["value"] == pytest.approx((7 * 0.7 + CHANCE) / 8)
    assert found["period"]["parameters"] == ["period"]


def test_gates_are_told_at_both_ends(results: Results) -> None:
    settings = summarise(CONFIG, results)["settings"]
    found = {each["learnt"]: each["gates"] for each in settings}
    moved = found["period"]["mean_change"]
    assert moved["period"]["value"] == pytest.approx(0.5)
    assert moved["shift"]["value"] == moved["open_ratio"]["value"] == 0
    inside = found["period"]["share_of_periods_in_range"]
    assert inside["start"]["value"] == pytest.approx(1 / 3)  # 5.5 of 4, 5.5, 20
    assert inside["end"]["value"] == pytest.approx(1 / 3)  # 6.0 of 4.5, 6, 20.5
    assert found["period"]["share_of_units_open"]["end"]["value"] == 0.25
    counted = found["period"]["products_per_wave"]
    # 4 gates of 3 units that read 3 outputs and one value, at 30 steps.
    assert counted["phased"] == 4 * 3 * 4 * 30
    assert counted["needed"] == pytest.approx(counted["phased"] / 4)
    assert counted["saved"] == pytest.approx(0.75)


def test_every_choice_is_compared_with_all_and_with_none(results: Results) -> None:
    names = [each.setting.learnt for each in comparisons(CONFIG, results, ALL)]
    assert names == ["period", "shift", "period-shift"]
    with_none = comparisons(CONFIG, results, NONE)
    assert [each.setting.learnt for each in with_none] == [*names, ALL]
    period = with_none[0]
    gained = np.array([0.29] * 7 + [0.99 - CHANCE])
    assert period.accuracy.difference.value == pytest.approx(gained.mean())
    assert period.accuracy.p_value == pytest.approx(4 * 2 / 2**8)  # Holm over four
    assert period.updates.difference.value == 20 - STEPS


def test_claims_are_judged_as_the_truth_is(results: Results) -> None:
    found = claims(CONFIG, results)
    judged = {claim.id: claim.finding.verdict for claim in found if claim.is_judged}
    assert judged == {
        "learning-all-solved": HOLDS,
        "learning-period-learnable": HOLDS,
        # The one diverged seed makes the only difference.
        "learning-shift-learnable": UNDECIDED,
        "learning-period-easier-accuracy": HOLDS,
        "learning-period-easier-updates": HOLDS,
        "learning-shift-easier-accuracy": DOES_NOT,
        "learning-shift-easier-updates": DOES_NOT,
    }
    texts = {claim.id: claim.text for claim in found}
    assert texts == CLAIMS
    assert texts["learning-open-ratio-easier-updates"] == (
        "r_on alone is easier than all three: fewer updates"
    )


def test_without_all_and_none_there_is_nothing_to_compare(results: Results) -> None:
    config = LearningConfig(choices=("shift",), seeds=SEEDS, steps=STEPS, hidden_size=3)
    found = claims(config, results)
    assert [claim.id for claim in found] == list(CLAIMS)
    assert not any(claim.is_judged for claim in found)
    assert len(tables(config, results)) == 2
    assert set(figures(config, results)) == {"learning_curves", "gates", "open_units"}


def test_tables_have_a_cell_for_every_column(results: Results) -> None:
    found = tables(CONFIG, results)
    assert len(found) == 4
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert found[0].rows[0][:4] == [
        "all",
        "1.00 [0.63, 1.00]",
        "0.950 [0.599, 0.968]",
        "40 [40, 40]",
    ]
    assert found[2].rows[2] == [
        "period",
        "0.5",
        "0",
        "0",
        "0.333 → 0.333",
        "0.100 → 0.100",
        "0.100 → 0.250",
        "75.0 %",
    ]


def test_the_figure_of_gates_shows_what_changed_in_every_unit(
    results: Results,
) -> None:
    period, shift, ratio = gates(CONFIG, results).axes
    lines = {str(line.get_label()): line for line in period.lines}
    alone = lines["it alone learnt"]
    before, change = (
        np.asarray(data, float) for data in (alone.get_xdata(), alone.get_ydata())
    )
    np.testing.assert_allclose(before, [4.0, 5.5, 20.0] * SEEDS)
    np.testing.assert_allclose(change, 0.5)
    assert "it alone learnt" in {str(line.get_label()) for line in shift.lines}
    assert "it alone learnt" not in {str(line.get_label()) for line in ratio.lines}


def test_curves_have_a_panel_of_single_choices_and_one_of_pairs(
    results: Results,
) -> None:
    drawn = figures(CONFIG, results)
    for name in ("learning_curves", "open_units"):
        single, pairs = (
            {str(line.get_label()) for line in axes.lines} for axes in drawn[name].axes
        )
        assert {ALL, NONE, "period", "shift"} <= single
        assert {ALL, NONE, "period-shift"} <= pairs
