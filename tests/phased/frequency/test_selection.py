"""Numbers of the table from hand-made results, each counted by hand."""

from typing import Any

import numpy as np
import pytest

from seqjax.lab.study import Block, Results
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, Setting
from seqjax.phased.frequency.figures import learning_curves, periods
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.frequency.summary import comparisons, curves_of_tests, summarise
from seqjax.phased.frequency.tables import tables
from seqjax.phased.measured import in_range
from seqjax.phased.sparsity import products
from seqjax.tasks.frequency import CHANCE

CONFIG = FrequencyConfig(
    regimes=("standard", "asynchronous"),
    seeds=4,
    epochs=10,
    budget=3.0,
    epoch_size=20,
    batch_size=10,
    hidden_size=3,
)
CURVES = {
    "phased": [[0.5, 0.9, 0.96], [0.5, 0.97, 0.94], [0.5, 0.95, 0.97], [0.4, 0.5, 1.0]],
    "bn-lstm": [[0.5, 0.6, 0.7]] * 4,
    "lstm": [[0.5, 0.5, 0.6], [0.5, 0.5, 0.99], [0.5, 0.96, 0.96], [0.5, 0.5, 0.5]],
}
"""Test accuracy before training and after two epochs; of the ten, two were paid for."""


def block(regime: str, model: str) -> Block:
    curves = np.array(CURVES[model], np.float32)
    rows: list[dict[str, Any]] = []
    for seed, curve in enumerate(CURVES[model]):
        # The third plain LSTM has diverged at its third of four updates.
        lost = model == "lstm" and seed == 2
        reached = [epoch for epoch, value in enumerate(curve) if value >= 0.95]
        rows.append(
            {
                "regime": regime,
                "model": model,
                "seed": seed,
                "accuracy": curve[-1],
                "loss": 0.1,
                "solved": curve[-1] >= 0.95 and not lost,
                "solved_epoch": reached[0] if reached else None,
                "epochs": 2,
                "steps": 3 if lost else 4,
                "diverged": lost,
                "share_open": 0.25 if model == "phased" else None,
            }
        )
    history = {
        "test_accuracy": curves,
        "test_lengths": np.array([20, 40]),
        "test_labels": np.array([1, 0]),
    }
    if model == "phased":
        start, end = [4.0, 5.5, 20.0], [5.0, 5.5, 6.0]
        history["period"] = np.array([[start, end]] * 4)
        history["shift"] = np.zeros((4, 2, 3))
        history["open_ratio"] = np.full((4, 2, 3), 0.05)
        history["share_open"] = np.array([[0.05, 0.1, 0.25]] * 4)
    return Block(f"{regime}-{model}", rows, history)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(block(*setting) for setting in Setting.all(CONFIG))


def test_the_summary_counts_what_was_put_in(results: Results) -> None:
    summary = summarise(CONFIG, results)
    found = {(s["regime"], s["model"]): s for s in summary["settings"]}
    assert list(found) == Setting.all(CONFIG)
    phased, plain = found["standard", "phased"], found["standard", "lstm"]
    assert phased["accuracy"]["value"] == pytest.approx((0.96 + 0.94 + 0.97 + 1) / 4)
    assert phased["success_rate"]["value"] == 3 / 4
    # 2, not at the end, 1, 2.
    assert phased["median_epochs_to_solve"]["value"] == 2
    # The diverged one has chance, no success, and never solves, whatever it once had.
    mean = (0.6 + 0.99 + CHANCE + 0.5) / 4
    assert plain["accuracy"]["value"] == pytest.approx(mean)
    assert plain["success_rate"]["value"] == 1 / 4
    assert plain["median_epochs_to_solve"]["value"] == np.inf
    assert plain["diverged"] == 1
    assert phased["published_accuracy"] == pytest.approx(0.9926)
    assert summary["test_set"]["standard"] == {
        "waves": 2,
        "share_of_class_1": 0.5,
        "time_points_per_wave": 30.0,
    }


def test_the_summary_says_what_the_budget_did(results: Results) -> None:
    summary = summarise(CONFIG, results)
    told = "scaled to 2 epochs of 10 by the budget of 3 minutes"
    assert summary["training"] == told
    assert (summary["epochs"], summary["epochs_of_the_protocol"]) == (2, 10)
    assert tables(CONFIG, results)[0].title.endswith(told)
    assert told in str(learning_curves(CONFIG, results).get_suptitle())


def test_all_epochs_are_said_to_be_all(results: Results) -> None:
    config = FrequencyConfig(regimes=CONFIG.regimes, seeds=4, epochs=2)
    assert summarise(config, results)["training"] == "2 epochs"


