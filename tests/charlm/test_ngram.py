"""n-grams are distributions, and those that the formulas give, counted one by one."""

import re
from collections import Counter, defaultdict
from itertools import product

import numpy as np
import pytest

from seqjax.charlm.measures import distribution, fit_ngram, log_probabilities
from seqjax.charlm.measures.ngram import Smoothing

BOTH: list[Smoothing] = ["kneser-ney", "witten-bell"]


def random_text(seed: int, length: int, size: int) -> np.ndarray:
    """Symbols with habits: each is often that of three places before."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, size - 1, length)  # the last symbol never occurs
    for place in range(3, length):
        if rng.random() < 0.6:
            text[place] = text[place - 3]
    return text.astype(np.int32)


class Oracle:
    """The formulas of the docstring, with dictionaries of tuples and no array."""

    def __init__(self, text: list[int], size: int, order: int, kind: str) -> None:
        self.size, self.order = size, order
        self.counts: dict[int, Counter[tuple[int, ...]]] = {}
        for k in range(1, order + 1):
            grams = [tuple(text[i : i + k]) for i in range(len(text) - k + 1)]
            if kind == "witten-bell" or k == order:
                self.counts[k] = Counter(grams)
            else:
                before = defaultdict(set)
                for i, gram in enumerate(grams):
                    before[gram].add(text[i - 1] if i else None)
                # What begins the text counts once if it is nowhere else.
                self.counts[k] = Counter(
                    {g: max(len(b - {None}), 1) for g, b in before.items()}
                )
        self.kind = kind

    def probability(self, symbol: int, context: tuple[int, ...]) -> float:
        if len(context) > self.order - 1:
            context = context[len(context) - self.order + 1 :]
        lower = self.probability(symbol, context[1:]) if context else 1 / self.size
        counts = self.counts[len(context) + 1]
        after = {g[-1]: n for g, n in counts.items() if g[:-1] == context}
        if not after:
            return lower
        total, types = sum(after.values()), len(after)
        if self.kind == "witten-bell":
            return (after.get(symbol, 0) + types * lower) / (total + types)
        n1 = sum(n == 1 for n in counts.values())
        n2 = sum(n == 2 for n in counts.values())
        discount = min(n1 / (n1 + 2 * n2), 0.95) if n1 else 0.5
        own = max(after.get(symbol, 0) - discount, 0)
        return (own + discount * types * lower) / total


@pytest.mark.parametrize("smoothing", BOTH)
@pytest.mark.parametrize("order", [1, 2, 4])
def test_every_context_has_a_distribution(smoothing: Smoothing, order: int) -> None:
    size = 4
    model = fit_ngram(random_text(0, 60, size), size, order, smoothing)
    for length in range(order + 1):  # seen, never seen, and longer than is looked at
        for context in product(range(size), repeat=length):
            chances = distribution(model, np.array(context, np.int32))
            assert chances.sum() == pytest.approx(1, abs=1e-12)
            assert chances.min() > 0


@pytest.mark.parametrize("smoothing", BOTH)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_are_those_of_the_formulas(
    smoothing: Smoothing, order: int
) -> None:
    size = 5
    train = random_text(1, 120, size)
    held_out = random_text(2, 40, size)
    held_out[7] = size - 1  # never seen
    oracle = Oracle(train.tolist(), size, order, smoothing)
    expected = [
        np.log(oracle.probability(int(symbol), tuple(held_out[:place].tolist())))
        for place, symbol in enumerate(held_out)
    ]
    model = fit_ngram(train, size, order, smoothing)
    np.testing.assert_allclose(log_probabilities(model, held_out), expected, rtol=1e-12)


@pytest.mark.parametrize("smoothing", BOTH)
def test_scores_are_the_logarithms_of_the_distributions(smoothing: Smoothing) -> None:
    size, order = 6, 4
    text = random_text(3, 200, size)
    model = fit_ngram(text[:150], size, order, smoothing)
    expected = [
        np.log(distribution(model, text[:place])[text[place]])
        for place in range(len(text))
    ]
    for start in (0, 1, 2, 150, 199):
        np.testing.assert_allclose(
            log_probabilities(model, text, start), expected[start:], rtol=1e-12
        )


def test_the_unigram_without_rare_symbols_is_the_entropy() -> None:
    text = np.tile(np.array([0, 0, 0, 1], np.int32), 5000)
    loss = -log_probabilities(fit_ngram(text, 2, 1), text).mean()
    assert loss == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)), abs=1e-4)


def test_what_always_follows_is_all_but_sure() -> None:
    text = np.tile(np.arange(7, dtype=np.int32), 300)
    for smoothing in BOTH:
        model = fit_ngram(text, 7, 3, smoothing)
        assert np.exp(log_probabilities(model, text, 10)).min() > 0.99


@pytest.mark.parametrize(
    ("size", "order", "length", "message"),
    [
        (
            256,
            8,
            100,
            "order must be at least 1, and size**order below 2**63, not 8 with size "
            "256; give a smaller order",
        ),
        (
            2,
            0,
            100,
            "order must be at least 1, and size**order below 2**63, not 0 with size 2; "
            "give a smaller order",
        ),
        (
            2,
            5,
            4,
            "train must have at least order = 5 symbols, not 4; give a longer text",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(
    size: int, order: int, length: int, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fit_ngram(np.zeros(length, np.int32), size, order)
