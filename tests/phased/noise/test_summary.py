"""Numbers, verdicts and figures of a study of noise from hand-made results."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqjax.lab.judging.claims import HOLDS, UNDECIDED, left_out
from seqjax.lab.study import Block, Results
from seqjax.phased.noise.config import NoiseConfig
from seqjax.phased.noise.figures import accuracy, figures
from seqjax.phased.noise.summary import (
    CLAIMS,
    claims,
    selectivities,
    summarise,
    tables,
)

SEEDS, STEPS = 8, 40

ACCURACY = {
    "right": 0.99,
    "lstm": 0.7,
    "wrong": 0.5,
    "all-learnt": 0.8,
    "all-held": 0.7,
    "shift-learnt": 0.98,
    "shift-held": 0.98,
}
SOLVED = {"right": 10, "shift-learnt": 15, "shift-held": 15, "all-learnt": 30}
SELECTIVITY = {
    "right": (1.0, 1.0),
    "all-learnt": (0.1, 0.4),
    "shift-learnt": (0.3, 0.3),
}

CONFIG = NoiseConfig(models=tuple(ACCURACY), seeds=SEEDS, steps=STEPS)


def block(model: str) -> Block:
    before, after = SELECTIVITY.get(model, (0.1, 0.1))
    gated = model != "lstm"
    rows: list[dict[str, Any]] = [
        {
            "model": model,
            "seed": seed,
            "accuracy": ACCURACY[model],
            "loss": 0.1,
            "steps": STEPS,
            "solved_step": SOLVED.get(model),
            "diverged": False,
            "share_open": 0.1 if gated else None,
            "selectivity_before": before if gated else None,
            "selectivity": after if gated else None,
        }
        for seed in range(SEEDS)
    ]
    periods = np.tile(np.array([[8.0, 12.0], [9.0, 11.0]]), (SEEDS, 1, 1))
    gates = {"period": periods, "share_open": np.array([[0.5, 0.1]] * SEEDS)}
    return Block(model, rows, gates if gated else {})


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(block(model) for model in CONFIG.models)


def test_the_summary_counts_what_was_put_in(results: Results) -> None:
    summary = summarise(CONFIG, results)
    assert summary["best_accuracy"] == pytest.approx(stats.norm.cdf(10**0.5))
    # Ten values of deviation 1 and ninety of deviation 2, signs summing to ten.
    assert summary["accuracy_of_the_sum_of_all"] == pytest.approx(
        stats.norm.cdf(10 / (10 + 90 * 4) ** 0.5)
    )
    found = {each["model"]: each for each in summary["settings"]}
    assert list(found) == list(CONFIG.models)
    for model, value in ACCURACY.items():
        assert found[model]["accuracy"]["value"] == pytest.approx(value)
    assert found["all-learnt"]["selectivity"]["end"]["value"] == pytest.approx(0.4)
    assert "selectivity" not in found["lstm"]


def test_claims_are_judged_as_the_truth_is(results: Results) -> None:
    found = claims(CONFIG, results)
    judged = {claim.id: claim.finding.verdict for claim in found if claim.is_judged}
    assert judged == {
        "noise-right-solved": HOLDS,
        "noise-right-over-lstm": HOLDS,
        "noise-right-over-wrong": HOLDS,
        "noise-all-learnable": HOLDS,
        "noise-shift-learnable": UNDECIDED,
        "noise-all-selective": HOLDS,
        "noise-shift-selective": UNDECIDED,
        "noise-shift-easier-accuracy": HOLDS,
        "noise-shift-easier-updates": HOLDS,
    }
    texts = {claim.id: claim.text for claim in found}
    assert texts == CLAIMS
    assert texts["noise-shift-easier-updates"] == (
        "s alone is easier than all three: fewer updates"
    )
    assert texts["noise-all-selective"] == (
        "all three can be learnt: gates open more for what counts"
    )


def test_a_seed_that_diverged_has_not_learnt_to_select(results: Results) -> None:
    rows = [dict(row) for row in results.rows]
    lost = next(row for row in rows if row["model"] == "all-learnt")
    lost["diverged"] = True
    found = selectivities(Results(rows, results.history), "all-learnt")
    assert found is not None
    assert found.tolist() == [[0.1] * SEEDS, [0.1] + [0.4] * (SEEDS - 1)]


def test_what_was_not_trained_is_not_judged(results: Results) -> None:
    config = NoiseConfig(models=("lstm", "wrong"), seeds=SEEDS, steps=STEPS)
    found = claims(config, results)
    assert [claim.id for claim in found] == list(CLAIMS)
    assert {claim.finding for claim in found} == {
        left_out("what it compares was not trained")
    }
    assert len(tables(config, results)) == 1
    assert set(figures(config, results)) == {"accuracy"}


def test_tables_have_a_cell_for_every_column(results: Results) -> None:
    found = tables(CONFIG, results)
    assert len(found) == 2
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    cells = {row[0]: row for row in found[0].rows}
    assert cells["all-learnt"][5:7] == ["0.100", "0.400"]
    assert cells["lstm"][5:7] == ["-", "-"]


def test_the_figures_show_every_seed_and_the_periods(results: Results) -> None:
    (axes,) = accuracy(CONFIG, results).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(dots) == len(CONFIG.models)
    for line, value in zip(dots, ACCURACY.values(), strict=True):
        assert np.asarray(line.get_xdata(), float).tolist() == [value] * SEEDS
    (panel,) = figures(CONFIG, results)["periods"].axes
    assert panel.get_title() == "all-learnt"
