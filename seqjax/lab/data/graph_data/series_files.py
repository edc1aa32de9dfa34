"""Files of series: tables of text, arrays of NumPy, and folders with edges beside."""

import csv
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from seqjax.lab.data.graph_data.columns import IDS, TIMES, plain
from seqjax.lab.data.graph_data.edge_lists import read_edges
from seqjax.lab.data.graph_data.edge_tables import EdgeTable
from seqjax.lab.data.graph_data.files import read_file, read_utf8
from seqjax.lab.data.graph_data.formats import is_text, only_file
from seqjax.lab.data.graph_data.graph import GraphData, TemporalGraph
from seqjax.lab.data.graph_data.nodes import MISSING
from seqjax.lab.data.graph_data.rows import (
    first_line,
    is_number,
    one_kind_of_line,
    separator,
    shown,
)
from seqjax.lab.data.graph_data.series import Values, make_series
from seqjax.lab.errors import UserError, one_line

_TABLE = (
    "give a row per time and a column per node, whose first line names the nodes; "
    "leave a cell empty where a value is missing"
)
_ARRAYS = (
    "give values of shape (time, nodes) or (time, nodes, features), by numpy.savez "
    "with edges of shape (2, E), or alone beside a graph; NaN where a value is missing"
)
_ABSENT = MISSING - {"-1"}
_INDEX = TIMES | {"", "index", "step", "day", "week", "month", "year", "snapshot"}
VALUES, EDGES, WEIGHTS = (
    ("values", "FX", "X", "features", "x", "y"),
    ("edges", "edge_index"),
    ("weights", "edge_weight", "edge_attr"),
)
"""What arrays of a series are called."""


def read_table(path: Path, nodes: Sequence[str] = ()) -> Values:
    """The values of a text file: a row per time, a column per node.

    The first line may name the nodes. A first column that is called time, or is a name
    for one, or has dates, holds the times.

    Args:
        path: The file, in UTF-8, or UTF-16 with a byte-order mark.
        nodes: Names that a first line of numbers may have, none by default.

    Raises:
        UserError: A file that is not there or no such table.
    """
    text = one_kind_of_line(read_utf8(path, "a table of values", _TABLE)).rstrip()
    lines = _lines(path, text)
    number, head = next(iter(lines.items()))
    named = (
        not all(is_number(cell) or _absent(cell) for cell in head[1:] or head)
        or (bool(head[0]) and plain(head[0]) in _INDEX | IDS)
        or (bool(nodes) and set(head) == set(nodes))
    )
    if named:
        del lines[number]
        if not lines:
            raise UserError(f"{path} must have values, but has a header only; {_TABLE}")
    column = list(zip(*lines.values(), strict=True))[0]
    dated = not all(is_number(cell) or _absent(cell) for cell in column)
    timed = dated or (named and plain(head[0]) in _INDEX and head[0] not in nodes)
    first = int(timed)
    names = head[first:] if named else None
    twice = sorted({cell for cell in names or () if (names or []).count(cell) > 1})
    if twice or (names is not None and ("" in names or not names)):
        raise UserError(
            f"{path}, line {number}, must name each node once, not "
            f"{shown(twice[0] if twice else ', '.join(head))!r}; name them apart"
        )
    values = np.array(
        [
            [
                _cell(path, where, (names or list(map(str, range(len(row)))))[i], cell)
                for i, cell in enumerate(row[first:])
            ]
            for where, row in lines.items()
        ],
        np.float64,
    )
    return Values(str(path), values[:, :, None], names, list(column) if timed else None)


def _lines(path: Path, text: str) -> dict[int, list[str]]:
    """The cells of every line, by its number."""
    first = first_line(text)
    if first is None:
        raise UserError(f"{path} must have values, but has none; {_TABLE}")
    mark = separator(re.sub(r"^[#%].*\n", "", text))
    found: dict[int, list[str]] = {}
    width = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not found and (not line.strip() or line.lstrip()[0] in "#%"):
            continue
        cells = (
            line.split()
            if mark is None
            else next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])
        )
        cells = [cell.strip() for cell in cells]
        width = width or len(cells)
        if len(cells) != width:
            rule = f"have {width} columns, like the first line"
            what = shown(line) if cells else "nothing"
            raise UserError(f"{path}, line {number}, must {rule}, not {what}; {_TABLE}")
        found[number] = cells
    return found


def _absent(cell: str) -> bool:
    return cell.lower() in _ABSENT


def _cell(path: Path, line: int, name: str, cell: str) -> float:
    if _absent(cell):
        return float("nan")
    try:
        return float(cell)
    except ValueError:
        raise UserError(
            f"{path}, line {line}, must have a number of node {shown(name)}, not "
            f"{shown(cell)!r}; leave the cell empty where it is missing"
        ) from None


