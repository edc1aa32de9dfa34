"""Named texts brought onto this machine: once, whole, and only if they are the text."""

from pathlib import Path

from seqjax.lab.data import download
from seqjax.lab.data.corpora.named import NamedCorpus
from seqjax.lab.data.download import DURATION, SILENCE, Remote, fetched
from seqjax.lab.running.devices import cache_folder


def data_folders() -> list[Path]:
    """Where texts lie already: ``$SEQJAX_DATA/text`` and ``$SEQJAX_DATA``."""
    return download.data_folders("text")


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
    remote = Remote(
        "text",
        name,
        corpus.url,
        corpus.size,
        corpus.sha256,
        corpus.file,
        corpus.also,
    )
    folder = cache or cache_folder() / "corpora"
    return fetched(remote, data_folders(), folder, silence=silence, duration=duration)
