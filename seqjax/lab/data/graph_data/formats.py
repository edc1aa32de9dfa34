"""Graphs in files of other programs, which are recognised by what they hold."""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.edge_lists import read_edges
from seqjax.lab.data.graph_data.edge_tables import edge_table
from seqjax.lab.data.graph_data.files import read_file, read_utf8
from seqjax.lab.data.graph_data.graph import GraphData, Split
from seqjax.lab.data.graph_data.matrices import from_matrix
from seqjax.lab.data.graph_data.nodes import NodeTable, assemble, read_nodes
from seqjax.lab.data.graph_data.rows import shown
from seqjax.lab.errors import UserError, one_line

_EDGE_LIST = "give an edge list, as source,target in each line"
_NPZ = (
    "give a matrix of SciPy's save_npz, or edges of shape (2, E) and perhaps weights, "
    "features, labels, train, validation and test"
)
_MARKS: tuple[tuple[str, str], ...] = (
    ("MatrixMarket", r"%%MatrixMarket"),
    ("GraphML", r"<(?:\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<)?graphml\b"),
    ("GEXF", r"<(?:\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<)?gexf\b"),
    ("GML", r"(?:[^\n]*\n)*?\s*graph\s*\["),
    ("Pajek", r"\*(?:vertices|network)\b"),
    ("JSON", r"[{\[]"),
)
_PARTS = (
    ("train", "train_mask"),
    ("validation", "val", "val_mask"),
    ("test", "test_mask"),
)
_SEEN = 4096
"""A file says within so many bytes what it is."""


def read_graph(path: Path, *, directed: bool = False) -> GraphData:
    """A graph from one file, whatever it is.

    NumPy's ``.npz`` (a matrix of SciPy, or arrays), MatrixMarket, node-link JSON; with
    NetworkX installed GraphML, GEXF, GML and Pajek; else an edge list.

    Args:
        path: The file.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: A file that is not there, or no graph.
    """
    kind = _kind(path)
    if kind is None:
        return assemble(
            path.stem, read_edges(path, directed=directed), None, directed=directed
        )
    if kind == "npz":
        return _npz(path, directed)
    if kind == "MatrixMarket":
        return _matrix_market(path, directed)
    if kind == "JSON":
        return _node_link(path, directed)
    return _networkx(path, kind, directed)


def read_folder(folder: Path, *, directed: bool = False) -> GraphData:
    """A graph from a folder with a file of edges and perhaps one of nodes.

    ``edges.csv`` (or ``.tsv``, ``.txt``) is an edge list, see `read_edge_list`;
    ``nodes.csv`` has a row for each node and names its columns in the first line: id,
    label, split, and any others for features.

    Args:
        folder: It has such files.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: Files that are no graph, or several of edges or of nodes.
    """
    edges, nodes = (only_file(folder, stem) for stem in ("edges", "nodes"))
    if edges is None:
        raise UserError(f"the folder {folder} must have a file edges.csv; {_EDGE_LIST}")
    if nodes is None:
        return read_graph(edges, directed=directed)._replace(name=_called(folder))
    table = read_edges(edges, directed=directed)
    return assemble(_called(folder), table, read_nodes(nodes), directed=directed)


def is_text(path: Path) -> bool:
    """Whether a file is taken for an edge list: text that nothing else is."""
    return _kind(path) is None


def has_edges(folder: Path) -> bool:
    """Whether a folder has a file of edges, for `read_folder`."""
    return any(folder.glob("edges.*"))


def _called(folder: Path) -> str:
    return folder.resolve().name or "graph"


def only_file(folder: Path, stem: str) -> Path | None:
    """The file of a folder with this name before its suffix; None without one.

    Args:
        folder: The folder.
        stem: The name.

    Raises:
        UserError: There are several.
    """
    found = sorted(path for path in folder.glob(f"{stem}.*") if path.is_file())
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UserError(
            f"the folder {folder} must have one file of {stem}, but has {names}; "
            "keep one there"
        )
    return found[0] if found else None


def _kind(path: Path) -> str | None:
    """What a file is by its first bytes; None for text that nothing else is."""
    data = read_file(path, _EDGE_LIST)[:_SEEN]
    if data[:4] == b"PK\x03\x04":
        return "npz"
    if data[:6] == b"\x93NUMPY":
        raise UserError(
            f"{path} must be a graph, but is one array of NumPy; {_NPZ}, by numpy.savez"
        )
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if utf16 else "utf-8-sig", errors="ignore").lstrip()
    for kind, mark in _MARKS:
        if re.match(mark, text, re.IGNORECASE | re.DOTALL):
            return kind
    if text.startswith("<"):
        raise UserError(
            f"{path} must be a graph, but begins {shown(text)}; "
            f"{_EDGE_LIST}, or GraphML"
        )
    return None


