"""The numbers of a memory study against sums done by hand."""

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from seqjax.core.statistics import memory_horizon
from seqjax.lab.outcomes import Outcome
from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.text import horizon_text
from seqjax.lab.study import Results
from seqjax.memory.config import Config
from seqjax.memory.figures import CEILING, FLOOR, relative, success_vs_length
from seqjax.memory.summary import losses, outcome_of, reaches, summarise, tables

CONFIG = Config(
    tasks=("recall",), cells=("rnn", "lstm"), recall_lengths=(20, 10), steps=500
)


def row(**fields: Any) -> dict[str, Any]:
    usual = {
        "block": "recall-rnn-010",
        "task": "recall",
        "cell": "rnn",
        "length": 10,
        "seed": 0,
        "accuracy": 1.0,
        "loss": 0.01,
        "steps": 100,
        "solved_step": 80,
        "diverged": False,
        "held_out": True,
    }
    return {**usual, **fields}


def block(cell: str, length: int, accuracy: list[float]) -> list[dict[str, Any]]:
    """Ten seeds or so; one that fails takes all 500 updates and loses ln 10."""
    return [
        row(
            block=f"recall-{cell}-{length:03d}",
            cell=cell,
            length=length,
            seed=seed,
            accuracy=share,
            loss=0.02 if share > 0.9 else math.log(10),
            steps=120 + seed if share > 0.9 else 500,
            solved_step=100 + seed if share > 0.9 else None,
        )
        for seed, share in enumerate(accuracy)
    ]


RESULTS = Results(
    [
        *block("rnn", 20, [0.1] * 10),
        *block("rnn", 10, [1.0] * 7 + [0.1] * 3),
        *block("lstm", 20, [1.0] * 10),
        *block("lstm", 10, [1.0] * 10),
    ],
    {},
)


def test_the_summary_is_what_a_hand_computes() -> None:
    summary = summarise(CONFIG, RESULTS)
    assert summary["tasks"]["recall"]["chance_accuracy"] == 0.1
    # 10 inputs, 64 units, 10 classes: W_x, W_h and b of a gate, then the projection.
    gate, projection = 64 * (10 + 64 + 1), 10 * 64 + 10
    assert summary["parameters"]["recall"] == {
        "rnn": gate + projection,
        "lstm": 4 * gate + projection,
    }
    by_name = {(s["cell"], s["length"]): s for s in summary["settings"]}
    seven = by_name["rnn", 10]
    # 7 of 10 or more have 2.5 % at the lower end, 7 or fewer at the upper.
    rate = seven["success_rate"]
    assert rate["value"] == pytest.approx(0.7)
    assert stats.binom.sf(6, 10, rate["low"]) == pytest.approx(0.025)
    assert stats.binom.cdf(7, 10, rate["high"]) == pytest.approx(0.025)
    assert seven["accuracy"]["value"] == pytest.approx(0.73)
    assert seven["loss"]["value"] == pytest.approx(0.7 * 0.02 + 0.3 * math.log(10))
    assert seven["baseline_loss"] == pytest.approx(math.log(10))
    # Ten times, three of them censored: the fifth, of seed 4, leaves half unsolved.
    assert seven["median_steps_to_solve"]["value"] == 104
    assert by_name["rnn", 20]["median_steps_to_solve"]["value"] == math.inf
    horizons = {(h["cell"], h["level"]): h for h in summary["horizons"]}
    # From 0.7 at 10 to 0 at 20 the line is at 0.5 after two sevenths of the way.
    half = horizons["rnn", 0.5]
    assert half["estimate"]["value"] == pytest.approx(10 + 10 * 2 / 7)
    assert half["bracket"] == [10, 20]
    assert horizons["rnn", 0.9]["below_grid"]
    assert horizons["lstm", 0.9]["beyond_grid"]


def outcome_of_rows(rows: list[dict[str, Any]], config: Config = CONFIG) -> Outcome:
    """As `outcome_of` reads them."""
    return outcome_of(config, Results(rows, {}), "recall", "rnn", 10)


def test_a_diverged_seed_has_the_baselines_loss() -> None:
    rows = [row(), row(diverged=True, loss=math.nan, steps=7), row(loss=math.inf)]
    assert losses(outcome_of_rows(rows)).tolist() == [0.01, math.log(10), math.log(10)]


