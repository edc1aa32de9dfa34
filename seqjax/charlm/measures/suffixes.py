"""Every place of one text in another: a sorted list of all its suffixes.

A suffix is compared in words: so many characters at a time as fit into 53 bits, that a
difference of two words is exact as a float64 too.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, UInt32

_BITS = 53


class TextIndex(NamedTuple):
    """A text whose substrings can be looked up.

    Attributes:
        alphabet: its different characters, by code point.
        words: from each place on and from the end, the next `width` characters as
            digits of `bits` bits, 1 for the first of the alphabet; 0 beyond the end.
        order: the places, sorted by the text from there to its end.
        bits: of one character.
        width: characters of one word.
    """

    alphabet: UInt32[np.ndarray, " alphabet"]
    words: Int64[np.ndarray, " places+1"]
    order: Int64[np.ndarray, " places"]
    bits: int
    width: int

    @property
    def length(self) -> int:
        """Characters of the text."""
        return len(self.order)


def index_text(text: str) -> TextIndex:
    """Sort the suffixes of a text, doubling what is compared (Manber & Myers 1993).

    Only places whose suffixes are not yet told apart are sorted again, which soon are
    few (Larsson & Sadakane 2007).

    Args:
        text: of any length; memory is about 100 bytes for a character.
    """
    alphabet, digits = np.unique(_code_points(text), return_inverse=True)
    # Two digits more: the end of the text, and what is not in its alphabet.
    bits = int(len(alphabet) + 1).bit_length()
    width = _BITS // bits
    words = _words(digits.astype(np.int64) + 1, bits, width)
    count = len(digits)
    order = np.argsort(words[:count], kind="stable")
    rank = np.empty(count, np.int64)
    slots, compared = np.arange(count), width
    keys = words[order]
    while count:
        # A group of equal keys has its first slot for a rank.
        first = np.append(True, keys[1:] != keys[:-1])
        places = order[slots]
        starts = np.where(first, np.arange(len(slots)), 0)
        rank[places] = slots[np.maximum.accumulate(starts)]
        alone = first & np.append(first[1:], True)
        slots = slots[~alone]
        if not len(slots):
            break
        places = order[slots]
        behind = places + compared
        # What ends earlier comes first.
        second = np.where(behind < count, rank[np.minimum(behind, count - 1)] + 1, 0)
        keys = rank[places] * (count + 1) + second
        sorted_ = np.argsort(keys, kind="stable")
        order[slots], keys = places[sorted_], keys[sorted_]
        compared *= 2
    return TextIndex(alphabet, words, order, bits, width)


def match_lengths(index: TextIndex, query: str) -> Int64[np.ndarray, " characters"]:
    """How far, from each place of a query on, its text stands somewhere in the index.

    Args:
        index: of `index_text`.
        query: any text.

    Returns:
        For each place i the largest L such that query[i : i + L] is in the text.
    """
    return matches(index, query)[0]


def matches(
    index: TextIndex, query: str
) -> tuple[Int64[np.ndarray, " characters"], Int64[np.ndarray, " characters"]]:
    """The `match_lengths`, and for each a place in the text where so much stands.

    Time grows with the sum of the lengths: seconds where 10 000 characters in a row are
    in the text.

    Args:
        index: of `index_text`.
        query: any text.
    """
    points = _code_points(query)
    if not index.length or not len(points):
        return np.zeros(len(points), np.int64), np.zeros(len(points), np.int64)
    digits = np.minimum(
        np.searchsorted(index.alphabet, points), len(index.alphabet) - 1
    ).astype(np.int64)
    # A digit that the text does not have ends every match, and so does the query's end.
    strange = len(index.alphabet) + 1
    digits = np.where(index.alphabet[digits] == points, digits + 1, strange)
    words = _words(digits, index.bits, index.width, end=strange)
    low = np.zeros(len(points), np.int64)
    high = np.full(len(points), index.length)
    best, where = np.zeros(len(points), np.int64), np.zeros(len(points), np.int64)
    # Characters shared with the suffixes below `low` and from `high` on; all between
    # share the lesser of them at least, so that these are compared but once.
    shared_low, shared_high = np.zeros_like(best), np.zeros_like(best)
    # The longest match is beside the place where the query's suffix would be inserted,
    # and a search by halves looks at both neighbours of that place.
    while (open_ := low < high).any():
        asked = np.flatnonzero(open_)
        middle = (low[asked] + high[asked]) // 2
        known = np.minimum(shared_low[asked], shared_high[asked])
        common, less = _compare(index, words, index.order[middle], asked, known)
        better = common > best[asked]
        best[asked[better]] = common[better]
        where[asked[better]] = index.order[middle[better]]
        low[asked] = np.where(less, middle + 1, low[asked])
        high[asked] = np.where(less, high[asked], middle)
        shared_low[asked] = np.where(less, common, shared_low[asked])
        shared_high[asked] = np.where(less, shared_high[asked], common)
    return best, where


def _compare(
    index: TextIndex,
    query: Int64[np.ndarray, " words"],
    places: Int64[np.ndarray, " n"],
    asked: Int64[np.ndarray, " n"],
    known: Int64[np.ndarray, " n"],
) -> tuple[Int64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Characters that suffixes of text and query share; whether the text's is less."""
    common = known.copy()
    less = np.zeros(len(asked), np.bool_)
    rows = np.arange(len(asked))
    while len(rows):
        # Neither goes beyond its end: the digit there is none of the other's.
        ours = index.words[places[rows] + common[rows]]
        theirs = query[asked[rows] + common[rows]]
        # bit_length, by the exponent of a float.
        differ = np.frexp((ours ^ theirs).astype(np.float64))[1]
        common[rows] += (index.bits * index.width - differ) // index.bits
        less[rows] = ours < theirs
        rows = rows[differ == 0]
    return common, less


def _words(
    digits: Int64[np.ndarray, " characters"], bits: int, width: int, end: int = 0
) -> Int64[np.ndarray, " characters+1"]:
    """From each place on, `width` digits as one number, with `end` beyond the end."""
    padded = np.append(digits, np.full(width, end))
    words = np.zeros(len(digits) + 1, np.int64)
    for offset in range(width):
        words = (words << bits) | padded[offset : offset + len(words)]
    return words


def _code_points(text: str) -> UInt32[np.ndarray, " characters"]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