def _npz(path: Path, directed: bool) -> GraphData:
    """Of SciPy's `save_npz`, of the arrays of Shchur et al., or of plain arrays."""
    try:
        with np.load(BytesIO(read_file(path, _NPZ)), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (
        ValueError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as e:
        raise UserError(
            f"{path} must be arrays of NumPy, but is not ({shown(one_line(e))}); {_NPZ}"
        ) from None
    try:
        if "format" in arrays:
            matrix = sparse.load_npz(path)
            return from_matrix(matrix, name=path.stem, directed=directed)
        adjacency = _compressed(arrays, "adj")
        features = _first(arrays, "features", "x", "attr_matrix")
        if features is None:
            features = _compressed(arrays, "attr")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise UserError(
            f"{path} must hold a whole matrix, but does not ({shown(one_line(error))})"
            f"; {_NPZ}"
        ) from None
    labels = _first(arrays, "labels", "y")
    if adjacency is not None:
        return from_matrix(
            adjacency,
            name=path.stem,
            features=features,
            labels=labels,
            split=_split(path, arrays),
            directed=directed,
        )
    edges = _first(arrays, "edges", "edge_index")
    if edges is None:
        names = ", ".join(sorted(arrays)) or "none"
        raise UserError(
            f"{path} must have edges among its arrays, but has {shown(names)}; {_NPZ}"
        )
    weights = _first(arrays, "weights", "edge_weight")
    given = _first(arrays, "num_nodes")
    size = next((len(a) for a in (labels, features) if a is not None and a.ndim), None)
    size = int(given) if given is not None else size
    if size is None:
        size = int(edges.max()) + 1 if edges.size and edges.dtype.kind in "iu" else 0
    return make_graph(
        path.stem,
        edges,
        size,
        weights=weights,
        features=features,
        labels=labels,
        split=_split(path, arrays),
        directed=directed,
    )


def _first(arrays: Mapping[str, np.ndarray], *keys: str) -> np.ndarray | None:
    return next((arrays[key] for key in keys if key in arrays), None)


def _compressed(arrays: Mapping[str, np.ndarray], key: str) -> Any:
    """A matrix by its compressed rows, as graph benchmarks store them."""
    if f"{key}_indptr" not in arrays:
        return None
    parts = (arrays[f"{key}_{part}"] for part in ("data", "indices", "indptr"))
    return sparse.csr_array(tuple(parts), tuple(arrays[f"{key}_shape"]))


def _split(path: Path, arrays: Mapping[str, np.ndarray]) -> Split | None:
    """Numbers or masks of the nodes of each part."""
    found = []
    for keys in _PARTS:
        part = _first(arrays, *keys)
        if part is None:
            part = np.zeros(0, np.int32)
        if part.ndim != 1 or part.dtype.kind not in "biu":
            raise UserError(
                f"{path} must have numbers of nodes, or a mask of them, as "
                f"{keys[0]!r}, not {part.dtype} of shape {part.shape}; "
                "correct it, or leave it out"
            )
        found.append(np.flatnonzero(part) if part.dtype.kind == "b" else part)
    return Split(*found) if any(map(len, found)) else None


def _matrix_market(path: Path, directed: bool) -> GraphData:
    from scipy.io import mmread

    try:
        matrix = mmread(BytesIO(read_file(path, _EDGE_LIST)))
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise UserError(
            f"{path} must be a matrix of MatrixMarket, but is not "
            f"({shown(one_line(error))}); save it again, or {_EDGE_LIST}"
        ) from None
    return from_matrix(matrix, name=path.stem, directed=directed)


def _node_link(path: Path, directed: bool) -> GraphData:
    """A graph of nodes and links in JSON, as NetworkX and D3 have them."""
    way_out = 'give {"nodes": [{"id": ...}], "links": [{"source": ..., "target": ...}]}'
    try:
        data = json.loads(read_utf8(path, "a JSON file", way_out))
    except (ValueError, RecursionError):
        raise UserError(f"{path} must be a JSON file, but is not; {way_out}") from None
    links = data.get("links", data.get("edges")) if isinstance(data, dict) else None
    nodes = data.get("nodes") if isinstance(data, dict) else None
    if not isinstance(links, list) or not isinstance(nodes, list):
        raise UserError(f"{path} must have nodes and links; {way_out}")
    for each in (*nodes, *links):
        if not isinstance(each, dict):
            raise UserError(
                f"{path} must have objects as nodes, each with an id, and as links, "
                f"not {shown(each)}; {way_out}"
            )
    try:
        named = [(node["id"], node) for node in nodes]
        edges = [(link["source"], link["target"], link) for link in links]
    except KeyError as error:
        raise UserError(
            f"{path} must have an id in every node, and a source and a target in every "
            f"link, but one has no {error}; {way_out}"
        ) from None
    is_directed = bool(data.get("directed", False))
    return _from_items(path, named, edges, is_directed, directed)


def _networkx(path: Path, kind: str, directed: bool) -> GraphData:
    """A graph that NetworkX reads."""
    try:
        import networkx
    except ImportError:
        raise UserError(
            f"{path} is {kind}, which is read by networkx, and that is not installed; "
            f"install it by pip install networkx, or {_EDGE_LIST}"
        ) from None
    readers: dict[str, Callable[..., Any]] = {
        "GraphML": networkx.read_graphml,
        "GEXF": networkx.read_gexf,
        "GML": lambda file: _gml(networkx, file),
        "Pajek": networkx.read_pajek,
    }
    try:
        graph = readers[kind](path)
    # Its readers raise whatever the file makes them stumble on.
    except Exception as error:
        raise UserError(
            f"{path} must be {kind} that networkx can read, but it cannot "
            f"({shown(one_line(error))}); save it again, or {_EDGE_LIST}"
        ) from None
    # What stands there of nodes is how they are drawn.
    drawn = kind in ("Pajek", "GEXF")
    nodes = [(node, {} if drawn else data) for node, data in graph.nodes(data=True)]
    edges = list(graph.edges(data=True))
    return _from_items(path, nodes, edges, graph.is_directed(), directed)


def _gml(networkx: Any, path: Path) -> Any:
    """Nodes by their labels where these are names, else by their numbers."""
    try:
        return networkx.read_gml(path)
    except networkx.NetworkXError:
        return networkx.read_gml(path, label="id")


def _from_items(
    path: Path,
    nodes: Sequence[tuple[Any, Mapping[str, Any]]],
    edges: Sequence[tuple[Any, Any, Mapping[str, Any]]],
    is_directed: bool,
    directed: bool,
) -> GraphData:
    """A graph of nodes and edges with attributes."""
    if not edges:
        raise UserError(f"{path} must have edges, but has none; name another graph")
    values = [data.get("weight") for _, _, data in edges]
    weights = None
    if any(value is not None for value in values):
        for value, (source, target, _) in zip(values, edges, strict=True):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UserError(
                    f"{path} must have a number as weight of every edge or of none, "
                    f"but {shown(f'{source}-{target}')} has {shown(value)}; give one"
                )
        weights = np.array(values, np.float64)
        weights = None if (weights == 1).all() else weights
    remarks: tuple[str, ...] = ()
    if is_directed and not directed:
        remarks = ("the file calls its edges directed; all are taken both ways",)
    if directed and not is_directed:
        directed = False
        remarks = ("the file calls its edges undirected, and so they are taken",)
    ends = [(str(source), str(target)) for source, target, _ in edges]
    keys = dict.fromkeys(key for _, data in nodes for key in data if key != "id")
    columns: dict[str, list[str]] = {}
    for key in keys:
        column = [data.get(key) for _, data in nodes]
        columns |= _spread(path, str(key), column)
    names = [str(node) for node, _ in nodes]
    places = [f"node {shown(name)}" for name in names]
    table = NodeTable(str(path), names, places, columns)
    edges_read = edge_table(ends, weights, remarks)
    return assemble(path.stem, edges_read, table, directed=directed)


def _spread(path: Path, key: str, column: Sequence[Any]) -> Mapping[str, list[str]]:
    """An attribute of nodes as a column; a list of numbers as one for each."""
    lists: Iterable[Any] = [value for value in column if isinstance(value, list)]
    sizes = {len(value) for value in lists}
    if not sizes:
        return {key: ["" if value is None else str(value) for value in column]}
    if len(sizes) > 1 or not all(isinstance(value, list) for value in column):
        raise UserError(
            f"{path} must have as many numbers as {shown(key)!r} of every node; "
            "correct it, or leave it out"
        )
    return {
        f"{key}{i}": [str(value[i]) for value in column] for i in range(sizes.pop())
    }
