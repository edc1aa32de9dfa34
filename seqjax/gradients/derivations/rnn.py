"""Exact gradients of the vanilla RNN, computed from pieces that can be replaced.

    delta_T = (1 - h_T^2) * W_ph^T (y - target)
    delta_j = (1 - h_j^2) * W_hh^T delta_{j+1}
    dW_hh = sum_t delta_t h_{t-1}^T,  dW_hx = sum_t delta_t x_t^T,  db_h = sum_t delta_t

The term of each t is a product of its own over j, not a recursion, since some mistakes
(an exponent that counts steps) cannot be written as a recursion.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.linalg import matrix_power

from seqjax.gradients.derivations import mistakes
from seqjax.gradients.derivations.examples import RNNExample
from seqjax.gradients.derivations.mistakes import Mistake, Piece

Array = np.ndarray


def slope(s: RNNExample, t: int, j: int) -> Array:
    """The derivative of tanh at step j, in the term of step t."""
    return 1 - s.h[j] ** 2


def recurrent(s: RNNExample) -> Array:
    """What takes the gradient one step back."""
    return s.W_hh.T


def exponent(s: RNNExample, t: int, j: int) -> int:
    """The power of `recurrent` from step j + 1 to j, in the term of step t."""
    return 1


def steps(s: RNNExample, t: int) -> Sequence[int]:
    """The steps j that the term of step t goes back to, in this order."""
    return range(s.T - 1, t - 1, -1)


def chain(rules: "Rules", s: RNNExample, t: int, top: Array) -> Array:
    """`delta_t` from `top`, the gradient of h_T."""
    delta = rules.slope(s, t, s.T) * top
    for j in rules.steps(s, t):
        back = matrix_power(rules.recurrent(s), rules.exponent(s, t, j))
        delta = rules.slope(s, t, j) * (back @ delta)
    return delta


class Rules(NamedTuple):
    """The pieces of the exact computation."""

    error: Piece = mistakes.error
    terms: Piece = mistakes.terms
    state: Piece = mistakes.state
    feature: Piece = mistakes.feature
    last: Piece = mistakes.last
    slope: Piece = slope
    recurrent: Piece = recurrent
    exponent: Piece = exponent
    steps: Piece = steps
    chain: Piece = chain


def gradients(s: RNNExample, made: Sequence[Mistake] = ()) -> dict[str, Array]:
    """All gradients of an example, exact or with mistakes.

    Args:
        s: the example.
        made: mistakes to make; none gives the exact gradients.
    """
    rules = Rules()
    for one in made:
        rules = rules._replace(**one.pieces)
    e = rules.error(s)
    top = s.W_ph.T @ e
    found = {
        "dW_ph": np.outer(e, rules.last(s)),
        "dW_hh": np.zeros_like(s.W_hh),
        "dW_hx": np.zeros_like(s.W_hx),
        "db_h": np.zeros_like(s.b_h),
        "db_p": e,
    }
    for t in rules.terms(s):
        delta = rules.chain(rules, s, t, top)
        found["dW_hh"] += np.outer(delta, rules.state(s, t))
        found["dW_hx"] += np.outer(delta, rules.feature(s, t))
        found["db_h"] += delta
    return found


def cut(s: RNNExample, t: int) -> RNNExample:
    """The example with tanh saturated at step t, where nothing passes further back."""
    h = s.h.copy()
    h[t] = 1.0
    return s._replace(h=h)
