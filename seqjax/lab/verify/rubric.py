"""A rubric: named numbers, and the ranges that they are expected in.

A file of TOML (or the same in JSON) with a table per row::

    [[rows]]
    name = "the LSTM remembers ten digits"
    run = "palindrome"                       # label or study; not needed with one run
    where = { cell = "lstm", length = 10 }   # rows of results.csv; all, if left out
    number = "accuracy"                      # a column
    statistic = "mean"                       # over rows: mean, median, min or max
    least = 0.9
    most = 1.0                               # one of the two may be left out
"""

import json
import math
import statistics
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files
from seqjax.lab.study import Number
from seqjax.lab.verify.comparing import FAIL, PASS, Line
from seqjax.lab.verify.parts import Repeatable, Rows

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
}

_KEYS = ("name", "run", "where", "number", "statistic", "least", "most")


class Expected(NamedTuple):
    """A row of a rubric.

    Attributes:
        name: what it is called.
        run: label or study of the run; empty where there is only one.
        where: values that rows must have, by column.
        number: column.
        statistic: of it over the rows, one of `STATISTICS`.
        least: smallest value that passes.
        most: largest.
    """

    name: str
    run: str
    where: Mapping[str, Any]
    number: str
    statistic: str
    least: Number
    most: Number


def read_rubric(path: Path) -> list[Expected]:
    """The rows of a rubric.

    Args:
        path: a file that ends in ``.toml``, or is JSON.

    Raises:
        UserError: it is not there, or not a rubric.
    """
    data = files.read_bytes(path) if not path.is_dir() else None
    if data is None:
        raise UserError(
            f"--rubric must be a file, but there is none at {path}; name another"
        )
    try:
        text = data.decode()
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        rows = found["rows"] if isinstance(found, dict) and "rows" in found else None
        if not isinstance(rows, list) or not rows:
            raise ValueError("it has no list of rows")
        return [_expected(number, row) for number, row in enumerate(rows, 1)]
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not a rubric ({error}); see docs/report-page.md for one"
        ) from error


def part_of(row: Expected, parts: Sequence[Repeatable]) -> Repeatable:
    """The run that a row is about.

    Args:
        row: of the rubric.
        parts: the runs that can be repeated.

    Raises:
        UserError: there is none, or several.
    """
    fit = [p for p in parts if row.run in ("", p.run.label, p.run.study)]
    if len(fit) != 1:
        labels = ", ".join(p.run.label for p in parts) or "none that can be repeated"
        raise UserError(
            f"run of rubric row {row.name!r} must be one run of the page, got "
            f"{row.run or 'none'!r}; one of {labels}"
        )
    return fit[0]


def blocks_of(row: Expected, part: Repeatable) -> list[str]:
    """The blocks that have rows for a row of a rubric.

    Args:
        row: of the rubric.
        part: its run.

    Raises:
        UserError: it has no such column, or no such rows.
    """
    columns = part.study.columns
    for name in (row.number, *row.where):
        if name not in part.columns:
            raise UserError(
                f"rubric row {row.name!r} must name columns of {part.run.label}, got "
                f"{name!r}; one of {', '.join(part.columns)}"
            )
    if columns.get(row.number) not in (int, float):
        raise UserError(
            f"number of rubric row {row.name!r} must be a column of numbers, got "
            f"{row.number!r}; for example "
            + next((n for n, kind in columns.items() if kind is float), "seed")
        )
    names = {each["block"] for each in _matching(row, part.rows)}
    if not names:
        wanted = ", ".join(f"{name} = {value}" for name, value in row.where.items())
        raise UserError(
            f"rubric row {row.name!r} must have rows in {part.run.label}, but none has "
            f"{wanted}; see its results on the page"
        )
    return [name for name in part.blocks() if name in names]


def judge(row: Expected, part: Repeatable, found: Rows) -> Line:
    """Whether a number that came out lies in its range.

    Args:
        row: of the rubric.
        part: its run.
        found: the rows that came out, of all its blocks.
    """
    told = f"{row.statistic} {row.number} {_range(row)}"
    values = [each[row.number] for each in _matching(row, found)]
    if not values or any(v is None or math.isnan(v) for v in values):
        return Line(part.run.label, row.name, told, "no number", FAIL)
    value = STATISTICS[row.statistic]([float(v) for v in values])
    verdict = PASS if row.least <= value <= row.most else FAIL
    return Line(part.run.label, row.name, told, f"{value:.4g}", verdict)


def _matching(row: Expected, rows: Rows) -> Rows:
    return [
        each
        for each in rows
        if all(each.get(name) == value for name, value in row.where.items())
    ]


def _range(row: Expected) -> str:
    """The range in words."""
    if math.isinf(row.most):
        return f"of at least {row.least:g}"
    if math.isinf(row.least):
        return f"of at most {row.most:g}"
    return f"from {row.least:g} to {row.most:g}"


def _expected(number: int, row: Any) -> Expected:
    """A row of the file; raises ValueError with what is wrong with it."""
    where = f"row {number}"
    if not isinstance(row, dict):
        raise ValueError(f"{where} is not a table")
    for key in row:
        if key not in _KEYS:
            raise ValueError(f"{where} has an unknown {key!r}, not {', '.join(_KEYS)}")
    for key in ("name", "run", "number", "statistic"):
        if not isinstance(row.get(key, ""), str):
            raise ValueError(f"{key} of {where} is not a text")
    if not row.get("number"):
        raise ValueError(f"{where} names no number")
    if row.get("statistic", "mean") not in STATISTICS:
        raise ValueError(f"statistic of {where} is none of {', '.join(STATISTICS)}")
    if not isinstance(row.get("where", {}), dict):
        raise ValueError(f"where of {where} is not a table")
    ends = [row.get(key) for key in ("least", "most")]
    if ends == [None, None]:
        raise ValueError(f"{where} has neither least nor most")
    for end in ends:
        if end is not None and (
            isinstance(end, bool) or not isinstance(end, int | float)
        ):
            raise ValueError(f"least or most of {where} is not a number")
    least = -math.inf if ends[0] is None else ends[0]
    most = math.inf if ends[1] is None else ends[1]
    if not least <= most:
        raise ValueError(f"least of {where} is above most")
    return Expected(
        row.get("name") or where,
        row.get("run", ""),
        row.get("where", {}),
        row["number"],
        row.get("statistic", "mean"),
        least,
        most,
    )
