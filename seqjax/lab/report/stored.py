"""The files of a run as stored, each refused where it is not as a run leaves it.

Unlike `seqjax.lab.run_directory.layout`, which reads them to resume a run, nothing of
the study is known here, and the way out of an error is not to begin the run anew.
"""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files, layout


def read_header(path: Path) -> dict[str, Any]:
    """Content of ``config.json``.

    Args:
        path: the folder.

    Raises:
        UserError: there is none, or it is that of no run.
    """
    found = None
    if path.is_dir():
        found = read_object(path / layout.CONFIG, {})
    if found is None:
        raise UserError(
            f"{path} is not a run directory; name one that a run has printed, "
            "'seqjax runs' lists them"
        )
    if not isinstance(found.get("study"), str) or not isinstance(
        found.get("config"), dict
    ):
        raise _damaged(path / layout.CONFIG, "no study and its settings", {})
    return found


def read_object(path: Path, header: Mapping[str, Any]) -> dict[str, Any] | None:
    """A JSON file that holds an object; None where there is none.

    Args:
        path: the file.
        header: content of the run's ``config.json``, for the way out.

    Raises:
        UserError: it holds something else, or cannot be read.
    """
    found = _json(path, header)
    if found is not None and not isinstance(found, dict):
        raise _damaged(path, "not an object", header)
    return found


def _json(path: Path, header: Mapping[str, Any]) -> Any:
    data = files.read_bytes(path)
    try:
        return None if data is None else json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error, header) from error


def read_results(path: Path, header: Mapping[str, Any]) -> str:
    """Text of ``results.csv``, all of whose rows are as long as its heading.

    Args:
        path: the file.
        header: content of the run's ``config.json``, for the way out.

    Raises:
        UserError: there is none, or it is something else.
    """
    data = files.read_bytes(path)
    if data is None:
        raise _damaged(path, "there is no such file", header)
    try:
        text = data.decode()
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        heading = next(reader, [])
        if heading[:1] != ["block"]:
            raise ValueError("its first column is not block")
        for row in reader:
            if len(row) != len(heading):
                raise ValueError(
                    f"line {reader.line_num} has {len(row)} cells, not {len(heading)}"
                )
    except (ValueError, csv.Error) as error:
        raise _damaged(path, error, header) from error
    return text


def read_tables(path: Path, header: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Content of ``tables.json``: titles, columns, rows of text.

    Args:
        path: the file; where there is none, there are no tables.
        header: content of the run's ``config.json``, for the way out.

    Raises:
        UserError: it is something else.
    """
    found = _json(path, header)
    if found is None:
        return []
    try:
        for table in found:
            words = [table["title"], table["caption"], *table["columns"]]
            words += [cell for row in table["rows"] for cell in row]
            width = len(table["columns"])
            if not all(isinstance(word, str) for word in words):
                raise TypeError("a cell is not a text")
            if any(len(row) != width for row in table["rows"]):
                raise ValueError(f"a row has not {width} cells")
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error, header) from error
    return list(found)


def command_of(header: Mapping[str, Any]) -> str:
    """The command that made a run, as far as it is known.

    Args:
        header: content of its ``config.json``.
    """
    words = header.get("command_line")
    return words if isinstance(words, str) and words else "its command is not recorded"


def _damaged(path: Path, reason: object, header: Mapping[str, Any]) -> UserError:
    """The error for a file that is not as a run leaves it."""
    return UserError(
        f"{path} cannot be understood ({reason}); leave this run out, or make it anew "
        f"with --overwrite: {command_of(header)}"
    )
