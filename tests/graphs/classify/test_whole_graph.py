"""A training against the same in float64 NumPy; seeds, devices, breaks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.graphs import init_network
from seqjax.core.keys import named_keys
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.problem import graph_of, problem_of
from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
from seqjax.lab.study import SilentReporter
from seqjax.train import make_hyper
from tests.graphs.classify import oracle
from tests.lab.breaking import Breaking
from tests.lab.graph_files import write_planetoid
from tests.variants import and_slow


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> ClassifyConfig:
    folder: Path = tmp_path_factory.mktemp("planetoid")
    write_planetoid(folder)
    return ClassifyConfig(
        dataset=str(folder), seeds=2, epochs=12, hidden_size=4, dropout=0.0
    )


def trained(config: ClassifyConfig, model: str = "renormalized") -> Any:
    return WholeGraphTrainer(config, model).run(SilentReporter())


def expected(config: ClassifyConfig, seed: int, model: str) -> oracle.Trained:
    graph = graph_of(config.dataset)
    key = named_keys(jax.random.key(seed), ("params", "dropout"))["params"]
    drawn = init_network(key, model, 5, config.hidden_size, 3)
    return oracle.train(
        oracle.propagation(model, graph),
        oracle.features(graph),
        graph.labels,
        graph.split,
        [np.asarray(w) for w in drawn],
        epochs=config.epochs,
        rate=config.learning_rate,
        decay=config.weight_decay,
        window=config.window,
    )


@pytest.mark.parametrize("model", and_slow(["renormalized"], ["chebyshev-2"]))
def test_a_training_is_that_of_the_paper(toy: ClassifyConfig, model: str) -> None:
    config = replace(toy, learning_rate=0.05, weight_decay=0.1, window=0)
    block = trained(config, model)
    for i in range(2):
        found = expected(config, i, model)
        for name, curve in (
            ("loss", found.losses),
            ("validation_loss", found.validation_losses),
            ("validation_accuracy", found.accuracies),
        ):
            np.testing.assert_allclose(block.history[name][i], curve, rtol=2e-4)
        graph = graph_of(config.dataset)
        _, logits = oracle.forward(
            oracle.propagation(model, graph), oracle.features(graph), *found.weights
        )
        test = graph.split.test  # type: ignore[union-attr]
        given = logits.argmax(1)[test]
        counts = np.zeros((3, 3), int)
        np.add.at(counts, (graph.labels[test], given), 1)
        np.testing.assert_array_equal(block.history["confusion"][i], counts)
        row = block.rows[i]
        assert row["accuracy"] == pytest.approx(np.mean(given == graph.labels[test]))
        logs = oracle.log_softmax(logits[test])[np.arange(8), graph.labels[test]]
        assert row["loss"] == pytest.approx(-logs.mean(), rel=1e-3)


@pytest.mark.parametrize("window", and_slow([3], [1]))
def test_a_seed_stops_by_the_authors_rule(toy: ClassifyConfig, window: int) -> None:
    config = replace(toy, learning_rate=0.3, window=window, epochs=40, seeds=3)
    block = trained(config)
    stops = [expected(config, seed, "renormalized") for seed in range(3)]
    assert any(stop.early for stop in stops), "nothing to see"
    for i, (row, stop) in enumerate(zip(block.rows, stops, strict=True)):
        assert row["stopped_early"] == stop.early
        assert row["epochs"] == len(stop.losses)
        curve = block.history["validation_loss"][i]
        assert np.isfinite(curve).sum() == len(stop.losses)
        assert row["validation_loss"] == pytest.approx(
            stop.validation_losses[-1], rel=1e-3
        )


@pytest.mark.slow
def test_a_seed_is_the_same_alone_and_among_others(toy: ClassifyConfig) -> None:
    """To the bit; folded into columns, up to rounding."""
    config = replace(toy, dropout=0.5, seeds=3)
    together = trained(config)
    alone = trained(replace(config, seeds=1, first_seed=2))
    folded = trained(replace(config, seeds_per_device=3))
    for name in ("loss", "validation_loss", "confusion"):
        many, one = together.history[name], alone.history[name]
        np.testing.assert_array_equal(many[2], one[0])
        np.testing.assert_allclose(folded.history[name], many, rtol=1e-4)
    assert together.rows[2] == alone.rows[0]
    assert len({row["loss"] for row in together.rows}) == 3


def test_dropout_disturbs_training_and_no_validation(toy: ClassifyConfig) -> None:
    """With weights that hardly move, only what is dropped makes losses differ."""
    history = trained(replace(toy, dropout=0.5, learning_rate=1e-12)).history
    for curve in history["validation_loss"]:
        np.testing.assert_allclose(curve, curve[0], rtol=1e-6)
    for curve in history["loss"]:
        assert len(set(curve.tolist())) == toy.epochs
    assert history["loss"][0].tolist() != history["loss"][1].tolist()


@pytest.mark.parametrize("often", [True, False])
def test_broken_off_it_goes_on_to_the_same_end(
    toy: ClassifyConfig, often: bool
) -> None:
    """With seeds that stop early; and kept only because it was broken off."""
    config = replace(toy, learning_rate=0.3, window=3, epochs=40, seeds=3)
    trainer = WholeGraphTrainer(config, "renormalized")
    whole = trainer.run(SilentReporter())
    assert any(row["stopped_early"] for row in whole.rows)
    # Chunks have one update, then eight: the second is broken off.
    reporter = Breaking(after=config.seeds, often=often)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(reporter)
    assert reporter.arrays is not None
    kept = int(reporter.arrays["updates-0"])
    assert 0 < kept < max(row["epochs"] for row in whole.rows)
    following = reporter.going_on()
    again = trainer.run(following)
    assert following.done == config.seeds * max(row["epochs"] for row in whole.rows)
    assert again.rows == whole.rows
    for name, array in whole.history.items():
        np.testing.assert_array_equal(again.history[name], array)


@pytest.mark.parametrize("dataset", and_slow(["toy"], ["karate"]))
def test_states_lie_after_an_update_as_they_did_before(
    dataset: str, toy: ClassifyConfig
) -> None:
    """Else the program would be compiled twice; with validation nodes and without."""
    config = toy if dataset == "toy" else replace(toy, dataset=dataset)
    trainer = WholeGraphTrainer(config, "renormalized")
    before, hyper = trainer.init(), make_hyper(0.1, clip_norm=None)
    after, _ = trainer.ensemble.advance(before, hyper, trainer.shared, 1)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (new.aval, new.sharding) == (old.aval, old.sharding)


def test_a_seed_that_diverges_keeps_its_last_weights(toy: ClassifyConfig) -> None:
    block = trained(replace(toy, learning_rate=1e38, epochs=6))
    for row, curve in zip(block.rows, block.history["loss"], strict=True):
        assert row["diverged"]
        assert not row["stopped_early"]
        assert row["epochs"] < 6
        assert np.isfinite(curve).sum() >= 1
        assert 0 <= row["accuracy"] <= 1


def test_random_splits_are_each_seed_s_own(toy: ClassifyConfig) -> None:
    config = replace(
        toy, split="random", per_class=4, validation_size=20, test_size=30, seeds=3
    )
    problem = problem_of(config, "renormalized")
    nodes = [
        set(np.asarray(part.targets.places[seed]).tolist())
        for part in problem
        if part is not None
        for seed in range(3)
    ]
    assert [len(n) for n in nodes] == [12] * 3 + [20] * 3 + [30] * 3
    for seed in range(3):
        assert not nodes[seed] & nodes[3 + seed] | nodes[seed] & nodes[6 + seed]
    assert nodes[0] != nodes[1] != nodes[2]
    graph = graph_of(config.dataset)
    for _, targets in (problem.train, problem.test):
        np.testing.assert_array_equal(graph.labels[targets.places], targets.labels)
    other = problem_of(replace(config, seeds=1, first_seed=2), "renormalized")
    np.testing.assert_array_equal(
        other.train.targets.places[0], problem.train.targets.places[2]
    )
    block = trained(replace(config, epochs=2))
    assert block.history["confusion"].sum(axis=(1, 2)).tolist() == [30] * 3
