"""Edges between nodes of any names, as a file has them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

# What is written otherwise, as 007 or +1, is a name: nothing of it may be lost.
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")


class EdgeTable(NamedTuple):
    """Edges between nodes of any names, numbered in the order of these.

    Attributes:
        ends: Source and target of each.
        weights: One for each; None where all are 1.
        names: Of the nodes: ascending numbers if all are whole numbers, else text.
        remarks: What to tell of how the file was read.
        titled: Whether the file names its columns.
        times: One for each edge, as text; None where they were not asked for, or there
            are none.
    """

    ends: Int64[np.ndarray, "2 edges"]
    weights: Float64[np.ndarray, " edges"] | None
    names: Int64[np.ndarray, " nodes"] | tuple[str, ...]
    remarks: tuple[str, ...] = ()
    titled: bool = False
    times: tuple[str, ...] | None = None


def names_of(table: EdgeTable) -> tuple[str, ...] | None:
    """The names of the nodes; None where they are their numbers."""
    if isinstance(table.names, tuple):
        return table.names
    if np.array_equal(table.names, np.arange(len(table.names))):
        return None
    return tuple(map(str, table.names.tolist()))


def edge_table(
    ends: Sequence[Sequence[str]],
    weights: Float64[np.ndarray, " edges"] | None,
    remarks: tuple[str, ...] = (),
) -> EdgeTable:
    """A table of edges between nodes of these names.

    Args:
        ends: Names of the source and target of each edge; at least one.
        weights: One for each, or None for 1.
        remarks: What to tell of how they were read, nothing by default.
    """
    whole = numbered([word for pair in ends for word in pair])
    if whole is not None:
        return ranked(whole.reshape(-1, 2).T, weights, remarks)
    names, places = np.unique(np.array(ends), return_inverse=True)
    numbers = places.reshape(-1, 2).T.astype(np.int64)
    return EdgeTable(numbers, weights, tuple(names.tolist()), remarks)


def numbered(words: Sequence[str]) -> Int64[np.ndarray, " words"] | None:
    """Words as numbers if all are whole numbers as these are written, else None."""
    if not all(map(_WHOLE.fullmatch, words)):
        return None
    return np.array(list(map(int, words)), np.int64)


def ranked(
    ends: Int64[np.ndarray, "2 edges"],
    weights: Float64[np.ndarray, " edges"] | None,
    remarks: tuple[str, ...],
) -> EdgeTable:
    """A table of nodes whose names are whole numbers, in the order of these.

    Args:
        ends: Names of the source and target of each edge.
        weights: One for each, or None for 1.
        remarks: What to tell of how they were read.
    """
    ordered = np.sort(ends, axis=None)
    numbers = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    if numbers[0] != 0 or numbers[-1] != len(numbers) - 1:
        ends = np.searchsorted(numbers, ends)
    return EdgeTable(ends, weights, numbers, remarks)
