"""Files brought onto this machine: once, whole, and only if they are the ones meant."""

import hashlib
import logging
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError

SILENCE = 30.0
"""A server that sends nothing for so many seconds is given up."""

DURATION = 600.0
"""So is a download that takes so many seconds in all."""


_PIECE = 1024


class Remote(NamedTuple):
    """A file that can be downloaded, and the words for it.

    Attributes:
        kind: What it is, "text" for example, for the errors.
        name: What it is called, for the errors too.
        url: Where it comes from, at a fixed version wherever there are versions.
        size: Bytes there.
        sha256: Of those bytes.
        file: Its name in a folder of data and in the cache.
        also: SHA-256 of other files that will do.
        as_it_is: What to do to have another file taken.
    """

    kind: str
    name: str
    url: str
    size: int
    sha256: str
    file: str
    also: tuple[str, ...] = ()
    as_it_is: str = "give its path"


def data_folders(kind: str) -> list[Path]:
    """Where files of a kind lie already: ``$SEQJAX_DATA/KIND`` and ``$SEQJAX_DATA``."""
    chosen = os.environ.get("SEQJAX_DATA")
    if not chosen:
        return []
    return [Path(chosen).expanduser() / kind, Path(chosen).expanduser()]


def fetched(
    remote: Remote,
    folders: list[Path],
    cache: Path,
    *,
    silence: float = SILENCE,
    duration: float = DURATION,
) -> Path:
    """The file, which is downloaded unless it is here.

    Args:
        remote: What it is.
        folders: Where it may lie already; the first that has it counts.
        cache: Folder for downloads, made if need be.
        silence: Seconds without a byte after which a server is given up, 30 by default.
        duration: Seconds after which a download is given up, 600 by default.

    Returns:
        A file whose SHA-256 is the one meant.

    Raises:
        UserError: A file in `folders` is another one, or the download failed; then
            nothing of it is kept.
    """
    for folder in folders:
        path = folder / remote.file
        if path.is_file():
            return _verified(remote, path)
    # Here, so that only those who download need it.
    import pooch

    download = _Download(remote, silence, duration)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        found = pooch.retrieve(
            remote.url, f"sha256:{remote.sha256}", remote.file, cache, None, download
        )
    except (OSError, ValueError) as error:
        raise UserError(
            f"cannot download the {remote.kind} {remote.name} from {remote.url}: "
            f"{download.reason(error)}; try again later, or put it into the folder "
            f"$SEQJAX_DATA as {remote.file}"
        ) from None
    finally:
        logger.setLevel(level)
    return Path(found)


def _verified(remote: Remote, path: Path) -> Path:
    """The path, if the file is the one meant."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(
            f"cannot read the {remote.kind} {path}: {error.strerror or error}; "
            "make it readable, or remove it to have it downloaded"
        ) from None
    if digest not in (remote.sha256, *remote.also):
        raise UserError(
            f"{path} must be the {remote.kind} {remote.name}, but its SHA-256 is "
            f"{digest}, not {remote.sha256}; remove it to have the {remote.kind} "
            f"downloaded, or {remote.as_it_is} to take it as it is"
        )
    return path


class _Download:
    """What pooch calls to download; it bounds time and size, and can say what failed.

    pooch's own downloader does neither: a server that never ends fills the disk.
    """

    def __init__(self, remote: Remote, silence: float, duration: float) -> None:
        self.remote, self.silence, self.duration = remote, silence, duration
        self.received = 0

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Downloads to a file of temporary name."""
        import requests

        deadline = time.monotonic() + self.duration
        # As it is: what a server compresses on the way has another size.
        request = requests.get(
            url,
            stream=True,
            timeout=self.silence,
            headers={"Accept-Encoding": "identity"},
        )
        with request as answer, open(output_file, "wb") as file:
            answer.raise_for_status()
            for data in answer.iter_content(_PIECE):
                self.received += len(data)
                if self.received > self.remote.size:
                    raise _Refused(
                        f"it is longer than the {self.remote.size} bytes of the "
                        f"{self.remote.kind}"
                    )
                if time.monotonic() > deadline:
                    raise _Refused(f"it takes longer than {self.duration:g} seconds")
                file.write(data)
        if self.received < self.remote.size:
            raise _Refused(self._early())

    def reason(self, error: Exception) -> str:
        """What went wrong, in words."""
        if isinstance(error, _Refused):
            return str(error)
        if isinstance(error, OSError) and error.strerror:
            return f"its file cannot be written here ({error.strerror})"
        # Those of requests are OSErrors too; they have an answer, None if none came.
        answer = getattr(error, "response", None)
        if answer is not None:
            return f"the server answers {answer.status_code} ({answer.reason})"
        if "timed out" in str(error):
            return f"the server sent nothing for {self.silence:g} seconds"
        if self.received == self.remote.size:
            if isinstance(error, ValueError):
                return f"it is another {self.remote.kind}, by its SHA-256"
        elif self.received:
            return self._early()
        # What came of a piece that did not come whole is lost, with its length.
        if type(error).__name__ == "ChunkedEncodingError":
            return f"it ended before {_PIECE} bytes had come"
        return f"the server cannot be reached ({type(error).__name__})"

    def _early(self) -> str:
        return f"it ended after {self.received} of {self.remote.size} bytes"


class _Refused(ValueError):
    """What came is not what was meant."""
