"""Files that are either whole or not there, whatever happens while they are written."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from seqjax.lab.errors import UserError

_KEPT = (
    "what is finished is kept: {}, then go on with the same command (without "
    "--overwrite)"
)
_WAYS_OUT = {
    errno.ENOSPC: _KEPT.format("free some space"),
    errno.EDQUOT: _KEPT.format("free some space"),
    # Linux mounts a disk anew like this when it finds it damaged.
    errno.EROFS: _KEPT.format("make it writable") + ", or choose another --out",
}
_TEMPORARY = ".{}.seqjax-tmp"


@contextlib.contextmanager
def explained(action: str, path: Path) -> Iterator[None]:
    """Turns an ``OSError`` into the line a user can act on.

    Raises:
        UserError: "cannot <action> <path>: <reason>; <way out>".
    """
    try:
        yield
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, "choose another --out")
        reason = error.strerror or error
        raise UserError(f"cannot {action} {path}: {reason}; {way_out}") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Writes a file so that a crash at any instant leaves the old or the new one.

    The bytes go to a temporary name in the same folder, reach the disk, and only then
    take the file's name.

    Args:
        path: The file, in an existing folder.
        data: All its bytes.

    Raises:
        UserError: When the system refuses; the old file, if any, is still there.
    """
    temporary = path.with_name(_TEMPORARY.format(path.name))
    with explained("write", path):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def read_bytes(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none, `UserError` where unreadable."""
    with explained("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def remove_temporaries(folder: Path) -> None:
    """Removes what a killed `write_atomic` may have left in a folder."""
    with contextlib.suppress(OSError):
        for path in folder.glob(_TEMPORARY.format("*")):
            path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Removes a folder if it is empty."""
    with contextlib.suppress(OSError):
        path.rmdir()


def is_temporary(path: Path) -> bool:
    """Whether this is the temporary name of a `write_atomic`."""
    return path.name.startswith(".") and path.name.endswith(".seqjax-tmp")


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
