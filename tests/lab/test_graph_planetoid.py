"""Planetoid's files are read node by node as they say, or refused in one line."""

import pickle
import random
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from seqjax.lab.data.graph_data import load_graph, notes, random_split, read_planetoid
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.errors import UserError
from tests.lab.graph_files import (
    assert_graph,
    data_folder,
    edge_set,
    write_planetoid,
)
from tests.lab.test_graph_pickles import Evil, mutated

FILES = (
    "a folder must hold all of ind.toy.y, ind.toy.allx, ind.toy.ally, ind.toy.tx, "
    "ind.toy.ty, ind.toy.graph, ind.toy.test.index, as Planetoid has them"
)


def dense(graph: GraphData) -> np.ndarray:
    assert isinstance(graph.features, sparse.csr_array)
    return graph.features.toarray()


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_small_graph(tmp_path: Path, protocol: int) -> None:
    truth = write_planetoid(tmp_path, protocol=protocol)
    graph = read_planetoid(tmp_path, "toy")
    assert_graph(graph)
    assert graph.name == "toy"
    assert graph.num_nodes == len(truth.features)
    np.testing.assert_array_equal(dense(graph), truth.features)
    assert graph.labels.tolist() == truth.labels
    assert edge_set(graph) == truth.edges
    assert graph.weights is None
    assert graph.num_classes == 3
    assert graph.split is not None
    assert graph.split.train.tolist() == list(range(6))
    assert graph.split.validation.tolist() == list(range(6, 506))
    assert graph.split.test.tolist() == sorted(truth.test)
    assert graph.changes == (1, 2, 0, len(truth.missing), ())
    told = notes(graph)
    assert told[:3] == (
        "edges that repeated others, merged: 1",
        "edges from a node to itself, left out: 2",
        "nodes without features in the source, set to 0: 2",
    )
    assert len(told) == 4
    assert told[3].startswith("components that no edge joins: ")


