"""A gate that time opens: once in every period, for a share of it, and at a shift.

With the phase of a unit, `phi = ((t - s) mod tau) / tau`, its openness is

    k = 2 phi / r_on         where phi < r_on / 2           (rising)
    k = 2 - 2 phi / r_on     where r_on / 2 <= phi < r_on   (falling)
    k = leak * phi           elsewhere                      (closed)

(Neil et al. 2016, eq. 6). At phi = r_on / 2, which their equation leaves out, k is 1.
With r_on above 1, which nobody trains with, no phase is closed: k falls no lower than
2 - 2 / r_on before it begins again at 0, and from r_on = 2 on it only rises.
Their leak is 0.001 in training, so that a gradient finds its way to units that are
closed, and 0 in a test; the course's gate has none.

The modulus is the floored one, whose remainder has the sign of the period. In it,
`(t - s) mod tau = t - s - n tau` with a whole n that does not change but at jumps, so
that its derivative by tau is -n = -floor((t - s) / tau), and not 0. As `phi` is that
remainder over tau, `dphi/dtau = -(t - s) / tau**2` and `dphi/ds = -1 / tau`.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from seqjax.core.cells.base import bias
from seqjax.core.written_derivative import Written

TRAINING_LEAK = 0.001
"""The leak alpha of Neil et al. in training; in a test it is 0."""


class TimeGate(NamedTuple):
    """When each unit is open.

    Attributes:
        period: tau, above 0, in the unit of the time stamps.
        shift: s, the time at which a period starts.
        open_ratio: r_on, the share of a period for which the gate is open, in (0, 1].
    """

    period: Float[Array, " hidden"]
    shift: Float[Array, " hidden"]
    open_ratio: Float[Array, " hidden"]


def phase(
    gate: TimeGate, times: Float[Array, "*times"]
) -> Float[Array, "*times hidden"]:
    """Where in its period each unit is: phi, in [0, 1)."""
    turns = _turns(gate, times)
    # Not jnp.mod, which calls a function for every number. This is as exact as the
    # time stamps themselves: a phase is off by the rounding of the turns before it.
    return turns - jnp.floor(turns)


def _turns(
    gate: TimeGate, times: Float[Array, "*times"]
) -> Float[Array, "*times hidden"]:
    """Periods since the first, whole and broken."""
    times = times[..., None]
    return (times - bias(gate.shift, times)) / bias(gate.period, times)


def openness(
    gate: TimeGate, times: Float[Array, "*times"], leak: float | Float[Array, ""]
) -> Float[Array, "*times hidden"]:
    """How far each unit is open: k, see the head of this module.

    The derivative is written by hand. At a kink it is that of the branch to the right.

    Args:
        gate: of every unit.
        times: time stamps, of any shape.
        leak: slope of a closed gate over the phase; 0 closes it altogether.
    """
    found: Array = _OPENNESS(None, gate, times, jnp.asarray(leak, times.dtype))
    return found


def _openness(_: None, gate: TimeGate, times: Array, leak: Array) -> Array:
    phi = phase(gate, times)
    ratio = bias(gate.open_ratio, phi)
    rising, falling = _branches(phi, ratio)
    ramp = 2 * phi / ratio
    return jnp.where(rising, ramp, jnp.where(falling, 2 - ramp, leak * phi))


def _record(
    _: None, gate: TimeGate, times: Array, leak: Array
) -> tuple[Array, tuple[()]]:
    return _openness(None, gate, times, leak), ()


def _backward(
    _: None,
    args: tuple[TimeGate, Array, Array],
    kept: tuple[()],
    k_bar: Array,
    wanted: Any,
) -> tuple[TimeGate, Array, Array]:
    gate, times, leak = args

    def add(sums: tuple[Array, ...], inputs: tuple[Array, Array]) -> Any:
        t, k_bar = inputs
        phi = phase(gate, t)
        period, ratio = bias(gate.period, phi), bias(gate.open_ratio, phi)
        rising, falling = _branches(phi, ratio)
        ramp_bar = jnp.where(rising, k_bar, jnp.where(falling, -k_bar, 0))
        leaked = jnp.where(rising | falling, 0, k_bar)
        turns_bar = ramp_bar * (2 / ratio) + leaked * leak
        turns = _turns(gate, t)
        terms = (turns_bar * turns, turns_bar, ramp_bar * phi, leaked * phi)
        t_bar = (turns_bar / period).sum(-1)
        return tuple(map(jnp.add, sums, terms)), t_bar

    # Step by step, the sums stay in the cache: three times as fast as four reductions.
    steps = times if times.ndim else times[None]
    k_bar = k_bar.reshape(*steps.shape, k_bar.shape[-1])
    zeros = jnp.zeros_like(k_bar, shape=k_bar.shape[1:])
    sums, times_bar = lax.scan(add, (zeros,) * 4, (steps, k_bar))
    turned, shifted, ramped, leaked = (x.reshape(-1, x.shape[-1]).sum(0) for x in sums)
    gate_bar = TimeGate(
        period=-turned / gate.period,
        shift=-shifted / gate.period,
        open_ratio=-2 * ramped / gate.open_ratio**2,
    )
    return gate_bar, times_bar.reshape(times.shape), leaked.sum()


# JAX's derivative of the plain formula is the same, see above; only slower.
_OPENNESS = Written(_openness, _record, _backward, general=_openness)


def share_open(
    gate: TimeGate,
    times: Float[Array, "time batch"],
    lengths: Int[Array, " batch"] | None = None,
) -> Float[Array, " time"]:
    """The share of units that a step may change, whatever the leak.

    Where the leak is 0, the others keep their carry, and nothing of the step needs to
    be computed for them: this is the share of its arithmetic that is needed.

    Args:
        gate: of every unit.
        times: time stamps.
        lengths: steps of each sequence of a ragged batch.

    Returns:
        A number from 0 to 1 for each step, the mean over units and over the sequences
        that take it; 0 where none does.
    """
    phi = phase(gate, times)
    is_open = phi < bias(gate.open_ratio, phi)
    shares = jnp.mean(is_open.astype(times.dtype), axis=-1)
    if lengths is None:
        return shares.mean(axis=1)
    steps = jnp.arange(len(times), dtype=lengths.dtype)[:, None]
    taken = (steps < lengths[None]).astype(times.dtype)
    return (shares * taken).sum(1) / jnp.maximum(taken.sum(1), 1)


def _branches(
    phi: Float[Array, "*times hidden"], ratio: Float[Array, "*ones hidden"]
) -> tuple[Bool[Array, "*times hidden"], Bool[Array, "*times hidden"]]:
    """Where the gate opens, and where it closes."""
    rising = phi < ratio / 2
    return rising, ~rising & (phi < ratio)
