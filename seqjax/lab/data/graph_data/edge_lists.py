"""Edge lists: text of two columns, or three with weights."""

import re
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
from jaxtyping import Float64, Int64

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.files import read_utf8
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.errors import UserError

_COMMENT = re.compile(r"(?:^|(?<=\s))[#%].*", re.MULTILINE)
_FIRST = re.compile(r".*\S.*")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
# Exact as a float too. The patterns never go back, as that would take memory per line.
_SHORT = r"[+-]?[0-9]{1,15}+"
_DECIMAL = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+"
_WAY_OUT = "give a text file with two nodes, or two nodes and a weight, in each line"


def read_edge_list(
    path: Path,
    *,
    directed: bool = False,
    num_nodes: int | None = None,
    name: str | None = None,
) -> GraphData:
    """A graph from a text file with an edge in each line.

    A line has the source, the target and perhaps a weight, with blanks or tabs between
    them, or commas if the first line has a comma. What follows ``#`` or ``%``, at the
    beginning of a line or after a blank, is a comment. Nodes may have any names; they
    are numbered in the order of these, which is that of numbers if all are whole
    numbers. So the order of lines does not matter, and without `num_nodes` every node
    is in some line.

    Args:
        path: The file, in UTF-8.
        directed: Whether edges go from source to target only; they do not by default.
        num_nodes: N, if the names of the nodes are 0 to N - 1, of which some may be in
            no line; None (the default) for those that the file names.
        name: What to call the graph; by default the name of the file, less its suffix.

    Raises:
        UserError: A file that is not there or no such list, or edges that are no graph.
    """
    text = read_utf8(path, "an edge list", _WAY_OUT)
    text = _COMMENT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    first = _FIRST.search(text)
    if first is None:
        raise UserError(f"{path} must have edges, but has none; {_WAY_OUT}")
    comma = "," if "," in first[0] else None
    table: _Numbered | _Named | None
    table = _numbers(text, comma, len(first[0].split(comma)))
    if table is None:
        table = _Lines(path, text, comma).table()
    called = path.stem if name is None else name
    if num_nodes is not None:
        if isinstance(table, _Named):
            raise UserError(
                f"{path} must name its nodes 0 to {num_nodes - 1}, but has a node "
                f"{table.names[-1]!r}; leave out the number of nodes"
            )
        names, edges = None, table.ends
    elif isinstance(table, _Named):
        names, edges, num_nodes = table.names, table.ends, len(table.names)
    else:
        numbers, edges = _ranked(table.ends)
        num_nodes = len(numbers)
        counted = numbers[0] == 0 and numbers[-1] == num_nodes - 1
        names = None if counted else tuple(map(str, numbers.tolist()))
    return make_graph(
        called,
        edges,
        num_nodes,
        weights=table.weights,
        node_names=names,
        directed=directed,
    )


class _Numbered(NamedTuple):
    """Edges between nodes whose names are whole numbers."""

    ends: Int64[np.ndarray, "2 edges"]
    weights: Float64[np.ndarray, " edges"] | None


class _Named(NamedTuple):
    """Edges between nodes of any names, numbered in the order of these."""

    ends: Int64[np.ndarray, "2 edges"]
    weights: Float64[np.ndarray, " edges"] | None
    names: tuple[str, ...]


def _numbers(text: str, comma: str | None, width: int) -> _Numbered | None:
    """The edges if every line is whole numbers and perhaps a weight, else None.

    What `_Lines` finds too, but twenty times faster.
    """
    if width not in (2, 3):
        return None
    gap = r"[ \t]*+,[ \t]*+" if comma else r"[ \t]++"
    columns = gap.join([_SHORT, _SHORT, _DECIMAL][:width])
    line = rf"(?:[ \t]*+(?:{columns}[ \t]*+)?(?:\n|\Z))*+"
    if not re.fullmatch(line, text):
        return None
    kind = np.int64 if width == 2 else np.float64
    plain = text.replace(",", " ") if comma else text
    table = np.fromstring(plain, kind, sep=" ").reshape(-1, width).T
    ends = table[:2].astype(np.int64)
    return _Numbered(ends, None if width == 2 else table[2].astype(np.float64))


class _Lines:
    """A list read line by line, which can say what is wrong in which."""

    def __init__(self, path: Path, text: str, comma: str | None) -> None:
        self.path = path
        self.rows = {
            number: [word.strip() for word in line.split(comma)]
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip()
        }

    def table(self) -> _Numbered | _Named:
        """The edges."""
        width = len(next(iter(self.rows.values())))
        for number, row in self.rows.items():
            if len(row) != width or width not in (2, 3) or "" in row:
                self._wrong(number, f"have two or three columns, like all, not {row}")
        ends = [row[:2] for row in self.rows.values()]
        whole = [all(map(_WHOLE.fullmatch, pair)) for pair in ends]
        if len(whole) > 1 and not whole[0] and all(whole[1:]):
            number = next(iter(self.rows))
            self._wrong(
                number,
                f"name nodes by numbers like all others, not {ends[0]}",
                "begin it with # if it is a header",
            )
        weights = self._weights() if width == 3 else None
        if all(whole):
            return _Numbered(np.array(ends).astype(np.int64).T, weights)
        names, places = np.unique(np.array(ends), return_inverse=True)
        numbers = places.reshape(-1, 2).T.astype(np.int64)
        return _Named(numbers, weights, tuple(names.tolist()))

    def _weights(self) -> Float64[np.ndarray, " edges"]:
        weights = []
        for number, row in self.rows.items():
            try:
                weights.append(float(row[2]))
            except ValueError:
                self._wrong(number, f"have a number for a weight, not {row[2]!r}")
        return np.array(weights)

    def _wrong(self, number: int, rule: str, way_out: str = _WAY_OUT) -> NoReturn:
        raise UserError(f"{self.path}, line {number}, must {rule}; {way_out}")


def _ranked(
    ends: Int64[np.ndarray, "2 edges"],
) -> tuple[Int64[np.ndarray, " nodes"], Int64[np.ndarray, "2 edges"]]:
    """The different numbers, ascending, and the place of each end among them."""
    ordered = np.sort(ends, axis=None)
    numbers = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    if numbers[0] == 0 and numbers[-1] == len(numbers) - 1:
        return numbers, ends
    return numbers, np.searchsorted(numbers, ends)