def naive(
    folder: Path, name: str
) -> tuple[np.ndarray, np.ndarray, Counter[Any], list[int]]:
    """Python's own unpickler, a dense matrix, and a loop over nodes."""

    def part(suffix: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the old names of modules
            data = (folder / f"ind.{name}.{suffix}").read_bytes()
            return pickle.loads(data, encoding="latin1")

    graph, allx, ally, tx, ty = map(part, ("graph", "allx", "ally", "tx", "ty"))
    test = [int(n) for n in (folder / f"ind.{name}.test.index").read_text().split()]
    features = np.zeros((len(graph), allx.shape[1]), np.float32)
    labels = np.full(len(graph), -1)
    for node in range(allx.shape[0]):
        features[node] = allx[[node]].toarray()[0]
        labels[node] = ally[node].tolist().index(1)
    for row, node in enumerate(test):
        features[node] = tx[[row]].toarray()[0]
        labels[node] = ty[row].tolist().index(1)
    edges = Counter((a, b) for a, others in graph.items() for b in others)
    return features, labels, edges, test


# Nodes, entries of the file of edges, edges, columns, classes, entries of features,
# components. 5429 is half of Cora's entries; 5278 remain, as 151 are there twice.
KNOWN = {
    "cora": (2708, 2 * 5429, 5278, 1433, 7, 49216, 78),
    "citeseer": (3327, 9464, 4552, 3703, 6, 105165, 438),
    "pubmed": (19717, 88676, 44324, 500, 3, 988031, 1),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_real_graph(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_folder(f"planetoid/ind.{name}.allx")
    if folder is None:
        pytest.skip(f"no ind.{name}.*: set SEQJAX_DATA to a folder with planetoid/")
    nodes, entries, edges, columns, classes, nonzero, components = KNOWN[name]
    monkeypatch.setenv("SEQJAX_DATA", str(folder))
    graph = load_graph(name)
    assert_graph(graph)
    assert graph.num_nodes == nodes
    assert graph.num_classes == classes
    assert isinstance(graph.features, sparse.csr_array)
    assert graph.features.shape == (nodes, columns)
    assert graph.features.nnz == nonzero
    assert graph.edges.shape[1] == 2 * edges
    assert f"joins: {components}," in "".join(notes(graph)) or components == 1

    features, labels, counted, test = naive(folder / "planetoid", name)
    np.testing.assert_array_equal(dense(graph), features)
    np.testing.assert_array_equal(graph.labels, labels)
    loops = sum(count for (a, b), count in counted.items() if a == b)
    proper = {pair for pair in counted if pair[0] != pair[1]}
    assert edge_set(graph) == proper
    assert counted.total() == entries
    assert graph.changes.loops == loops
    assert graph.changes.merged == entries - loops - len(proper)
    assert graph.changes.mirrored == 0
    assert graph.changes.missing == sum(label < 0 for label in labels)
    assert graph.split is not None
    assert list(map(len, graph.split)) == [20 * classes, 500, 1000]
    assert Counter(graph.labels[graph.split.train].tolist()) == dict.fromkeys(
        range(classes), 20
    )
    assert graph.split.test.tolist() == sorted(test)

    # Random splits are of the same sizes, and are drawn from all that have a label.
    again = random_split(graph, 1)
    assert list(map(len, again)) == list(map(len, graph.split))
    assert_graph(graph._replace(split=again))


def test_the_order_of_edges_and_files_does_not_matter(tmp_path: Path) -> None:
    write_planetoid(tmp_path)
    graph = read_planetoid(tmp_path, "toy")
    path = tmp_path / "ind.toy.graph"
    stored = pickle.loads(path.read_bytes())
    shuffled = {n: stored[n][::-1] for n in reversed(stored)}
    path.write_bytes(pickle.dumps(shuffled, 2))
    again = read_planetoid(tmp_path, "toy")
    np.testing.assert_array_equal(graph.edges, again.edges)
    assert graph.changes == again.changes


def test_an_edge_that_stands_one_way_is_taken_both_ways(tmp_path: Path) -> None:
    truth = write_planetoid(tmp_path)
    path = tmp_path / "ind.toy.graph"
    stored = pickle.loads(path.read_bytes())
    for node in (17, 30):
        stored[node].pop()
    path.write_bytes(pickle.dumps(stored, 2))
    graph = read_planetoid(tmp_path, "toy")
    assert edge_set(graph) == truth.edges
    assert "edges given one way, taken both ways: 2" in notes(graph)


def replaced(part: str, value: Any) -> Any:
    """A change of a folder: another value in a file."""
    return part, pickle.dumps(value, 2)


def edge_to(node: int) -> dict[int, list[int]]:
    return {n: [(n + 1) % 516] for n in range(515)} | {515: [node]}


LABELS = np.eye(3, dtype=np.int32)[[n % 3 for n in range(506)]]
TWICE = LABELS.copy()
TWICE[3] = (1, 1, 0)
BARE = np.zeros_like(LABELS)
NANS = sparse.csr_matrix(np.full((506, 5), np.nan, np.float32))


@pytest.mark.parametrize(
    ("part", "data", "message"),
    [
        (
            *replaced("allx", Evil(Path("never"))),
            "ind.toy.allx must be a pickle of a sparse matrix, but names "
            "'tests.lab.test_graph_pickles touch', which is no array of numbers; "
            "nothing in it was run; ",
        ),
        (
            "ally",
            pickle.dumps(LABELS, 2)[:-700],
            "ind.toy.ally must be a pickle of an array of labels, but is cut or "
            "damaged; nothing in it was run; ",
        ),
        (
            "graph",
            b"",
            "ind.toy.graph must be a pickle of a dictionary of lists of neighbours, "
            "but is cut or damaged; nothing in it was run; ",
        ),
        (
            *replaced("allx", LABELS),
            "ind.toy.allx must be a pickle of a sparse matrix, but is not; ",
        ),
        (
            *replaced("tx", sparse.csr_matrix(np.eye(7))),
            "ind.toy.tx must have 8 rows, as the file of labels has, but does not; ",
        ),
        (
            *replaced("tx", sparse.csr_matrix(np.eye(8))),
            "ind.toy.tx must have 5 columns, but does not; ",
        ),
        (
            *replaced("ty", np.eye(8, dtype=np.int32)),
            "ind.toy.ty must have 3 columns, but does not; ",
        ),
        (
            *replaced("ally", TWICE),
            "ind.toy.ally must have a row of zeros and at most one 1 for each node, "
            "but does not; ",
        ),
        (
            *replaced("ally", LABELS * 2),
            "ind.toy.ally must have a row of zeros and at most one 1 for each node, "
            "but does not; ",
        ),
        (
            *replaced("ally", LABELS[:, :0]),
            "ind.toy.ally must have a row of zeros and at most one 1 for each node, "
            "but does not; ",
        ),
        (
            *replaced("y", LABELS[1:7]),
            "ind.toy.y must be the first rows of ally, and leave 500 for validation, "
            "but is not; ",
        ),
        (
            *replaced("y", LABELS[:0]),
            "ind.toy.y must be the first rows of ally, and leave 500 for validation, "
            "but is not; ",
        ),
        (
            *replaced("y", LABELS[:7]),
            "ind.toy.y must be the first rows of ally, and leave 500 for validation, "
            "but is not; ",
        ),
        (
            "test.index",
            b"506\n508\n509\n510\n511\n513\n514\n",
            "ind.toy.test.index must name 8 nodes, but does not; ",
        ),
        (
            "test.index",
            b"506\n508\n509\n510\n511\n513\n514\n514\n",
            "ind.toy.test.index must name each node once, but does not; ",
        ),
        (
            "test.index",
            b"505\n508\n509\n510\n511\n513\n514\n515\n",
            "ind.toy.test.index must name nodes from 506 to 515, but does not; ",
        ),
        (
            "test.index",
            b"506\n508\n509\n510\n511\n513\n514\n516\n",
            "ind.toy.test.index must name nodes from 506 to 515, but does not; ",
        ),
        (
            "test.index",
            b"506 508 509 510 511 513 514 5l5",
            "ind.toy.test.index must have the number of a node in each line, but does "
            "not; ",
        ),
        (
            "test.index",
            b"\n",
            "ind.toy.test.index must have the number of a node in each line, but does "
            "not; ",
        ),
        (
            *replaced("graph", edge_to(516)),
            "ind.toy.graph must have edges between its nodes 0 to 515 only, but one "
            "goes to node 516; ",
        ),
        (
            *replaced("graph", edge_to(-1)),
            "ind.toy.graph must have edges between its nodes 0 to 515 only, but one "
            "goes to node -1; ",
        ),
        (
            *replaced("graph", edge_to(1 << 40_000)),
            "ind.toy.graph must have edges between its nodes 0 to 515 only, but one "
            "goes to node beyond 2**63; ",
        ),
        (
            *replaced("graph", {n + 1: [1] for n in range(516)}),
            "ind.toy.graph must have edges between its nodes 0 to 515 only, but one "
            "goes to node 516; ",
        ),
        (
            *replaced("graph", {}),
            "ind.toy.graph must be a pickle of a dictionary of lists of neighbours, "
            "but is not; ",
        ),
        (
            *replaced("graph", {n: 0 for n in range(516)}),
            "ind.toy.graph must be a pickle of a dictionary of lists of neighbours, "
            "but is not; ",
        ),
        (
            *replaced("graph", {n: [0.5] for n in range(516)}),
            "ind.toy.graph must be a pickle of a dictionary of lists of neighbours, "
            "but is not; ",
        ),
        # The same list again and again: thirty million edges in twenty thousand bytes.
        (
            *replaced("graph", dict.fromkeys(range(516), [1] * 60_000)),
            "ind.toy.graph must be a pickle of a dictionary of lists of neighbours, "
            "but is not; ",
        ),
    ],
)
def test_what_is_no_such_graph_is_refused(
    tmp_path: Path, part: str, data: bytes, message: str
) -> None:
    write_planetoid(tmp_path)
    (tmp_path / f"ind.toy.{part}").write_bytes(data)
    with pytest.raises(UserError) as error:
        read_planetoid(tmp_path, "toy")
    assert str(error.value) == f"{tmp_path}/{message}{FILES}"
    assert not Path("never").exists()


@pytest.mark.parametrize(
    ("part", "data", "message"),
    [
        (
            *replaced("allx", NANS),
            "the graph toy must have finite features, but node 0 has nan; correct its "
            "features, or leave the node out",
        ),
        (
            *replaced("graph", {n: [] for n in range(516)}),
            "the graph toy must have edges between its 516 nodes, but has none; name "
            "another graph",
        ),
        (
            *replaced("graph", {n: [n] for n in range(516)}),
            "the graph toy must have edges between its 516 nodes, but has none but 516 "
            "from a node to itself; name another graph",
        ),
    ],
)
def test_what_is_no_graph_is_refused(
    tmp_path: Path, part: str, data: bytes, message: str
) -> None:
    write_planetoid(tmp_path)
    (tmp_path / f"ind.toy.{part}").write_bytes(data)
    with pytest.raises(UserError) as error:
        read_planetoid(tmp_path, "toy")
    assert str(error.value) == message


def test_no_labels_to_train_on(tmp_path: Path) -> None:
    write_planetoid(tmp_path)
    for part, rows in (("y", 6), ("ally", 506)):
        (tmp_path / f"ind.toy.{part}").write_bytes(pickle.dumps(BARE[:rows], 2))
    with pytest.raises(UserError) as error:
        read_planetoid(tmp_path, "toy")
    assert str(error.value) == (
        "the graph toy must have a label for every node of its split, but node 0 has "
        "none; leave it out"
    )


@pytest.mark.parametrize("part", ["y", "graph", "test.index"])
def test_a_file_that_is_missing(tmp_path: Path, part: str) -> None:
    write_planetoid(tmp_path)
    path = tmp_path / f"ind.toy.{part}"
    path.unlink()
    with pytest.raises(UserError) as error:
        read_planetoid(tmp_path, "toy")
    assert str(error.value) == (
        f"cannot read {path}: No such file or directory; {FILES}"
    )
    path.mkdir()
    with pytest.raises(UserError, match="^cannot read .*: Is a directory; a folder"):
        read_planetoid(tmp_path, "toy")


@pytest.mark.parametrize(
    "part", ["y", "allx", "ally", "tx", "ty", "graph", "test.index"]
)
def test_damaged_files_give_a_graph_or_one_line(tmp_path: Path, part: str) -> None:
    write_planetoid(tmp_path)
    path = tmp_path / f"ind.toy.{part}"
    data = path.read_bytes()
    choose = random.Random(part)
    before = set(tmp_path.iterdir())
    lines = []
    for _ in range(45):
        path.write_bytes(mutated(data, choose))
        try:
            graph = read_planetoid(tmp_path, "toy")
        except UserError as error:
            lines.append(str(error))
        else:
            assert_graph(graph)
    assert len(lines) > 15
    assert all(re.fullmatch(r"[\x20-\x7e]+", line) for line in lines)
    assert set(tmp_path.iterdir()) == before
