"""A graph of one's own is the same in every form, or is refused in words."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import io, sparse

from seqjax.lab.data.graph_data import GraphData, described, load_graph
from seqjax.lab.errors import UserError
from tests.lab.graph_files import assert_graph

NAMES = ["Bern", "Oslo", "Rio", "Zug"]
PAIRS = [("Oslo", "Bern"), ("Rio", "Oslo"), ("Bern", "Rio")]
WEIGHTS = [2.0, 0.5, 3.0]
LABELS = ["town", "sea", "sea", None]
PARTS = ["train", "train", "test", None]
FEATURES = [[0.5, -1.0], [1.5, 2.0], [0.1, 0.0], [7.0, 3.0]]


def write_csv(folder: Path) -> Path:
    # In another order, quoted, and with a column that is no feature.
    edges = ["source,target,weight"]
    edges += [f'"{a}",{b},{w}' for (a, b), w in zip(PAIRS, WEIGHTS, strict=True)]
    (folder / "edges.csv").write_text("\n".join(edges))
    rows = ["split,id,height,label,depth"]
    for i in (2, 0, 3, 1):
        height, depth = FEATURES[i]
        cells = [PARTS[i] or "", NAMES[i], str(height), LABELS[i] or "", str(depth)]
        rows.append(",".join(cells))
    (folder / "nodes.csv").write_text("\n".join(rows) + "\n")
    return folder


def attributes(i: int) -> dict[str, Any]:
    height, depth = FEATURES[i]
    found = {"height": height, "depth": depth, "label": LABELS[i], "split": PARTS[i]}
    return {key: value for key, value in found.items() if value is not None}


def in_networkx() -> Any:
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph()
    for i in (3, 1, 0, 2):
        graph.add_node(NAMES[i], **attributes(i))
    for (a, b), weight in zip(PAIRS, WEIGHTS, strict=True):
        graph.add_edge(a, b, weight=weight)
    return networkx, graph


def write_graphml(folder: Path) -> Path:
    networkx, graph = in_networkx()
    networkx.write_graphml(graph, folder / "it")
    return folder / "it"


def write_json(folder: Path) -> Path:
    links = [
        {"source": a, "target": b, "weight": w}
        for (a, b), w in zip(PAIRS, WEIGHTS, strict=True)
    ]
    nodes = [{"id": NAMES[i], **attributes(i)} for i in range(4)]
    text = json.dumps({"directed": False, "nodes": nodes, "links": links})
    (folder / "it").write_text(text)
    return folder / "it"


def write_npz(folder: Path) -> Path:
    numbers = {name: i for i, name in enumerate(NAMES)}
    np.savez(
        folder / "it.npz",
        edges=np.array([[numbers[a], numbers[b]] for a, b in PAIRS]).T,
        weights=np.array(WEIGHTS),
        features=np.array(FEATURES),
        labels=np.array([1, 0, 0, -1]),
        train=np.array([0, 1]),
        test_mask=np.array([False, False, True, False]),
    )
    return folder / "it.npz"


Writer = Callable[[Path], Path]


@pytest.mark.parametrize("write", [write_csv, write_graphml, write_json, write_npz])
def test_a_graph_is_the_same_in_every_form(write: Writer, tmp_path: Path) -> None:
    graph = load_graph(str(write(tmp_path)))
    assert_graph(graph)
    assert graph.num_nodes == 4
    edges = [[1, 2, 0, 2, 0, 1], [0, 0, 1, 1, 2, 2]]
    assert graph.edges.tolist() == edges
    assert graph.weights is not None
    assert graph.weights.tolist() == [2, 3, 2, 0.5, 3, 0.5]
    assert isinstance(graph.features, np.ndarray)
    expected = np.array(FEATURES, np.float32)
    found = graph.features
    np.testing.assert_array_equal(found, expected)
    assert graph.labels.tolist() == [1, 0, 0, -1]
    assert graph.num_classes == 2
    assert graph.split is not None
    assert [part.tolist() for part in graph.split] == [[0, 1], [], [2]]
    if write is not write_npz:
        assert graph.node_names == tuple(NAMES)
        assert graph.class_names == ("sea", "town")
    assert described(graph).startswith(
        "4 nodes, 3 undirected edges, weighted, 2 classes (1 nodes without); "
    )


def bare(graph: GraphData) -> tuple[Any, ...]:
    weights = None if graph.weights is None else graph.weights.tolist()
    return graph.num_nodes, graph.edges.tolist(), weights, graph.node_names


def test_matrices(tmp_path: Path) -> None:
    matrix = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0]]))
    for name, write in {
        "m.npz": lambda path: sparse.save_npz(path, matrix),
        "m.mtx": lambda path: io.mmwrite(path, sparse.coo_array(matrix)),
    }.items():
        write(tmp_path / name)
        found = bare(load_graph(str(tmp_path / name)))
        edges = [[1, 0, 2, 1], [0, 1, 1, 2]]
        assert found == (3, edges, [1, 1, 2, 2], None)
    # The line of sizes is no edge.
    pattern = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n"
    (tmp_path / "p").write_text(pattern)
    assert bare(load_graph(str(tmp_path / "p"))) == (3, edges, None, None)


@pytest.mark.parametrize(
    "text",
    [
        'Creator "x"\ngraph [\n node [ id 0 ]\n node [ id 1 ]\n node [ id 2 ]\n'
        " edge [ source 0 target 1 ]\n edge [ source 1 target 2 ]\n]\n",
        '*Vertices 3\n1 "0"\n2 "1"\n3 "2"\n*Edges\n1 2\n2 3\n',
    ],
)
def test_gml_and_pajek(text: str, tmp_path: Path) -> None:
    pytest.importorskip("networkx")
    (tmp_path / "it").write_text(text)
    found = bare(load_graph(str(tmp_path / "it")))
    assert found == (3, [[1, 0, 2, 1], [0, 1, 1, 2]], None, None)


def test_without_networkx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "it"
    path.write_text('<?xml version="1.0"?>\n<graphml></graphml>')
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(UserError) as error:
        load_graph(str(path))
    assert str(error.value) == (
        f"{path} is GraphML, which is read by networkx, and that is not installed; "
        "install it by pip install networkx, or give an edge list, as source,target in "
        "each line"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"<html>no</html>",
            "must be a graph, but begins <html>no</html>; give an edge list, as "
            "source,target in each line, or GraphML",
        ),
        (
            b'{"edges": 1}',
            'must have nodes and links; give {"nodes": [{"id": ...}], "links": '
            '[{"source": ..., "target": ...}]}',
        ),
        (
            b"%%MatrixMarket matrix coordinate real general\n2 2 9\n1 1 1\n",
            "must be a matrix of MatrixMarket, but is not (Truncated file. Expected "
            "another 8 lines.); save it again, or give an edge list, as source,target "
            "in each line",
        ),
    ],
)
def test_what_is_no_graph_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_bytes(data)
    with pytest.raises(UserError) as error:
        load_graph(str(path))
    assert str(error.value) == f"{path} {message}"


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            "id,label\nBern,a\nOslo,b\n",
            "must have every node of the edges, but has no 'Rio'; add it, or leave its "
            "edges out",
        ),
        (
            "id\nBern\nOslo\nRio\nBern\n",
            "must name each node once, but line 5 names the node 'Bern', as line 2 "
            "does; correct it, or leave it out",
        ),
        (
            "id,split\nBern,train\nOslo,tset\nRio,\n",
            ", line 3, must have train, validation or test as split, not 'tset'; leave "
            "it empty for none of these",
        ),
        (
            "id,size\nBern,1\nOslo,1.5\nRio,big\n",
            ", line 4, must have a number in column 'size', not 'big'; give one, or "
            "leave the column out",
        ),
        (
            "id,size\nBern,1\nOslo\nRio,1\n",
            ", line 3, must have 2 columns, like the first line, not ['Oslo']; leave a "
            "cell empty, but not out",
        ),
        (
            "Bern,1\nOslo,1\n",
            ", line 1, must name a column of nodes, not ['Bern', '1']; name the "
            "columns in the first line: id, label, split, then a column per feature",
        ),
        (
            "id,a,a\nBern,1,1\n",
            ", line 1, must name each column once, but has 'a' 2 times; name them "
            "apart",
        ),
    ],
)
def test_nodes_that_are_none_are_refused(
    nodes: str, message: str, tmp_path: Path
) -> None:
    write_csv(tmp_path)
    path = tmp_path / "nodes.csv"
    path.write_text(nodes)
    with pytest.raises(UserError) as error:
        load_graph(str(tmp_path))
    assert str(error.value) == f"{path}{'' if message[0] == ',' else ' '}{message}"


def test_what_is_left_aside_is_told(tmp_path: Path) -> None:
    write_csv(tmp_path)
    rows = "id,label,title,size\nBern,1.0,x,3\nOslo,NaN,y,4\nRio,1.0,z,5\nZug,0.0,,6\n"
    (tmp_path / "nodes.csv").write_text(rows)
    graph = load_graph(str(tmp_path))
    assert graph.labels.tolist() == [1, -1, 1, 0]
    assert graph.class_names is None
    assert graph.split is None
    assert graph.changes.remarks[-1] == "columns left aside: title"
    assert isinstance(graph.features, np.ndarray)
    assert graph.features.tolist() == [[3], [4], [5], [6]]
    (tmp_path / "nodes.tsv").write_text("id\n")
    with pytest.raises(UserError) as error:
        load_graph(str(tmp_path))
    assert str(error.value) == (
        f"the folder {tmp_path} must have one file of nodes, but has nodes.csv, "
        "nodes.tsv; keep one there"
    )
