"""The memory study from end to end at toy size."""

import json
import math
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.lab.command_line.cli import main
from seqjax.lab.study import Results, SilentReporter
from seqjax.memory.config import Config
from seqjax.memory.figures import success_vs_length, training_curves
from seqjax.memory.study import STUDY, SWEEP
from seqjax.memory.summary import Setting, summarise, tables
from seqjax.tasks import MEMORY_TASKS
from tests.variants import and_slow

TINY = Config(
    cells=("rnn",),
    copying_lengths=(1, 3),
    adding_lengths=(4,),
    recall_lengths=(2, 5),
    seeds=3,
    steps=12,
    batch_size=8,
    hidden_size=6,
    evaluation_size=200,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(STUDY.run(TINY, (), SilentReporter()))


def test_a_row_per_model_and_a_curve_per_metric(results: Results) -> None:
    assert [(r["block"], r["seed"]) for r in results.rows] == [
        (block, seed) for block in STUDY.block_names(TINY) for seed in range(3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *STUDY.columns}
        assert row["block"] == f"{row['task']}-{row['cell']}-{row['length']:03d}"
        assert math.isfinite(row["loss"])
        assert 0 <= row["accuracy"] <= 1
        assert row["steps"] == 12
        assert not row["diverged"]
        # Of two digits there are 100, and 200 are wanted.
        assert row["held_out"] == ((row["task"], row["length"]) != ("recall", 2))
        for metric in STUDY.history_axes:
            curve = results.history[f"{row['block']}/{metric}"][row["seed"]]
            assert curve.shape == (12,)
            assert np.isfinite(curve).all()


@pytest.mark.parametrize("name", and_slow(["recall"], ["copying", "adding"]))
def test_untrained_networks_are_no_better_than_knowing_nothing(name: str) -> None:
    task, known = SWEEP.learner(TINY, Setting(name, "lstm", 0)), MEMORY_TASKS[name]
    length = max(TINY.lengths(name))
    params = jax.jit(task.task().init)(jax.random.key(0))
    score = jax.jit(task.score)(params, task.trial(length, 2000).evaluation)
    assert float(score.loss) > 0.97 * known.baseline(length)
    assert float(score.accuracy) < known.chance + 0.05


def test_the_first_update_is_that_of_the_task_alone(results: Results) -> None:
    """The curve's first loss, from the parts that the study is put together of."""
    task = SWEEP.learner(TINY, Setting("recall", "rnn", 0))
    keys = named_keys(jax.random.key(2), ("params", "batches"))
    params = jax.jit(task.task().init)(keys["params"])
    data = task.trial(5, 200).training
    batch = jax.jit(task.task().batch)(jax.random.fold_in(keys["batches"], 0), data)
    loss, _ = jax.jit(task.task().loss)(params, batch, data)
    curve = results.history["recall-rnn-005/loss"][2]
    assert curve[0] == pytest.approx(float(loss), rel=1e-5)


def test_finished_blocks_are_skipped_and_the_rest_is_the_same(results: Results) -> None:
    left = ["copying-rnn-003", "recall-rnn-002"]
    finished = [name for name in STUDY.block_names(TINY) if name not in left]
    blocks = list(STUDY.run(TINY, finished, SilentReporter()))
    assert [block.name for block in blocks] == left
    for block in blocks:
        same = [row for row in results.rows if row["block"] == block.name]
        assert [{"block": block.name, **row} for row in block.rows] == same
        for metric, curves in block.history.items():
            np.testing.assert_array_equal(
                curves, results.history[f"{block.name}/{metric}"]
            )


@pytest.mark.slow
def test_one_seed_alone_is_the_third_of_three(results: Results) -> None:
    # Alone it has both devices, and its batch is spread over them.
    config = replace(TINY, tasks=("adding",), seeds=1, first_seed=2)
    alone = Results.of(STUDY.run(config, (), SilentReporter()))
    wanted = [
        row
        for row in results.rows
        if (row["block"], row["seed"]) == ("adding-rnn-004", 2)
    ]
    assert alone.rows == wanted


@pytest.mark.slow
def test_a_network_that_can_solve_a_task_solves_it() -> None:
    config = replace(
        TINY,
        tasks=("recall",),
        recall_lengths=(3,),
        steps=400,
        batch_size=32,
        hidden_size=24,
        learning_rate=1e-2,
    )
    results = Results.of(STUDY.run(config, (), SilentReporter()))
    for row in results.rows:
        assert row["accuracy"] > 0.95
        assert row["loss"] < 0.2 * math.log(10)
        assert row["solved_step"] is not None
        assert row["solved_step"] < row["steps"] < 400  # and it stopped there
    (setting,) = summarise(config, results)["settings"]
    assert setting["success_rate"]["value"] == 1


def test_summary_and_tables_cover_every_setting(results: Results) -> None:
    summary = summarise(TINY, results)
    names = [f"{s['task']}-{s['cell']}-{s['length']:03d}" for s in summary["settings"]]
    assert names == STUDY.block_names(TINY)
    for name, setting in zip(names, summary["settings"], strict=True):
        rows = [row for row in results.rows if row["block"] == name]
        loss, accuracy = (np.mean([r[k] for r in rows]) for k in ("loss", "accuracy"))
        assert setting["loss"]["value"] == pytest.approx(loss)
        assert setting["accuracy"]["value"] == pytest.approx(accuracy)
    assert len(summary["horizons"]) == 3 * 2
    by_setting, by_cell = tables(TINY, results)
    assert len(by_setting.rows) == len(names)
    assert len(by_cell.rows) == 3
    for table in (by_setting, by_cell):
        assert all(len(row) == len(table.columns) for row in table.rows)
    seen = [row[:3] for row in by_setting.rows if "(seen)" in row[6]]
    assert seen == [["recall", "rnn", "2"]]


def test_figures_show_every_setting_beside_knowing_nothing(results: Results) -> None:
    columns = training_curves(TINY, results).axes
    for i, task in enumerate(TINY.tasks):
        lines = {str(line.get_label()): line for line in columns[i].lines}
        expected = [f"T = {n}" for n in TINY.lengths(task)]
        assert list(lines) == [*expected, "baseline"]
        assert set(np.asarray(lines["baseline"].get_ydata(), float)) == {1.0}
    below = success_vs_length(TINY, results).axes[3:]
    for i, task in enumerate(TINY.tasks):
        (chance,) = [x for x in below[i].lines if x.get_label() == "chance"]
        drawn = set(np.asarray(chance.get_ydata(), float))
        assert drawn == {MEMORY_TASKS[task].chance}


def test_two_layers_and_chrono_train_too() -> None:
    config = replace(
        TINY, tasks=("copying",), cells=("lstm",), layers=2, forget_bias="chrono"
    )
    task = SWEEP.learner(config, Setting("copying", "lstm", 0))
    params = jax.jit(task.task().init)(jax.random.key(0))
    assert {"layer_0", "layer_1"} <= set(params["recurrent"])
    bias = np.asarray(params["recurrent"]["layer_1"]["b"][...])[6:12]  # gate f
    # log of a number between 1 and one less than the longest memory, T + 20 = 23 steps.
    assert (bias >= 0).all()
    assert (bias <= math.log(22)).all()
    assert np.ptp(bias) > 0


def test_the_command_leaves_a_complete_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = """--tasks recall --cells rnn --recall-lengths 2 5 --seeds 3 --steps 12
    --batch-size 8 --hidden-size 6 --evaluation-size 200 --optimizer rmsprop
    --devices 2"""
    command = [*words.split(), "--out", str(tmp_path)]
    assert main(STUDY, command) == 0
    assert "Memory horizons" in capsys.readouterr().out
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 7
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [s["length"] for s in summary["settings"]] == [2, 5]
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert drawn == {
        f"{stem}.{kind}"
        for stem in ("success_vs_length", "training_curves")
        for kind in ("png", "svg")
    }
    assert main(STUDY, command) == 0
    assert capsys.readouterr().out.endswith(f"complete already: {tmp_path}\n")
