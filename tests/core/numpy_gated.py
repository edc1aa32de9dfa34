"""Time gates and gated cells as float64 NumPy loops, unit by unit, from the paper."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.core import numpy_cells
from tests.core.numpy_cells import Floats, State


def openness(t: float, tau: float, s: float, r_on: float, leak: float) -> float:
    """Neil et al. 2016, eq. 6, with the peak's phase in the falling branch."""
    phi = math.fmod(t - s, tau)
    if phi < 0:  # fmod's remainder has the sign of t - s; the gate's is never negative
        phi += tau
    phi /= tau
    if phi < 0.5 * r_on:
        return 2 * phi / r_on
    if phi < r_on:
        return 2 - 2 * phi / r_on
    return leak * phi


def gates(times: Any, gate: Any, leak: float) -> Floats:
    """Openness of every unit at all of `times`."""
    times = np.asarray(times, np.float64)
    units = [np.asarray(field, np.float64) for field in gate]
    found = np.zeros((*times.shape, len(units[0])))
    for place, t in np.ndenumerate(times):
        for unit, (tau, s, r_on) in enumerate(zip(*units, strict=True)):
            found[(*place, unit)] = openness(t, tau, s, r_on, leak)
    return found


def run(
    name: str,
    params: Any,
    xs: Any,
    k: Any,
    carry: Any,
    lengths: Sequence[int],
    reverse: bool = False,
) -> tuple[State, Floats]:
    """A gated cell over sequences: c = k c~ + (1 - k) c_prev, and h likewise."""
    w = numpy_cells.weights(name, params)
    xs = np.asarray(xs, np.float64)
    inputs = xs.shape[-1]
    k = np.broadcast_to(np.asarray(k), (*xs.shape[:2], np.shape(k)[-1]))
    state = {field: np.asarray(v, np.float64) for field, v in carry._asdict().items()}

    def step(state: State, read: Floats) -> State:
        x, k = read[:inputs], read[inputs:]
        new = numpy_cells.STEPS[name](w, state, x)
        return {field: k * new[field] + (1 - k) * state[field] for field in state}

    return numpy_cells.loop(
        step, np.concatenate([xs, k], axis=-1), state, lengths, reverse
    )
