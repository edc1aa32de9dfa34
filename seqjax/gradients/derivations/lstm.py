"""Exact gradients of the LSTM, computed from pieces that can be replaced.

c_bar_t = c_bar (from step t + 1) + h_bar_t * o_t * (1 - tanh(c_t)^2)
g_bar_t = c_bar_t * i_t * (1 - g_t^2),      i_bar_t = c_bar_t * g_t * i_t (1 - i_t)
f_bar_t = c_bar_t * c_{t-1} * f_t (1 - f_t),
o_bar_t = h_bar_t * tanh(c_t) * o_t (1 - o_t)
h_bar_{t-1} = sum over gates of W_*h^T *_bar_t,   c_bar for t - 1: c_bar_t * f_t
dW_*h = sum_t *_bar_t h_{t-1}^T,  dW_*x = sum_t *_bar_t x_t^T,  db_* = sum_t *_bar_t
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.gradients.derivations import mistakes
from seqjax.gradients.derivations.examples import LSTMExample
from seqjax.gradients.derivations.mistakes import Mistake, Piece

Array = np.ndarray
GATES = ("g", "i", "f", "o")


class Rules(NamedTuple):
    """The pieces of the exact computation, each a function of the example and t."""

    error: Piece = mistakes.error
    terms: Piece = mistakes.terms
    state: Piece = mistakes.state
    feature: Piece = mistakes.feature
    last: Piece = mistakes.last
    recurrent: Piece = lambda s, gate: getattr(s, f"W_{gate}h").T
    opened: Piece = lambda s, t: s.o[t]
    memory_slope: Piece = lambda s, t: 1 - np.tanh(s.c[t]) ** 2
    kept: Piece = lambda s, t: s.f[t]
    beside_g: Piece = lambda s, t: s.i[t]
    beside_i: Piece = lambda s, t: s.g[t]
    beside_f: Piece = lambda s, t: s.c[t - 1]
    beside_o: Piece = lambda s, t: np.tanh(s.c[t])
    slope_g: Piece = lambda s, t: 1 - s.g[t] ** 2
    slope_i: Piece = lambda s, t: s.i[t] * (1 - s.i[t])
    slope_f: Piece = lambda s, t: s.f[t] * (1 - s.f[t])
    slope_o: Piece = lambda s, t: s.o[t] * (1 - s.o[t])


def gradients(s: LSTMExample, made: Sequence[Mistake] = ()) -> dict[str, Array]:
    """All gradients of an example, exact or with mistakes.

    Args:
        s: the example.
        made: mistakes to make; none gives the exact gradients.
    """
    rules = Rules()
    for one in made:
        rules = rules._replace(**one.pieces)
    e = rules.error(s)
    found = {"dW_ph": np.outer(e, rules.last(s)), "db_p": e}
    for gate in GATES:
        for name in (f"W_{gate}x", f"W_{gate}h", f"b_{gate}"):
            found[f"d{name}"] = np.zeros_like(getattr(s, name))
    h_bar, c_bar = s.W_ph.T @ e, np.zeros_like(s.h[0])
    chosen = rules.terms(s)
    for t in range(s.T, 0, -1):
        c_bar = c_bar + h_bar * rules.opened(s, t) * rules.memory_slope(s, t)
        bars = {
            "g": c_bar * rules.beside_g(s, t) * rules.slope_g(s, t),
            "i": c_bar * rules.beside_i(s, t) * rules.slope_i(s, t),
            "f": c_bar * rules.beside_f(s, t) * rules.slope_f(s, t),
            "o": h_bar * rules.beside_o(s, t) * rules.slope_o(s, t),
        }
        if t in chosen:
            for gate, bar in bars.items():
                found[f"dW_{gate}x"] += np.outer(bar, rules.feature(s, t))
                found[f"dW_{gate}h"] += np.outer(bar, rules.state(s, t))
                found[f"db_{gate}"] += bar
        h_bar = sum(
            (rules.recurrent(s, gate) @ bar for gate, bar in bars.items()),
            np.zeros_like(h_bar),
        )
        c_bar = c_bar * rules.kept(s, t)
    return found


def cut(s: LSTMExample, t: int) -> LSTMExample:
    """The example with all gates saturated at step t: nothing passes further back."""
    gates = {gate: getattr(s, gate).copy() for gate in GATES}
    for gate, values in gates.items():
        values[t] = 1.0 if gate in "gi" else 0.0
    return s._replace(**gates)
