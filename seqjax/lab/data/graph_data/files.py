"""Files of graphs, read whole, or refused in a line."""

from pathlib import Path

from seqjax.lab.errors import UserError


def read_file(path: Path, way_out: str) -> bytes:
    """All bytes of a file.

    Args:
        path: The file.
        way_out: What to do if it cannot be read.

    Raises:
        UserError: The system refuses.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot read {path}: {reason}; {way_out}") from None


def read_utf8(path: Path, what: str, way_out: str) -> str:
    """The text of a file in UTF-8, or UTF-16 with a byte-order mark, without that.

    Args:
        path: The file.
        what: What it must be, for the errors.
        way_out: What to do if it cannot be read, or is not text.

    Raises:
        UserError: The system refuses, or the bytes are not UTF-8.
    """
    data = read_file(path, way_out)
    # Both byte-order marks of UTF-16, as Windows writes it.
    code = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(code)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} must be {what} in UTF-8, but is not at byte {error.start}; "
            f"{way_out}"
        ) from None
    if "\0" in text:
        raise UserError(f"{path} must be {what}, but is a binary file; {way_out}")
    return text
