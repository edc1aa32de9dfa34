"""Frequency discrimination: has a sine wave a period of 5 to 6 ms, or another one?

Neil et al. (2016), section 3.1: a wave is seen for a while, at time points that are
regular or not, and the network says at the end whether its period is in the range
(class 1). Half of a batch is drawn from the range, the rest with a log-uniform period
from 1 to 100 ms, of which ln(6 / 5) / ln(100) = 4 % fall in the range too. So who
always answers class 1 is right in `CHANCE` = 52.0 % of all cases.

What the paper leaves open is taken from its authors' programs: a wave lasts 15 to
125 ms, uniform, and lies anywhere in the first 125 ms; asynchronous time points are 15
to 125 in number, whatever the duration, and uniform in it. Their phases are radians
drawn up to the duration in ms, here a whole turn. Their regular time points begin
anywhere; here they are multiples of the step, so whole milliseconds at a step of 1 ms,
unless `Sampling.aligned` is False.
"""

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core.keys import named_keys

RANGE = (5.0, 6.0)
"""Periods of class 1 in ms, both ends included."""

PERIODS = (1.0, 100.0)
"""Bounds in ms of periods that are not drawn from the range."""

SHORTEST = 15
"""Least duration of a wave in ms, and least number of asynchronous time points."""

LONGEST = 125
"""Their largest values in the paper."""

_SHARE = math.log(RANGE[1] / RANGE[0]) / math.log(PERIODS[1] / PERIODS[0])

CHANCE = (1 + _SHARE) / 2
"""Accuracy of always answering class 1, which is the more frequent one."""

LEAST_GAP = 1e-4
"""No time points are closer than this share of the mean gap (nearly): they increase."""


class Sampling(NamedTuple):
    """When a wave is looked at.

    Attributes:
        step: ms between time points; None: at random times.
        aligned: regular time points are multiples of the step.
    """

    step: float | None
    aligned: bool = True

    def places(self, longest: int) -> int:
        """Most time points of a wave that lasts up to `longest` ms."""
        return longest if self.step is None else math.ceil(longest / self.step)


SAMPLINGS = {
    "standard": Sampling(1.0),
    "high-resolution": Sampling(0.1),
    "asynchronous": Sampling(None),
}
"""The paper's three conditions."""


class Waves(NamedTuple):
    """Sampled waves, one after the other on the last axis; zero past their ends.

    Attributes:
        times: time stamps in ms.
        values: of the sine, between -1 and 1.
        lengths: number of time points.
        labels: 1 where the period is in the range, else 0.
        periods: in ms.
    """

    times: Float[Array, "time batch"]
    values: Float[Array, "time batch"]
    lengths: Int[Array, " batch"]
    labels: Int[Array, " batch"]
    periods: Float[Array, " batch"]


def draw(
    key: PRNGKeyArray,
    longest: Float[Array, ""],
    batch_size: int,
    places: int,
    sampling: Sampling,
) -> Waves:
    """Draw waves; every second one has a period from the range.

    Args:
        key: fixes the batch.
        longest: largest duration in ms, and number of asynchronous time points; traced.
        batch_size: number of waves.
        places: room for time points, see `Sampling.places`; fixes the shape.
        sampling: when the waves are looked at.
    """
    names = ("duration", "start", "range", "period", "phase", "points", "gaps")
    keys, one = named_keys(key, names), (batch_size,)
    uniform = partial(jax.random.uniform, shape=one)
    duration = uniform(keys["duration"], minval=SHORTEST, maxval=longest)
    start = uniform(keys["start"]) * (longest - duration)
    inside = uniform(keys["range"], minval=RANGE[0], maxval=RANGE[1])
    logs = [math.log(bound) for bound in PERIODS]
    anywhere = jnp.exp(uniform(keys["period"], minval=logs[0], maxval=logs[1]))
    periods = jnp.where(jnp.arange(batch_size) % 2 == 0, inside, anywhere)
    if sampling.step is None:
        last = longest.astype(jnp.int32) + 1
        lengths = jax.random.randint(keys["points"], one, SHORTEST, last)
        # Gaps of a Poisson process, scaled to the whole, are those of sorted uniforms.
        gaps = jax.random.exponential(keys["gaps"], (places + 1, batch_size))
        ends = jnp.cumsum(jnp.maximum(gaps, LEAST_GAP), axis=0)
        whole = jnp.take_along_axis(ends, lengths[None], axis=0)
        times = start + duration * ends[:-1] / whole
    else:
        lengths = jnp.ceil(duration / sampling.step).astype(jnp.int32)
        first = start / sampling.step
        first = jnp.floor(first) if sampling.aligned else first
        numbers = jnp.arange(places, dtype=first.dtype)[:, None]
        times = (first + numbers) * sampling.step
    lengths = jnp.minimum(lengths, places)
    phases = 2 * jnp.pi * uniform(keys["phase"])
    values = jnp.sin(2 * jnp.pi * times / periods - phases)
    taken = jnp.arange(places)[:, None] < lengths
    labels = (periods >= RANGE[0]) & (periods <= RANGE[1])
    return Waves(
        jnp.where(taken, times, 0),
        jnp.where(taken, values, 0),
        lengths,
        labels.astype(jnp.int32),
        periods,
    )
