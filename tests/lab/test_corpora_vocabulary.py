"""Symbols have one order, and texts come back from their numbers."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from seqjax.lab.data.corpora import Vocabulary, vocabulary_of
from seqjax.lab.data.corpora.vocabulary import Kind
from seqjax.lab.data.corpora.vocabulary import from_json as vocabulary_from_json
from seqjax.lab.errors import UserError

TEXT = "the quick brown fox,\njumps: naïve “quotes” \U0001f600 and \ud800"


def test_characters_are_numbered_by_code_point() -> None:
    vocabulary = vocabulary_of(TEXT)
    characters = sorted(set(TEXT))
    assert list(vocabulary.symbols) == characters
    assert vocabulary.size == len(characters)
    numbers = vocabulary.encode(TEXT)
    assert numbers.tolist() == [characters.index(c) for c in TEXT]
    assert numbers.dtype == np.int32


def test_bytes_have_every_text() -> None:
    vocabulary = vocabulary_of("a", "bytes")
    assert vocabulary.size == 256
    text = TEXT.replace("\ud800", "")
    assert vocabulary.encode(text).tolist() == list(text.encode())
    # Half a character, as a model may write it.
    assert vocabulary.decode(np.array([97, 0xE2, 0x80], np.int32)) == "a\ufffd"


@pytest.mark.parametrize("kind", ["characters", "bytes"])
def test_a_text_comes_back(kind: Kind) -> None:
    text = TEXT if kind == "characters" else TEXT.replace("\ud800", "")
    vocabulary = vocabulary_of(text, kind)
    stored = json.loads(json.dumps(vocabulary.to_json()))
    again = vocabulary_from_json(stored)
    assert again == vocabulary
    for part in (text, text[::-1], ""):
        assert again.decode(vocabulary.encode(part)) == part


def test_the_order_does_not_depend_on_the_process() -> None:
    code = (
        "from seqjax.lab.data.corpora import vocabulary_of\n"
        "print(ascii(vocabulary_of('the quick brown fox jumps').symbols))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {ascii("".join(sorted(set("the quick brown fox jumps"))))}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cab!", "'!' (U+0021)"),
        ("→ß→ab", "'ß' (U+00DF), '→' (U+2192)"),
        (
            "ABCDEFGHI",
            "'A' (U+0041), 'B' (U+0042), 'C' (U+0043), 'D' (U+0044), 'E' (U+0045) and "
            "4 more",
        ),
        ("\U0001f600", "'\U0001f600' (U+1F600)"),
    ],
)
def test_strangers_are_named(text: str, named: str) -> None:
    with pytest.raises(UserError) as error:
        vocabulary_of("abc").encode(text, "prompt")
    assert str(error.value) == (
        f"prompt must only have characters that the model's text has, not {named}; "
        "leave them out, or train on a text that has them or on bytes"
    )


def test_numbers_are_those_of_symbols() -> None:
    for numbers, shown in (([0, 3], "0 to 3"), ([-1, 2], "-1 to 2")):
        message = (
            f"numbers must be 0 to 2, not {shown}; decode them with the vocabulary "
            "they come from"
        )
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            vocabulary_of("abc").decode(np.array(numbers, np.int32))


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"kind": "words", "symbols": "ab"},
        {"kind": "characters"},
        {"kind": "characters", "symbols": 3},
        {"kind": "characters", "symbols": "ba"},
        {"kind": "characters", "symbols": "aab"},
        {"kind": "characters", "symbols": "ab", "more": 1},
    ],
)
def test_a_damaged_entry_is_refused(entry: dict[str, object]) -> None:
    message = (
        "the vocabulary must have a kind (characters or bytes) and sorted symbols, not "
        f"{str(entry)!r}; restore the model's files"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        vocabulary_from_json(entry)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            Vocabulary("bytes", "ab").to_json(),
            "a vocabulary of bytes must have no symbols of its own; restore the "
            "model's files",
        ),
        (
            Vocabulary("characters", "").to_json(),
            "a vocabulary of characters must have some symbols of its own; restore the "
            "model's files",
        ),
    ],
)
def test_symbols_go_with_their_kind(entry: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        vocabulary_from_json(entry)
