"""The text of a training, and finding it again by what a model says of it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.charlm.corpus import corpus_of, read_corpus
from seqjax.lab.data.corpora import python_manual
from seqjax.lab.errors import UserError

TALE = "Once upon a time, é.\nThe end.\n" * 10


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.txt"
    path.write_text(TALE, encoding="utf-8")
    return path


def training(path: Path, **changes: Any) -> dict[str, Any]:
    """What a model says of its training."""
    return {
        "corpus": [str(path)],
        "encoding": None,
        "gutenberg": False,
        "split": [0.9, 0.1, 0.0],
        "vocabulary": "characters",
        "text_sha256": hashlib.sha256(TALE.encode()).hexdigest(),
    } | changes


def test_the_parts_are_those_of_the_text_in_order(tale: Path) -> None:
    corpus = read_corpus([str(tale)], fractions=(0.5, 0.3, 0.2))
    assert "".join(corpus.parts) == TALE
    assert [len(part) for part in corpus.parts] == [150, 90, 60]
    assert corpus.name == str(tale)
    assert corpus.sha256 == hashlib.sha256(TALE.encode()).hexdigest()
    assert corpus.stripped == 0


@pytest.mark.parametrize("kind", ["characters", "bytes"])
def test_every_part_is_encoded_in_the_symbols_of_the_whole(
    tale: Path, kind: Any
) -> None:
    corpus = read_corpus([str(tale)], vocabulary=kind, fractions=(0.6, 0.2, 0.2))
    for part, text in zip(corpus.encoded(), corpus.parts, strict=True):
        assert part.dtype == np.int32
        assert corpus.vocabulary.decode(part) == text
    if kind == "bytes":
        assert bytes(corpus.encoded().train.tolist()) == corpus.parts.train.encode()
    else:
        assert corpus.vocabulary.size == len(set(TALE))


def test_several_texts_are_each_cut_by_itself(tale: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("abc" * 10)
    corpus = read_corpus([str(tale), str(other)], fractions=(0.9, 0.1, 0))
    assert corpus.parts.train == TALE[:270] + "abc" * 9
    assert corpus.parts.validation == TALE[270:] + "abc"
    assert corpus.name == f"{tale} {other}"
    assert set("abc") <= set(corpus.vocabulary.symbols)


def test_without_words_it_is_the_manual_of_python() -> None:
    assert "".join(read_corpus().parts) == python_manual()


def test_a_model_finds_its_text_again(tale: Path) -> None:
    for changes in (
        {},
        {"split": [0.5, 0.25, 0.25], "vocabulary": "bytes", "encoding": "utf-8"},
        # What a training says beside that is no matter.
        {"seed": 3, "window": 1000, "batch_size": 64, "carried": True},
    ):
        said = training(tale, **changes)
        corpus = corpus_of(said)
        assert corpus == read_corpus(
            [str(tale)],
            encoding=said["encoding"],
            fractions=said["split"],
            vocabulary=said["vocabulary"],
        )


def test_a_text_that_is_another_one_now_is_refused(tale: Path) -> None:
    said = training(tale)
    tale.write_text(TALE.replace("time", "tune"), encoding="utf-8")
    with pytest.raises(UserError) as error:
        corpus_of(said)
    assert str(error.value) == (
        f"{tale} must be the text that the model was trained on, but has been changed "
        "since; put back the text it was trained on"
    )
    with pytest.raises(UserError) as error:
        corpus_of(training(tale, corpus=[]))
    assert str(error.value) == (
        "python must be the text that the model was trained on, but has been changed "
        "since; use the version of Python it was trained with"
    )


def test_a_text_that_is_gone_is_named(tale: Path) -> None:
    tale.unlink()
    with pytest.raises(UserError, match=f"got '{tale}', which is neither"):
        corpus_of(training(tale))


@pytest.mark.parametrize(
    "missing", ["corpus", "encoding", "gutenberg", "split", "vocabulary", "text_sha256"]
)
def test_a_model_that_does_not_say_its_text_is_refused(
    tale: Path, missing: str
) -> None:
    said = training(tale)
    del said[missing]
    with pytest.raises(UserError) as error:
        corpus_of(said)
    assert str(error.value) == (
        f"the model must say on which text it was trained, but lacks '{missing}'; give "
        "one that seqjax.charlm train wrote"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"window": 270},
            "the train part of NAME must have at least T + 1 = 271 characters, but has "
            "270; name a longer text or a smaller T",
        ),
        (
            {"window": 30},
            "the validation part of NAME must have at least T + 1 = 31 characters, but "
            "has 30; name a longer text or a smaller T",
        ),
        (
            {"window": 5, "streams": 46},
            "the train part of NAME must have at least 46 streams of T + 1 = 6 "
            "characters (276), but has 270; make --batch-size or --window smaller, or "
            "give --no-carried",
        ),
    ],
)
def test_texts_that_are_too_short_are_refused(
    tale: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        read_corpus([str(tale)], **options)
    assert str(error.value) == message.replace("NAME", str(tale))


def test_texts_that_are_just_long_enough_are_taken(tale: Path) -> None:
    read_corpus([str(tale)], window=29)
    read_corpus([str(tale)], window=5, streams=45)
    read_corpus([str(tale)], window=299, fractions=(1, 0, 0))
