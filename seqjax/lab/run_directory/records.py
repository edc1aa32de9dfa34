"""Plain text forms of values: JSON and CSV that read back exactly.

JSON is sorted, indented, ends with a line feed, and has no ``NaN`` or ``Infinity``,
which are not JSON. In CSV a float is written by ``repr`` (the shortest text that reads
back to the same float64, including ``nan`` and ``inf``), a bool as ``true`` or
``false``, and None as an empty cell.
"""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np

C = TypeVar("C")


def plain(value: Any) -> Any:
    """The value in JSON's own types; non-finite floats become None.

    Raises:
        TypeError: For a type that has no plain form.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no plain form: {value!r}")


def json_bytes(value: Any) -> bytes:
    """A value as JSON text in UTF-8."""
    text = json.dumps(
        plain(value), indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False
    )
    return (text + "\n").encode()


def config_to_plain(config: Any) -> dict[str, Any]:
    """Every field of a configuration; unlike `plain`, infinity is kept, as "inf"."""

    def keep(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return [keep(item) for item in value]
        if isinstance(value, float) and not math.isfinite(value):
            return repr(float(value))
        return plain(value)

    return {f.name: keep(getattr(config, f.name)) for f in dataclasses.fields(config)}


def config_from_plain(config_type: type[C], values: Mapping[str, Any]) -> C:
    """The configuration that `config_to_plain` wrote.

    Raises:
        TypeError: When the fields are not those of ``config_type``.
        ValueError: When the configuration refuses them.
    """
    hints = get_type_hints(config_type)

    def restore(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(restore(name, item) for item in value)
        if value in ("inf", "-inf", "nan") and "float" in str(hints.get(name)):
            return float(value)
        return value

    return config_type(**{name: restore(name, v) for name, v in values.items()})


def csv_bytes(columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as CSV text in UTF-8 with a heading and line feeds.

    Args:
        columns: Names in order with ``str``, ``int``, ``float`` or ``bool`` for each.
        rows: Values by column; every row has exactly these columns.

    Raises:
        ValueError: For a row with other columns, or a value of another type.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        if set(row) != set(columns):
            raise ValueError(
                f"a row must have exactly the columns {', '.join(columns)}, "
                f"got {', '.join(row)}; make the study's rows and columns agree"
            )
        writer.writerow(_cell(name, kind, row[name]) for name, kind in columns.items())
    return text.getvalue().encode()


def csv_rows(columns: Mapping[str, type], data: bytes) -> list[dict[str, Any]]:
    """The rows that `csv_bytes` wrote, with the same types.

    Raises:
        ValueError: When the heading or a cell is not what ``columns`` says.
    """
    reader = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    try:
        heading = next(reader, [])
        if heading != list(columns):
            raise ValueError(f"columns are {', '.join(heading) or 'missing'}")
        return [
            {
                name: _value(kind, cell)
                for (name, kind), cell in zip(columns.items(), cells, strict=True)
            }
            for cells in reader
        ]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"line {max(reader.line_num, 1)}: {error}") from error


def _cell(name: str, kind: type, value: Any) -> str:
    """Text of one cell."""
    if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0:
        value = value.item()
    is_bool = isinstance(value, bool)
    if value is None:
        return ""
    if kind is bool and is_bool:
        return "true" if value else "false"
    if kind is int and isinstance(value, Integral) and not is_bool:
        return str(int(value))
    if kind is float and isinstance(value, Real) and not is_bool:
        return repr(float(value))
    if kind is str and isinstance(value, str) and value:
        return value
    raise ValueError(
        f"column {name} must hold {kind.__name__} or None, got {value!r}; "
        "make the study's rows and columns agree"
    )


def _value(kind: type, cell: str) -> Any:
    """Value of one cell."""
    if cell == "":
        return None
    if kind is bool:
        if cell not in ("true", "false"):
            raise ValueError(f"neither true nor false: {cell!r}")
        return cell == "true"
    return kind(cell)
