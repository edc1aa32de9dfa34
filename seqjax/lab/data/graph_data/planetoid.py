"""Citation graphs in the files of Planetoid (Yang, Cohen & Salakhutdinov 2016)."""

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int32, Int64
from scipy import sparse

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.files import read_file
from seqjax.lab.data.graph_data.graph import GraphData, Split
from seqjax.lab.data.graph_data.named import PARTS, planetoid_files
from seqjax.lab.data.graph_data.pickle_steps import PickleError
from seqjax.lab.data.graph_data.pickles import read_pickle
from seqjax.lab.errors import UserError

VALIDATION = 500
"""So many nodes after those trained on are for validation."""


def load_planetoid(name: str, *, cache: Path | None = None) -> GraphData:
    """A graph of Planetoid by its name, downloaded unless it is here.

    Args:
        name: ``"cora"``, ``"citeseer"`` or ``"pubmed"``.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.

    Raises:
        UserError: Files that are not here and cannot be had, or are no such graph.
    """
    return _graph(name, planetoid_files(name, cache=cache))


def read_planetoid(folder: Path, name: str) -> GraphData:
    """A graph from a folder of Planetoid files ``ind.NAME.*``, taken as they are.

    Args:
        folder: It has ``ind.NAME.y``, ``allx``, ``ally``, ``tx``, ``ty``, ``graph``
            and ``test.index``.
        name: NAME.

    Raises:
        UserError: A file that is missing, cut, damaged, or holds something else.
    """
    return _graph(name, [folder / f"ind.{name}.{part}" for part in PARTS])


def _graph(name: str, paths: Sequence[Path]) -> GraphData:
    """The graph in seven files, in the order of `PARTS`.

    The first nodes are those of allx, of which the first are trained on (y) and the
    next 500 are for validation. The others are tested on: row i of tx is that of the
    node in line i of test.index, which is in no order. Nodes between them that are
    missing there, as 15 of citeseer are, have no features and no label.
    """
    read = _Reader(name)
    y_path, allx_path, ally_path, tx_path, ty_path, graph_path, index_path = paths
    (train, _), (known, classes), (tested, test_classes) = (
        read.classes(path) for path in (y_path, ally_path, ty_path)
    )
    known_rows = read.rows(allx_path, len(known))
    test_rows = read.rows(tx_path, len(tested))
    edges, num_nodes = read.edges(graph_path)
    test = read.nodes(index_path)
    first, last = len(known), num_nodes - 1
    read.check(len(test) == len(tested), index_path, f"name {len(tested)} nodes")
    read.check(
        first <= test.min() and test.max() <= last,
        index_path,
        f"name nodes from {first} to {last}",
    )
    read.check(test_classes == classes, ty_path, f"have {classes} columns")
    columns = known_rows.shape[1]
    read.check(test_rows.shape[1] == columns, tx_path, f"have {columns} columns")
    read.check(
        0 < len(train) <= first - VALIDATION and (known[: len(train)] == train).all(),
        y_path,
        f"be the first rows of ally, and leave {VALIDATION} for validation",
    )
    labels = np.full(num_nodes, -1, np.int32)
    labels[:first], labels[test] = known, tested
    # The place of each node among all rows of features, of which the last is empty.
    places = np.full(num_nodes, first + len(test))
    places[:first], places[test] = range(first), range(first, first + len(test))
    empty = sparse.csr_array((1, columns), dtype=known_rows.dtype)
    features = sparse.vstack([known_rows, test_rows, empty], format="csr")[places]
    numbers = np.arange(len(train) + VALIDATION, dtype=np.int32)
    return make_graph(
        name,
        edges,
        num_nodes,
        features=features,
        labels=labels,
        num_classes=classes,
        split=Split(numbers[: len(train)], numbers[len(train) :], test),
        missing=num_nodes - first - len(test),
    )


class _Reader:
    """Reads the parts of one graph."""

    def __init__(self, name: str) -> None:
        files = ", ".join(f"ind.{name}.{part}" for part in PARTS)
        self.way_out = f"a folder must hold all of {files}, as Planetoid has them"

    def check(self, kept: bool | np.bool_, path: Path, rule: str) -> None:
        """Raises unless a rule is kept."""
        if not kept:
            failed = "is not" if rule.startswith("be ") else "does not"
            raise UserError(f"{path} must {rule}, but {failed}; {self.way_out}")

    def unpickled(self, path: Path, wanted: type, what: str) -> tuple[Any, int]:
        """What a file holds, if it is of the type wanted, and the file's size."""
        data = read_file(path, self.way_out)
        try:
            value = read_pickle(data)
        except PickleError as error:
            raise UserError(
                f"{path} must be a pickle of {what}, but {error}; nothing in it was "
                f"run; {self.way_out}"
            ) from None
        self.check(isinstance(value, wanted), path, f"be a pickle of {what}")
        return value, len(data)

    def classes(self, path: Path) -> tuple[Int32[np.ndarray, " rows"], int]:
        """The class of each row, -1 for none, and how many classes have a column."""
        value, _ = self.unpickled(path, np.ndarray, "an array of labels")
        self.check(
            value.ndim == 2
            and value.shape[1] > 0
            and np.isin(value, (0, 1)).all()
            and (value.sum(1) <= 1).all(),
            path,
            "have a row of zeros and at most one 1 for each node",
        )
        found = np.where(value.any(1), value.argmax(1), -1)
        return found.astype(np.int32), value.shape[1]

    def rows(self, path: Path, count: int) -> sparse.csr_array:
        """So many rows of features."""
        value, _ = self.unpickled(path, sparse.csr_array, "a sparse matrix")
        rule = f"have {count} rows, as the file of labels has"
        self.check(value.shape[0] == count, path, rule)
        return value

    def edges(self, path: Path) -> tuple[Int64[np.ndarray, "2 edges"], int]:
        """The edges of a dictionary of neighbours, and how many nodes it has."""
        what = "a dictionary of lists of neighbours"
        value, size = self.unpickled(path, dict, what)
        rule = f"be a pickle of {what}"
        lists = list(value.values())
        self.check({type(n) for n in value} == {int}, path, rule)
        self.check({type(neighbours) for neighbours in lists} == {list}, path, rule)
        # One list may stand for those of many nodes: more than a file has room for.
        self.check(sum(map(len, lists)) <= size, path, rule)
        targets = list(chain.from_iterable(lists))
        self.check({type(n) for n in targets} <= {int}, path, rule)
        last = len(value) - 1
        least, most = min(chain(value, targets)), max(chain(value, targets))
        if least < 0 or most > last:
            node = least if least < 0 else most
            # A damaged file may give a number that is too long to be shown.
            shown = str(node) if node.bit_length() < 64 else "beyond 2**63"
            raise UserError(
                f"{path} must have edges between its nodes 0 to {last} only, but one "
                f"goes to node {shown}; {self.way_out}"
            )
        sources = np.repeat(np.fromiter(value, np.int64), list(map(len, lists)))
        return np.stack([sources, np.array(targets, np.int64)]), len(value)

    def nodes(self, path: Path) -> Int32[np.ndarray, " test"]:
        """The nodes that the lines of a file name."""
        lines = read_file(path, self.way_out).split()
        self.check(
            bool(lines) and all(re.fullmatch(rb"[0-9]{1,9}", line) for line in lines),
            path,
            "have the number of a node in each line",
        )
        nodes = np.array([int(line) for line in lines], np.int32)
        self.check(len(np.unique(nodes)) == len(nodes), path, "name each node once")
        return nodes
