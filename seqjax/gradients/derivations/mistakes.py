"""Known mistakes as changes to an exact computation.

The exact gradients of a cell are computed from a set of named pieces, such as `error`,
which is dL/dp = y - target. A mistake replaces pieces; two mistakes that replace
different pieces can be made at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray
Piece = Callable[..., Any]


class Mistake(NamedTuple):
    """One kind of mistake.

    Attributes:
        says: the diagnosis, a clause that names what is wrong.
        pieces: what takes the place of which pieces.
        alone: not tried together with other mistakes, being rare.
    """

    says: str
    pieces: Mapping[str, Piece]
    alone: bool = False


def error(s: Any) -> Array:
    """DL/dp of the cross-entropy under softmax."""
    return s.y - s.target


def terms(s: Any) -> Sequence[int]:
    """The time steps that the sum over time has."""
    return range(1, s.T + 1)


def state(s: Any, t: int) -> Array:
    """The factor of the recurrent weights in the term of step t."""
    return s.h[t - 1]


def feature(s: Any, t: int) -> Array:
    """The factor of the input weights in the term of step t."""
    return s.x[t]


def last(s: Any) -> Array:
    """The factor of the output weights."""
    return s.h[s.T]


def at(states: Array, t: int) -> Array:
    """The state of step t, zero where there is none."""
    return states[t] if 0 <= t < len(states) else np.zeros_like(states[0])


def combined(mistakes: Sequence[Mistake]) -> Iterator[tuple[Mistake, ...]]:
    """Every mistake by itself, then every two that can be made at once."""
    yield from ((mistake,) for mistake in mistakes)
    for one, other in combinations([m for m in mistakes if not m.alone], 2):
        if not one.pieces.keys() & other.pieces.keys():
            yield one, other


def mistake(says: str, **pieces: Piece) -> Mistake:
    """A mistake that replaces these pieces."""
    return Mistake(says, pieces)


# What both cells have: the loss, the sum over time, and the factors of the weights.
SHARED = (
    mistake("the target is missing: dL/dp is y - target, not y", error=lambda s: s.y),
    mistake(
        "the softmax is missing: dL/dp is y - target, not -target",
        error=lambda s: -s.target,
    ),
    mistake(
        "the derivative of the softmax is missing: -target / y is dL/dy, and dL/dp is "
        "y - target",
        error=lambda s: -s.target / s.y,
    ),
    mistake(
        "there is a factor y (1 - y) too many: dL/dp is y - target already",
        error=lambda s: (s.y - s.target) * s.y * (1 - s.y),
    ),
    mistake(
        "dL/dp is y - target, not p - target: p has to go through the softmax",
        error=lambda s: s.p - s.target,
    ),
    mistake(
        "the loss is missing: dL/dp is y - target, not y (1 - y)",
        error=lambda s: s.y * (1 - s.y),
    ),
    mistake(
        "the sum over time is missing: there is only the last step's term, t = T",
        terms=lambda s: [s.T],
    ),
    mistake(
        "the sum over time is missing: there is only the first step's term, t = 1",
        terms=lambda s: [1],
    ),
    mistake(
        "the last step's term, t = T, is left out of the sum over time",
        terms=lambda s: range(1, s.T),
    ),
    mistake(
        "the first step's term, t = 1, is left out of the sum over time",
        terms=lambda s: range(2, s.T + 1),
    ),
    mistake(
        "the sum over time ends after two steps back: only t = T and T - 1 are there",
        terms=lambda s: [s.T - 1, s.T],
    ),
    mistake(
        "the time index is shifted: h_t stands where h_{t-1} belongs",
        state=lambda s, t: s.h[t],
    ),
    mistake(
        "the time index is shifted: h_{t-2} stands where h_{t-1} belongs",
        state=lambda s, t: at(s.h, t - 2),
    ),
    mistake(
        "the time index is shifted: h_{t+1} stands where h_{t-1} belongs",
        state=lambda s, t: at(s.h, t + 1),
    ),
    mistake(
        "the time index is fixed: h_T stands in every term where h_{t-1} belongs",
        state=lambda s, t: s.h[s.T],
    ),
    mistake(
        "the time index is shifted: x_{t-1} stands where x_t belongs",
        feature=lambda s, t: s.x[t - 1],
    ),
    mistake(
        "the time index is shifted: x_{t+1} stands where x_t belongs",
        feature=lambda s, t: at(s.x, t + 1),
    ),
    mistake(
        "the time index is fixed: x_T stands in every term where x_t belongs",
        feature=lambda s, t: s.x[s.T],
    ),
    mistake(
        "the time index is shifted: h_{T-1} stands where h_T belongs",
        last=lambda s: s.h[s.T - 1],
    ),
    mistake(
        "there is a sum over time where only the last step belongs: p sees h_T alone",
        last=lambda s: s.h[1:].sum(0),
    ),
)
