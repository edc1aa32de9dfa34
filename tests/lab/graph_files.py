"""Graphs for tests: what every one must be, small ones in files, real ones if here."""

import os
import pickle
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from seqjax.lab.data.graph_data import GraphData

# Now: tests of downloads do away with it.
_CHOSEN = os.environ.get("SEQJAX_DATA")


class Planetoid(NamedTuple):
    """What the files of a small graph hold, node by node."""

    features: np.ndarray
    labels: list[int]
    edges: set[tuple[int, int]]
    test: list[int]
    missing: list[int]


def data_folder(file: str) -> Path | None:
    """The folder of data that has a file, None where it is absent."""
    candidates = [Path(_CHOSEN)] if _CHOSEN else []
    candidates += [parent / "shared" / "data" for parent in Path(__file__).parents]
    return next((path for path in candidates if (path / file).is_file()), None)


def write_planetoid(folder: Path, name: str = "toy", protocol: int = 2) -> Planetoid:
    """Files of 516 nodes, of which 6 are trained on, 8 tested on and 2 are missing."""
    random = np.random.default_rng(3)
    known, num_nodes, columns, classes = 506, 516, 5, 3
    missing = [507, 512]
    test = [n for n in range(known, num_nodes) if n not in missing]
    test = random.permutation(test).tolist()
    features = random.integers(0, 2, (num_nodes, columns)).astype(np.float32)
    features *= random.random((num_nodes, columns), np.float32)
    features[missing] = 0
    labels = [n % classes for n in range(num_nodes)]
    for node in missing:
        labels[node] = -1
    # Node 515 and node 40 have edges to themselves only, others to their neighbours.
    pairs = [
        (a, (7 * a + 3) % 513) for a in range(513) if a not in (40, (7 * a + 3) % 513)
    ]
    edges = {(a, b) for a, b in pairs if b != 40}
    edges |= {(b, a) for a, b in edges}
    graph: dict[int, list[int]] = defaultdict(list, {n: [] for n in range(num_nodes)})
    for a, b in sorted(edges):
        graph[a].append(b)
    graph[2].append(graph[2][0])
    graph[515].append(515)
    graph[40].append(40)
    one_hot = np.eye(classes, dtype=np.int32)
    parts: dict[str, Any] = {
        "x": sparse.csr_matrix(features[:6]),
        "y": one_hot[labels[:6]],
        "allx": sparse.csr_matrix(features[:known]),
        "ally": one_hot[labels[:known]],
        "tx": sparse.csr_matrix(features[test]),
        "ty": one_hot[[labels[n] for n in test]],
        "graph": graph,
    }
    for part, value in parts.items():
        data = pickle.dumps(value, protocol)
        (folder / f"ind.{name}.{part}").write_bytes(data)
    lines = "".join(f"{node}\n" for node in test)
    (folder / f"ind.{name}.test.index").write_text(lines)
    return Planetoid(features, labels, edges, test, missing)


def edge_set(graph: Any) -> set[tuple[int, int]]:
    """The edges as pairs of source and target."""
    return set(zip(*graph.edges.tolist(), strict=True))


def assert_graph(graph: GraphData) -> None:
    """What is true of every graph, said again edge by edge."""
    pairs = list(zip(*graph.edges.tolist(), strict=True))
    assert graph.edges.dtype == np.int32
    assert pairs == sorted(set(pairs), key=lambda pair: (pair[1], pair[0]))
    assert pairs
    for source, target in pairs:
        assert source != target
        assert 0 <= source < graph.num_nodes
        assert 0 <= target < graph.num_nodes
    if not graph.directed:
        assert {(b, a) for a, b in pairs} == set(pairs)
    if graph.weights is not None:
        assert graph.weights.dtype == np.float32
        weights = dict(zip(pairs, graph.weights.tolist(), strict=True))
        assert all(0 < weight < np.inf for weight in weights.values())
        if not graph.directed:
            assert all(weights[b, a] == weight for (a, b), weight in weights.items())
    if graph.features is not None:
        assert graph.features.shape[0] == graph.num_nodes
        assert graph.features.dtype == np.float32
        total = graph.features.sum(dtype=np.float64)
        assert np.isfinite(total)
    assert graph.labels.shape == (graph.num_nodes,)
    assert graph.labels.dtype == np.int32
    assert set(graph.labels.tolist()) <= {-1, *range(graph.num_classes)}
    if graph.split is not None:
        inside = [node for part in graph.split for node in part.tolist()]
        assert len(set(inside)) == len(inside)
        assert len(graph.split.train)
        assert all(graph.labels[node] >= 0 for node in inside)
        assert all((np.diff(part) > 0).all() for part in graph.split)
    if graph.node_names is not None:
        assert len(graph.node_names) == graph.num_nodes
