"""Numbers, verdicts and figures of a silence study from hand-made results."""

from typing import Any

import numpy as np
import pytest

from seqjax.lab.judging.claims import HOLDS, UNDECIDED
from seqjax.lab.reporting.text import horizon_text
from seqjax.lab.study import Block, Results
from seqjax.phased.silence.config import Setting, SilenceConfig
from seqjax.phased.silence.figures import success_vs_silence, training_curves
from seqjax.phased.silence.summary import claims, comparisons, reaches, summarise
from seqjax.phased.silence.tables import tables
from seqjax.tasks.silence import BASELINE, CHANCE

SEEDS, STEPS = 8, 30

CONFIG = SilenceConfig(lengths=(40, 10), seeds=SEEDS, steps=STEPS)

GOOD = {("phased", 10): 8, ("phased", 40): 8, ("lstm", 10): 8, ("lstm", 40): 0}
"""How many seeds solve the task."""


def block(setting: Setting) -> Block:
    model, length = setting
    rows: list[dict[str, Any]] = []
    for seed in range(SEEDS):
        good = seed < GOOD[model, length]
        rows.append(
            {
                "model": model,
                "length": length,
                "seed": seed,
                "accuracy": 1.0 if good else CHANCE,
                "loss": 0.0 if good else BASELINE,
                "steps": STEPS,
                "solved_step": 12 if good else None,
                "diverged": False,
                "share_open": 0.05 if model == "phased" else None,
                "held_out": False,
            }
        )
    losses = np.full((SEEDS, STEPS), 0.5 if GOOD[model, length] else BASELINE)
    history = {"loss": losses}
    if model == "phased":
        history["share_open"] = np.array([[0.5, 0.05]] * SEEDS)
    return Block(setting.name, rows, history)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(block(setting) for setting in Setting.all(CONFIG))


def test_the_summary_counts_what_was_put_in(results: Results) -> None:
    summary = summarise(CONFIG, results)
    found = {(s["model"], s["length"]): s for s in summary["settings"]}
    assert list(found) == Setting.all(CONFIG)
    for setting, good in GOOD.items():
        assert found[setting]["success_rate"]["value"] == good / SEEDS
    assert found["phased", 40]["median_updates_to_solve"]["value"] == 12
    assert found["phased", 40]["share_of_units_open"]["value"] == pytest.approx(0.05)
    assert found["lstm", 40]["share_of_units_open"] is None
    assert found["lstm", 40]["accuracy"]["value"] == CHANCE
    levels = {(h["model"], h["level"]): h for h in summary["horizons"]}
    assert levels["phased", 0.5]["beyond_grid"]
    # From all to none between 10 and 40: half of them in the middle.
    assert levels["lstm", 0.5]["estimate"]["value"] == pytest.approx(25)


def test_horizons_beyond_the_lengths_are_marked(results: Results) -> None:
    phased, lstm = reaches(CONFIG, results)
    assert horizon_text(phased.horizon(0.5), (40, 10)) == "> 40 [40, > 40]"
    assert horizon_text(lstm.horizon(0.5), (40, 10)) == "25 [10, 40]"
    nobody = SilenceConfig(lengths=(40,), seeds=SEEDS, steps=STEPS)
    _, lstm = reaches(nobody, results)
    assert horizon_text(lstm.horizon(0.5), (40,)) == "< 40 [< 40, 40]"


def test_the_gate_is_compared_length_by_length(results: Results) -> None:
    longer, shorter = comparisons(CONFIG, results)
    assert (longer.setting, shorter.setting) == ((40,), (10,))
    assert longer.found.difference.value == 1 - CHANCE
    assert longer.found.p_value == 2 * 2 / 2**8
    assert shorter.found.difference.value == 0


def test_claims_are_judged_as_the_truth_is(results: Results) -> None:
    name = "the gate keeps more across silence than the plain LSTM"
    found = claims(CONFIG, results)
    keeps = "silence-gate-keeps-more"
    assert [(each.id, each.at["lengths"], each.finding.verdict) for each in found] == [
        (f"{keeps}-together", (40, 10), HOLDS),
        (keeps, (40,), HOLDS),
        (keeps, (10,), UNDECIDED),  # both at the ceiling
        ("silence-gate-bridges", (40,), HOLDS),
    ]
    assert [each.text for each in found] == [
        f"{name}, all T together",
        f"{name}, T = 40",
        f"{name}, T = 10",
        "the gated LSTM bridges T = 40",
    ]


def test_one_model_alone_is_compared_with_nothing(results: Results) -> None:
    config = SilenceConfig(models=("lstm",), lengths=(10, 40), seeds=SEEDS, steps=STEPS)
    assert comparisons(config, results) == []
    found = claims(config, results)
    assert len(found) == len(claims(CONFIG, results))
    assert not any(claim.is_judged for claim in found)
    assert len(tables(config, results)) == 2


def test_tables_have_a_cell_for_every_column(results: Results) -> None:
    found = tables(CONFIG, results)
    assert len(found) == 4
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert "which are trained on too" in found[0].caption
    assert [row[6] for row in found[0].rows] == ["0.050", "0.050", "all", "all"]


def test_the_figures_show_rates_and_losses(results: Results) -> None:
    left, _ = success_vs_silence(CONFIG, results).axes
    containers: list[Any] = left.containers
    drawn = {str(bars.get_label()): bars.lines[0].get_ydata() for bars in containers}
    np.testing.assert_array_equal(drawn["phased"], [1, 1])
    np.testing.assert_array_equal(drawn["lstm"], [1, 0])
    for axes in training_curves(CONFIG, results).axes:
        lines = {str(line.get_label()): line for line in axes.lines}
        assert {"T = 10", "T = 40", "guess"} <= set(lines)
