"""Real texts are read as a naive reader reads them, who knows what each of them is."""

import hashlib

import pytest

from seqjax.lab.data.corpora import CORPORA, load, read_text, split, vocabulary_of
from seqjax.lab.data.corpora.gutenberg import strip_gutenberg
from tests.lab.shared_data import TEXTS, data_folder, text_file

ENCODINGS = {
    "tinyshakespeare.txt": "ascii",
    "genesis_kjv.txt": "ascii",
    "grimm_fairy_tales.txt": "utf-8",
    "calculus_made_easy.tex": "latin-1",
}


def naive(data: bytes, encoding: str) -> str:
    """Python's own reading, a line at a time."""
    lines = data.decode(encoding).splitlines(keepends=True)
    # splitlines knows more ends of lines than files have.
    text = "".join(lines)
    return text[1:] if text[0] == "\ufeff" else text


def naive_book(text: str) -> list[str]:
    """The lines between the marks, found line by line."""
    book: list[str] = []
    for line in text.split("\n"):
        if "START OF THIS PROJECT" in line:
            book = []
        elif "END OF THIS PROJECT" in line:
            break
        else:
            book.append(line)
    return book


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_real_text(
    name: str, ends: bytes, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = text_file(name)
    if path is None:
        pytest.skip(f"no {name}: set SEQJAX_DATA to a folder that has text/{name}")
    data = path.read_bytes()
    text = naive(data, ENCODINGS[name])
    copy = type(path)(str(tmp_path)) / name
    copy.write_bytes(data.replace(b"\n", ends))
    for file in (path, copy):
        assert read_text(file).text == text
        assert load([str(file)], gutenberg=True)[0].text == text

    vocabulary = vocabulary_of(text)
    assert list(vocabulary.symbols) == sorted(set(text))
    assert vocabulary.decode(vocabulary.encode(text)) == text
    in_bytes = vocabulary_of(text, "bytes")
    assert in_bytes.decode(in_bytes.encode(text)) == text

    parts = split([text])
    assert parts.train == text[: len(text) * 9 // 10]
    assert parts.train + parts.validation == text

    book = load([str(path)])[0]
    assert book.stripped == len(text) - len(book.text)
    if "PROJECT GUTENBERG" not in text:
        assert book.text == text
        return
    # All that is left out at the ends are empty lines, who made it, and its last line.
    lines = naive_book(text)
    kept = book.text.removesuffix("\n").split("\n")
    start = lines.index(kept[0])
    assert lines[start : start + len(kept)] == kept
    left = [line for line in lines[:start] + lines[start + len(kept) :] if line.strip()]
    assert len(left) <= 2
    assert all(line.startswith(("Produced by", "End of")) for line in left)
    assert "Gutenberg" not in "".join(kept[:20] + kept[-20:])
    assert strip_gutenberg(book.text) == book.text


@pytest.mark.parametrize("name", CORPORA)
def test_a_named_text_that_is_here(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = CORPORA[name]
    path, folder = text_file(known.file), data_folder()
    if path is None or folder is None:
        pytest.skip(f"no {known.file} in a folder of data")
    monkeypatch.setenv("SEQJAX_DATA", str(folder))
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() in (known.sha256, *known.also)
    if hashlib.sha256(data.replace(b"\n", b"\r\n")).hexdigest() == known.sha256:
        data = data.replace(b"\n", b"\r\n")
    assert len(data) == known.size
    assert load([name])[0].text == load([str(path)])[0].text
