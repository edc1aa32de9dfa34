"""Tables of the report page: cells that are read as text and sorted as numbers."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from seqjax.lab.study import Number

MISSING = "\u2013"
"""What stands for no value."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class Cell(NamedTuple):
    """A cell.

    Attributes:
        text: what is read.
        value: what it is sorted by; None: by its text, after all numbers.
        link: id of the section that it leads to, or nothing.
    """

    text: str
    value: Number | None = None
    link: str = ""


class Grid(NamedTuple):
    """A table.

    Attributes:
        title: heading.
        columns: names of the columns.
        rows: cells, one per column.
        caption: what the cells mean, or nothing.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""


def written(text: str) -> Cell:
    """A cell that somebody wrote; sorted by the number that it begins with, if any.

    >>> written("0.93 [0.86, 0.97]").value
    0.93
    >>> written("3-gram").value is None
    True
    """
    found = _NUMBER.match(text.removeprefix("> "))
    rest = text.removeprefix("> ")[found.end() :] if found else "-"
    is_number = found is not None and (not rest or rest[0] in " %")
    return Cell(text, float(found[0]) if found and is_number else None)


def cell(value: Any) -> Cell:
    """A cell of a value of a JSON file: a scalar, a list, or an estimate."""
    if value is None or value == []:
        return Cell(MISSING)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, int | float):
        return Cell(_number(value), value)
    if isinstance(value, list):
        return Cell(", ".join(cell(item).text for item in value))
    if is_estimate(value):
        return _estimate(value["value"], value["low"], value["high"])
    if isinstance(value, Mapping):
        return Cell(
            ", ".join(f"{key} {cell(item).text}" for key, item in value.items())
        )
    return Cell(str(value))


def _estimate(value: Number | None, low: Number | None, high: Number | None) -> Cell:
    """A value with its interval; of a time that was not reached, what it is above."""
    middle, *ends = (
        MISSING if number is None else f"{number:.4g}" for number in (value, low, high)
    )
    if low is None and high is None:
        return Cell(middle, value)
    if value is None and high is None:
        return Cell(f"> {ends[0]}", low)
    return Cell(f"{middle} [{', '.join(ends)}]", value)


def is_estimate(value: Any) -> bool:
    """Whether a value is one with its interval."""
    return isinstance(value, Mapping) and {"value", "low", "high"} <= value.keys()


def results_grid(lines: Sequence[Sequence[str]]) -> Grid:
    """The table of ``results.csv``.

    Args:
        lines: its cells as they are in the file, the heading first.
    """
    return Grid(
        "Results, row by row",
        [_words(name) for name in lines[0]],
        [[_recorded(text) for text in line] for line in lines[1:]],
        "Numbers to six digits; all of them are in the page's data.",
    )


def summary_grids(summary: Mapping[str, Any]) -> list[Grid]:
    """The tables of a ``summary.json``: claims first, single numbers last.

    A list of objects is a table; inside of one, a list of objects is a table of its
    own, whose rows repeat the words of the row that they belong to.

    Args:
        summary: content of the file.
    """
    leaves, lists = _parts(summary)
    grids = [
        grid for name, rows in lists.items() for grid in _listed(_words(name), rows)
    ]
    grids.sort(key=lambda grid: "claim" not in grid.columns)
    if leaves:
        rows = [[Cell(_words(name)), cell(value)] for name, value in leaves.items()]
        grids.append(Grid("Other numbers", ("what", "value"), rows))
    return grids


def _listed(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Grid]:
    """The table of a list of objects, and those of the lists inside of them."""
    tables: list[dict[str, Any]] = []
    inner: dict[str, list[Any]] = {}
    for row in rows:
        leaves, lists = _parts(row)
        tables.append(leaves)
        words = {
            name: value
            for name, value in leaves.items()
            if isinstance(value, str | int) and not isinstance(value, bool)
        }
        for name, items in lists.items():
            inner.setdefault(name, []).extend({**words, **item} for item in items)
    columns = _ordered(tables)
    if columns:
        cells = [[cell(table.get(name)) for name in columns] for table in tables]
        levels = {
            value["confidence"]
            for table in tables
            for value in table.values()
            if is_estimate(value) and isinstance(value.get("confidence"), float)
        }
        caption = ""
        if levels:
            percent = " or ".join(f"{100 * level:g} %" for level in sorted(levels))
            caption = f"In brackets: the {percent} interval."
        heading = title[:1].upper() + title[1:]
        yield Grid(heading, [_words(name) for name in columns], cells, caption)
    for name, items in inner.items():
        yield from _listed(f"{title}: {_words(name)}", items)


def _parts(
    value: Mapping[str, Any], prefix: str = ""
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What of an object goes into one cell each, and its lists of objects."""
    leaves: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping) and not is_estimate(item):
            own, deeper = _parts(item, f"{name}: ")
            leaves |= own
            lists |= deeper
        elif isinstance(item, list) and item and isinstance(item[0], Mapping):
            lists[name] = [each for each in item if isinstance(each, Mapping)]
        else:
            leaves[name] = item
    return leaves, lists


def _ordered(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that hold anything: what is measured after what it is measured of."""
    names = dict.fromkeys(name for table in tables for name in table)
    held = {
        name: next((t[name] for t in tables if t.get(name) not in (None, [])), None)
        for name in names
    }

    def rank(name: str) -> int:
        value = held[name]
        first = ("report", "claim", "verdict", "holds")
        if name in first:
            return first.index(name)
        if isinstance(value, str):
            return 5
        if isinstance(value, bool):
            return 8
        return 6 if isinstance(value, int) else 7

    return sorted((name for name in names if held[name] is not None), key=rank)


def _recorded(text: str) -> Cell:
    """A cell of ``results.csv``."""
    if not text:
        return Cell(MISSING)
    if text in ("true", "false"):
        return cell(text == "true")
    try:
        value = float(text)
    except ValueError:
        return Cell(text)
    if not math.isfinite(value):
        return Cell(text)
    if text.lstrip("-").isdigit():
        return Cell(text, int(text))
    return Cell(_number(value), value)


def _number(value: Number) -> str:
    """A number as it is read."""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _words(name: str) -> str:
    """The name of a field, as words."""
    return name.replace("_", " ")
