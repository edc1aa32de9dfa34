"""What a time gate learns, and what it starts from.

Periods and open ratios are learnt through numbers that may be any, so that no update
makes them invalid; shifts may be any already.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core.cells.base import sigmoid
from seqjax.core.gate_checks import check_bounds, check_gate
from seqjax.core.keys import named_keys
from seqjax.core.time_gate import TimeGate

# Of this number the logistic function is 1, in 64-bit numbers too.
_LOGIT_OF_ONE = 40.0


class TimeGateParams(NamedTuple):
    """A `TimeGate` as it is learnt: any real numbers make a valid one.

    Attributes:
        period: tau = softplus of it: far above 0 nearly itself, so that an optimiser's
            step is one in the unit of the time stamps, as where tau itself is learnt.
        shift: s itself.
        open_ratio: r_on = the logistic function of it.
    """

    period: Float[Array, " hidden"]
    shift: Float[Array, " hidden"]
    open_ratio: Float[Array, " hidden"]


PARAMETERS = TimeGateParams._fields
"""Names of what a gate may learn."""


def time_gate(params: TimeGateParams) -> TimeGate:
    """The gate that parameters stand for."""
    return TimeGate(
        jax.nn.softplus(params.period), params.shift, sigmoid(params.open_ratio)
    )


def time_gate_params(gate: TimeGate) -> TimeGateParams:
    """The parameters that stand for a gate, up to rounding.

    An open ratio of 1 is kept to the bit; no gradient leads away from it.

    Raises:
        ValueError: on a period of 0 or below, or an open ratio outside (0, 1], where
            the numbers are known (not under `jax.jit`).
    """
    check_gate(gate.period, gate.open_ratio)
    tau, ratio = gate.period, gate.open_ratio
    # log(exp(tau) - 1), which would overflow.
    period = tau + jnp.log(-jnp.expm1(-tau))
    logit = jnp.log(ratio) - jnp.log1p(-jnp.minimum(ratio, 1 - jnp.finfo(ratio).epsneg))
    return TimeGateParams(
        period, gate.shift, jnp.where(ratio < 1, logit, _LOGIT_OF_ONE)
    )


def draw_time_gate(
    key: PRNGKeyArray,
    hidden: int,
    *,
    period: tuple[float, float] = (math.e, math.e**3),
    shift: tuple[float, float] = (0.0, 100.0),
    open_ratio: float = 0.05,
) -> TimeGateParams:
    """Draw a gate for every unit, by default as Neil et al. do for their first task.

    Args:
        key: a typed key.
        hidden: number of units.
        period: bounds between which tau is log-uniform, exp(U(1, 3)) by default; equal
            ones fix it.
        shift: bounds between which s is uniform.
        open_ratio: r_on of all units.

    Raises:
        ValueError: on a period of 0 or below, bounds in the wrong order, or an open
            ratio outside (0, 1].
    """
    check_bounds("period", period)
    check_bounds("shift", shift)
    check_gate(period, open_ratio)
    keys = named_keys(key, ("period", "shift"))
    steps = jax.random.uniform(keys["period"], (hidden,))
    tau = period[0] * jnp.exp(steps * math.log(period[1] / period[0]))
    start = jax.random.uniform(keys["shift"], (hidden,))
    start = shift[0] + start * (shift[1] - shift[0])
    return time_gate_params(TimeGate(tau, start, jnp.full(hidden, open_ratio)))
