"""Texts are read as they were written, or refused in words that say what to do."""

from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from seqjax.lab.data.corpora import (
    check_distinct,
    check_parts,
    decode,
    load,
    python_manual,
    read_text,
    split,
    strip_gutenberg,
)
from seqjax.lab.errors import UserError

TEXT = "First line, naïve £ 1\nsecond\n\nfourth\n"


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQJAX_DATA", raising=False)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("iso-8859-1", "iso-8859-1"),
    ],
)
def test_a_text_is_read_however_it_was_written(
    tmp_path: Path, codec: str, found: str, ends: str
) -> None:
    path = tmp_path / "text"
    path.write_bytes(TEXT.replace("\n", ends).encode(codec))
    assert read_text(path) == (TEXT, found)
    assert read_text(path, codec) == (TEXT, codec)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_both_orders_of_bytes(mark: bytes) -> None:
    codec = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert decode(mark + TEXT.encode(codec), "it").text == TEXT


def test_quotation_marks_of_windows() -> None:
    data = "“Yes” – naïve, 5 €".encode("cp1252")
    assert decode(data, "it") == ("“Yes” – naïve, 5 €", "cp1252")


def test_a_given_encoding_counts_even_if_another_would_do() -> None:
    data = "é".encode()
    assert decode(data, "it", "iso-8859-1").text == "Ã©"
    assert (
        decode(b"\xef\xbb\xbfabc", "it", "utf-8").text == "abc"
    )  # the mark is no text


def test_terminals_and_old_systems_leave_controls_in_texts() -> None:
    assert decode(b"a\tb\x0c\x1b[1mc\x1a", "it").text == "a\tb\x0c\x1b[1mc\x1a"


BINARY = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"", None, "it must hold text, but is empty; name another file"),
        (
            b"\xef\xbb\xbf",
            None,
            "it must hold text, but is empty; name another file",
        ),
        (
            BINARY,
            None,
            "it must be text, but 100 of its 1024 bytes are control characters, as in "
            "a binary file; name its encoding with --encoding, or name another file",
        ),
        (
            "naïve £ ".encode() * 9 + b"\xe9",
            None,
            "it must be text in one encoding, but is UTF-8 with 1 bytes that are not; "
            "mend it, or name its encoding with --encoding, or name another file",
        ),
        (
            b"\x81\x8d\x8f\x90\x9d",
            None,
            "it must be text, but is neither UTF-8 nor ISO-8859-1; name its encoding "
            "with --encoding, or name another file",
        ),
        (
            b"\xff\xfea",
            None,
            "it must be text in utf-16, but is not (truncated data at byte 2); name "
            "its encoding with --encoding, or name another file",
        ),
        (
            b"caf\xe9",
            "ascii",
            "it must be text in ascii, but is not (ordinal not in range(128) at byte "
            "3); leave out --encoding to have it found",
        ),
        (
            b"abc",
            "utf8000",
            "--encoding must be an encoding that Python knows, got 'utf8000'; for "
            "example --encoding utf-8",
        ),
        (
            b"abc",
            "hex",
            "--encoding must be an encoding that Python knows, got 'hex'; for example "
            "--encoding utf-8",
        ),
    ],
)
def test_what_is_no_text_is_refused(
    data: bytes, encoding: str | None, message: str
) -> None:
    with pytest.raises(UserError) as error:
        decode(data, "it", encoding)
    assert str(error.value) == message


BOOK = "Chapter I\n\nIt was. *** So it was.\n\nTHE END\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "The Project Gutenberg EBook\n\n*** START OF THIS PROJECT GUTENBERG EBOOK "
            "A BOOK ***\n\n\nProduced by A. Body\nand others\n\n\n",
            "\n\n\nEnd of the Project Gutenberg EBook of A Book, by A. Body\n\n"
            "*** END OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n\nlicence\n",
        ),
        (
            "***START OF THE PROJECT GUTENBERG EBOOK A LONG\nNAME***\n\n",
            "***END OF THE PROJECT GUTENBERG EBOOK A LONG\nNAME***\n",
        ),
        (
            "% *** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***  %\n\\begin{a}\n"
            "*** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n",
            "*** END OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\nlicence\n"
            "% *** END OF THIS PROJECT GUTENBERG EBOOK A BOOK ***  %\n",
        ),
        (
            "small print\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04*\n\n",
            "\nEnd of The Project Gutenberg Etext of A Book\n\n"
            "*** END OF THE PROJECT GUTENBERG EBOOK A BOOK ***",
        ),
    ],
)
def test_a_book_is_taken_out_of_its_licence(before: str, after: str) -> None:
    assert strip_gutenberg(before + BOOK + after) == BOOK


