"""Tables of nodes: names, labels, parts of a split and features, column by column."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int32, Int64

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.columns import IDS, LABELS, SPLITS, place
from seqjax.lab.data.graph_data.edge_tables import EdgeTable, names_of, numbered
from seqjax.lab.data.graph_data.files import read_utf8
from seqjax.lab.data.graph_data.graph import GraphData, Split
from seqjax.lab.data.graph_data.rows import (
    one_kind_of_line,
    rows_of,
    shown,
    uncommented,
)
from seqjax.lab.errors import UserError

_WAY_OUT = (
    "name the columns in the first line: id, label, split, then a column per feature"
)
MISSING = frozenset(("", "-1", "na", "n/a", "nan", "none", "null", "?"))
"""What stands where a node has no label, in small letters."""

_PARTS: Mapping[str, int] = {
    **dict.fromkeys(("train", "training"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev"), 1),
    **dict.fromkeys(("test", "testing"), 2),
}


class NodeTable(NamedTuple):
    """What is known of nodes, as text, cell by cell.

    Attributes:
        what: Where it was read, for errors.
        names: Of the nodes, each once.
        places: Where each stands, for errors: "line 7".
        columns: All else, by name; a cell per node, "" where there is nothing.
    """

    what: str
    names: Sequence[str]
    places: Sequence[str]
    columns: Mapping[str, Sequence[str]]


def read_nodes(path: Path) -> NodeTable:
    """The nodes of a text file with a row for each; the first line names the columns.

    Args:
        path: The file, in UTF-8, or UTF-16 with a byte-order mark.

    Raises:
        UserError: A file that is not there or no such table.
    """
    text = one_kind_of_line(read_utf8(path, "a table of nodes", _WAY_OUT))
    rows = rows_of(path, uncommented(text), _WAY_OUT)
    if not rows:
        raise UserError(f"{path} must have nodes, but has none; {_WAY_OUT}")
    number = next(iter(rows))
    head = rows.pop(number)
    if all(place(head, known) is None for known in (IDS, LABELS, SPLITS)):
        raise UserError(
            f"{path}, line {number}, must name a column of nodes, not {shown(head)}; "
            f"{_WAY_OUT}"
        )
    doubled = sorted({cell for cell in head if head.count(cell) > 1})
    if doubled:
        raise UserError(
            f"{path}, line {number}, must name each column once, but has "
            f"{shown(doubled[0])!r} {head.count(doubled[0])} times; name them apart"
        )
    for number, row in rows.items():
        if len(row) != len(head):
            raise UserError(
                f"{path}, line {number}, must have {len(head)} columns, like the first "
                f"line, not {shown(row)}; leave a cell empty, but not out"
            )
    key = place(head, IDS) or 0
    columns = {
        cell: [row[i] for row in rows.values()]
        for i, cell in enumerate(head)
        if i != key
    }
    names = [row[key] for row in rows.values()]
    return NodeTable(str(path), names, [f"line {n}" for n in rows], columns)


def assemble(
    name: str, edges: EdgeTable, nodes: NodeTable | None, *, directed: bool = False
) -> GraphData:
    """A graph of edges and what is known of its nodes.

    Classes are numbered in the order of their names, which is that of numbers if all
    are whole numbers, as nodes are. A node without a label is one to predict. Columns
    without any number are left aside, and that is told.

    Args:
        name: What to call it.
        edges: Between nodes of any names.
        nodes: All of them, or None for those that the edges name.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: Edges or nodes that are no graph.
    """
    if nodes is None:
        return make_graph(
            name,
            edges.ends,
            len(edges.names),
            weights=edges.weights,
            node_names=names_of(edges),
            directed=directed,
            remarks=edges.remarks,
        )
    order, names = _order(nodes)
    known = {text: number for number, text in enumerate(names)}
    numbers = np.zeros(len(edges.names), np.int64)
    for i, each in enumerate(edges.names):
        if str(each) not in known:
            raise UserError(
                f"{nodes.what} must have every node of the edges, but has no "
                f"{shown(str(each))!r}; add it, or leave its edges out"
            )
        numbers[i] = known[str(each)]
    remarks = list(edges.remarks)
    ordered = {key: [cells[i] for i in order] for key, cells in nodes.columns.items()}
    places = [nodes.places[i] for i in order]
    label, split = (
        next((key for key in ordered if place([key], kind) == 0), None)
        for kind in (LABELS, SPLITS)
    )
    labels, classes = _labels(ordered.pop(label, None) if label else None, remarks)
    parts = _parts(nodes.what, places, ordered.pop(split)) if split else None
    return make_graph(
        name,
        numbers[edges.ends],
        len(names),
        weights=edges.weights,
        features=_features(nodes.what, places, ordered, remarks),
        labels=labels,
        split=parts,
        node_names=None if names == [str(i) for i in range(len(names))] else names,
        directed=directed,
        class_names=classes,
        remarks=remarks,
    )


def _order(nodes: NodeTable) -> tuple[Int64[np.ndarray, " nodes"], list[str]]:
    """The places of the nodes in the order of their names, and these."""
    seen: dict[str, str] = {}
    for each, where in zip(nodes.names, nodes.places, strict=True):
        if not each or each in seen:
            first = f", as {seen[each]} does" if each in seen else ""
            fault = f"names the node {shown(each)!r}{first}" if each else "has no name"
            raise UserError(
                f"{nodes.what} must name each node once, but {where} {fault}; correct "
                "it, or leave it out"
            )
        seen[each] = where
    if not nodes.names:
        raise UserError(f"{nodes.what} must have nodes, but has none; {_WAY_OUT}")
    order = _sorted(nodes.names)
    return order, [nodes.names[i] for i in order]


def _sorted(words: Sequence[str]) -> Int64[np.ndarray, " words"]:
    """The order of words: that of numbers if all are whole numbers."""
    found = numbered(words)
    return np.argsort(np.array(words) if found is None else found, kind="stable")


def _labels(
    cells: Sequence[str] | None, remarks: list[str]
) -> tuple[Int32[np.ndarray, " nodes"] | None, list[str] | None]:
    """The class of each node, -1 for none, and the names of the classes."""
    if cells is None:
        return None, None
    words = [None if cell.lower() in MISSING else _whole(cell) for cell in cells]
    present = [word for word in words if word is not None]
    different = sorted(set(present))
    if len(present) > 2 and len(different) == len(present):
        remarks.append("labels, which differ from node to node, are left aside")
        return None, None
    classes = [different[i] for i in _sorted(different)] if different else []
    number = {word: i for i, word in enumerate(classes)}
    found = [-1 if word is None else number[word] for word in words]
    plain = classes == [str(i) for i in range(len(classes))]
    return np.array(found, np.int32), None if plain else classes


def _whole(cell: str) -> str:
    """A label; 2.0, as data frames write a whole number where one is missing, is 2."""
    return cell[:-2] if cell.endswith(".0") and cell[:-2].isdecimal() else cell


def _parts(what: str, places: Sequence[str], cells: Sequence[str]) -> Split | None:
    """The split that a column names."""
    found: list[list[int]] = [[], [], []]
    for node, (where, cell) in enumerate(zip(places, cells, strict=True)):
        if cell.lower() in MISSING:
            continue
        part = _PARTS.get(cell.lower())
        if part is None:
            raise UserError(
                f"{what}, {where}, must have train, validation or test as split, not "
                f"{shown(cell)!r}; leave it empty for none of these"
            )
        found[part].append(node)
    if not any(found):
        return None
    return Split(*(np.array(part, np.int32) for part in found))


def _features(
    what: str,
    places: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    remarks: list[str],
) -> Float64[np.ndarray, "nodes features"] | None:
    """A column of numbers per feature; None without any."""
    kept, aside = [], []
    for key, cells in columns.items():
        values = [_number(cell) for cell in cells]
        if all(value is None for value in values):
            aside.append(key)
            continue
        for where, cell, value in zip(places, cells, values, strict=True):
            if value is None:
                raise UserError(
                    f"{what}, {where}, must have a number in column {shown(key)!r}, "
                    f"not {shown(cell)!r}; give one, or leave the column out"
                )
        kept.append(np.array(values, np.float64))
    if aside:
        remarks.append(f"columns left aside: {shown(', '.join(aside))}")
    return np.stack(kept, axis=1) if kept else None


def _number(cell: Any) -> float | None:
    if cell in ("True", "False"):
        return float(cell == "True")
    try:
        return float(cell)
    except ValueError:
        return None