def read_arrays(path: Path) -> tuple[Values, Any, Any]:
    """Values, edges and weights of a file of NumPy; None for what is not there.

    Args:
        path: An ``.npy`` file with values, or an ``.npz`` file with values and perhaps
            edges, weights (one per edge, or a row per time, 0 where an edge is not
            there) or an adjacency matrix (one, or one per time), names and times.

    Raises:
        UserError: A file that is not there or has no values.
    """
    try:
        loaded = np.load(BytesIO(read_file(path, _ARRAYS)), allow_pickle=False)
        arrays = (
            {VALUES[0]: loaded}
            if isinstance(loaded, np.ndarray)
            else {key: loaded[key] for key in loaded.files}
        )
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} must be arrays of NumPy, but is not ({shown(one_line(error))}); "
            f"{_ARRAYS}"
        ) from None

    def given(*keys: str) -> Any:
        return next((arrays[key] for key in keys if key in arrays), None)

    values = given(*VALUES)
    if values is None:
        names = shown(", ".join(sorted(arrays)) or "none")
        raise UserError(
            f"{path} must have values among its arrays, but has {names}; {_ARRAYS}"
        )
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or not values.size or values.dtype.kind not in "iuf":
        raise UserError(
            f"{path} must have numbers of shape (time, nodes) or (time, nodes, "
            f"features) as values, not {values.dtype} of shape {values.shape}; "
            f"{_ARRAYS}"
        )
    edges, weights = given(*EDGES), given(*WEIGHTS)
    adjacency = given("adjacency", "adj", "A", "adj_mx")
    if edges is None and adjacency is not None:
        edges, weights = _of_adjacency(path, adjacency)
    elif weights is not None and weights.ndim == 2 and edges is not None:
        edges, weights = _there(path, edges, weights)
    names, times = given("names", "node_names"), given("times", "time")
    found = Values(
        str(path),
        values.astype(np.float64),
        None if names is None else [str(each) for each in names.ravel()],
        None if times is None else [str(each) for each in times.ravel()],
    )
    for what, words, count in (
        ("names", found.names, values.shape[1]),
        ("times", found.times, values.shape[0]),
    ):
        if words is not None and len(words) != count:
            raise UserError(
                f"{path} must have {count} {what}, as its values have, not "
                f"{len(words)}; correct them, or leave them out"
            )
    return found, edges, weights


def _of_adjacency(path: Path, adjacency: np.ndarray) -> tuple[Any, Any]:
    """Edges of a matrix whose row is the source, as `from_matrix` has it."""
    square = adjacency.ndim in (2, 3) and adjacency.shape[-1] == adjacency.shape[-2]
    if not square or adjacency.dtype.kind not in "biuf":
        raise UserError(
            f"{path} must have a square adjacency matrix, or one per time, not "
            f"{adjacency.dtype} of shape {adjacency.shape}; correct it, or give edges"
        )
    found = [
        (np.stack(np.nonzero(each)), each[np.nonzero(each)].astype(np.float64))
        for each in adjacency.reshape(-1, *adjacency.shape[-2:])
    ]
    if all((weights == 1).all() for _, weights in found):
        found = [(edges, None) for edges, _ in found]
    if adjacency.ndim == 2:
        return found[0]
    return [edges for edges, _ in found], [weights for _, weights in found]


def _there(
    path: Path, edges: np.ndarray, weights: Float64[np.ndarray, "..."]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Edges by time, from a row of weights for each."""
    if edges.ndim != 2 or weights.shape[1] != edges.shape[1]:
        raise UserError(
            f"{path} must have a row of weights of its {edges.shape[-1]} edges per "
            f"time, not weights of shape {weights.shape}; give 0 where one is not there"
        )
    return [edges[:, row != 0] for row in weights], [row[row != 0] for row in weights]


def edges_of_times(
    name: str, values: Values, table: EdgeTable, directed: bool
) -> TemporalGraph:
    """A series whose edges have times, as a table of edges with such a column has them.

    Args:
        name: What to call it.
        values: Of the nodes, with names unless these are their numbers.
        table: The edges, with times.
        directed: Whether edges go from source to target only.

    Raises:
        UserError: An edge of a node or of a time that the values do not have.
    """
    count, nodes = values.values.shape[:2]
    columns = {each: i for i, each in enumerate(values.names or map(str, range(nodes)))}
    times = {each: i for i, each in enumerate(values.times or map(str, range(count)))}
    for what, known, given, way_out in (
        ("node", columns, list(map(str, table.names)), "leave its edges out"),
        ("time", times, list(table.times or ()), "leave out the column of times"),
    ):
        lost = next((word for word in given if word not in known), None)
        if lost is not None:
            some = shown(", ".join(list(known)[:3]))
            raise UserError(
                f"{values.what} must have every {what} of the edges ({some}, ...), but "
                f"has no {shown(lost)!r}; correct it, or {way_out}"
            )
    ends = np.array([columns[str(each)] for each in table.names])[table.ends]
    at = np.array([times[each] for each in table.times or ()])
    weights = table.weights
    return make_series(
        name,
        values._replace(remarks=(*table.remarks, *values.remarks)),
        [ends[:, at == time] for time in range(count)],
        None if weights is None else [weights[at == time] for time in range(count)],
        directed=directed,
    )


def timed_edges(folder: Path, directed: bool) -> EdgeTable | None:
    """The edges of a folder if they are a table of text with a column of times."""
    path = only_file(folder, "edges")
    if path is None or not is_text(path):
        return None
    table = read_edges(path, directed=directed, timed=True)
    return table if table.times is not None else None


def names_in(graph: GraphData | EdgeTable | None) -> tuple[str, ...]:
    """The names of the nodes of a graph, numbers as words where these are none."""
    if graph is None:
        return ()
    if isinstance(graph, EdgeTable):
        return tuple(map(str, graph.names))
    return graph.node_names or tuple(map(str, range(graph.num_nodes)))
