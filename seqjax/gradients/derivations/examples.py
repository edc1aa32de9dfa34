"""Small random examples: what a derivation is given, in float64, forward pass done.

Times run from 1 to T as on paper: index 0 of `h` (and `c`) is the state before the
first step, and index 0 of everything that has none is zero.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

Array = np.ndarray


class Sizes(NamedTuple):
    """Sizes of an example; all different, so that no shape fits by accident."""

    steps: int
    inputs: int
    hidden: int
    classes: int


SIZES = (Sizes(5, 3, 4, 6), Sizes(3, 2, 5, 4), Sizes(6, 4, 3, 5), Sizes(4, 5, 6, 3))


class RNNExample(NamedTuple):
    """One sequence through the vanilla RNN."""

    T: int
    x: Float64[Array, "times inputs"]
    h: Float64[Array, "times hidden"]
    p: Float64[Array, " classes"]
    y: Float64[Array, " classes"]
    target: Float64[Array, " classes"]
    W_hx: Float64[Array, "hidden inputs"]
    W_hh: Float64[Array, "hidden hidden"]
    W_ph: Float64[Array, "classes hidden"]
    b_h: Float64[Array, " hidden"]
    b_p: Float64[Array, " classes"]


class LSTMExample(NamedTuple):
    """One sequence through the LSTM."""

    T: int
    x: Float64[Array, "times inputs"]
    h: Float64[Array, "times hidden"]
    c: Float64[Array, "times hidden"]
    g: Float64[Array, "times hidden"]
    i: Float64[Array, "times hidden"]
    f: Float64[Array, "times hidden"]
    o: Float64[Array, "times hidden"]
    p: Float64[Array, " classes"]
    y: Float64[Array, " classes"]
    target: Float64[Array, " classes"]
    W_gx: Float64[Array, "hidden inputs"]
    W_gh: Float64[Array, "hidden hidden"]
    W_ix: Float64[Array, "hidden inputs"]
    W_ih: Float64[Array, "hidden hidden"]
    W_fx: Float64[Array, "hidden inputs"]
    W_fh: Float64[Array, "hidden hidden"]
    W_ox: Float64[Array, "hidden inputs"]
    W_oh: Float64[Array, "hidden hidden"]
    W_ph: Float64[Array, "classes hidden"]
    b_g: Float64[Array, " hidden"]
    b_i: Float64[Array, " hidden"]
    b_f: Float64[Array, " hidden"]
    b_o: Float64[Array, " hidden"]
    b_p: Float64[Array, " classes"]


Example = RNNExample | LSTMExample


def draw_rnn(seed: int, sizes: Sizes, *, from_zero: bool = False) -> RNNExample:
    """A random vanilla RNN run over a random sequence.

    Args:
        seed: of all its numbers.
        sizes: of its arrays.
        from_zero: start at h_0 = 0, which is otherwise random.
    """
    rng, x, target = _begin(seed, sizes)
    w = _weights(rng, sizes, "h")
    h = _states(rng, sizes, from_zero)
    for t in range(1, sizes.steps + 1):
        h[t] = np.tanh(w["W_hx"] @ x[t] + w["W_hh"] @ h[t - 1] + w["b_h"])
    p = w["W_ph"] @ h[-1] + w["b_p"]
    return RNNExample(T=sizes.steps, x=x, h=h, p=p, y=_softmax(p), target=target, **w)


def draw_lstm(seed: int, sizes: Sizes, *, from_zero: bool = False) -> LSTMExample:
    """A random LSTM run over a random sequence.

    Args:
        seed: of all its numbers.
        sizes: of its arrays.
        from_zero: start at h_0 = c_0 = 0, which are otherwise random.
    """
    rng, x, target = _begin(seed, sizes)
    w = _weights(rng, sizes, "gifo")
    h, c = _states(rng, sizes, from_zero), _states(rng, sizes, from_zero)
    gates = {gate: np.zeros_like(h) for gate in "gifo"}
    for t in range(1, sizes.steps + 1):
        for gate, values in gates.items():
            a = w[f"W_{gate}x"] @ x[t] + w[f"W_{gate}h"] @ h[t - 1] + w[f"b_{gate}"]
            values[t] = np.tanh(a) if gate == "g" else 1 / (1 + np.exp(-a))
        c[t] = gates["g"][t] * gates["i"][t] + c[t - 1] * gates["f"][t]
        h[t] = np.tanh(c[t]) * gates["o"][t]
    p = w["W_ph"] @ h[-1] + w["b_p"]
    rest = dict(p=p, y=_softmax(p), target=target)
    return LSTMExample(T=sizes.steps, x=x, h=h, c=c, **gates, **rest, **w)


def copied(example: Example) -> Example:
    """The same in arrays of its own, which a derivation may write into."""
    arrays: dict[str, Any] = {
        name: field.copy()
        for name, field in example._asdict().items()
        if isinstance(field, np.ndarray)
    }
    return example._replace(**arrays)


def _begin(seed: int, sizes: Sizes) -> tuple[np.random.Generator, Array, Array]:
    rng = np.random.default_rng([seed, *sizes])
    x = rng.normal(size=(sizes.steps + 1, sizes.inputs))
    x[0] = 0.0
    return rng, x, np.eye(sizes.classes)[rng.integers(sizes.classes)]


def _weights(
    rng: np.random.Generator, sizes: Sizes, gates: Sequence[str]
) -> dict[str, Array]:
    """Weights large enough that no step's share in a gradient is negligible."""
    _, inputs, hidden, classes = sizes
    w = {
        "W_ph": rng.normal(size=(classes, hidden)),
        "b_p": 0.3 * rng.normal(size=classes),
    }
    for gate in gates:
        w[f"W_{gate}x"] = 0.6 * rng.normal(size=(hidden, inputs))
        w[f"W_{gate}h"] = rng.normal(size=(hidden, hidden)) * 1.2 / np.sqrt(hidden)
        w[f"b_{gate}"] = 0.3 * rng.normal(size=hidden)
    return w


def _states(rng: np.random.Generator, sizes: Sizes, from_zero: bool) -> Array:
    states = np.zeros((sizes.steps + 1, sizes.hidden))
    drawn = rng.uniform(-0.8, 0.8, size=sizes.hidden)
    if not from_zero:
        states[0] = drawn
    return states


def _softmax(p: Array) -> Array:
    y: Array = np.exp(p - p.max())
    return y / y.sum()
