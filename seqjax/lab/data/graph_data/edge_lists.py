"""Edge lists: text with an edge in each line, with or without names of its columns."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
from jaxtyping import Float64

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.columns import (
    SOURCES,
    TARGETS,
    TIMES,
    WEIGHTS,
    names_ends,
    place,
    plain,
    rank,
)
from seqjax.lab.data.graph_data.edge_tables import (
    EdgeTable,
    edge_table,
    names_of,
    ranked,
)
from seqjax.lab.data.graph_data.files import read_utf8
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.data.graph_data.rows import (
    first_line,
    is_number,
    one_kind_of_line,
    rows_of,
    separator,
    shown,
    uncommented,
)
from seqjax.lab.errors import UserError

# Exact as a float too. The patterns never go back, as that would take memory per line.
_SHORT = r"(?:0|-?[1-9][0-9]{0,14}+)"
_DECIMAL = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+"
_ATTRIBUTES = re.compile(r"\s*(\S+)\s+(\S+)\s+(\{.*\})\s*")
_WAY_OUT = "give a text file with two nodes, or two nodes and a weight, in each line"
_NAME_THEM = "name the columns in a first line: source, target, weight"

_EPOCH = 1e8
"""Whole numbers from here on are seconds since 1970 rather than weights."""


def read_edge_list(
    path: Path,
    *,
    directed: bool = False,
    num_nodes: int | None = None,
    name: str | None = None,
) -> GraphData:
    """A graph from a text file with an edge in each line.

    A line has the source, the target and perhaps a weight, with blanks, tabs, commas or
    semicolons between them, as the first line has. Cells may be quoted. What follows
    ``#`` or ``%``, at the beginning of a line or after a blank, is a comment. The first
    line may name the columns (``source``, ``target``, ``weight``, or what others call
    these), as may the last comment before the edges; other columns are left aside, and
    that is told. Lines as NetworkX writes them, ``0 1 {'weight': 4}``, will do as well.

    Nodes may have any names; they are numbered in the order of these, which is that of
    numbers if all are whole numbers (``007`` is a name). So the order of lines does not
    matter, and without `num_nodes` every node is in some line.

    Args:
        path: The file, in UTF-8, or UTF-16 with a byte-order mark.
        directed: Whether edges go from source to target only; they do not by default.
        num_nodes: N, if the names of the nodes are 0 to N - 1, of which some may be in
            no line; None (the default) for those that the file names.
        name: What to call the graph; by default the name of the file, less its suffix.

    Raises:
        UserError: A file that is not there or no such list, or edges that are no graph.
    """
    table = read_edges(path, directed=directed)
    names: Sequence[str] | None
    edges = table.ends
    if num_nodes is not None:
        if isinstance(table.names, tuple):
            raise UserError(
                f"{path} must name its nodes 0 to {num_nodes - 1}, but has a node "
                f"{table.names[-1]!r}; leave out the number of nodes"
            )
        names, edges = None, table.names[edges]
    else:
        num_nodes, names = len(table.names), names_of(table)
    return make_graph(
        path.stem if name is None else name,
        edges,
        num_nodes,
        weights=table.weights,
        node_names=names,
        directed=directed,
        remarks=table.remarks,
    )


def read_edges(path: Path, *, directed: bool = False, timed: bool = False) -> EdgeTable:
    """The edges of a text file, as `read_edge_list` reads it.

    Args:
        path: The file.
        directed: Whether they shall go from source to target only, for what is told;
            they do not by default.
        timed: Whether a column of times is read too, if there is one; it is left aside
            by default.

    Raises:
        UserError: A file that is not there or no such list.
    """
    text = one_kind_of_line(read_utf8(path, "an edge list", _WAY_OUT))
    bare = uncommented(text)
    first = first_line(bare)
    if first is None:
        raise UserError(f"{path} must have edges, but has none; {_WAY_OUT}")
    comments = _comments(text)
    found = _numbers(bare, first)
    header = comments[-1] if comments else ""
    head = [cell.strip() for cell in header.split(separator(first))]
    if not names_ends(head):
        head = []
    if found is None or timed or (head and head != sorted(head, key=rank)):
        table = _Lines(path, bare, head, timed).table()
    else:
        table = found if not head else _titled(found, head)
    if not table.titled and _are_times(table):
        raise UserError(
            f"{path} must have weights, not times, in its third column, but begins "
            f"{shown(first)}; {_NAME_THEM}, or time for a column to leave aside"
        )
    said = " ".join(comments).lower()
    remarks = table.remarks
    if not directed and re.search(r"(?<!un)(?<!un-)\bdirected\b", said):
        remarks += ("its comments call it directed; all edges are taken both ways",)
    if directed and re.search(r"\bun-?directed\b", said):
        remarks += ("its comments call it undirected; edges are taken one way",)
    return table._replace(remarks=remarks)


def _are_times(table: EdgeTable) -> bool:
    """Whether unnamed weights are seconds since 1970, as far as one can tell."""
    weights = table.weights
    return weights is not None and bool(
        np.all((weights >= _EPOCH) & (weights == np.trunc(weights)))
    )


def _titled(table: EdgeTable, head: Sequence[str]) -> EdgeTable:
    """A table whose columns are named in a comment, source and target first."""
    remarks: tuple[str, ...] = (f"columns named in a comment: {', '.join(head)}",)
    if table.weights is not None and place(head, WEIGHTS) is None:
        aside = ", ".join(head[2:]) or "the third"
        return table._replace(
            weights=None,
            titled=True,
            remarks=(*remarks, f"columns left aside: {shown(aside)}"),
        )
    return table._replace(remarks=remarks, titled=True)


def _comments(text: str) -> list[str]:
    """The comments before the first edge, without their marks."""
    found = []
    for line in text.split("\n"):
        if line.strip() and line.strip()[0] not in "#%":
            break
        if line.strip(" \t#%"):
            found.append(line.strip(" \t#%"))
    return found


def _numbers(text: str, first: str) -> EdgeTable | None:
    """The edges if every line is whole numbers and perhaps a weight, else None.

    What `_Lines` finds too, but twenty times faster.
    """
    comma = "," if "," in first else None
    width = len(first.split(comma))
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
    weights = None if width == 2 else table[2].astype(np.float64)
    return ranked(table[:2].astype(np.int64), weights, ())


class _Lines:
    """A list read line by line, which can say what is wrong in which."""

    def __init__(
        self, path: Path, text: str, head: list[str], timed: bool = False
    ) -> None:
        self.path = path
        self.timed = timed
        self.remarks: list[str] = []
        first = first_line(text) or ""
        if _ATTRIBUTES.fullmatch(first):
            self.rows = self._attributes(text)
        else:
            self.rows = rows_of(path, text, _WAY_OUT)
        self.head = head
        if head:
            self.remarks.append(f"columns named in a comment: {', '.join(head)}")

    def table(self) -> EdgeTable:
        """The edges."""
        head = self.head or self._first_row()
        width = len(head or next(iter(self.rows.values())))
        limit = range(2, width + 1) if head else (2, 3)
        for number, row in self.rows.items():
            if len(row) != width or width not in limit:
                rule = (
                    f"have {width} columns, like the first line"
                    if head
                    else "have two or three columns, like all"
                )
                way_out = _NAME_THEM if width > 3 and not head else _WAY_OUT
                self._wrong(number, f"{rule}, not {shown(row)}", way_out)
        source, target, weight = self._columns(head, width)
        ends = []
        for number, row in self.rows.items():
            ends.append([row[source], row[target]])
            needed = [*ends[-1], *([row[weight]] if weight is not None else [])]
            if "" in needed:
                rule = "have no empty cell" if head else "have two or three columns"
                like = "" if head else ", like all"
                self._wrong(number, f"{rule}{like}, not {shown(row)}")
        if not ends:
            raise UserError(
                f"{self.path} must have edges, but has a header only; {_WAY_OUT}"
            )
        weights = None if weight is None else self._weights(weight)
        found = edge_table(ends, weights, tuple(self.remarks))
        at = place(head, TIMES) if self.timed else None
        times = None if at is None else tuple(row[at] for row in self.rows.values())
        return found._replace(titled=bool(head), times=times)

    def _first_row(self) -> list[str]:
        """The names of the columns if the first row has them, which then is no edge."""
        number, first = next(iter(self.rows.items()))
        others = [row for key, row in self.rows.items() if key != number]
        if not names_ends(first) and not self._unlike(number, first, others):
            return []
        del self.rows[number]
        self.remarks.append(f"first line taken for names: {shown(', '.join(first))}")
        return first

    def _unlike(self, number: int, first: list[str], others: list[list[str]]) -> bool:
        """Whether a first row must be names, as all others have numbers there."""
        if not others or len(first) < 2:
            return False
        if any(len(row) != len(first) for row in others):
            return False
        numbered = all(is_number(cell) for row in others for cell in row[:2])
        words = [not is_number(cell) for cell in first]
        if numbered and any(words[:2]) and not all(words[:2]):
            self._wrong(
                number,
                f"name nodes by numbers like all others, not {shown(first[:2])}",
                "begin it with # if it is a header",
            )
        if numbered and all(words[:2]):
            return True
        # Nodes of any names: then a column that all others have numbers in tells.
        return any(
            words[i] and all(is_number(row[i]) for row in others)
            for i in range(2, len(first))
            if plain(first[i]) in WEIGHTS | TIMES
        )

    def _columns(self, head: list[str], width: int) -> tuple[int, int, int | None]:
        """Which columns are source, target and weight."""
        if not head:
            return 0, 1, 2 if width == 3 else None
        source, target = place(head, SOURCES), place(head, TARGETS)
        if source is None or target is None:
            source, target = 0, 1
        weight = place(head, WEIGHTS)
        used = {source, target, weight}
        if self.timed:
            used.add(place(head, TIMES))
        aside = [cell for i, cell in enumerate(head) if i not in used]
        if aside:
            self.remarks.append(f"columns left aside: {shown(', '.join(aside))}")
        return source, target, weight

    def _attributes(self, text: str) -> dict[int, list[str]]:
        """Rows of lines with a dictionary of attributes at the end, as of NetworkX."""
        found: dict[int, list[str]] = {}
        others: set[str] = set()
        weighted = None
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            parts = _ATTRIBUTES.fullmatch(line)
            try:
                data = ast.literal_eval(parts[3]) if parts else None
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                data = None
            if parts is None or not isinstance(data, dict):
                self._wrong(
                    number,
                    "have two nodes and a dictionary, like the first, not "
                    f"{shown(line)}",
                )
            weighted = "weight" in data if weighted is None else weighted
            if weighted != ("weight" in data):
                self._wrong(
                    number,
                    f"have a weight if others have one, not {shown(line)}",
                    "give all edges one, or none",
                )
            weight = [str(data["weight"])] if weighted else []
            others |= {str(key) for key in data} - {"weight"}
            found[number] = [parts[1], parts[2], *weight]
        if others:
            self.remarks.append(
                f"attributes left aside: {shown(', '.join(sorted(others)))}"
            )
        return found

    def _weights(self, column: int) -> Float64[np.ndarray, " edges"]:
        weights = []
        for number, row in self.rows.items():
            try:
                weights.append(float(row[column]))
            except ValueError:
                self._wrong(
                    number, f"have a number for a weight, not {shown(row[column])!r}"
                )
        return np.array(weights)

    def _wrong(self, number: int, rule: str, way_out: str = _WAY_OUT) -> NoReturn:
        raise UserError(f"{self.path}, line {number}, must {rule}; {way_out}")
