"""Training a two-layer GCN on Cora: the study's way, and plainly in torch.

A repeat trains all seeds of the problem for all its epochs. An epoch is an update on
the training nodes, with dropout on both layers' inputs and weight decay on the first
layer's weights, and then the loss on the validation nodes without dropout.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from benchmarks.harness.workers import Contender
from seqjax.lab.data.graph_data import GraphData, Split, load_graph, require_split

HIDDEN, RATE, DECAY = 16, 0.01, 5e-4


class Training(NamedTuple):
    """What is trained.

    Attributes:
        graph: "karate", "cora", or a folder with the files of a Planetoid graph.
        seeds: one after another in torch.
        epochs: of each.
        dropout: of both layers' inputs.
    """

    graph: str
    seeds: int
    epochs: int
    dropout: float = 0.5

    def weights(self, inputs: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Where a seed starts if losses are to be compared (Glorot)."""
        random = np.random.default_rng(0)
        bounds = [(inputs, HIDDEN), (HIDDEN, classes)]
        first, second = (
            random.uniform(-1, 1, shape).astype(np.float32)
            * np.float32(np.sqrt(6 / sum(shape)))
            for shape in bounds
        )
        return first, second


def ours(problem: Training) -> Contender:
    """All seeds as `python -m seqjax.graphs classify` trains and tests them."""
    from seqjax.graphs.classify.config import ClassifyConfig
    from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
    from seqjax.lab.running import devices
    from seqjax.lab.study import SilentReporter

    devices.configure(None, None)
    config = ClassifyConfig(
        dataset=problem.graph,
        seeds=problem.seeds,
        epochs=problem.epochs,
        dropout=problem.dropout,
    )
    trainer = WholeGraphTrainer(config, "renormalized")

    def run(repeats: int) -> None:
        for _ in range(repeats):
            trainer.run(SilentReporter())

    return Contender(run, dict)


def our_losses(problem: Training) -> Contender:
    """Losses of the same updates from given weights."""
    import jax.numpy as jnp

    from seqjax.core.graphs import GraphWeights
    from seqjax.graphs.classify.config import ClassifyConfig
    from seqjax.graphs.classify.whole_graph import WholeGraphTrainer
    from seqjax.lab.running import devices
    from seqjax.train import make_hyper

    devices.configure(None, None)
    config = ClassifyConfig(
        dataset=problem.graph, seeds=1, epochs=problem.epochs, dropout=problem.dropout
    )
    trainer = WholeGraphTrainer(config, "renormalized")
    ensemble, states = trainer.ensemble, trainer.init()
    before: GraphWeights = states.params
    first, second = problem.weights(before.first.shape[-2], before.second.shape[-1])
    weights = GraphWeights(*(jnp.asarray(w)[None, None] for w in (first, second)))
    states = states._replace(params=ensemble.place(weights))
    hyper = make_hyper(config.learning_rate, clip_norm=None)
    losses: list[Any] = []

    def run(repeats: int) -> None:
        for _ in range(repeats):
            chunks = ensemble.resume(
                states, hyper, trainer.shared, num_updates=problem.epochs
            )
            losses[:] = [chunk.metrics.loss[0] for chunk in chunks]

    return Contender(run, lambda: {"loss": np.concatenate(losses)})


def torch_dense(problem: Training) -> Contender:
    """torch with dense features, as its best known library's own example has them."""
    return _torch(problem, is_sparse=False)


def torch_sparse(problem: Training) -> Contender:
    """torch with features in compressed rows."""
    return _torch(problem, is_sparse=True)


def _torch(problem: Training, *, is_sparse: bool) -> Contender:
    import torch

    # torch calls its compressed rows a prototype, and says so each time.
    warnings.filterwarnings("ignore", message="Sparse")
    graph = load_graph(problem.graph)
    split = require_split(graph)
    x = _features(graph)
    held = _csr(torch, _propagation(graph))
    train, validate = _targets(torch, graph, split)
    features = _csr(torch, x) if is_sparse else torch.from_numpy(x.todense())
    first, second = problem.weights(x.shape[1], graph.num_classes)
    drop = torch.nn.functional.dropout
    losses: list[float] = []

    def dropped(training: bool) -> Any:
        rate = problem.dropout
        if not is_sparse:
            return drop(features, rate, training)
        values = drop(features.values(), rate, training)
        rows, columns = features.crow_indices(), features.col_indices()
        return torch.sparse_csr_tensor(rows, columns, values, features.shape)

    def forward(weights: Any, training: bool) -> Any:
        hidden = torch.relu(held @ (dropped(training) @ weights[0]))
        hidden = drop(hidden, problem.dropout, training)
        return held @ (hidden @ weights[1])

    entropy: Callable[..., Any] = torch.nn.functional.cross_entropy

    def seed() -> None:
        weights = [torch.tensor(w, requires_grad=True) for w in (first, second)]
        adam = torch.optim.Adam(
            [
                {"params": weights[:1], "weight_decay": DECAY},
                {"params": weights[1:], "weight_decay": 0.0},
            ],
            lr=RATE,
        )
        losses.clear()
        for _ in range(problem.epochs):
            adam.zero_grad()
            loss = entropy(forward(weights, True)[train[0]], train[1])
            loss.backward()
            with torch.no_grad():
                decay = DECAY / 2 * float((weights[0] ** 2).sum())
            losses.append(float(loss.detach()) + decay)
            adam.step()
            if len(validate[1]):
                with torch.no_grad():
                    float(entropy(forward(weights, False)[validate[0]], validate[1]))

    def run(repeats: int) -> None:
        for _ in range(repeats * problem.seeds):
            seed()

    return Contender(run, lambda: {"loss": np.array(losses, np.float32)})


def _features(graph: GraphData) -> sparse.csr_array:
    """Rows that sum to 1; the identity without features."""
    if graph.features is None:
        return sparse.csr_array(sparse.eye_array(graph.num_nodes, dtype=np.float32))
    found = sparse.csr_array(graph.features)
    sums = np.maximum(np.asarray(found.sum(axis=1)).ravel(), 1e-30)
    return sparse.csr_array(sparse.diags_array(1 / sums) @ found).astype(np.float32)


def _propagation(graph: GraphData) -> sparse.csr_array:
    """D^-1/2 (A + I) D^-1/2."""
    size = graph.num_nodes
    ones = np.ones(graph.edges.shape[1])
    a = sparse.coo_array((ones, (graph.edges[1], graph.edges[0])), (size, size))
    looped = sparse.csr_array(a + sparse.eye_array(size))
    scale = sparse.diags_array(np.asarray(looped.sum(axis=1)).ravel() ** -0.5)
    return sparse.csr_array(scale @ looped @ scale).astype(np.float32)


def _csr(torch: Any, matrix: sparse.csr_array) -> Any:
    matrix.sort_indices()
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data),
        matrix.shape,
    )


def _targets(torch: Any, graph: GraphData, split: Split) -> tuple[Any, Any]:
    """Nodes and classes to train and to validate on."""
    train, validate = (
        (torch.from_numpy(n.astype(np.int64)), torch.from_numpy(graph.labels[n]).long())
        for n in (split.train, split.validation)
    )
    return train, validate
