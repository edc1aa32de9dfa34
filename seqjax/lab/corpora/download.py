"""Named texts brought onto this machine: once, whole, and only if they are the text."""

import hashlib
import logging
import os
import time
from pathlib import Path
from typing import Any

from seqjax.lab.corpora.named import NamedCorpus
from seqjax.lab.devices import cache_folder
from seqjax.lab.errors import UserError

SILENCE = 30.0
"""A server that sends nothing for so many seconds is given up."""

DURATION = 600.0
"""So is a download that takes so many seconds in all."""


def data_folders() -> list[Path]:
    """Where texts lie already: ``$SEQJAX_DATA/text`` and ``$SEQJAX_DATA``."""
    chosen = os.environ.get("SEQJAX_DATA")
    if not chosen:
        return []
    return [Path(chosen).expanduser() / "text", Path(chosen).expanduser()]


def corpus_file(
    name: str,
    corpus: NamedCorpus,
    *,
    cache: Path | None = None,
    silence: float = SILENCE,
    duration: float = DURATION,
) -> Path:
    """The file of a named text, which is downloaded unless it is here.

    Args:
        name: What the text is called, for the errors.
        corpus: Where it comes from.
        cache: Folder for downloads; by default ``corpora`` in the user's cache folder.
        silence: Seconds without a byte after which a server is given up, 30 by default.
        duration: Seconds after which a download is given up, 600 by default.

    Returns:
        A file whose SHA-256 is the corpus's.

    Raises:
        UserError: A file in `data_folders` is another text, or the download failed;
            then nothing of it is kept.
    """
    for folder in data_folders():
        path = folder / corpus.file
        if path.is_file():
            return _verified(name, corpus, path)
    folder = cache or cache_folder() / "corpora"
    # Here, so that only those who download need it.
    import pooch

    download = _Download(corpus, silence, duration)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        found = pooch.retrieve(
            corpus.url, f"sha256:{corpus.sha256}", corpus.file, folder, None, download
        )
    except (OSError, ValueError) as error:
        raise UserError(
            f"cannot download the text {name} from {corpus.url}: "
            f"{download.reason(error)}; try again later, or put it into the folder "
            f"$SEQJAX_DATA as {corpus.file}"
        ) from None
    finally:
        logger.setLevel(level)
    return Path(found)


def _verified(name: str, corpus: NamedCorpus, path: Path) -> Path:
    """The path, if the file is the text."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(
            f"cannot read the text {path}: {error.strerror or error}; "
            "make it readable, or remove it to have it downloaded"
        ) from None
    if digest not in (corpus.sha256, *corpus.also):
        raise UserError(
            f"{path} must be the text {name}, but its SHA-256 is {digest}, not "
            f"{corpus.sha256}; remove it to have the text downloaded, or give its path "
            "to take it as it is"
        )
    return path


class _Download:
    """What pooch calls to download; it bounds time and size, and can say what failed.

    pooch's own downloader does neither: a server that never ends fills the disk.
    """

    def __init__(self, corpus: NamedCorpus, silence: float, duration: float) -> None:
        self.corpus, self.silence, self.duration = corpus, silence, duration
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
            for data in answer.iter_content(1024):
                self.received += len(data)
                if self.received > self.corpus.size:
                    raise _Refused(
                        f"it is longer than the {self.corpus.size} bytes of the text"
                    )
                if time.monotonic() > deadline:
                    raise _Refused(f"it takes longer than {self.duration:g} seconds")
                file.write(data)
        if self.received < self.corpus.size:
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
        if self.received == self.corpus.size:
            if isinstance(error, ValueError):
                return "it is another text, by its SHA-256"
        elif self.received:
            return self._early()
        return f"the server cannot be reached ({type(error).__name__})"

    def _early(self) -> str:
        return f"it ended after {self.received} of {self.corpus.size} bytes"


class _Refused(ValueError):
    """What came is not the text."""
