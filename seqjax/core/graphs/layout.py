"""Rows of a sparse matrix in blocks of equal width, so that a product only gathers.

A row of many entries is cut into pieces of at most `WIDEST`, pieces of like length lie
in one block, and a block of width k is the sum of k gathers of whole rows of x, written
out: XLA makes one loop of it, which reads x and writes the result and nothing between.
No scatter, so the order of the sum is fixed on every device. Pieces of a long row are
summed by further gathers, `WIDEST` at a time.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, Int64

WIDEST = 16
WIDTHS = (2, 6, 12, WIDEST)
"""Widths of blocks that are considered. Wider ones take longer to compile, and more of
them to start; these have been measured (4 and 5 are slow: they vectorise badly)."""

_WORTH = 0.02


class Layout(NamedTuple):
    """Where the entries of each row stand.

    Attributes:
        columns: of each block, the column of every slot.
        entries: of each block, the number of every slot's entry, in the order by row
            and column; a slot that only fills up has the number of entries, and the
            column of its neighbour, so that it reads nothing that the row does not.
        merges: one array per level: which sums of the level below make up each sum of
            this one; 0 is none.
        places: the sum that each row is, counted through all levels; 0 is none.
    """

    columns: tuple[Int32[Array, "rows width"], ...]
    entries: tuple[Int32[Array, "rows width"], ...]
    merges: tuple[Int32[Array, "rows width"], ...]
    places: Int32[Array, " rows"]


def rounded_up(count: int) -> int:
    """The next of 8, 12, 16, 24, 32, 48, ...: at most half as many again, or 8."""
    size = 8
    while size < count:
        size = size * 3 // 2 if size & (size - 1) == 0 else size * 4 // 3
    return size


def make_layout(
    starts: Int64[np.ndarray, " bounds"],
    columns: Int32[np.ndarray, " entries"],
    *,
    room: int | None = None,
) -> Layout:
    """The layout of a matrix in compressed rows.

    Args:
        starts: the first entry of each row, and the number of entries.
        columns: of each entry, ascending within a row.
        room: shapes are those of the largest blocks that any matrix of as many rows and
            at most so many entries has, filled up with rows that nothing refers to;
            only rows of more than 256 entries make others. None (the default) for no
            more than there is.
    """
    first, lengths, pieces = _cut(starts)
    tops = WIDTHS if room is not None else _widths(lengths)
    blocks, slots = [], []
    # 0 is the sum of nothing.
    position = np.zeros(len(first), np.int64)
    seen, low = 1, 0
    for top in tops:
        mine = np.flatnonzero((lengths > low) & (lengths <= top))
        k = np.arange(top)
        inside = k < lengths[mine, None]
        slot = first[mine, None] + np.minimum(k, lengths[mine, None] - 1)
        filler = 0
        if room is not None:
            most = min(len(starts) - 1 + room // WIDEST, room // (low + 1))
            filler = most - len(mine)
        blocks.append(_filled(columns[slot], filler, 0))
        entries = np.where(inside, slot, len(columns)).astype(np.int32)
        slots.append(_filled(entries, filler, len(columns)))
        position[mine] = np.arange(seen, seen + len(mine))
        seen, low = seen + len(mine) + filler, top
    merges, places = _merge(pieces, position, seen, room)
    columns_of, entries_of, merged = (
        tuple(jnp.asarray(array) for array in arrays)
        for arrays in (blocks, slots, merges)
    )
    return Layout(columns_of, entries_of, merged, jnp.asarray(places, jnp.int32))


def _cut(
    starts: Int64[np.ndarray, " bounds"],
) -> tuple[
    Int64[np.ndarray, " pieces"],
    Int64[np.ndarray, " pieces"],
    Int64[np.ndarray, " rows"],
]:
    """First member and length of pieces of at most `WIDEST`, and pieces of each row."""
    lengths = np.diff(starts)
    pieces = -(-lengths // WIDEST)
    row = np.repeat(np.arange(len(lengths)), pieces)
    ordinal = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first = starts[row] + ordinal * WIDEST
    return first, np.minimum(starts[row + 1] - first, WIDEST), pieces


def _widths(lengths: Int64[np.ndarray, " pieces"]) -> list[int]:
    """The widths of the blocks: as few as do not fill up much."""
    if not len(lengths):
        return []
    counts = np.bincount(lengths, minlength=WIDEST + 1)
    longest = int(lengths.max())
    tops = [top for top in WIDTHS if top < longest] + [longest]
    kept, low = [], 0
    for top, following in zip(tops, [*tops[1:], None], strict=True):
        here = int(counts[low + 1 : top + 1].sum())
        if following is None:
            kept.append(top)
        elif here * (following - top) > _WORTH * lengths.sum():
            kept.append(top)
            low = top
    return kept


def _filled(
    rows: Int32[np.ndarray, "rows width"], count: int, value: int
) -> Int32[np.ndarray, "filled width"]:
    """Rows with so many more of one value behind them."""
    return np.pad(rows, ((0, count), (0, 0)), constant_values=value)


def _merge(
    pieces: Int64[np.ndarray, " rows"],
    position: Int64[np.ndarray, " pieces"],
    seen: int,
    room: int | None,
) -> tuple[tuple[Int32[np.ndarray, "sums width"], ...], Int64[np.ndarray, " rows"]]:
    """Levels that sum the pieces of long rows, and where each row is in the end."""
    places = np.zeros(len(pieces), np.int64)
    first = np.cumsum(pieces) - pieces
    single = np.flatnonzero(pieces == 1)
    places[single] = position[first[single]]
    open_rows = np.flatnonzero(pieces > 1)
    offset = 0
    merges: list[Int32[np.ndarray, "sums width"]] = []
    while len(open_rows) or (room is not None and not merges):
        keep = np.repeat(pieces > 1, pieces)
        position, pieces = position[keep], pieces[pieces > 1]
        starts = np.concatenate([[0], np.cumsum(pieces)])
        begin, lengths, pieces = _cut(starts)
        k = np.arange(lengths.max() if room is None else WIDEST)
        member = begin[:, None] + np.minimum(k, lengths[:, None] - 1)
        # Rows of more than `WIDEST` entries, and their further pieces.
        most = len(begin)
        if room is not None and not merges:
            most = room // (WIDEST + 1) + room // WIDEST**2
        filler = most - len(begin)
        summed = np.where(k < lengths[:, None], position[member], 0).astype(np.int32)
        merges.append(_filled(summed, filler, 0))
        offset, seen = offset + seen, len(begin) + filler + 1
        position = np.arange(1, len(begin) + 1)
        done = np.cumsum(pieces)[pieces == 1] - 1
        places[open_rows[pieces == 1]] = offset + position[done]
        open_rows = open_rows[pieces > 1]
    return tuple(merges), places
