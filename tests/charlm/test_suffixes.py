"""The index of a text finds what Python's own search finds, and sorts as it sorts."""

import numpy as np
import pytest

from seqjax.charlm.measures import index_text, match_lengths, matches

TEXTS = [
    "a",
    "ab",
    "banana",
    "mississippi",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "abababababababababababababababababababababababababababababababa",
    "the cat sat on the mat; the cat sat.\n" * 5,
    "".join(chr(code) for code in range(0x10FF00, 0x10FFFF)) * 2,
    "ünïcödé \U0001f600 \U0001f600 \U0001f601",
    "\x00\x00\x01\x00",
]


def random_string(seed: int, letters: str, length: int) -> str:
    rng = np.random.default_rng(seed)
    return "".join(rng.choice(np.array(list(letters)), length))


CASES = TEXTS + [
    random_string(seed, "abcdefgh"[:size], length)
    for seed, (size, length) in enumerate([(1, 50), (2, 300), (3, 200), (8, 400)])
]


def naive_lengths(text: str, query: str) -> list[int]:
    """The longest match from each place on, by Python's `in`."""
    found = []
    for start in range(len(query)):
        length = 0
        while start + length < len(query) and query[start : start + length + 1] in text:
            length += 1
        found.append(length)
    return found


@pytest.mark.parametrize("text", CASES)
def test_the_suffixes_are_sorted(text: str) -> None:
    expected = sorted(range(len(text)), key=lambda place: text[place:])
    assert index_text(text).order.tolist() == expected


@pytest.mark.parametrize("text", CASES)
def test_matches_are_the_longest_there_are(text: str) -> None:
    rng = np.random.default_rng(len(text))
    start = int(rng.integers(len(text)))
    for query in (
        text,
        text[start:] + text[:start],
        text[::-1],
        "".join(rng.permutation(list(text))),
        text[: start + 1] + "\u2603" + text[start:],  # a stranger in the middle
        text + text,  # beyond the end of the text
        "\u2603",
        "",
    ):
        lengths, places = matches(index_text(text), query)
        assert lengths.tolist() == naive_lengths(text, query)
        assert match_lengths(index_text(text), query).tolist() == lengths.tolist()
        for start_, (length, place) in enumerate(zip(lengths, places, strict=True)):
            assert text[place : place + length] == query[start_ : start_ + length]


def test_nothing_is_in_an_empty_text() -> None:
    index = index_text("")
    assert index.length == 0
    assert match_lengths(index, "abc").tolist() == [0, 0, 0]


def test_a_long_text_with_long_repeats() -> None:
    once = random_string(7, "abcdefghijklmnopqrstuvwxyz ", 50_000)
    text = once + once[5000:20_000] + "!" + once[:100]
    index = index_text(text)
    order = index.order
    assert np.array_equal(np.sort(order), np.arange(len(text)))
    pairs = np.random.default_rng(8).integers(0, len(order) - 1, 2000)
    assert all(text[order[i] :] < text[order[i + 1] :] for i in pairs.tolist())
    query = once[20_000:26_000] + "?" + once[46_000:]
    lengths = match_lengths(index, query)
    assert lengths[0] == 6000
    assert lengths[5999:6002].tolist() == [1, 0, 4000]
