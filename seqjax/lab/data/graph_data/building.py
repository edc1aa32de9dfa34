"""Graphs from arrays: checked, in one order, or refused in words that say why."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int32, Num
from numpy.typing import ArrayLike
from scipy import sparse

from seqjax.lab.data.graph_data.canonical import canonical
from seqjax.lab.data.graph_data.graph import Features, GraphData, Split
from seqjax.lab.errors import UserError


def make_graph(
    name: str,
    edges: ArrayLike,
    num_nodes: int,
    *,
    weights: ArrayLike | None = None,
    features: Any = None,
    labels: ArrayLike | None = None,
    num_classes: int | None = None,
    split: Split | None = None,
    node_names: Sequence[str] | None = None,
    directed: bool = False,
    missing: int = 0,
    class_names: Sequence[str] | None = None,
    remarks: Sequence[str] = (),
) -> GraphData:
    """A graph from arrays, which are checked and brought in order.

    Args:
        name: What to call it, in errors too.
        edges: Source and target of each, in any order, shape (2, E): an array or
            lists; see `canonical`.
        num_nodes: N.
        weights: One for each edge, shape (E,); None (the default) for 1.
        features: A row per node, a NumPy array or a SciPy matrix; None (the default)
            for none.
        labels: Class of each node, -1, NaN or None for none; None (the default) if
            none has one.
        num_classes: By default one more than the largest label.
        split: None (the default) for none.
        node_names: One for each node; None (the default) for numbers only.
        directed: Whether edges go from source to target only; they do not by default.
        missing: Of how many nodes the source has no features, 0 by default.
        class_names: One for each class; None (the default) for numbers only.
        remarks: What else to tell of how the source was read, nothing by default.

    Raises:
        UserError: Arrays that are no graph.
    """
    what = f"the graph {name}"
    if node_names is not None and len(node_names) != num_nodes:
        raise UserError(
            f"{what} must have one name per node ({num_nodes}), not {len(node_names)}; "
            "correct them, or leave them out"
        )
    ordered = canonical(
        edges, num_nodes, weights, directed=directed, what=what, names=node_names
    )
    classes = _labels(labels, num_nodes, num_classes, what)
    count = int(classes.max()) + 1 if num_classes is None else num_classes
    return GraphData(
        name,
        num_nodes,
        ordered.edges,
        ordered.weights,
        None if features is None else _features(features, num_nodes, what),
        classes,
        count,
        None if split is None else checked_split(split, classes, what),
        None if node_names is None else tuple(node_names),
        directed,
        ordered.changes._replace(missing=missing, remarks=tuple(remarks)),
        None if class_names is None else tuple(class_names),
    )


def make_drawn(
    name: str,
    edges: Num[np.ndarray, "2 given"],
    num_nodes: int,
    labels: Num[np.ndarray, " labelled"] | None = None,
) -> GraphData:
    """A graph of edges that were drawn, each one way, which is no change to tell of.

    Args:
        name: What to call it, in errors too.
        edges: Their ends.
        num_nodes: N.
        labels: As in `make_graph`; None by default.

    Raises:
        UserError: There is no edge.
    """
    graph = make_graph(name, edges, num_nodes, labels=labels)
    return graph._replace(changes=graph.changes._replace(mirrored=0))


def checked_split(
    split: Split, labels: Int32[np.ndarray, " nodes"], what: str
) -> Split:
    """The split in ascending order.

    Args:
        split: Numbers of nodes.
        labels: Of all nodes.
        what: What to call the graph in an error.

    Raises:
        UserError: No training nodes, or a node that is not there, in two parts, or
            without a label.
    """
    if not len(split.train):
        raise UserError(
            f"{what} must have training nodes, but its split has none; give some"
        )
    every = np.concatenate([np.asarray(part, np.int64) for part in split])
    outside = (every < 0) | (every >= len(labels))
    if outside.any():
        raise UserError(
            f"{what} must have a split of its nodes 0 to {len(labels) - 1}, but node "
            f"{every[outside][0]} is in it; correct the split"
        )
    numbers, counts = np.unique(every, return_counts=True)
    if counts.max() > 1:
        raise UserError(
            f"{what} must have each node in one part of its split at most once, but "
            f"node {numbers[counts > 1][0]} is there {counts.max()} times; correct the "
            "split"
        )
    without = numbers[labels[numbers] < 0]
    if len(without):
        raise UserError(
            f"{what} must have a label for every node of its split, but node "
            f"{without[0]} has none; leave it out"
        )
    return Split(*(np.sort(np.asarray(part, np.int32)) for part in split))


def _labels(
    labels: ArrayLike | None,
    num_nodes: int,
    num_classes: int | None,
    what: str,
) -> Int32[np.ndarray, " nodes"]:
    """Labels as they are stored."""
    if labels is None:
        return np.full(num_nodes, -1, np.int32)
    labels = _with_gaps(np.asarray(labels))
    if labels.shape != (num_nodes,):
        raise UserError(
            f"{what} must have one label per node ({num_nodes}), not "
            f"{' x '.join(map(str, labels.shape))}; give -1 for nodes without one"
        )
    if labels.dtype.kind not in "iu":
        raise UserError(
            f"{what} must have labels that are whole numbers, not {labels.dtype}; "
            "number the classes from 0, and give -1 for nodes without one"
        )
    # As many classes as nodes are enough, and a label is one place of an array later.
    limit = num_nodes if num_classes is None else num_classes
    wrong = (labels < -1) | (labels >= limit)
    if wrong.any():
        node = int(np.argmax(wrong))
        raise UserError(
            f"{what} must have labels 0 to {limit - 1}, or -1 for none, but that of "
            f"node {node} is {labels[node]}; number the classes from 0"
        )
    return labels.astype(np.int32)


def _with_gaps(labels: Num[np.ndarray, "..."] | np.ndarray) -> np.ndarray:
    """Labels with -1 for None and NaN, which data frames have for a missing one."""
    if labels.dtype.kind == "O" and labels.ndim == 1:
        labels = np.array([-1 if each is None else each for each in labels.tolist()])
    if labels.dtype.kind != "f":
        return labels
    known = np.where(np.isnan(labels), -1, labels)
    whole = np.isfinite(known) & (known == np.trunc(known)) & (abs(known) < 2**53)
    return known.astype(np.int64) if whole.all() else labels


def _features(features: Any, num_nodes: int, what: str) -> Features:
    """Features as they are stored."""
    is_sparse = sparse.issparse(features)
    array = features if is_sparse else np.asarray(features)
    if array.ndim != 2 or array.shape[0] != num_nodes or not array.shape[1]:
        raise UserError(
            f"{what} must have one row of features per node ({num_nodes}), not an "
            f"array of {' x '.join(map(str, array.shape))}; correct it, or leave it out"
        )
    if array.dtype.kind not in "fiub":
        raise UserError(
            f"{what} must have features that are numbers, not {array.dtype}; convert "
            "them"
        )
    with np.errstate(over="ignore", under="ignore"):
        if is_sparse:
            # A copy: the next two lines change it in place.
            kept = sparse.csr_array(array, dtype=np.float32, copy=True)
            kept.sum_duplicates()
            kept.eliminate_zeros()
        else:
            kept = array.astype(np.float32, order="C")
    finite = np.isfinite(kept.data if is_sparse else kept)
    if not finite.all():
        place = int(np.argmin(finite))  # row by row
        node = (
            np.searchsorted(kept.indptr, place, "right") - 1
            if is_sparse
            else place // array.shape[1]
        )
        value = kept.data[place] if is_sparse else kept.ravel()[place]
        raise UserError(
            f"{what} must have finite features, but node {node} has {value:g}; correct "
            "its features, or leave the node out"
        )
    return kept
