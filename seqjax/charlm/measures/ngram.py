"""n-grams of symbols with back-off: what counting alone predicts of a held-out text."""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float64, Int, Int64

Smoothing = Literal["kneser-ney", "witten-bell"]


class Level(NamedTuple):
    """The k-grams of a text, k symbols each.

    A k-gram is its digits in base `size`, the last symbol the last digit; its context
    is all of it but the last symbol.

    Attributes:
        grams: the different ones, sorted.
        share: a(c | h) of each, the part of P(c | h) that comes from its own count.
        contexts: the different contexts h, sorted.
        rest: b(h) of each, the part of P(. | h) left to shorter contexts.
    """

    grams: Int64[np.ndarray, " grams"]
    share: Float64[np.ndarray, " grams"]
    contexts: Int64[np.ndarray, " contexts"]
    rest: Float64[np.ndarray, " contexts"]


class NGram(NamedTuple):
    """A distribution over the next symbol given those before it.

    Attributes:
        levels: of 1-grams, 2-grams and so on.
        size: number of symbols.
    """

    levels: tuple[Level, ...]
    size: int


def fit_ngram(
    train: Int[np.ndarray, " symbols"],
    size: int,
    order: int = 5,
    smoothing: Smoothing = "kneser-ney",
) -> NGram:
    """Count the 1- to n-grams of a text, and interpolate them.

    P_k(c | h) = a(c | h) + b(h) P_{k-1}(c | h without its first symbol), from k = 1
    with P_0 = 1 / size; a context never seen leaves all to the shorter one. N(hc)
    counts, T(h) is the number of different symbols seen after h, N(h) = sum_c N(hc).

    - ``"witten-bell"`` (Witten & Bell 1991, method C): a = N(hc) / (N(h) + T(h)),
      b = T(h) / (N(h) + T(h)).
    - ``"kneser-ney"`` (Kneser & Ney 1995, interpolated as in Chen & Goodman 1999, eq.
      12): a = max(N(hc) - D, 0) / N(h), b = D T(h) / N(h), where below the longest
      k-grams N(hc) is the number of different symbols seen before hc, and
      D = n1 / (n1 + 2 n2) per k, from the numbers of k-grams counted once and twice.

    Both sum to 1 over c for every h, and no symbol has probability 0.

    Args:
        train: what is counted, each 0 to `size` - 1.
        size: number of symbols.
        order: n, 5 by default; 1 is the unigram.
        smoothing: ``"kneser-ney"`` by default.

    Raises:
        ValueError: `order` below 1 or too large for k-grams to be numbered, or a text
            shorter than `order`.
    """
    if order < 1 or size**order >= 2**63:
        raise ValueError(
            f"order must be at least 1, and size**order below 2**63, not {order} with "
            f"size {size}; give a smaller order"
        )
    if len(train) < order:
        raise ValueError(
            f"train must have at least order = {order} symbols, not {len(train)}; give "
            "a longer text"
        )
    levels: list[Level] = []
    counted = None
    for k in range(order, 0, -1):
        if counted is None or smoothing == "witten-bell":
            grams, counts = np.unique(_codes(train, size, k), return_counts=True)
        else:
            # Each different longer gram is one symbol before the gram that ends it.
            grams, counts = np.unique(counted % size**k, return_counts=True)
            # The text's first gram has nothing before it, and may be nowhere else.
            grams, counts = _with(grams, counts, _codes(train[:k], size, k))
        counted = grams
        levels.insert(0, _level(grams, counts, size, smoothing))
    return NGram(tuple(levels), size)


def log_probabilities(
    model: NGram, symbols: Int[np.ndarray, " symbols"], start: int = 0
) -> Float64[np.ndarray, " scored"]:
    """Score symbols: ln P(symbol | up to n - 1 symbols before it).

    Args:
        model: of `fit_ngram`.
        symbols: a text; what stands before `start` is context only.
        start: place of the first symbol to score, 0 by default.
    """
    count = len(symbols) - start
    probability = np.full(count, 1 / model.size)
    for k, level in enumerate(model.levels, 1):
        # The first symbols of a text have shorter contexts.
        skipped = max(k - 1 - start, 0)
        if skipped >= count:
            break
        codes = _codes(symbols[start + skipped - (k - 1) :], model.size, k)
        probability[skipped:] = _refined(
            level, codes, probability[skipped:], model.size
        )
    return np.log(probability)


def distribution(
    model: NGram, context: Int[np.ndarray, " symbols"]
) -> Float64[np.ndarray, " size"]:
    """P(c | context) of every symbol c.

    Args:
        model: of `fit_ngram`.
        context: symbols before it, of which the last n - 1 count.
    """
    probability = np.full(model.size, 1 / model.size)
    for k, level in enumerate(model.levels, 1):
        if k - 1 > len(context):
            break
        last = context[len(context) - (k - 1) :].astype(np.int64)
        code = _codes(np.append(last, 0), model.size, k)[0]
        probability = _refined(
            level, code + np.arange(model.size), probability, model.size
        )
    return probability


def _refined(
    level: Level,
    codes: Int64[np.ndarray, " n"],
    lower: Float64[np.ndarray, " n"],
    size: int,
) -> Float64[np.ndarray, " n"]:
    """P_k of these k-grams, from P_{k-1} of their last symbols."""
    share = _found(level.grams, level.share, codes, 0.0)
    rest = _found(level.contexts, level.rest, codes // size, 1.0)
    return share + rest * lower


def _level(
    grams: Int64[np.ndarray, " grams"],
    counts: Int64[np.ndarray, " grams"],
    size: int,
    smoothing: Smoothing,
) -> Level:
    """The two parts of P_k(c | h)."""
    contexts, first, types = np.unique(
        grams // size, return_index=True, return_counts=True
    )
    totals = np.add.reduceat(counts, first)
    if smoothing == "witten-bell":
        discount, mass = 0.0, totals + types
        rest = types / mass
    else:
        once, twice = np.sum(counts == 1), np.sum(counts == 2)
        # Without a gram counted once there is no estimate, and something must be left.
        discount = float(once / (once + 2 * twice)) if once else 0.5
        # Where every gram is counted once, D would be 1, and nothing of a count left.
        discount = min(discount, 0.95)
        mass = totals
        rest = discount * types / mass
    share = np.maximum(counts - discount, 0) / np.repeat(mass, types)
    return Level(grams, share, contexts, rest)


def _codes(
    symbols: Int[np.ndarray, " symbols"], size: int, k: int
) -> Int64[np.ndarray, " grams"]:
    """Every k symbols in a row as one number."""
    count = len(symbols) - k + 1
    codes = np.zeros(count, np.int64)
    for offset in range(k):
        codes = codes * size + symbols[offset : offset + count]
    return codes


def _with(
    grams: Int64[np.ndarray, " grams"],
    counts: Int64[np.ndarray, " grams"],
    one: Int64[np.ndarray, "1"],
) -> tuple[Int64[np.ndarray, " more"], Int64[np.ndarray, " more"]]:
    """The grams and one more, counted once, unless it is among them."""
    place = int(np.searchsorted(grams, one[0]))
    if place < len(grams) and grams[place] == one[0]:
        return grams, counts
    return np.insert(grams, place, one[0]), np.insert(counts, place, 1)


def _found(
    keys: Int64[np.ndarray, " keys"],
    values: Float64[np.ndarray, " keys"],
    wanted: Int64[np.ndarray, " n"],
    otherwise: float,
) -> Float64[np.ndarray, " n"]:
    """The values of what is wanted, by sorted keys."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], otherwise)
