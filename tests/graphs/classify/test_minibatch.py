"""Mini-batches: which neighbours they sample, and that all of them make the whole."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from scipy import sparse

from seqjax.core.graphs import MODELS, init_network
from seqjax.core.keys import named_keys
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.minibatch import MinibatchTrainer, logits
from seqjax.graphs.classify.problem import graph_of
from seqjax.graphs.classify.receptive_fields import model_graph
from seqjax.graphs.classify.sampling import BatchMaker, Sampler, rounded, subsets
from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
from seqjax.lab.study import SilentReporter
from tests.graphs.classify import oracle
from tests.lab.breaking import Breaking
from tests.lab.graph_files import write_planetoid
from tests.variants import and_slow

EVERYTHING = 1000


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> ClassifyConfig:
    folder: Path = tmp_path_factory.mktemp("planetoid")
    write_planetoid(folder)
    return ClassifyConfig(
        dataset=str(folder),
        seeds=2,
        epochs=6,
        hidden_size=4,
        dropout=0.0,
        learning_rate=0.05,
        minibatch=True,
        batch_size=EVERYTHING,
        fan_out=(EVERYTHING,),
        block_size=100,
    )


@pytest.fixture(scope="module")
def sampled(toy: ClassifyConfig) -> ClassifyConfig:
    """Two batches an epoch, of some neighbours."""
    return replace(toy, epochs=3, fan_out=(2, 1), batch_size=4, dropout=0.5)


def hub() -> sparse.csr_array:
    """Node 0 takes from all of nine others, 1 from three, 2 from nobody but itself."""
    dense = np.zeros((10, 10), np.float32)
    dense[0] = np.arange(1, 11)
    dense[1, [1, 4, 5, 9]] = 2, 3, 5, 7
    dense[2, 2] = 4
    return sparse.csr_array(dense)


def summed(sampled: Any, x: np.ndarray) -> np.ndarray:
    """What the nodes of a table take from x, by a loop."""
    found = np.zeros((len(sampled.table.places), x.shape[1]))
    for i, row in enumerate(sampled.table.places):
        for place, weight in zip(row, sampled.table.weights[i], strict=True):
            found[i] += weight * x[sampled.sources[place]]
    return found


def test_every_subset_is_as_likely() -> None:
    count, sizes = 20_000, np.array([5, 2, 0, 3])
    random = np.random.default_rng(0)
    drawn = subsets(np.tile(sizes, count), 3, random).reshape(count, 4, 3)
    seen = Counter(tuple(sorted(row)) for row in drawn[:, 0].tolist())
    assert set(seen) == set(combinations(range(5), 3))
    expected = count / 10
    chi_square = sum((n - expected) ** 2 / expected for n in seen.values())
    assert chi_square < 27.9, "the 0.999 quantile at 9 degrees of freedom"
    assert (drawn[:, 1] == [0, 1, -1]).all()
    assert (drawn[:, 2] == -1).all()
    assert (drawn[:, 3] == [0, 1, 2]).all()


@pytest.mark.parametrize("fan_out", [9, EVERYTHING])
def test_all_neighbours_make_the_product(fan_out: int) -> None:
    matrix, x = hub(), np.random.default_rng(1).normal(size=(10, 3))
    nodes = np.array([2, 0, 1])
    found = Sampler(matrix, fan_out).sample(nodes, np.random.default_rng(0))
    np.testing.assert_allclose(summed(found, x), matrix[nodes] @ x, rtol=1e-6)
    assert found.sources[:3].tolist() == [2, 0, 1]
    assert sorted(found.sources.tolist()) == list(range(10))


def test_some_neighbours_make_the_product_on_average() -> None:
    matrix, x = hub(), np.random.default_rng(1).normal(size=(10, 2))
    nodes, random, sampler = np.array([0, 1, 2]), np.random.default_rng(5), None
    sampler = Sampler(matrix, 2)
    found = []
    for _ in range(3000):
        sampled = sampler.sample(nodes, random)
        assert sampled.table.places.shape == (3, 3)
        assert len(sampled.sources) <= 3 * 3
        found.append(summed(sampled, x))
    error = np.std(found, axis=0) / np.sqrt(3000)
    expected = matrix[nodes] @ x
    assert (np.abs(np.mean(found, axis=0) - expected) <= 5 * error + 1e-6).all()
    assert (error[:2] > 0.01).all(), "no sampling at all"


def test_a_fan_out_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="fan_out") as caught:
        Sampler(hub(), 0)
    assert str(caught.value) == (
        "fan_out must be an integer of at least 1, not 0; give 1 or more"
    )


@pytest.mark.parametrize(
    "model", [name for name, model in MODELS.items() if model.reach <= 1]
)
def test_a_batch_of_all_neighbours_gives_the_logits_of_dense_matrices(
    model: str, toy: ClassifyConfig
) -> None:
    graph = graph_of(toy.dataset)
    read = model_graph(graph, model)
    maker = BatchMaker(read.features, read.matrix, graph.labels, (EVERYTHING,) * 2)
    nodes = np.array([300, 7, 41, 0])
    batch = maker.make(nodes, 6, np.random.default_rng(0))
    weights = init_network(jax.random.key(0), model, 5, 4, 3)
    _, expected = oracle.forward(
        oracle.propagation(model, graph),
        oracle.features(graph),
        *(np.asarray(w, np.float64) for w in weights),
    )
    found = jax.jit(logits, static_argnums=0)(model, weights, batch)
    np.testing.assert_allclose(found[:4], expected[nodes], rtol=0, atol=2e-6)
    assert batch.counts.tolist() == [1, 1, 1, 1, 0, 0]
    assert batch.labels[:4].tolist() == graph.labels[nodes].tolist()


def test_a_long_row_elsewhere_changes_no_bit_of_a_batch() -> None:
    """G10: a batch is as large as its own entries, whatever the graph has besides."""
    random = np.random.default_rng(2)
    few = np.zeros((10, 600), np.float32)
    few[:, :9] = random.integers(0, 2, (10, 9))
    many = few.copy()
    many[9] = 1
    short, long = sparse.csr_array(few), sparse.csr_array(many)
    weights = init_network(jax.random.key(0), "mlp", 600, 4, 3)
    nodes, found = np.array([3, 0, 5]), []
    for features in (short, long):
        maker = BatchMaker(features, None, np.zeros(10, np.int32), (1, 1))
        batch = maker.make(nodes, 4, random)
        assert batch.features.values.size <= rounded(short[nodes].nnz)
        found.append(np.asarray(logits("mlp", weights, batch)))
    np.testing.assert_array_equal(found[0], found[1])
    dense = few[nodes] @ np.asarray(weights.first[0], np.float64)
    expected = np.maximum(dense, 0) @ np.asarray(weights.second[0], np.float64)
    np.testing.assert_allclose(found[0][:3], expected, rtol=0, atol=1e-6)
    assert not found[0][3].any()


def test_sizes_are_few_and_large_enough() -> None:
    sizes = [rounded(count) for count in range(1, 2000)]
    assert all(s >= n for n, s in enumerate(sizes, 1))
    assert all(s <= 1.5 * n for n, s in enumerate(sizes, 1))
    assert len(set(sizes)) <= 2 * 11


@pytest.mark.parametrize("model", and_slow(["renormalized"], ["sage-mean"]))
def test_full_fan_out_in_one_batch_is_the_full_batch(
    model: str, toy: ClassifyConfig
) -> None:
    sampled = MinibatchTrainer(toy, model).run(SilentReporter())
    whole = WholeGraphTrainer(replace(toy, minibatch=False), model).run(
        SilentReporter()
    )
    for name in ("loss", "validation_loss", "validation_accuracy"):
        np.testing.assert_allclose(
            sampled.history[name], whole.history[name], rtol=0, atol=1e-5
        )
    for own, other in zip(sampled.rows, whole.rows, strict=True):
        assert own["accuracy"] == other["accuracy"]
        assert own["loss"] == pytest.approx(other["loss"], abs=1e-5)
    assert np.ptp(whole.history["loss"], axis=1).min() > 0.01, "nothing was learnt"


@pytest.mark.slow
def test_a_small_fan_out_learns_and_compiles_little(sampled: ClassifyConfig) -> None:
    trainer = MinibatchTrainer(sampled, "renormalized")
    block = trainer.run(SilentReporter())
    assert np.isfinite(block.history["loss"]).all()
    step: Any = trainer.batches._update
    compiled = step._cache_size()
    # Twelve batches of two sizes of their own; padded, they have few shapes.
    assert compiled <= 4
    assert block.rows[0]["loss"] != block.rows[1]["loss"]
    other = replace(sampled, seeds=1, first_seed=1)
    (row,) = MinibatchTrainer(other, "renormalized").run(SilentReporter()).rows
    assert row == block.rows[1]


def test_broken_off_anywhere_it_goes_on_to_the_same_end(
    sampled: ClassifyConfig,
) -> None:
    """What is lost is no more than the epoch in which it was broken off."""
    trainer = MinibatchTrainer(sampled, "renormalized")
    whole = trainer.run(SilentReporter())
    for epochs in range(1, sampled.seeds * sampled.epochs):
        # Kept all the time, or only because it was broken off.
        reporter = Breaking(after=epochs, often=epochs % 2 == 0)
        with pytest.raises(KeyboardInterrupt):
            trainer.run(reporter)
        following = reporter.going_on()
        assert reporter.arrays is not None
        kept = [int(a) for n, a in reporter.arrays.items() if n[:8] == "updates-"]
        assert sum(kept) == epochs
        again = trainer.run(following)
        assert following.done == sampled.seeds * sampled.epochs
        assert again.rows == whole.rows
        for name, array in whole.history.items():
            np.testing.assert_array_equal(again.history[name], array)


def test_a_seed_that_diverges_keeps_its_last_weights(toy: ClassifyConfig) -> None:
    config = replace(toy, learning_rate=1e38, seeds=1)
    block = MinibatchTrainer(config, "renormalized").run(SilentReporter())
    (row,) = block.rows
    assert row["diverged"]
    assert not row["stopped_early"]
    assert row["epochs"] < 6
    assert 0 <= row["accuracy"] <= 1


def test_a_rising_validation_loss_stops_it_too(toy: ClassifyConfig) -> None:
    config = replace(toy, learning_rate=0.3, window=3, epochs=40)
    block = MinibatchTrainer(config, "renormalized").run(SilentReporter())
    graph = graph_of(config.dataset)
    for seed, row in enumerate(block.rows):
        key = named_keys(jax.random.key(seed), ("params", "dropout"))["params"]
        stop = oracle.train(
            oracle.propagation("renormalized", graph),
            oracle.features(graph),
            graph.labels,
            graph.split,
            [np.asarray(w) for w in init_network(key, "renormalized", 5, 4, 3)],
            epochs=40,
            rate=0.3,
            decay=config.weight_decay,
            window=3,
        )
        assert (row["epochs"], row["stopped_early"]) == (len(stop.losses), stop.early)
    assert any(row["stopped_early"] for row in block.rows)
