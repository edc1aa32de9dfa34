"""The texts that a command names: files, or corpora by name, or Python's manual."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.corpora.download import corpus_file, data_folders
from seqjax.lab.data.corpora.gutenberg import strip_gutenberg
from seqjax.lab.data.corpora.manual import MANUAL, python_manual
from seqjax.lab.data.corpora.named import CORPORA
from seqjax.lab.data.corpora.reading import read_text
from seqjax.lab.data.corpora.splitting import check_distinct
from seqjax.lab.errors import UserError


class Text(NamedTuple):
    """One text, read.

    Attributes:
        name: The word that named it.
        text: Its characters, with line feeds for ends of lines.
        encoding: How its file was written; empty for Python's manual.
        stripped: How many characters of Project Gutenberg's were left out.
    """

    name: str
    text: str
    encoding: str
    stripped: int


def load(
    words: Sequence[str] = (),
    *,
    encoding: str | None = None,
    gutenberg: bool = False,
    cache: Path | None = None,
) -> list[Text]:
    """Reads what the words of a command name.

    A word is the name of a corpus (`MANUAL` or one of `CORPORA`), or a file, or a file
    in `data_folders`, in this order; ``./NAME`` is always a file.

    Args:
        words: Any number; Python's manual if there are none, as by default.
        encoding: Of the files, but not of named corpora; None (the default) to find it.
        gutenberg: Whether to keep what Project Gutenberg put before and after a book;
            left out by default.
        cache: Folder for downloads; by default as in `corpus_file`.

    Raises:
        UserError: A word that names no text, or a text that cannot be read or learnt.
    """
    texts = [_load(word, encoding, gutenberg, cache) for word in words or (MANUAL,)]
    check_distinct("".join(text.text for text in texts), " ".join(words) or MANUAL)
    return texts


def _load(word: str, encoding: str | None, gutenberg: bool, cache: Path | None) -> Text:
    if word == MANUAL:
        return Text(word, python_manual(), "", 0)
    if word in CORPORA:
        path, encoding = corpus_file(word, CORPORA[word], cache=cache), None
    else:
        path = _file(word)
    text, found = read_text(path, encoding)
    kept = text if gutenberg else strip_gutenberg(text)
    return Text(word, kept, found, len(text) - len(kept))


def _file(word: str) -> Path:
    """The file that a word names."""
    path = Path(word).expanduser()
    places = [path, *(folder / path for folder in data_folders())]
    for place in places:
        if place.exists():
            return place
    names = (MANUAL, *CORPORA)
    way_out = suggestion(word, names) or "; name one of them"
    raise UserError(
        f"corpus must be a text file or one of {', '.join(names)}, got {word!r}, which "
        f"is neither{way_out}"
    )
