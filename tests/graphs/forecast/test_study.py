"""The forecast study from end to end at toy size."""

import json
import math
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import MODELS
from seqjax.core.statistics import paired_comparison
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import load, prepare
from seqjax.graphs.forecast.figures import figures, said
from seqjax.graphs.forecast.models import CONTENDERS, TRAINED_CONTROLS
from seqjax.graphs.forecast.study import FORECAST, task_of
from seqjax.graphs.forecast.summary import (
    BETTER,
    WORSE,
    comparisons,
    conclusion,
    errors,
    select,
    summarise,
    verdict,
)
from seqjax.graphs.forecast.tables import tables
from seqjax.lab.data.graph_data import read_summary
from seqjax.lab.judging.claims import UNDECIDED
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Results, SilentReporter
from seqjax.tasks.forecast import ForecastData
from seqjax.train import direction, make_hyper, train
from tests.lab.shared_data import data_folder

TINY = ForecastConfig(
    graph="example",
    snapshots=40,
    models=("gc-gru",),
    controls=("persistence", "gcn", "shuffled"),
    seeds=2,
    lags=2,
    horizon=2,
    hidden_size=3,
    steps=4,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)
TRAINED = ("gc-gru", "gcn", "shuffled")


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(FORECAST.run(TINY, (), SilentReporter()))


def test_a_row_per_seed_and_step_ahead(results: Results) -> None:
    expected = [
        (name, seed, ahead)
        for name in FORECAST.block_names(TINY)
        for seed in ((0, 1) if name in TRAINED else (None,))
        for ahead in (1, 2)
    ]
    found = [(r["model"], r["seed"], r["steps_ahead"]) for r in results.rows]
    assert found == expected
    for row in results.rows:
        assert set(row) == {"block", *FORECAST.columns}
        if row["seed"] is None:
            continue
        assert (row["steps"], row["diverged"]) == (4, False)
        curve = results.history[f"{row['block']}/validation_rmse"][row["seed"]]
        assert len(curve) == 4
        assert row["kept_update"] == int(np.argmin(curve))
        assert row["validation_rmse"] == pytest.approx(curve.min())


