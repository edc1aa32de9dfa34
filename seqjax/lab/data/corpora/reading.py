"""Text from bytes: the encoding found or given, line ends made one, binary refused."""

import codecs
from pathlib import Path
from typing import NamedTuple

from seqjax.lab.errors import UserError, one_line

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Control characters that texts do have: tab, ends of lines and pages, the end-of-file
# mark of DOS, the escape of terminals.
_TEXTUAL = frozenset(b"\t\n\v\f\r\x1a\x1b")
_CONTROLS = bytes(sorted(set(range(32)) - _TEXTUAL))

_GIVE = "name its encoding with --encoding, or name another file"


class Decoded(NamedTuple):
    """A text and how it was written.

    Attributes:
        text: without byte-order mark, and with line feeds for ends of lines.
        encoding: Python's name of the encoding.
    """

    text: str
    encoding: str


def read_text(path: Path, encoding: str | None = None) -> Decoded:
    """Reads a text file.

    Args:
        path: The file.
        encoding: One that Python knows; None to find it, as `decode` does.

    Raises:
        UserError: The file is not there, not readable, empty, or not text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise UserError(
            f"cannot read the text {path}: {reason}; name a text file"
        ) from None
    return decode(data, str(path), encoding)


def decode(data: bytes, source: str, encoding: str | None = None) -> Decoded:
    """Turns the bytes of a text file into text.

    A byte-order mark says what the encoding is: UTF-8, UTF-16 or UTF-32. Without one it
    is UTF-8 if the bytes can be that. Else it is ISO-8859-1, or Windows-1252 where a
    byte stands for a control character in the first and for a quotation mark or the
    like in the second. Bytes that are mostly well-formed UTF-8 are none of these: a
    damaged file would pass for ISO-8859-1, whose every byte is a character.

    Args:
        data: All bytes of the file.
        source: What to call the file in an error.
        encoding: One that Python knows; None to find it.

    Raises:
        UserError: No text, control characters that no text has, or another encoding.
    """
    if not data:
        raise UserError(_empty(source))
    found = encoding or _detected(data, source)
    try:
        text = data.decode(found)
    except LookupError:
        raise UserError(
            f"--encoding must be an encoding that Python knows, got {encoding!r}; "
            "for example --encoding utf-8"
        ) from None
    except UnicodeError as error:
        way_out = "leave out --encoding to have it found" if encoding else _GIVE
        raise UserError(
            f"{source} must be text in {found}, but is not "
            f"({_reason(error)}); {way_out}"
        ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise UserError(_empty(source))
    return Decoded(text, found)


def _detected(data: bytes, source: str) -> str:
    """The encoding that bytes seem to have."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls:
        raise UserError(
            f"{source} must be text, but {controls} of its {len(data)} bytes are "
            f"control characters, as in a binary file; {_GIVE}"
        )
    escaped = data.decode("utf-8", "surrogateescape")
    wrong = sum("\udc80" <= character <= "\udcff" for character in set(escaped))
    if not wrong:
        return "utf-8"
    bad = sum(map(escaped.count, map(chr, range(0xDC80, 0xDD00))))
    good = sum(character > "\x7f" for character in escaped) - bad
    if good > bad:
        raise UserError(
            f"{source} must be text in one encoding, but is UTF-8 with {bad} bytes "
            f"that are not; mend it, or {_GIVE}"
        )
    return _one_byte_encoding(data, source)


def _one_byte_encoding(data: bytes, source: str) -> str:
    """ISO-8859-1, or Windows-1252 if its extra characters are there."""
    if not any(0x80 <= byte < 0xA0 for byte in set(data)):
        return "iso-8859-1"
    try:
        data.decode("cp1252")
    except UnicodeError:
        raise UserError(
            f"{source} must be text, but is neither UTF-8 nor ISO-8859-1; {_GIVE}"
        ) from None
    return "cp1252"


def _empty(source: str) -> str:
    return f"{source} must hold text, but is empty; name another file"


def _reason(error: UnicodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"{error.reason} at byte {error.start}"
    return one_line(error)
