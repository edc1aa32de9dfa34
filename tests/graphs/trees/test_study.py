"""The study of trees from end to end at toy size."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.figures import averaged, figures
from seqjax.graphs.trees.study import TREES, Trees
from seqjax.graphs.trees.summary import Setting, outcome_of, summarise
from seqjax.graphs.trees.tables import tables
from seqjax.graphs.trees.testing import sets_of, trial_of
from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.figures import style
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
    return Results.of(TREES.run(TINY, (), SilentReporter()))


def test_a_row_per_seed_and_depth(results: Results) -> None:
    assert [(r["block"], r["seed"], r["depth"]) for r in results.rows] == [
        (block, seed, depth)
        for block in TREES.block_names(TINY)
        for seed in range(2)
        for depth in (1, 2, 3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *TREES.columns}
        assert (row["steps"], row["diverged"]) == (3, False)
        assert row["held_out"] == (row["depth"] > 1)
        if row["model"] == "child-sum":
            assert row["same_mirrored"] == 1
    for block in TREES.block_names(TINY):
        for metric in ("loss", "accuracy", "gradient_norm"):
            curve = results.history[f"{block}/{metric}"]
            assert curve.shape == (2, 3)
            assert np.isfinite(curve).all()


@pytest.mark.parametrize("model", and_slow(["child-sum"], ["binary", "lstm"]))
def test_before_training_the_test_is_that_of_the_task_alone(model: str) -> None:
    """A step size of nothing: what is tested is the network as it is drawn."""
    config = replace(TINY, models=(model,), learning_rate=1e-30, steps=1)
    (block,) = TREES.run(config, (), SilentReporter())
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
    trees, strings = (trial_of(TINY, "boolean", trees=trees) for trees in (True, False))
    np.testing.assert_array_equal(trees.training.values, strings.training.values)
    assert trees.training.values.shape == (4, 8)


def test_both_readers_of_trees_and_all_seeds_have_one_trial() -> None:
    """To lay out the expressions takes longest."""
    found = [
        Trees().trial(replace(TINY, seeds=seeds, first_seed=seeds), reader, setting)
        for seeds, setting in enumerate(Setting.all(TINY)[:2], 1)
        for reader in [Trees().learner(TINY, setting)]
    ]
    assert found[0] is found[1]


@pytest.mark.slow
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
    (block,) = TREES.run(config, (), SilentReporter())
    assert block.rows[0]["accuracy"] == 1
    assert block.rows[0]["chance"] < 0.8


def hand_made(*found: tuple[float, bool]) -> Results:
    """Results of given accuracies and divergences, a seed each; chance is 0.6."""
    rows = [
        {
            "task": "boolean",
            "model": model,
            "seed": seed,
            "depth": depth,
            "accuracy": accuracy,
            "loss": 0.1,
            "same_mirrored": 0.5,
            "chance": 0.6,
            "from_root": 0.7,
            "held_out": depth > 1,
            "steps": 3,
            "diverged": diverged,
        }
        for model in ("binary", "lstm")
        for depth in (1, 2)
        for seed, (accuracy, diverged) in enumerate(found)
    ]
    losses = np.array([[1.0, 0.5], [1.0, np.nan]])
    return Results(rows, {"boolean-binary/loss": losses, "boolean-lstm/loss": losses})


FOUND = replace(TINY, models=("binary", "lstm"), train_depth=1, test_depth=2)


def test_a_diverged_seed_is_a_failure_of_chance_accuracy() -> None:
    """Whatever it got right before, and in every number alike."""
    results = hand_made((1.0, False), (1.0, True))
    found = outcome_of(FOUND, results, "boolean", "binary", 2)
    assert found.accuracy.tolist() == [1.0, 0.6]
    assert found.success.tolist() == [True, False]
    (_, deep, *_) = summarise(FOUND, results)["settings"]
    assert deep["accuracy"]["value"] == pytest.approx(0.8)
    assert deep["success_rate"]["value"] == 0.5
    assert (deep["same_answer_mirrored"], deep["diverged"]) == (0.75, 1)
    row = tables(FOUND, results)[0].rows[1]
    assert row[:3] == ["boolean", "binary", "2 *"]
    assert (row[3][:5], row[6][:4], *row[7:]) == ("0.800", "0.50", "0.750", "1")
    with style():
        (axes,) = figures(FOUND, results)["accuracy_vs_depth"].axes
    drawn: Any = axes.containers[0]
    np.testing.assert_allclose(drawn.lines[0].get_ydata(), [0.8, 0.8])


def test_where_all_seeds_diverge_nothing_is_better_than_a_guess() -> None:
    results = hand_made((1.0, True), (np.nan, True))
    found = outcome_of(FOUND, results, "boolean", "lstm", 1)
    assert found.accuracy.tolist() == [0.6, 0.6]
    assert not found.success.any()
    summary = summarise(FOUND, results)
    for setting in summary["settings"]:
        assert setting["accuracy"]["value"] == pytest.approx(0.6)
        assert (setting["success_rate"]["value"], setting["diverged"]) == (0, 2)
        assert setting["same_answer_mirrored"] == 1, "a guess is always the same"
    (against,) = summary["comparisons_at_the_deepest"]
    assert against["accuracy_gained"]["value"] == 0


def test_tables_summary_and_figures(results: Results) -> None:
    found = tables(TINY, results)
    assert [len(table.rows) for table in found] == [9, 2]
    for table in found:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[2] for row in found[0].rows[:3]] == ["1", "2", "3 *"]
    summary = summarise(TINY, results)
    alone = replace(TINY, models=("lstm",))
    assert summarise(alone, results)["comparisons_at_the_deepest"] == []
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
        outcome_of(TINY, results, "boolean", "lstm", depth).rows[0]["chance"]
        for depth in (1, 2, 3)
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
    lost[1, :2] = [3.0, np.inf]
    np.testing.assert_allclose(averaged(lost), [[5], [3]])
