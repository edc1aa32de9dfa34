"""The study of trees from end to end at toy size."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.graphs.study import STUDIES
from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.figures import averaged, figures
from seqjax.graphs.trees.study import TREES, block_names, run, work
from seqjax.graphs.trees.summary import accuracies, select, successes, summarise
from seqjax.graphs.trees.tables import tables
from seqjax.graphs.trees.training import inputs_of, sets_of
from seqjax.lab.command_line import cli
from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.figures import style
from seqjax.lab.running import devices
from seqjax.lab.study import Results, SilentReporter
from seqjax.tasks.expression_sets import as_strings, as_trees
from seqjax.tasks.expression_task import ExpressionTask, make_network
from tests.variants import and_slow

TINY = TreesConfig(
    tasks=("boolean",),
    train_depth=2,
    test_depth=3,
    seeds=2,
    steps=3,
    batch_size=8,
    training_size=32,
    hidden_size=4,
    evaluation_size=20,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(run(TINY, (), SilentReporter()))


def test_a_row_per_seed_and_depth(results: Results) -> None:
    assert [(r["block"], r["seed"], r["depth"]) for r in results.rows] == [
        (block, seed, depth)
        for block in block_names(TINY)
        for seed in range(2)
        for depth in (1, 2, 3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *TREES.columns}
        assert (row["steps"], row["diverged"]) == (3, False)
        assert row["held_out"] == (row["depth"] > 1)
        if row["model"] == "child-sum":
            assert row["same_mirrored"] == 1
    for block in block_names(TINY):
        for metric in ("loss", "accuracy", "gradient_norm"):
            curve = results.history[f"{block}/{metric}"]
            assert curve.shape == (2, 3)
            assert np.isfinite(curve).all()
    assert set(work(TINY).values()) == {6.0}


@pytest.mark.parametrize("model", and_slow(["child-sum"], ["binary", "lstm"]))
def test_before_training_the_test_is_that_of_the_task_alone(model: str) -> None:
    """A step size of nothing: what is tested is the network as it is drawn."""
    config = replace(TINY, models=(model,), learning_rate=1e-30, steps=1)
    (block,) = run(config, (), SilentReporter())
    sets = sets_of(config, "boolean")
    network = make_network(model, sets.grammar, 4, "xavier", "one")
    task, make = ExpressionTask(network), as_strings if model == "lstm" else as_trees
    params = jax.jit(network.init)(
        named_keys(jax.random.key(1), ("params", "batches"))["params"]
    )
    for test in sets.tests:
        data = make(sets.grammar, (test.expressions,))
        one = jax.tree.map(lambda leaf: leaf[0], data)
        score = jax.jit(task.score)(params, one)
        (row,) = (r for r in block.rows if (r["seed"], r["depth"]) == (1, test.depth))
        assert row["accuracy"] == pytest.approx(float(score.accuracy), abs=1e-6)
        assert row["loss"] == pytest.approx(float(score.loss), rel=1e-5)


def test_all_models_train_on_the_same_batches() -> None:
    sets = sets_of(TINY, "boolean")
    found = [inputs_of(sets, model)[0].values for model in TINY.models]
    for values in found[1:]:
        np.testing.assert_array_equal(values, found[0])
    assert found[0].shape == (4, 8)


def test_trees_are_learnt() -> None:
    """Depth 1 is a table of ten entries: a Tree-LSTM has it after some updates."""
    config = replace(
        TINY,
        models=("binary",),
        train_depth=1,
        test_depth=1,
        seeds=1,
        steps=150,
        hidden_size=8,
        learning_rate=0.02,
        training_size=320,
    )
    (block,) = run(config, (), SilentReporter())
    assert block.rows[0]["accuracy"] == 1
    assert block.rows[0]["chance"] < 0.8


def test_finished_blocks_are_left_out_and_come_out_the_same(results: Results) -> None:
    done = ("boolean-child-sum", "boolean-lstm")
    (block,) = run(TINY, done, SilentReporter())
    block.check(block_names(TINY))
    assert block.name == "boolean-binary"
    for metric, array in block.history.items():
        np.testing.assert_array_equal(
            array, results.history[f"boolean-binary/{metric}"]
        )


def test_a_diverged_seed_counts_as_chance(results: Results) -> None:
    rows = [dict(row) for row in select(results, "boolean", "binary", 2)]
    rows[1] |= {"diverged": True, "accuracy": 1.0}
    assert accuracies(rows)[1] == rows[1]["chance"] < 1
    assert not successes(replace(TINY, success_accuracy=0.0), rows)[1]


def test_tables_summary_and_figures(results: Results) -> None:
    found = tables(TINY, results)
    assert [len(table.rows) for table in found] == [9, 2]
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[2] for row in found[0].rows[:3]] == ["1", "2", "3 *"]
    summary = summarise(TINY, results)
    json.dumps(summary)
    assert len(summary["settings"]) == 9
    # By hand: 5 symbols, 4 units; 4 gates, and two places with five blocks each.
    first = 5 * 16 + 16 + 4 * 2 + 2
    assert summary["parameters"]["boolean"] == {
        "child-sum": first + 4 * 16,
        "binary": first + 8 * 20,
        "lstm": first + 4 * 16 + 16,
    }
    with style():
        drawn = figures(TINY, results)
    axes = drawn["accuracy_vs_depth"].axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert {*TINY.models, "chance", "root alone"} == set(labels)
    chance = next(line for line in axes.lines if line.get_label() == "chance")
    assert np.asarray(chance.get_ydata()).tolist() == [
        select(results, "boolean", "lstm", depth)[0]["chance"] for depth in (1, 2, 3)
    ]


def test_curves_keep_the_last_value_of_a_seed_that_has_stopped() -> None:
    curves = np.full((2, 2 * BOX + 5), 2.0)
    curves[1] = np.nan
    curves[1, :3] = [1.0, 2.0, 3.0]
    curves[0, BOX : 2 * BOX] = 4.0
    np.testing.assert_allclose(averaged(curves), [[2, 4, 2], [2, 2, 2]])
    lost = np.full((2, BOX), np.nan)
    lost[0] = 5.0
    np.testing.assert_allclose(averaged(lost), [[5], [5]])


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    words = [
        *("trees", "--tasks", "boolean", "--models", "child-sum", "--seeds", "1"),
        *("--train-depth", "1", "--test-depth", "2", "--steps", "2"),
        *("--batch-size", "4", "--training-size", "8", "--hidden-size", "2"),
        *("--evaluation-size", "5", "--optimizer", "rmsprop", "--out", str(tmp_path)),
    ]
    assert cli.main(STUDIES, words) == 0
    assert "trained on depths 1 to 1" in capsys.readouterr().out
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    assert drawn == {
        f"{name}.{kind}"
        for name in ("accuracy_vs_depth", "training_curves")
        for kind in ("png", "svg")
    }
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [each["depth"] for each in summary["settings"]] == [1, 2]
    assert summary["comparisons_at_the_deepest"] == []
