"""The text that a model learns, as its parts and as numbers."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32

from seqjax.lab.data.corpora import (
    MANUAL,
    Parts,
    Vocabulary,
    load,
    split,
    vocabulary_of,
)
from seqjax.lab.data.corpora.splitting import check_parts
from seqjax.lab.data.corpora.vocabulary import Kind
from seqjax.lab.errors import UserError

FRACTIONS = (0.9, 0.1, 0.0)
"""Shares of train, validation and test, unless others are asked for."""


class Encoded(NamedTuple):
    """The parts of a text as numbers of symbols."""

    train: Int32[np.ndarray, " train"]
    validation: Int32[np.ndarray, " validation"]
    test: Int32[np.ndarray, " test"]


class Corpus(NamedTuple):
    """A text to learn.

    Attributes:
        name: The words that named it.
        parts: What is trained on, validated on, tested on.
        vocabulary: Of all of it, so that every part can be encoded.
        sha256: Of all of it, as UTF-8.
        stripped: How many characters of Project Gutenberg's were left out.
    """

    name: str
    parts: Parts
    vocabulary: Vocabulary
    sha256: str
    stripped: int

    def encoded(self) -> Encoded:
        """The parts as numbers."""
        return Encoded(*[self.vocabulary.encode(part) for part in self.parts])


def read_corpus(
    words: Sequence[str] = (),
    *,
    encoding: str | None = None,
    gutenberg: bool = False,
    fractions: Sequence[float | int] = FRACTIONS,
    vocabulary: Kind = "characters",
    window: int = 1,
    streams: int = 1,
) -> Corpus:
    """Reads and cuts the texts that the words of a command name.

    Args:
        words: Files and named corpora; by default none: Python's manual.
        encoding: Of the files; None (the default) to find it.
        gutenberg: Whether to keep what Project Gutenberg added; no by default.
        fractions: Shares of train, validation and test, by default `FRACTIONS`.
        vocabulary: ``"characters"`` (the default) or ``"bytes"``.
        window: T in characters, which every part must hold; 1 by default.
        streams: The part trained on must hold so many streams of T + 1 characters; 1 by
            default.

    Raises:
        UserError: A text that cannot be read, cut or learnt.
    """
    texts = load(words, encoding=encoding, gutenberg=gutenberg)
    name = " ".join(text.name for text in texts)
    parts = split([text.text for text in texts], fractions)
    check_parts(parts, window, name)
    least = streams * (window + 1)
    if len(parts.train) < least:
        raise UserError(
            f"the train part of {name} must have at least {streams} streams of T + 1 = "
            f"{window + 1} characters ({least}), but has {len(parts.train)}; make "
            "--batch-size or --window smaller, or give --no-carried"
        )
    whole = "".join(text.text for text in texts)
    return Corpus(
        name,
        parts,
        vocabulary_of(whole, vocabulary),
        hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest(),
        sum(text.stripped for text in texts),
    )


def corpus_of(training: Mapping[str, Any]) -> Corpus:
    """The text that a stored model was trained on.

    Args:
        training: `StoredModel.training`, as `seqjax.charlm train` leaves it.

    Raises:
        UserError: The model does not say, or the text is gone, or is another one now.
    """
    try:
        corpus = read_corpus(
            training["corpus"],
            encoding=training["encoding"],
            gutenberg=training["gutenberg"],
            fractions=training["split"],
            vocabulary=training["vocabulary"],
        )
        expected = training["text_sha256"]
    except KeyError as error:
        raise UserError(
            f"the model must say on which text it was trained, but lacks {error}; "
            "give one that seqjax.charlm train wrote"
        ) from None
    if corpus.sha256 != expected:
        # Python's manual is not the same in every version of Python.
        hint = (
            "use the version of Python it was trained with"
            if MANUAL in corpus.name.split()
            else "put back the text it was trained on"
        )
        raise UserError(
            f"{corpus.name} must be the text that the model was trained on, "
            f"but has been changed since; {hint}"
        )
    return corpus