@pytest.mark.parametrize(
    "text",
    [
        BOOK,
        "*** START OF THIS PROJECT GUTENBERG EBOOK A ***\n" + BOOK,
        BOOK + "*** END OF THIS PROJECT GUTENBERG EBOOK A ***\n",
        "*** START OF THIS PROJECT GUTENBERG EBOOK A ***\n\n"
        "*** END OF THIS PROJECT GUTENBERG EBOOK A ***\n",
    ],
)
def test_without_both_marks_nothing_is_taken(text: str) -> None:
    assert strip_gutenberg(text) == text


@pytest.mark.parametrize("length", [1, 2, 9, 10, 11, 1003])
@pytest.mark.parametrize(
    "fractions", [(0.9, 0.1, 0.0), (0.8, 0.1, 0.1), (0.7, 0.2, 0.1), (1.0, 0.0, 0.0)]
)
def test_parts_are_contiguous_and_whole(
    length: int, fractions: tuple[float, float, float]
) -> None:
    text = "".join(chr(0x4E00 + i) for i in range(length))
    parts = split([text], fractions)
    assert "".join(parts) == text
    for part, fraction in zip(parts, fractions, strict=True):
        assert abs(len(part) - fraction * length) <= 1
        assert fraction or not part
    # In whole tenths, which binary fractions only come near to.
    assert len(parts.train) == length * round(10 * fractions[0]) // 10


def test_several_texts_are_held_out_from_each() -> None:
    parts = split(["a" * 10, "b" * 20], (0.5, 0.3, 0.2))
    assert parts == ("a" * 5 + "b" * 10, "a" * 3 + "b" * 6, "a" * 2 + "b" * 4)


@pytest.mark.parametrize(
    ("fractions", "shown"),
    [
        ((0.9, 0.2, 0.0), "0.9 0.2 0"),
        ((0.9, 0.1), "0.9 0.1"),
        ((1.1, -0.1, 0.0), "1.1 -0.1 0"),
        ((0.0, 0.5, 0.5), "0 0.5 0.5"),
        ((float("nan"), 0.5, 0.5), "nan 0.5 0.5"),
    ],
)
def test_fractions_are_of_a_whole(fractions: tuple[float, ...], shown: str) -> None:
    with pytest.raises(UserError) as error:
        split([TEXT], fractions)
    assert str(error.value) == (
        "--split must be the shares of train, validation and test, the first above 0 "
        f"and all together 1, got {shown}; for example --split 0.9 0.05 0.05"
    )


def test_every_part_has_a_window_and_its_targets() -> None:
    check_parts(split(["ab" * 155]), 30, "it")  # 279 and 31 characters
    check_parts(split(["ab" * 16], (1, 0, 0)), 30, "it")
    with pytest.raises(UserError) as error:
        check_parts(split(["ab" * 150]), 30, "it")
    assert str(error.value) == (
        "the validation part of it must have at least T + 1 = 31 characters, but has "
        "30; name a longer text or a smaller T"
    )
    with pytest.raises(UserError) as error:
        check_parts(split(["ab"]), 30, "it")
    assert str(error.value) == (
        "the train part of it must have at least T + 1 = 31 characters, but has 1; "
        "name a longer text or a smaller T"
    )


