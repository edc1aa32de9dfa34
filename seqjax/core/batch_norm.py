"""Batch normalisation, of inputs and inside an LSTM.

Ioffe & Szegedy (2015): less the mean, over the root of the variance, times a scale,
plus a shift. In training mean and variance are those of the batch; in a test they are
those of the population, given as the statistics of a large batch at the same weights.
No running averages are kept: they would lag behind the weights, and a model would no
longer be its parameters alone.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from seqjax.core.boundary import as_inputs, check_lengths
from seqjax.core.cells.base import bias, project, sigmoid
from seqjax.core.cells.lstm import LSTMCarry, lstm_initial_carry

EPSILON = 1e-5
"""Added to a variance before the root."""


class Moments(NamedTuple):
    """Means and variances of features."""

    mean: Float[Array, "*time features"]
    variance: Float[Array, "*time features"]


class Statistics(NamedTuple):
    """All moments in a batch-normalised LSTM.

    Attributes:
        x: of the input's share of the preactivations, over examples and time.
        h: of the recurrent share, step by step, the last step last.
        c: of the memory, step by step.
        reached: the first step that any sequence takes; there is nothing before it.
    """

    x: Moments
    h: Moments
    c: Moments
    reached: Int[Array, ""]


class BatchNormLSTMParams(NamedTuple):
    """Parameters of the batch-normalised LSTM; gate blocks in the order i, f, g, o."""

    w_x: Float[Array, "inputs 4*hidden"]
    w_h: Float[Array, "hidden 4*hidden"]
    b: Float[Array, " 4*hidden"]
    scale_x: Float[Array, " 4*hidden"]
    scale_h: Float[Array, " 4*hidden"]
    scale_c: Float[Array, " hidden"]
    shift_c: Float[Array, " hidden"]


def moments(
    values: Float[Array, "*examples features"], real: Bool[Array, "*examples"]
) -> Moments:
    """Mean and variance of each feature over those examples that are `real`."""
    axes = tuple(range(real.ndim))
    weights = real.astype(values.dtype)[..., None]
    count = jnp.maximum(weights.sum(), 1)
    mean = (weights * values).sum(axes) / count
    return Moments(
        mean, (weights * (values - bias(mean, values)) ** 2).sum(axes) / count
    )


def projected(
    w: Float[Array, "inputs features"],
    xs: Float[Array, "*examples inputs"],
    real: Bool[Array, "*examples"],
) -> Moments:
    """The `moments` of `xs @ w`, from mean and covariance of `xs` (few numbers)."""
    axes = tuple(range(real.ndim))
    own = moments(xs, real)
    centred = real.astype(xs.dtype)[..., None] * (xs - bias(own.mean, xs))
    count = jnp.maximum(real.astype(xs.dtype).sum(), 1)
    covariance = jnp.tensordot(centred, centred, (axes, axes)) / count
    return Moments(own.mean @ w, ((covariance @ w) * w).sum(0))


def normalize(
    values: Float[Array, "*examples features"], moments: Moments
) -> Float[Array, "*examples features"]:
    """Less the mean, over the root of the variance."""
    mean, variance = (bias(moment, values) for moment in moments)
    return (values - mean) * lax.rsqrt(variance + EPSILON)


def normalize_inputs(
    xs: Float[Array, "time batch inputs"] | Any,
    lengths: Int[Array, " batch"] | Any,
    given: Moments | None = None,
) -> tuple[Float[Array, "time batch inputs"], Moments]:
    """Inputs normalised over examples and time, and the moments that were used.

    Args:
        xs: inputs; what stands past the end of a sequence has no influence.
        lengths: steps of each sequence.
        given: moments of the population; None (training): those of `xs`.

    Raises:
        ValueError: on another rank or type, or lengths that do not fit.
    """
    xs, lengths = _checked(xs, lengths, xs.shape[-1], xs.dtype)
    real = jnp.arange(len(xs), dtype=lengths.dtype)[:, None] < lengths[None]
    xs = jnp.where(real[..., None], xs, 0)
    given = moments(xs, real) if given is None else given
    return jnp.where(real[..., None], normalize(xs, given), 0), given


def batch_norm_lstm(
    params: BatchNormLSTMParams,
    xs: Float[Array, "time batch inputs"] | Any,
    lengths: Int[Array, " batch"] | Any,
    statistics: Statistics | None = None,
) -> tuple[LSTMCarry, Statistics]:
    """Run the LSTM of Cooijmans et al. (2016, eq. 6 to 8) over time.

    With N for `normalize`, in four blocks:

        a = scale_x N(x w_x) + scale_h N(h_prev w_h) + b
        c = sigmoid(a_f) c_prev + sigmoid(a_i) tanh(a_g)
        h = sigmoid(a_o) tanh(scale_c N(c) + shift_c)

    Moments of the recurrent share and of the memory belong to a step each. Sequences
    differ in length, and at the last step of the longest one nothing would be left to
    compare it with: here they end together, and steps are counted from the end. The
    input's share has the same moments at all steps, as theirs has where lengths differ
    (their section 5.4), so that it is not lost where few sequences have begun.

    Args:
        params: weights, scales and shifts.
        xs: inputs, each sequence from its first step on; what stands past its end has
            no influence.
        lengths: steps of each sequence.
        statistics: of the population; None (training): those of the batch. A step that
            they do not reach back to takes those of the first that they do.

    Returns:
        The carry after each sequence's last step, and the statistics that were used.

    Raises:
        ValueError: on another rank, number of features or type, or lengths that do not
            fit.
    """
    xs, lengths = _checked(xs, lengths, params.w_x.shape[0], params.w_x.dtype)
    time, batch, _ = xs.shape
    # The place in xs of every step; negative where a sequence has not begun.
    places = jnp.arange(time, dtype=lengths.dtype)[:, None] - (time - lengths)[None]
    real = places >= 0
    xs = jnp.take_along_axis(xs, jnp.maximum(places, 0)[..., None], axis=0)
    xs = jnp.where(real[..., None], xs, 0)
    own_x = projected(params.w_x, xs, real) if statistics is None else statistics.x

    # Computed once more on the way back, a step keeps its carry and nothing else.
    @jax.checkpoint
    def step(
        carry: LSTMCarry, inputs: tuple[Array, Array, Array]
    ) -> tuple[LSTMCarry, tuple[Moments, Moments]]:
        t, x, real = inputs
        a_x = normalize(project(x, params.w_x), own_x)
        a_x = a_x * bias(params.scale_x, a_x) + bias(params.b, a_x)
        a_h = carry.h @ params.w_h
        own_h = moments(a_h, real) if statistics is None else _at(statistics, "h", t)
        a = a_x + normalize(a_h, own_h) * bias(params.scale_h, a_h)
        a_i, a_f, a_g, a_o = jnp.split(a, 4, axis=-1)
        c = sigmoid(a_f) * carry.c + sigmoid(a_i) * jnp.tanh(a_g)
        own_c = moments(c, real) if statistics is None else _at(statistics, "c", t)
        seen = normalize(c, own_c) * bias(params.scale_c, c) + bias(params.shift_c, c)
        new = LSTMCarry(c, sigmoid(a_o) * jnp.tanh(seen))
        held = [jnp.where(real[:, None], a, b) for a, b in zip(new, carry, strict=True)]
        return LSTMCarry(*held), (own_h, own_c)

    # Counted from the end: the statistics' last step is the last here.
    offset = 0 if statistics is None else len(statistics.h.mean) - time
    times = jnp.arange(time, dtype=jnp.int32) + offset
    start = lstm_initial_carry(batch, params.w_h.shape[0], params.w_h.dtype)
    final, (own_h, own_c) = lax.scan(step, start, (times, xs, real))
    if statistics is None:
        longest = lengths.max() if batch else jnp.zeros([], jnp.int32)
        reached = jnp.asarray(time - longest, jnp.int32)
        statistics = Statistics(own_x, own_h, own_c, reached)
    return final, statistics


def _checked(xs: Any, lengths: Any, features: int, dtype: Any) -> tuple[Array, Array]:
    """Inputs and their lengths, of the shapes and types that are wanted."""
    xs = as_inputs("xs", xs, features, dtype, may_be_indices=False)
    time, batch, _ = xs.shape
    found = check_lengths(lengths, time, (batch,))
    return xs, jnp.full(batch, time, jnp.int32) if found is None else found


def _at(statistics: Statistics, name: str, t: Array) -> Moments:
    """The moments of a step, or of the first that there are any of."""
    all_moments: Moments = getattr(statistics, name)
    place = jnp.maximum(t, statistics.reached)
    return Moments(all_moments.mean[place], all_moments.variance[place])