def test_the_phased_model_is_compared_on_the_same_seeds(results: Results) -> None:
    found = {c.setting: c.found for c in comparisons(CONFIG, results)}
    assert set(found) == {(r, m) for r in CONFIG.regimes for m in ("bn-lstm", "lstm")}
    against = found["standard", "bn-lstm"]
    gained = np.array([0.26, 0.24, 0.27, 0.3])
    assert against.difference.value == pytest.approx(gained.mean())
    # Of 16 exchanges, the observed one and its mirror are the most extreme.
    assert against.comparison.p_value == pytest.approx(2 / 16)
    assert against.p_value == pytest.approx(2 * 2 / 16)  # Holm: twice the smallest


def test_gates_are_counted_at_both_ends(results: Results) -> None:
    (numbers, _) = summarise(CONFIG, results)["gates"]
    shares = numbers["share_of_periods_in_range"]
    assert shares["start"]["value"] == pytest.approx(1 / 3)
    assert shares["end"]["value"] == 1  # both ends of the range belong to it
    assert numbers["share_of_units_open"]["end"]["value"] == pytest.approx(0.25)
    assert numbers["products_saved_as_computed_here"] == 0
    counted = numbers["products_per_wave"]
    assert counted["saved"] == pytest.approx(0.75)


def test_products_are_those_of_a_loop_over_units() -> None:
    hidden, steps, opened = 3, 2, [2, 1]
    plain = phased = needed = 0
    for step in range(steps):
        for unit in range(hidden):
            for _gate in range(4):
                plain += hidden + 2  # reads h, and value and time
                phased += hidden + 1
                needed += hidden + 1 if unit < opened[step] else 0
    found = products(hidden, float(steps), sum(opened) / (hidden * steps))
    assert found == pytest.approx((plain, phased, needed, 1 - needed / phased))


def test_periods_in_the_range_include_its_ends() -> None:
    values = np.array([[4.999, 5.0, 5.5, 6.0], [6.001, 1.0, 100.0, 5.2]])
    assert in_range(values).tolist() == [0.75, 0.25]


def test_a_diverged_seed_is_at_chance_from_then_on(results: Results) -> None:
    curves = curves_of_tests(CONFIG, results, "standard", "lstm")
    # Two updates an epoch: the third is in the second epoch.
    np.testing.assert_allclose(curves[2], [0.5, 0.96, CHANCE], rtol=1e-6)
    np.testing.assert_allclose(curves[1], [0.5, 0.5, 0.99], rtol=1e-6)


def test_tables_have_a_row_per_cell_with_the_published_numbers(
    results: Results,
) -> None:
    cells, against, gates = tables(CONFIG, results)
    assert [tuple(row[:2]) for row in cells.rows] == Setting.all(CONFIG)
    for row in cells.rows:
        published = PUBLISHED[row[0], row[1]]
        assert row[3] == f"{published.mean:.2f} ± {published.deviation:.2f}"
        assert row[4] == "52.0"
    assert cells.rows[0][2].startswith("96.75 [")
    assert cells.rows[0][5].startswith("0.75 [")
    assert cells.rows[2][6] == "> 2"
    assert len(against.rows) == 4
    assert gates.rows[0] == [
        "standard",
        "0.333 → 1.000",
        "0.050 → 0.050",
        "0.050 → 0.250",
        "75.0 %",
    ]
    for table in (cells, against, gates):
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_without_the_phased_model_its_tables_and_figure_are_left_out(
    results: Results,
) -> None:
    config = FrequencyConfig(
        regimes=CONFIG.regimes, models=("lstm",), seeds=4, epochs=2
    )
    assert len(tables(config, results)) == 1
    summary = summarise(config, results)
    assert (summary["comparisons"], summary["gates"]) == ([], [])


def test_the_papers_table_is_all_nine_cells() -> None:
    assert set(PUBLISHED) == {
        (regime, model)
        for regime in ("standard", "high-resolution", "asynchronous")
        for model in MODELS
    }


def test_learning_curves_show_every_model_beside_chance(results: Results) -> None:
    for axes in learning_curves(CONFIG, results).axes:
        lines = {str(line.get_label()): line for line in axes.lines}
        assert {*MODELS, "chance"} <= set(lines)
        drawn = np.asarray(lines["phased"].get_ydata(), float)
        np.testing.assert_allclose(drawn, np.mean(CURVES["phased"], axis=0), rtol=1e-6)
        assert set(np.asarray(lines["chance"].get_ydata(), float)) == {CHANCE}


def test_the_histograms_hold_every_unit(results: Results) -> None:
    panels = periods(CONFIG, results).axes
    assert len(panels) == 4
    for axes in panels:
        bars: list[Any] = [bar for bars in axes.containers for bar in bars]
        assert sum(bar.get_height() for bar in bars) == 4 * 3
