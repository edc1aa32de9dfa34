"""Text in rows and columns: what separates them, what is quoted, what is a comment."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from seqjax.lab.errors import UserError, one_line

COMMENT = re.compile(r"(?:^|(?<=\s))[#%].*", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^[ \t]*[#%].*", re.MULTILINE)
_FIRST = re.compile(r".*\S.*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
WIDTH = 60
"""So many characters of what a file holds are shown in a message."""


def shown(value: Any) -> str:
    """What a file holds, as a message shows it: in one line, cut to `WIDTH`."""
    text = one_line(value if isinstance(value, str) else repr(value))
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def is_number(word: str) -> bool:
    """Whether a word is a decimal number."""
    return _NUMBER.fullmatch(word) is not None


def one_kind_of_line(text: str) -> str:
    """The text with line feeds for all ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def uncommented(text: str) -> str:
    """The text without comments, and as many lines.

    What follows ``#`` or ``%``, at the beginning of a line or after a blank, is one; in
    a text with quotes only whole lines are, as a name may hold what looks like one.
    """
    return (_COMMENT_LINE if '"' in text else COMMENT).sub("", text)


def first_line(text: str) -> str | None:
    """The first line that is not blank; None where all are."""
    found = _FIRST.search(text)
    return found and found[0]


def separator(text: str) -> str | None:
    """What stands between columns: a tab, ``;``, ``,``, or blanks (None).

    The first line says so. Tabs between numbers are blanks like any others, as no
    number has a blank inside.
    """
    first = re.sub(r'"[^"]*"', '""', first_line(text) or "")
    if "\t" in first and not all(map(is_number, text.split())):
        return "\t"
    return next((mark for mark in ";," if mark in first), None)


def rows_of(path: Path, text: str, way_out: str) -> dict[int, list[str]]:
    """The cells of every line that has some, by the number of the line, from 1.

    Args:
        path: The file, for errors.
        text: What it holds, without comments.
        way_out: What to do if it is no table.

    Raises:
        UserError: A quote that is not closed.
    """
    mark = separator(text)
    if '"' not in text:
        return {
            number: [cell.strip() for cell in line.split(mark)]
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip()
        }
    lines = text if mark else "\n".join(line.strip() for line in text.split("\n"))
    if mark is None:
        lines = lines.replace("\t", " ")
    reader = csv.reader(
        io.StringIO(lines), delimiter=mark or " ", skipinitialspace=True, strict=True
    )
    found: dict[int, list[str]] = {}
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found[before + 1] = [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise UserError(
            f"{path}, line {before + 1}, must have quotes that are closed, but has not "
            f"({one_line(error)}); {way_out}"
        ) from None
    return found
