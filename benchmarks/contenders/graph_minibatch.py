"""Training by sampled neighbours on a large graph, and what memory it takes."""

import resource
import time
from typing import NamedTuple

import numpy as np

from benchmarks.harness.workers import Contender
from seqjax.lab.data.graph_data import Split


class Sampling(NamedTuple):
    """What is trained by mini-batches.

    Attributes:
        scale: logarithm of the number of nodes to the base of two.
        edges_per_node: of an R-MAT graph, drawn; each goes both ways.
        batches: updates of a repeat.
        batch_size: nodes of each.
        fan_outs: of both layers.
        features: of a node.
        classes: how many there are.
    """

    scale: int
    edges_per_node: int
    batches: int
    batch_size: int = 512
    fan_outs: tuple[int, int] = (10, 10)
    features: int = 32
    classes: int = 8


def minibatches(problem: Sampling) -> Contender:
    """Updates by sampled neighbours, then inference on the whole graph in blocks."""
    import jax

    from seqjax.graphs.classify.config import ClassifyConfig
    from seqjax.graphs.classify.inference import infer_by_blocks
    from seqjax.graphs.classify.minibatch import MiniBatches
    from seqjax.graphs.classify.receptive_fields import model_graph
    from seqjax.lab.data.graph_data import rmat
    from seqjax.train import make_hyper

    started = time.perf_counter()
    nodes, random = 1 << problem.scale, np.random.default_rng(0)
    graph = rmat(problem.scale, problem.edges_per_node, 0)._replace(
        features=random.exponential(size=(nodes, problem.features)).astype(np.float32),
        labels=random.integers(0, problem.classes, nodes, np.int32),
        num_classes=problem.classes,
    )
    config = ClassifyConfig(
        minibatch=True, batch_size=problem.batch_size, fan_out=problem.fan_outs
    )
    read = model_graph(graph, "renormalized")
    batches = MiniBatches(config, graph, read, "renormalized")
    state = batches.init(jax.random.key(0))
    hyper = make_hyper(config.learning_rate, clip_norm=None)
    shown = {
        "edges": graph.edges.shape[1],
        "building": time.perf_counter() - started,
        "built": _peak(),
    }

    def run(repeats: int) -> None:
        taken = min(nodes, problem.batches * problem.batch_size)
        for _ in range(repeats):
            some = np.arange(taken, dtype=np.int32)
            none = np.zeros(0, np.int32)
            trained, _ = batches.epoch(state, hyper, 0, Split(some, none, none))
        shown["peak"] = _peak()
        before = time.perf_counter()
        block = config.block_size
        features, matrix = read.features, read.matrix
        infer_by_blocks("renormalized", trained.params, features, matrix, block=block)
        shown["inference"] = time.perf_counter() - before
        shown["peak_inference"] = _peak()

    def result() -> dict[str, np.ndarray]:
        return {name: np.array([value]) for name, value in shown.items()}

    return Contender(run, result)


def _peak() -> float:
    """The most memory that the process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