def test_references_are_those_of_a_loop_over_the_series(results: Results) -> None:
    values = load("heat", "example", False, 40, 0).values[:, :, 0].astype(float)
    mean, deviation = values[:24].mean(axis=0), values[:24].std(axis=0)
    gaps: dict[tuple[str, int], list[float]] = {}
    for now in range(31, 38):  # of 32 to 39, the test part, two ahead
        for ahead in (1, 2):
            for node in range(6):
                came = values[now + ahead, node]
                for name, told in (
                    ("persistence", values[now, node]),
                    ("mean", mean[node]),
                ):
                    gap = (told - came) / deviation[node]
                    gaps.setdefault((name, ahead), []).append(gap)
    for (name, ahead), each in gaps.items():
        (row,) = select(results, name, ahead)
        assert row["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(each))), rel=1e-5)
        assert row["mae"] == pytest.approx(np.mean(np.abs(each)), rel=1e-5)
        last = np.array(gaps["persistence", ahead])
        relative = np.sqrt(np.mean(np.square(each)) / np.mean(last**2))
        assert row["relative_rmse"] == pytest.approx(relative, rel=1e-5)
    # What is drawn is in the unit of the data, two ahead.
    np.testing.assert_allclose(
        results.history["gc-gru/truth"][:, 0], values[33:40, 0], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        results.history["persistence/forecast"][0, :, 0],
        values[31:38, 0],
        rtol=1e-4,
        atol=1e-5,
    )
    assert results.history["gc-gru/nodes"][0] == "A", "it has most neighbours"


@pytest.mark.slow
@pytest.mark.parametrize("model", ["shuffled", "gc-gru"])
def test_a_seed_alone_has_the_errors_of_its_row(results: Results, model: str) -> None:
    """Trained by itself, without an ensemble; errors by NumPy."""
    series, task = prepare(TINY), task_of(TINY, model, 1)
    build = MODELS[TINY.convolution].matrix
    assert build is not None
    matrix = build(series.graph.edges, 6, series.graph.weights)
    data = ForecastData(matrix, jax.tree.map(jnp.asarray, series.parts))

    @jax.jit
    def forecast(key: Any, hyper: Any, data: ForecastData) -> Any:
        state, _ = train(
            task.task(), direction("rmsprop"), key, hyper, data, num_updates=4
        )
        return task.forecasts(state.memory.params, data, 2)

    hyper = make_hyper(TINY.learning_rate, clip_norm=TINY.clip_norm)
    found = np.asarray(forecast(jax.random.key(1), hyper, data))
    targets = np.asarray(series.parts.test.targets)
    for ahead in (1, 2):
        gaps = [found[now, ahead - 1] - targets[now + ahead - 1] for now in range(7)]
        row = select(results, model, ahead)[1]
        expected = np.sqrt(np.mean(np.square(gaps)))
        assert row["rmse"] == pytest.approx(float(expected), rel=1e-4)


def test_a_run_reads_its_series_once_and_the_next_one_anew(tmp_path: Path) -> None:
    file = tmp_path / "series.json"

    def write(seed: int) -> None:
        values = np.random.default_rng(seed).normal(size=(30, 3))
        file.write_text(json.dumps({"edges": [[0, 1], [1, 2]], "FX": values.tolist()}))

    config = ForecastConfig(dataset=str(file), models=("gc-gru",), controls=("mean",))
    write(0)
    blocks = FORECAST.run(config, ("gc-gru",), SilentReporter())
    first = next(blocks)
    write(1)
    np.testing.assert_array_equal(
        next(blocks).history["truth"], first.history["truth"], strict=True
    )
    other, _ = FORECAST.run(config, ("gc-gru",), SilentReporter())
    assert other.rows[0]["rmse"] != first.rows[0]["rmse"]


def test_what_is_missing_or_constant_is_not_scored(tmp_path: Path) -> None:
    """Edges by time, gaps, and a node that stands still: by a loop; and all of it is
    told."""
    random = np.random.default_rng(5)
    values = random.normal(size=(40, 4)).cumsum(axis=0).round(2)
    values[random.random(values.shape) < 0.2] = np.nan
    values[:24, 3] = 7
    edges = [[[0, 1], [1, 2 + time % 2]] for time in range(40)]
    file = tmp_path / "cases.json"
    rows = [[None if np.isnan(v) else v for v in row] for row in values.tolist()]
    file.write_text(json.dumps({"edges": edges, "FX": rows}))
    config = ForecastConfig(dataset=str(file), horizon=2, models=("gc-gru",), lags=3)
    done = set(FORECAST.block_names(config)) - {"mean", "persistence"}
    found = Results.of(FORECAST.run(config, done, SilentReporter()))
    mean = [np.nanmean(values[:24, node]) for node in range(3)]
    deviation = [np.nanstd(values[:24, node]) for node in range(3)]
    for ahead in (1, 2):
        gaps: dict[str, list[float]] = {"mean": [], "persistence": []}
        for now in range(31, 38):
            for node in range(3):
                came = values[now + ahead, node]
                if np.isnan(came):
                    continue
                known = values[: now + 1, node]
                last = known[~np.isnan(known)][-1]
                gaps["mean"].append((mean[node] - came) / deviation[node])
                gaps["persistence"].append((last - came) / deviation[node])
        for name, each in gaps.items():
            (row,) = select(found, name, ahead)
            expected = np.sqrt(np.mean(np.square(each)))
            assert row["rmse"] == pytest.approx(expected, rel=1e-4)
    missing = int(np.isnan(values).sum())
    line = (
        "the series cases: 4 nodes, 3 undirected edges, of which 2 to 2 are there at a "
        f"time, 40 times, {missing} values missing; edges given one way, taken both "
        "ways: 80; nodes without two different values in the training part, read but "
        "neither learnt from nor scored: 3"
    )
    assert str(found.history["mean/read"]) == line
    assert FORECAST.reads is not None
    assert FORECAST.reads(config) == line
    assert read_summary(found) == {"read": line}
    assert np.isnan(found.history["mean/truth"]).any()


def made(diverged: Collection[int] = (), **rmse: list[float]) -> Results:
    """Results with given errors one and two steps ahead; some seeds diverged."""
    rows = [
        {
            "model": name.replace("_", "-"),
            "seed": seed if len(each) > 1 else None,
            "steps_ahead": ahead,
            "rmse": value + ahead,
            "mae": value,
            "relative_rmse": value,
            "relative_mae": value,
            "kept_update": 3,
            "diverged": len(each) > 1 and seed in diverged,
        }
        for name, each in rmse.items()
        for seed, value in enumerate(each)
        for ahead in (1, 2)
    ]
    return Results(rows, {})


NOISE = 0.01 * np.random.default_rng(0).normal(size=10)


def test_verdicts_are_by_pairs_of_a_seed_whoever_wins() -> None:
    config = replace(TINY, seeds=10)
    found = made(
        gc_gru=list(2 + NOISE),
        persistence=[1.0],
        gcn=list(3 + NOISE[::-1]),
        shuffled=list(2 + NOISE[::-1]),
        mean=[4.0],
    )
    each = {against.setting.less: against for against in comparisons(config, found)}
    assert [verdict(each[name]) for name in each] == [WORSE, BETTER, UNDECIDED]
    alone = paired_comparison(2 + NOISE, 3 + NOISE[::-1])
    assert each["gcn"].found.comparison.p_value == alone.p_value == 2 / 2**10
    assert each["gcn"].found.p_value == pytest.approx(3 * 2 / 2**10), "Holm over three"
    persistence = each["persistence"].found.difference.value
    assert persistence == pytest.approx(1 + NOISE.mean())
    assert conclusion(config, found) == (
        "Least error: persistence (3.0000). No model with graph and memory does better."
    )
    won = made(
        gc_gru=[0.5, 0.7], persistence=[1.0], gcn=[3, 3], shuffled=[2, 2], mean=[4.0]
    )
    assert conclusion(TINY, won) == (
        "Least error: gc-gru (2.6000, 0.867 times that of persistence)."
    )


def test_a_diverged_seed_counts_as_the_worse_reference() -> None:
    """However well it has done before, and in every number alike."""
    found = made([1, 2], gc_gru=[0.5, 0.1, np.nan], persistence=[1.0], mean=[4.0])
    np.testing.assert_allclose(errors(found, "gc-gru", 1), [1.5, 5.0, 5.0])
    np.testing.assert_allclose(errors(found, "gc-gru", 2, "mae"), [0.5, 4.0, 4.0])
    config = replace(TINY, controls=("persistence",), seeds=3)
    near, far, *_ = summarise(config, found)["models"]
    assert (near["model"], near["steps_ahead"], near["diverged"]) == ("gc-gru", 1, 2)
    assert near["rmse"]["value"] == pytest.approx(11.5 / 3)
    assert far["relative_mae"]["value"] == pytest.approx(8.5 / 3)
    (first, *_), (against,) = (table.rows for table in tables(config, found))
    assert first[2:4] == ["1", "3.8333 [-1.1864, 8.8531]"]
    assert first[5:] == ["2.833", "3", "2"]
    assert against[2].startswith("+1.8333")
    assert conclusion(config, found).startswith("Least error: persistence (3.0000).")


def test_where_all_seeds_diverge_no_model_is_better_than_the_worse_reference() -> None:
    found = made([0, 1], gc_gru=[0.1, 0.2], persistence=[1.0], mean=[4.0])
    config = replace(TINY, controls=("persistence",))
    for each in summarise(config, found)["models"][:2]:
        assert each["mae"]["value"] == each["relative_rmse"]["value"] == 4
        assert each["diverged"] == 2


def test_there_is_no_relative_error_where_persistence_is_never_wrong() -> None:
    found = made(gc_gru=[0.5, 0.7], persistence=[0.0], mean=[4.0])
    for row in found.rows:
        row |= {"relative_rmse": None, "relative_mae": None}
    config = replace(TINY, controls=("persistence",))
    near, *_ = summarise(config, found)["models"]
    assert near["mae"]["value"] == pytest.approx(0.6)
    assert near["relative_rmse"] is near["relative_mae"] is None
    assert tables(config, found)[0].rows[0][5] == ""


def test_a_diverged_seed_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    # An infinite learning rate: already the first update is not finite.
    monkeypatch.setattr(ForecastConfig, "__post_init__", lambda self: None)
    config = replace(TINY, controls=("persistence",), learning_rate=math.inf)
    (block,) = FORECAST.run(config, ("persistence", "mean"), SilentReporter())
    assert [row["diverged"] for row in block.rows] == [True] * 4
    assert {row["kept_update"] for row in block.rows} == {-1}, "none was sound"
    assert all(row["steps"] == 1 for row in block.rows)
    json.dumps(block.rows, allow_nan=False)


def test_tables_and_summary_hold_every_model(results: Results) -> None:
    first, second = tables(TINY, results)
    assert [row[0] for row in first.rows[::2]] == FORECAST.block_names(TINY)
    assert all(len(row) == len(first.columns) for row in first.rows)
    assert all(len(row) == len(second.columns) for row in second.rows)
    assert [tuple(row[:2]) for row in second.rows] == [
        ("gc-gru", control) for control in TINY.controls
    ]
    assert conclusion(TINY, results) in first.caption
    summary = summarise(TINY, results)
    assert len(summary["models"]) == 2 * 5
    assert len(summary["comparisons"]) == 3


def test_figures_show_every_seed_and_every_model(results: Results) -> None:
    with style():
        drawn = figures(TINY, results)
        alone = figures(
            replace(TINY, horizon=1),
            Results(
                [r for r in results.rows if r["steps_ahead"] == 1], results.history
            ),
        )
    assert set(drawn) == {"errors", "forecasts", "validation", "steps_ahead"}
    assert set(alone) == {"errors", "forecasts", "validation"}
    (axes,) = drawn["errors"].axes
    points = [np.asarray(dots.get_offsets())[:, 1] for dots in axes.collections[::2]]
    for values, name in zip(points, TRAINED, strict=True):
        np.testing.assert_allclose(values, errors(results, name, 2))
    assert [text.get_text() for text in axes.get_xticklabels()] == list(TRAINED)
    assert len(drawn["forecasts"].axes) == 4
    assert drawn["forecasts"].axes[0].get_title(loc="left") == "node A"
    lines = drawn["steps_ahead"].axes[0].get_legend_handles_labels()[1]
    assert lines == [*TRAINED, "persistence", "mean"]


def test_figures_show_a_diverged_seed_as_the_worse_reference(results: Results) -> None:
    rows = [dict(row) for row in results.rows]
    for row in rows:
        row["diverged"] = row["model"] == "gc-gru" and row["seed"] == 1
    curves = np.array([[3.0, 2.0, 1.0, 1.0], [5.0, np.nan, np.nan, np.nan]])
    history = results.history | {"gc-gru/validation_rmse": curves}
    lost = Results(rows, history)
    worse = max("persistence", "mean", key=lambda name: errors(lost, name, 2)[0])
    found = said(lost, "gc-gru", 2)
    np.testing.assert_array_equal(found[0], history["gc-gru/forecast"][0])
    np.testing.assert_array_equal(found[1], history[f"{worse}/forecast"][0])
    with style():
        drawn = figures(TINY, lost)
    (axes,) = drawn["validation"].axes
    middle = np.asarray(axes.lines[0].get_ydata())
    np.testing.assert_array_equal(middle, [4, np.inf, np.inf, np.inf])
    (line,) = (x for x in drawn["forecasts"].axes[0].lines if x.get_label() == "gc-gru")
    shown: Any = line.get_ydata()
    np.testing.assert_allclose(shown, found[:, :, 0].mean(axis=0))


def test_options_of_a_model_reach_its_network() -> None:
    config = ForecastConfig(
        lags=3,
        predicts="value",
        convolution="chebyshev-2",
        hidden_size=5,
        initializer="he",
        forget_bias="one",
        models=("gc-lstm", "gc-gru"),
    )
    for name, kind in (CONTENDERS | TRAINED_CONTROLS).items():
        task = task_of(config, name, 2)
        network = task.network
        assert (network.cell, network.encoder, network.readout) == kind[:3]
        assert (network.features, network.lags, network.hidden_size) == (2, 3, 5)
        assert (network.model, network.change) == ("chebyshev-2", False)
        assert (network.initializer, network.forget_bias) == ("he", "one")
        assert (task.num_updates, task.shuffled) == (200, False)
    shuffled = task_of(config, "shuffled", 2)
    assert shuffled == task_of(config, "gc-lstm", 2)._replace(shuffled=True)


def test_chickenpox_is_cut_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_folder()
    if folder is None or not (folder / "temporal/chickenpox.json").is_file():
        pytest.skip("no temporal/chickenpox.json: set SEQJAX_DATA to a folder with it")
    monkeypatch.setenv("SEQJAX_DATA", str(folder))
    series = prepare(ForecastConfig(dataset="chickenpox"))
    assert series.places == (313, 417, 521)
    assert [len(part.targets) for part in series.parts] == [312, 104, 104]
    assert series.graph.node_names is not None
    names = [series.graph.node_names[node] for node in series.shown]
    assert len(names) == 4
    train = np.asarray(series.parts.train.targets)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=0.05)
