"""The grid study at toy size: one compile, each model itself, fresh seeds, figures."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core import losses
from seqjax.core.statistics import paired_comparison
from seqjax.lab.reporting.figures import style
from seqjax.lab.study import Block, Number, Results, SilentReporter
from seqjax.optimizers.config import Config
from seqjax.optimizers.figures import figures
from seqjax.optimizers.selection import best_rate, by_rate
from seqjax.optimizers.study import STUDY, SWEEP, Optimizers
from seqjax.optimizers.summary import Setting, outcome_of, select, summarise
from seqjax.optimizers.tables import tables
from seqjax.optimizers.training import spread
from seqjax.train import Ensemble, direction, make_hyper
from tests.lab.breaking import Breaking

TINY = Config(
    optimizers=("sgd", "rmsprop", "adam"),
    learning_rates=(0.01, 0.1, 100.0),
    seeds=2,
    test_seeds=3,
    length=3,
    steps=60,
    batch_size=16,
    hidden_size=12,
    evaluation_size=50,
    stop_accuracy=0.9,
    stop_patience=5,
    clip_norm=float("inf"),
)


@pytest.fixture(scope="module", autouse=True)
def _optax_mixes_integers_and_floats() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return list(STUDY.run(TINY, (), SilentReporter()))


@pytest.fixture(scope="module")
def results(blocks: list[Block]) -> Results:
    return Results.of(blocks)


def test_a_row_per_model_of_the_grid_and_of_the_test(results: Results) -> None:
    for name in TINY.optimizers:
        tuning = [
            (row["learning_rate"], row["seed"]) for row in select(results, name, "tune")
        ]
        assert tuning == [(r, s) for r in (0.01, 0.1, 100.0) for s in (0, 1)]
        rows = select(results, name, "test")
        assert [row["seed"] for row in rows] == [2, 3, 4]
        best = best_rate(by_rate(select(results, name, "tune"), TINY.steps))
        assert {row["learning_rate"] for row in rows} == {best}
    for row in results.rows:
        assert set(row) == {"block", *STUDY.columns}
    assert {row["block"]: row["optimizer"] for row in results.rows} == {
        name: name for name in TINY.optimizers
    }
    assert STUDY.work(TINY) == dict.fromkeys(TINY.optimizers, 9 * 60)


@pytest.mark.slow
def test_every_model_is_the_one_that_trains_alone(results: Results) -> None:
    learner = SWEEP.learner(TINY, Setting("sgd"))
    data = SWEEP.trial(TINY, learner, Setting("sgd")).training
    for name in TINY.optimizers:
        ensemble = Ensemble(learner.task(), direction(name), 1, capacity=8)
        seen = set()
        for stage in ("tune", "test"):
            rows = select(results, name, stage)
            curves = results.history[f"{name}/{stage}_loss"].reshape(-1, 60)
            for row, curve in zip(rows, curves, strict=True):
                keys = jax.vmap(jax.random.key)(jnp.asarray([row["seed"]], jnp.uint32))
                hyper = make_hyper(row["learning_rate"])
                _, metrics = ensemble.advance(ensemble.init(keys), hyper, data, 8)
                (alone,) = ensemble.gather(metrics.loss)
                # Later on rounding grows beyond any bound where the rate is too large.
                np.testing.assert_allclose(curve[:5], alone[:5], rtol=1e-3)
                seen.add(alone.tobytes())
        assert len(seen) == 9, "some models are the same"


def test_history_ends_where_a_model_stopped(results: Results) -> None:
    for name in TINY.optimizers:
        rows = select(results, name, "tune")
        curves = results.history[f"{name}/tune_accuracy"]
        assert curves.shape == (3, 2, 60)
        for row, curve in zip(rows, curves.reshape(6, 60), strict=True):
            assert np.isfinite(curve[: row["steps"]]).all()
            assert np.isnan(curve[row["steps"] :]).all()
            last = curve[: row["steps"]][-100:].mean()
            assert row["train_accuracy"] == pytest.approx(last)
    assert any(row["steps"] < 60 for row in results.rows), "none stopped early"


def test_one_compile_serves_the_whole_study(
    blocks: list[Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    traces: list[int] = []
    original = losses.cross_entropy

    def counted(*arguments: Any) -> Any:
        traces.append(1)
        return original(*arguments)

    monkeypatch.setattr(losses, "cross_entropy", counted)
    rest, after_first = [], 0
    for block in Optimizers().run(TINY, ("sgd",), SilentReporter()):
        rest.append(block)
        after_first = after_first or len(traces)
    assert len(traces) == after_first > 0
    for again, before in zip(rest, blocks[1:], strict=True):
        assert (again.name, again.rows) == (before.name, before.rows)
        for metric, array in again.history.items():
            np.testing.assert_array_equal(array, before.history[metric])


@pytest.mark.parametrize(("models", "places"), [(1, 1), (1, 7), (45, 45), (10, 45)])
def test_models_are_spread_over_the_places(models: int, places: int) -> None:
    taken = spread(models, places)
    assert len(set(taken)) == models
    assert set(taken) <= set(range(places))
    if places == 45:
        for start in range(0, models, 5):  # the seeds of a rate, on two devices
            first = (taken[start : start + 5] < 23).sum()
            assert 2 <= first <= 3


@pytest.mark.slow
def test_a_model_is_the_same_among_others_and_at_another_place(
    results: Results,
) -> None:
    config = replace(TINY, optimizers=("sgd",), seeds=1, test_seeds=5)
    (block,) = STUDY.run(config, (), SilentReporter())
    assert [row["seed"] for row in block.rows] == [0, 0, 0, 1, 2, 3, 4, 5]

    def known(rows: list[dict[str, Any]]) -> dict[tuple[float, int], dict[str, Any]]:
        return {
            (row["learning_rate"], row["seed"]): {
                key: row[key] for key in row.keys() - {"block", "stage"}
            }
            for row in rows
            if row["optimizer"] == "sgd"
        }

    ours, theirs = known(block.rows), known(results.rows)
    shared = ours.keys() & theirs.keys()
    assert len(shared) >= 5
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


@pytest.mark.parametrize("lost", [(), (1,), (0, 1, 2)])
def test_a_diverged_model_fails_whatever_it_scored(
    results: Results, lost: tuple[int, ...]
) -> None:
    """Solved by all, one way or another, in update 7; then some diverge."""
    rows = [
        row
        | {"accuracy": 1.0, "solved_step": 7, "learning_rate": 0.1, "diverged": False}
        | {"diverged": row["optimizer"] == "sgd" and i % 3 in lost}
        for i, row in enumerate(results.rows)
        if row["stage"] == "test" or row["learning_rate"] == 0.1
    ]
    made_up = Results(rows, results.history)
    failed = len(lost)
    sgd, base, _ = summarise(TINY, made_up)["optimizers"]
    mean = 1 - failed * 0.9 / 3
    assert sgd["diverged"] == failed
    assert sgd["accuracy"]["value"] == pytest.approx(mean)
    assert sgd["success_rate"]["value"] == pytest.approx(1 - failed / 3)
    assert sgd["median_updates_to_solve"]["value"] == (7 if failed < 2 else np.inf)
    versus = sgd["against_rmsprop"]
    assert versus["updates_more"]["value"] == pytest.approx(failed * (60 - 7) / 3)
    assert versus["accuracy_more"]["value"] == pytest.approx(mean - 1)
    assert base["accuracy"]["value"] == base["success_rate"]["value"] == 1
    table, _ = tables(TINY, made_up)
    assert table.rows[0][3].startswith("7" if failed < 2 else "> 60")
    one_rate = replace(TINY, learning_rates=(0.1,))
    with style():
        axes = figures(one_rate, made_up)["updates_to_solve"].axes[0]
    places = [label.get_text().split()[0] for label in axes.get_yticklabels()]
    circles, crosses = axes.collections[2 * places.index("sgd") :][:2]
    assert len(np.asarray(crosses.get_offsets())) == failed
    assert all(x == 60 for x, _ in np.asarray(crosses.get_offsets()))
    assert len(np.asarray(circles.get_offsets())) == 3 - failed


def test_the_grid_counts_a_diverged_model_as_a_guess(results: Results) -> None:
    rows = [
        row | {"accuracy": 1.0, "diverged": row["seed"] == 0} for row in results.rows
    ]
    with style():
        axes = figures(TINY, Results(rows, results.history))["rates"].axes[0]
    values = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(values, (1.0 + 0.1) / 2)
    assert all(text.get_text().endswith(", 1 div.") for text in axes.texts)


def test_the_summary_is_that_of_the_rows(results: Results) -> None:
    summary = summarise(TINY, results)
    json.dumps(summary)
    assert summary["distinct_strings"] == 100
    assert summary["held_out"] is True
    assert summary["grid_step_decades"] == pytest.approx(3)
    for name, entry in zip(TINY.optimizers, summary["optimizers"], strict=True):
        rows = select(results, name, "test")
        assert entry["optimizer"] == name
        assert entry["best_learning_rate"] == rows[0]["learning_rate"]
        assert entry["accuracy"]["value"] == np.mean([r["accuracy"] for r in rows])
        success = outcome_of(TINY, results, name).success
        assert entry["success_rate"]["value"] == success.mean()
        assert ("against_rmsprop" in entry) == (name != "rmsprop")
    adam, base = (outcome_of(TINY, results, name) for name in ("adam", "rmsprop"))
    versus = summary["optimizers"][2]["against_rmsprop"]
    by_hand = paired_comparison(adam.updates, base.updates)
    assert versus["updates_more"]["value"] == by_hand.difference.value
    assert versus["p_value"] == by_hand.p_value
    assert versus["p_value_holm"] >= versus["p_value"]
    assert versus["accuracy_more"]["value"] == pytest.approx(
        np.mean(adam.accuracy - base.accuracy)
    )
    (claim,) = summary["claims"]
    assert claim["verdict"] == "anecdote"
    assert claim["measured"] == "not compared with rmsprop: momentum, adagrad"


def test_without_rmsprop_there_is_nothing_to_compare_with(results: Results) -> None:
    config = replace(TINY, optimizers=("sgd", "adam"))
    some = Results([r for r in results.rows if r["optimizer"] != "rmsprop"], {})
    summary = summarise(config, some)
    assert all("against_rmsprop" not in entry for entry in summary["optimizers"])
    assert summary["claims"][0]["verdict"] == "anecdote"
    table, _ = tables(config, some)
    assert [row[-2:] for row in table.rows] == [["-", "-"], ["-", "-"]]


def test_tables_have_a_row_per_optimizer_and_the_verdict(results: Results) -> None:
    table, judged = tables(TINY, results)
    assert [row[0] for row in table.rows] == list(TINY.optimizers)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert judged.rows[0][0] == "anecdote"


def test_the_grid_shows_every_cell_and_frames_the_chosen_rate(
    results: Results,
) -> None:
    with style():
        drawn = figures(TINY, results)
    assert set(drawn) == {"training_curves", "rates", "updates_to_solve"}
    axes = drawn["rates"].axes[0]
    values = np.asarray(axes.images[0].get_array())
    for i, name in enumerate(TINY.optimizers):
        rows = select(results, name, "tune")
        for j, rate in enumerate(sorted(TINY.learning_rates)):
            cell = [r["accuracy"] for r in rows if r["learning_rate"] == rate]
            assert values[i, j] == pytest.approx(np.mean(cell))
            texts = [t.get_text() for t in axes.texts if t.get_position() == (j, i)]
            assert len(texts) == 1
            assert texts[0].startswith(f"{np.mean(cell):.2f}\n")
        frame: Any = axes.patches[i]
        best = sorted(TINY.learning_rates)[round(frame.get_x() + 0.46)]
        assert best == select(results, name, "test")[0]["learning_rate"]
    colors = np.array([np.asarray(axes.images[0].cmap(v))[:3] for v in (0, 0.5, 1.0)])
    grey = colors @ [0.2126, 0.7152, 0.0722]
    assert grey[0] > grey[1] + 0.15 > grey[2] + 0.3


def test_every_test_seed_is_drawn_once(results: Results) -> None:
    with style():
        axes = figures(TINY, results)["updates_to_solve"].axes[0]
    drawn = sorted(
        float(x) for dots in axes.collections for x, _ in np.asarray(dots.get_offsets())
    )
    found = [outcome_of(TINY, results, name) for name in TINY.optimizers]
    assert drawn == sorted(np.concatenate([o.updates for o in found]).tolist())


def test_broken_off_in_either_stage_it_goes_on_to_the_same_end() -> None:
    undisturbed = Breaking(math.inf)
    whole = next(STUDY.run(TINY, (), undisturbed))
    stages = set()
    for share in (0.2, 0.8):
        reporter = Breaking(share * undisturbed.done)
        with pytest.raises(KeyboardInterrupt):
            next(STUDY.run(TINY, (), reporter))
        assert reporter.arrays is not None
        stages.add("updates-1" in reporter.arrays)
        following = reporter.going_on()
        again = next(STUDY.run(TINY, (), following))
        assert following.done == undisturbed.done
        assert again.rows == whole.rows
        for name, array in whole.history.items():
            np.testing.assert_array_equal(again.history[name], array)
    assert stages == {False, True}, "the interrupts were all in one stage"


def test_work_is_of_the_models_alone_in_either_stage() -> None:
    """Places without a model do none."""
    told: list[tuple[Number, Any]] = []

    class Listener(SilentReporter):
        def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
            told.append((work, metrics["step"]))

    config = replace(TINY, optimizers=("sgd",), early_stop=False)
    list(STUDY.run(config, (), Listener()))
    ends = [i + 1 for i, (_, step) in enumerate(told) if step == 60]
    assert len(ends) == 2
    for stage, models in ((told[: ends[0]], 6), (told[ends[0] :], 3)):
        counts, steps = zip(*stage, strict=True)
        assert [models * step for step in steps] == np.cumsum(counts).tolist()
    assert sum(work for work, _ in told) == STUDY.work(config)["sgd"]
