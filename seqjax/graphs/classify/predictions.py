"""What the seeds of a model say of every node, as arrays and as a table."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Shaped

from seqjax.lab.data.graph_data import GraphData

RANDOM = "random"
"""The part of a node that every seed may put into another part."""


class NodePredictions(NamedTuple):
    """What the seeds of one model say of the nodes of a graph, in the graph's order.

    Attributes:
        nodes: names of the nodes, or their numbers as text.
        labels: names of their classes as the graph has them; empty where it has none.
        split: "train", "validation" or "test"; "random" where every seed has a split of
            its own; empty for a node to predict.
        classes: names of the classes that the model knows.
        probability: of each class, mean over the seeds that did not diverge; NaN if
            all did.
        agreement: share of all seeds that give the node its predicted class; a seed
            that diverged agrees with nothing.
    """

    nodes: Shaped[np.ndarray, " nodes"]
    labels: Shaped[np.ndarray, " nodes"]
    split: Shaped[np.ndarray, " nodes"]
    classes: Shaped[np.ndarray, " classes"]
    probability: Float32[np.ndarray, "nodes classes"]
    agreement: Float32[np.ndarray, " nodes"]

    @property
    def predicted(self) -> Shaped[np.ndarray, " nodes"]:
        """The most probable class of each node; empty where there is none."""
        found = self.classes[self.probability.argmax(axis=1)]
        return np.where(np.isfinite(self.probability).all(axis=1), found, "")

    def to_csv(self, model: str) -> str:
        """The text of a table with a row per node.

        Args:
            model: what stands in its first column.
        """
        return csv_text([(model, self)])


def csv_text(models: Iterable[tuple[str, NodePredictions]]) -> str:
    """A table of several models, which know the same classes, one below the other.

    Probabilities are the shortest text that reads back to the same float32.

    Args:
        models: each with its name; at least one.
    """
    models, text = list(models), io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heading = ("model", "node", "label", "split", "predicted", "agreement")
    writer.writerow([*heading, *(f"probability {c}" for c in models[0][1].classes)])
    for model, found in models:
        writer.writerows(_rows(model, found))
    return text.getvalue()


def _rows(model: str, found: NodePredictions) -> Iterator[list[str]]:
    columns = (found.nodes, found.labels, found.split, found.predicted)
    chances = np.where(np.isnan(found.probability), "", found.probability.astype(str))
    for *cells, agreement, chance in zip(
        *columns, found.agreement.astype(str), chances, strict=True
    ):
        yield [model, *map(str, cells), str(agreement), *chance.tolist()]


class Poll:
    """Counts what seeds say of nodes, one after another, in memory of one seed.

    Args:
        nodes: how many there are.
        classes: how many there are.
    """

    def __init__(self, nodes: int, classes: int) -> None:
        self._sum = np.zeros((nodes, classes))
        self._votes = np.zeros((nodes, classes), np.int64)
        self._seeds = self._counted = 0

    def add(self, logits: Float[np.ndarray, "nodes classes"], diverged: bool) -> None:
        """Adds a seed, by its logits."""
        self._seeds += 1
        if diverged or not np.isfinite(logits).all():
            return
        self._counted += 1
        self._sum += np.exp(log_softmax(logits))
        self._votes[np.arange(len(logits)), logits.argmax(axis=1)] += 1

    @property
    def probability(self) -> Float32[np.ndarray, "nodes classes"]:
        """Mean over the seeds that did not diverge."""
        if not self._counted:
            return np.full(self._sum.shape, np.nan, np.float32)
        return (self._sum / self._counted).astype(np.float32)

    @property
    def agreement(self) -> Float32[np.ndarray, " nodes"]:
        """Share of all seeds whose answer is the most probable class."""
        chosen = self.probability.argmax(axis=1)
        votes = self._votes[np.arange(len(chosen)), chosen]
        return (votes / max(1, self._seeds)).astype(np.float32)


def log_softmax(
    logits: Float[np.ndarray, "nodes classes"],
) -> Float[np.ndarray, "nodes classes"]:
    """Logarithms of the probabilities, in float64."""
    shifted = logits.astype(np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def class_names(graph: GraphData) -> tuple[str, ...]:
    """What the classes are called; their numbers where they have no names."""
    return graph.class_names or tuple(map(str, range(graph.num_classes)))


def node_names(graph: GraphData) -> Shaped[np.ndarray, " nodes"]:
    """What the nodes are called; their numbers where they have no names."""
    return np.array(graph.node_names or np.arange(graph.num_nodes).astype(str), str)


def label_names(
    labels: Int[np.ndarray, " nodes"], names: Iterable[str]
) -> Shaped[np.ndarray, " nodes"]:
    """The class of each node by name, empty for -1."""
    return np.array([*names, ""], str)[labels]


def parts_of(graph: GraphData, split: str) -> Shaped[np.ndarray, " nodes"]:
    """The part of a split that each node is in, as `NodePredictions.split` has it.

    Args:
        graph: whose nodes they are.
        split: "fixed" for the graph's own, "random" where each seed has one.
    """
    found = np.full(graph.num_nodes, "", "U10")
    if split == RANDOM:
        found[graph.labels >= 0] = RANDOM
    elif graph.split is not None:
        for name, nodes in graph.split._asdict().items():
            found[nodes] = name
    return found
