"""The cells' equations as float64 NumPy loops: sequence by sequence, gate by gate.

An oracle must not share its mistakes with what it judges: gates are computed one by one
from their own blocks, a ragged batch is cut into sequences of their own lengths, and
nothing is masked.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
State = dict[str, Floats]

GATES = {
    "rnn": "h",
    "lstm": "ifgo",
    "gru": "rzn",
    "minimal": "fn",
    "peephole": "ifgo",
}


class Weights(NamedTuple):
    """Matrices and biases by gate; `b_hn` is the GRU's, `c` are peepholes."""

    x: dict[str, Floats]
    h: dict[str, Floats]
    b: dict[str, Floats]
    b_hn: Floats
    c: dict[str, Floats]


def weights(name: str, params: Any) -> Weights:
    """Cut a cell's fused parameters into the blocks of its gates."""
    gates, hidden = GATES[name], params.w_h.shape[0]

    def blocks(fused: Any) -> dict[str, Floats]:
        fused = np.asarray(fused, np.float64)
        return {
            gate: fused[..., k * hidden : (k + 1) * hidden]
            for k, gate in enumerate(gates)
        }

    b_hn = np.asarray(params.b_hn if name == "gru" else (), np.float64)
    holes = "ifo" if name == "peephole" else ""
    c = {gate: np.asarray(getattr(params, f"w_c{gate}"), np.float64) for gate in holes}
    return Weights(blocks(params.w_x), blocks(params.w_h), blocks(params.b), b_hn, c)


def sigmoid(a: Floats) -> Floats:
    return 1 / (1 + np.exp(-a))


def rnn_step(w: Weights, state: State, x: Floats) -> State:
    """Elman: h = tanh(x W + h' U + b)."""
    return {"h": np.tanh(x @ w.x["h"] + state["h"] @ w.h["h"] + w.b["h"])}


def lstm_step(w: Weights, state: State, x: Floats) -> State:
    """Hochreiter & Schmidhuber with forget gate: c = g i + c' f, h = tanh(c) o."""
    a = {gate: x @ w.x[gate] + state["h"] @ w.h[gate] + w.b[gate] for gate in "ifgo"}
    c = np.tanh(a["g"]) * sigmoid(a["i"]) + state["c"] * sigmoid(a["f"])
    return {"c": c, "h": np.tanh(c) * sigmoid(a["o"])}


def peephole_step(w: Weights, state: State, x: Floats) -> State:
    """Gers & Schmidhuber: i and f see c', o sees c."""
    a = {gate: x @ w.x[gate] + state["h"] @ w.h[gate] + w.b[gate] for gate in "ifgo"}
    i = sigmoid(a["i"] + w.c["i"] * state["c"])
    f = sigmoid(a["f"] + w.c["f"] * state["c"])
    c = np.tanh(a["g"]) * i + state["c"] * f
    return {"c": c, "h": np.tanh(c) * sigmoid(a["o"] + w.c["o"] * c)}


def gru_step(w: Weights, state: State, x: Floats) -> State:
    """Cho et al., reset after the product: h = (1 - z) n + z h'."""
    h = state["h"]
    r = sigmoid(x @ w.x["r"] + h @ w.h["r"] + w.b["r"])
    z = sigmoid(x @ w.x["z"] + h @ w.h["z"] + w.b["z"])
    n = np.tanh(x @ w.x["n"] + w.b["n"] + r * (h @ w.h["n"] + w.b_hn))
    return {"h": (1 - z) * n + z * h}


def minimal_step(w: Weights, state: State, x: Floats) -> State:
    """Zhou et al. 2016: f = sigmoid(...), n = tanh(x W + (f h') U + b)."""
    h = state["h"]
    f = sigmoid(x @ w.x["f"] + h @ w.h["f"] + w.b["f"])
    n = np.tanh(x @ w.x["n"] + (f * h) @ w.h["n"] + w.b["n"])
    return {"h": (1 - f) * h + f * n}


Step = Callable[[Weights, State, Floats], State]
STEPS: dict[str, Step] = {
    "rnn": rnn_step,
    "lstm": lstm_step,
    "gru": gru_step,
    "minimal": minimal_step,
    "peephole": peephole_step,
}


def loop(
    step: Callable[[State, Floats], State],
    xs: Floats,
    carry: State,
    lengths: Sequence[int],
    reverse: bool = False,
) -> tuple[State, Floats]:
    """Run a step over each sequence of a batch by itself: final states and outputs."""
    final = {name: np.array(value) for name, value in carry.items()}
    ys = np.zeros((len(xs), *final["h"].shape))
    for b, length in enumerate(lengths):
        state = {name: value[b] for name, value in final.items()}
        times = range(length)
        for t in reversed(times) if reverse else times:
            state = step(state, xs[t, b])
            ys[t, b] = state["h"]
        for name in final:
            final[name][b] = state[name]
    return final, ys


def run(
    name: str,
    params: Any,
    xs: Any,
    carry: Any,
    lengths: Sequence[int],
    reverse: bool = False,
) -> tuple[State, Floats]:
    """`loop` for a cell by name; integer inputs become one-hot vectors."""
    w = weights(name, params)
    xs = np.asarray(xs)
    if np.issubdtype(xs.dtype, np.integer):
        xs = np.eye(params.w_x.shape[0])[xs]
    state = {field: np.asarray(v, np.float64) for field, v in carry._asdict().items()}
    return loop(lambda s, x: STEPS[name](w, s, x), xs, state, lengths, reverse)
