"""The study from end to end at toy size: results, tables, figures, resuming."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.lab.study import Results, SilentReporter
from seqjax.palindrome.config import Config
from seqjax.palindrome.figures import accuracy_vs_length, with_room
from seqjax.palindrome.study import STUDY, SWEEP
from seqjax.palindrome.summary import Setting, summarise, tables
from seqjax.tasks.palindromes import evaluation_set

TINY = Config(
    cells=("rnn", "lstm"),
    lengths=(3, 6),
    seeds=3,
    steps=30,
    batch_size=16,
    hidden_size=12,
    evaluation_size=50,
    learning_rate=(1e-2,),
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(STUDY.run(TINY, (), SilentReporter()))


def test_a_row_per_model_and_a_curve_per_metric(results: Results) -> None:
    assert [(r["cell"], r["length"], r["seed"]) for r in results.rows] == [
        (cell, length, seed)
        for cell in ("rnn", "lstm")
        for length in (3, 6)
        for seed in range(3)
    ]
    for row in results.rows:
        assert set(row) == {"block", *STUDY.columns}
        assert 0 <= row["accuracy"] <= 1
        assert row["steps"] == 30
        assert row["distinct_strings"] == {3: 100, 6: 1000}[row["length"]]
        assert row["held_out"]
        curve = results.history[f"{row['block']}/loss"][row["seed"]]
        assert curve.shape == (30,)
        assert np.isfinite(curve).all()


@pytest.mark.parametrize("encoding", ["scalar", "onehot"])
def test_the_score_is_that_of_a_network_written_in_numpy(encoding: str) -> None:
    task = SWEEP.learner(replace(TINY, encoding=encoding), Setting("rnn", 5))
    params = task.task().init(jax.random.key(3))
    test = evaluation_set(5, 6, 200, seed=1)
    length = jnp.asarray(5, jnp.int32)
    score = jax.jit(task.score)(params, (jnp.asarray(test.left), length))

    w = {
        k: np.asarray(v[...], float) for k, v in params["recurrent"]["layer_0"].items()
    }
    p = {k: np.asarray(v[...], float) for k, v in params["projection"].items()}
    digits = test.left[[0, 1, 2, 1]]  # the palindrome a b c b a without its last
    h = np.zeros((200, 12))
    for row in digits:
        x = np.eye(10)[row] if encoding == "onehot" else row[:, None]
        h = np.tanh(x @ w["w_x"] + h @ w["w_h"] + w["b"])
    logits = h @ p["w"] + p["b"]
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    targets = digits[0]
    assert float(score.loss) == pytest.approx(
        -log_p[np.arange(200), targets].mean(), rel=1e-5
    )
    assert float(score.accuracy) == pytest.approx((logits.argmax(1) == targets).mean())


@pytest.mark.slow
def test_seeds_side_by_side_train_as_seeds_one_by_one(results: Results) -> None:
    config = replace(TINY, seeds_per_device=2)
    rest = ("rnn-003", "rnn-006", "lstm-003")
    (block,) = STUDY.run(config, rest, SilentReporter())
    alone = results.history[f"{block.name}/loss"]
    np.testing.assert_allclose(block.history["loss"], alone, rtol=1e-3)


@pytest.mark.slow
def test_finished_blocks_are_skipped(results: Results) -> None:
    rest = list(STUDY.run(TINY, ("rnn-003", "rnn-006", "lstm-003"), SilentReporter()))
    assert [block.name for block in rest] == ["lstm-006"]
    same = [row for row in results.rows if row["block"] == "lstm-006"]
    assert [{"block": "lstm-006", **row} for row in rest[0].rows] == same


@pytest.mark.slow
def test_one_seed_alone_is_the_first_of_three(results: Results) -> None:
    # Alone it has both devices, and its batch is spread over them.
    config = replace(TINY, seeds=1, cells=("lstm",))
    alone = Results.of(STUDY.run(config, (), SilentReporter()))
    assert alone.rows == [
        row for row in results.rows if (row["cell"], row["seed"]) == ("lstm", 0)
    ]
    for name, curves in alone.history.items():
        np.testing.assert_array_equal(curves, results.history[name][:1])


def test_summary_and_table_cover_every_setting(results: Results) -> None:
    summary = summarise(TINY, results)
    assert summary["chance_accuracy"] == 0.1
    assert [(s["cell"], s["length"]) for s in summary["settings"]] == [
        ("rnn", 3),
        ("rnn", 6),
        ("lstm", 3),
        ("lstm", 6),
    ]
    for setting in summary["settings"]:
        rows = [r for r in results.rows if r["block"].startswith(setting["cell"])]
        rows = [r for r in rows if r["length"] == setting["length"]]
        mean = np.mean([r["accuracy"] for r in rows])
        assert setting["accuracy"]["value"] == pytest.approx(mean)
        low, high = setting["success_rate"]["low"], setting["success_rate"]["high"]
        assert 0 <= low < high <= 1
    (table,) = tables(TINY, results)
    assert len(table.rows) == 4
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_every_seed_is_a_dot_and_chance_is_drawn(results: Results) -> None:
    axes = accuracy_vs_length(TINY, results).axes[0]
    offsets = [np.asarray(dots.get_offsets()) for dots in axes.collections]
    dots = [points for points in offsets if len(points) == 3]
    assert len(dots) == 4
    drawn = sorted(y for points in dots for _, y in points)
    assert drawn == pytest.approx(sorted(r["accuracy"] for r in results.rows))
    assert any(line.get_label() == "chance" for line in axes.lines)


def test_numbers_of_lengths_do_not_overlap() -> None:
    lengths = np.array([*range(5, 16), 20, 30, 40, 50])
    assert with_room(lengths) == [5, 7, 9, 11, 13, 15, 20, 30, 40, 50]
    assert with_room(np.array([5, 10, 15])) == [5, 10, 15]
    assert with_room(np.array([7])) == [7]