def test_one_character_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("aaaa")
    message = (
        f"{path} must have at least two distinct characters, but has only 'a'; name "
        "another text"
    )
    with pytest.raises(UserError) as error:
        load([str(path)])
    assert str(error.value) == message
    with pytest.raises(UserError) as error:
        check_parts(split(["a" * 400]), 30, str(path))
    assert str(error.value) == message
    with pytest.raises(UserError) as error:
        check_distinct("", "it")
    assert str(error.value) == (
        "it must have at least two distinct characters, but has none; name another text"
    )


def test_files_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("naïve\r\n".encode("iso-8859-1"))
    wrapped = (
        "*** START OF THIS PROJECT GUTENBERG EBOOK A ***\nbook\n"
        "*** END OF THIS PROJECT GUTENBERG EBOOK A ***\n"
    )
    (tmp_path / "b").write_text(wrapped)
    words = [str(tmp_path / "b"), str(tmp_path / "a")]
    assert load(words) == [
        (words[0], "book\n", "utf-8", len(wrapped) - 5),
        (words[1], "naïve\n", "iso-8859-1", 0),
    ]
    assert load(words, gutenberg=True)[0] == (words[0], wrapped, "utf-8", 0)
    assert load([words[1]], encoding="cp437")[0].text == "na\u2229ve\n"


def test_a_file_may_lie_in_the_folder_of_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQJAX_DATA", str(tmp_path))
    (tmp_path / "mine.txt").write_text("of the folder")
    assert load(["mine.txt"])[0].text == "of the folder"
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "mine.txt").write_text("of the texts")
    assert load(["mine.txt"])[0].text == "of the texts"
    monkeypatch.chdir(tmp_path / "text")
    (tmp_path / "text" / "mine.txt").write_text("here")
    assert load(["mine.txt"])[0].text == "here"


@pytest.mark.parametrize(
    ("word", "way_out"),
    [
        ("shakespere", "did you mean shakespeare?"),
        ("none/such.txt", "name one of them"),
    ],
)
def test_a_word_that_names_nothing(word: str, way_out: str) -> None:
    with pytest.raises(UserError) as error:
        load([word])
    assert str(error.value) == (
        "corpus must be a text file or one of python, shakespeare, grimm, bible, "
        f"karenina, plato, homer, calculus, got {word!r}, which is neither; {way_out}"
    )


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        load([str(tmp_path)])
    assert str(error.value) == (
        f"cannot read the text {tmp_path}: Is a directory; name a text file"
    )


def test_with_nothing_named_it_is_the_manual_of_python() -> None:
    (text,) = load()
    assert text == ("python", python_manual(), "", 0)
    assert load(["python"]) == [text]


def test_the_manual_is_sorted_and_says_nothing_twice() -> None:
    from pydoc_data.topics import topics

    manual = python_manual()
    assert 200_000 < len(manual) < 1_000_000
    assert manual.endswith("\n")
    all_ = [
        (name, paragraph)
        for name, text in sorted(topics.items())
        for paragraph in text.strip().split("\n\n")
    ]
    first = {paragraph: i for i, (_, paragraph) in reversed(list(enumerate(all_)))}
    kept = [
        (name, paragraph)
        for i, (name, paragraph) in enumerate(all_)
        if first[paragraph] == i or len(paragraph) < 40
    ]
    expected = [
        "\n\n".join(paragraph for _, paragraph in group)
        for _, group in groupby(kept, key=itemgetter(0))
    ]
    assert manual.removesuffix("\n").split("\n\n\n") == [
        part for text in expected for part in text.split("\n\n\n")
    ]
    # Everything is there, and what is long only once.
    for text in topics.values():
        for paragraph in text.strip().split("\n\n"):
            assert paragraph.strip("\n") in manual
    paragraphs = manual.strip().split("\n\n")
    long = [paragraph.strip("\n") for paragraph in paragraphs if len(paragraph) >= 42]
    assert len(long) > 1000
    assert len(set(long)) == len(long)


def test_a_python_without_its_manual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pydoc_data.topics", None)
    with pytest.raises(UserError) as error:
        load()
    assert str(error.value) == (
        "the text of Python's manual must be installed, but this Python is without its "
        "module pydoc_data.topics; name a corpus or a file"
    )