def test_success_is_an_accuracy_of_at_least_the_one_asked_for() -> None:
    config = Config(success_accuracy=0.75)
    rows = [row(accuracy=share) for share in (0.74, 0.75, 0.76)]
    assert outcome_of_rows(rows, config).success.tolist() == [False, True, True]


def test_horizons_take_lengths_in_order_whatever_order_was_given() -> None:
    rnn, _ = reaches(CONFIG, RESULTS)
    found = rnn.horizon(0.5)
    table = np.array([[True] * 7 + [False] * 3, [False] * 10])
    assert found == memory_horizon(np.array([10.0, 20.0]), table, 0.5)


def test_the_tables_say_what_lies_beyond_what_was_tried() -> None:
    settings, cells = tables(CONFIG, RESULTS)
    by_setting = {tuple(r[1:3]): r for r in settings.rows}
    success, loss, baseline, accuracy, middle, chance, median, diverged = by_setting[
        "rnn", "20"
    ][3:]
    assert middle == "0.10 [0.07, 0.39]"
    assert success == "0.00 [0.00, 0.31]"
    assert loss == "2.3"
    assert baseline == "2.3"
    assert accuracy == "0.100 [0.069, 0.378]"
    assert chance == "0.1"
    assert median == "> 500"
    assert diverged == "0"
    assert by_setting["rnn", "10"][3] == "0.70 [0.35, 0.93]"
    assert [r[:2] for r in cells.rows] == [["recall", "rnn"], ["recall", "lstm"]]
    assert cells.rows[0][2].startswith("13 [")
    assert cells.rows[0][3].startswith("< 10")
    assert cells.rows[1][2:] == ["> 20 [20, > 20]", "> 20 [< 10, > 20]"]


def test_a_horizon_within_one_step_of_the_grid_is_bracketed_by_it() -> None:
    table = np.array([[True] * 6, [False] * 6])
    found = memory_horizon(np.array([10.0, 20.0]), table, 0.5)
    assert horizon_text(found, (10, 20)) == "15 [10, 20]"
    mixed = np.array([[True] * 4, [True, True, True, False]])
    text = horizon_text(memory_horizon(np.array([10.0, 20.0]), mixed, 0.5), (10, 20))
    assert text.startswith("> 20 [")
    assert text.endswith(", > 20]")


def test_relative_losses_are_means_over_a_box_and_hold_the_last() -> None:
    rng = np.random.default_rng(0)
    curves = rng.uniform(0.1, 2, (3, 40))
    curves[1, 25:] = np.nan  # stopped
    curves[2] = np.nan  # its first batch was not finite
    curves[0, 3] = 1e12  # a spike must not blur what follows
    found = relative("recall", 10, curves)
    for t in range(40):
        for seed, last in ((0, t), (1, min(t, 24))):
            window = curves[seed, max(0, last - BOX + 1) : last + 1]
            expected = window.mean() / math.log(10)
            expected = min(max(expected, FLOOR), CEILING)
            assert found[seed, t] == pytest.approx(expected, rel=1e-12)
    assert (found[2] == CEILING).all()


def test_the_figure_has_exact_bars_and_one_point_per_length() -> None:
    figure = success_vs_length(CONFIG, RESULTS)
    assert isinstance(figure, Figure)
    above = figure.axes[0]
    containers: list[Any] = above.containers
    rnn, lstm = containers
    line, _, (bars,) = rnn.lines
    np.testing.assert_allclose(line.get_ydata(), [0.7, 0.0])
    np.testing.assert_allclose(
        [segment[:, 1] for segment in bars.get_segments()],
        [[0.347547, 0.933260], [0.0, 0.308497]],
        atol=1e-5,
    )
    np.testing.assert_allclose(lstm.lines[0].get_ydata(), [1.0, 1.0])
    # The cells' points lie beside each other, near their length.
    places = np.stack([c.lines[0].get_xdata() for c in (rnn, lstm)])
    assert (places[0] < places[1]).all()
    np.testing.assert_allclose(places.mean(axis=0), [10, 20])
