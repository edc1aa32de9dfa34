"""Beam search: the most probable texts that are found by keeping a few at a time."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from seqjax.core.checks import check_integer, check_number
from seqjax.core.decoding.streams import Carry, Params, Stepper, Streams
from seqjax.core.timeline import put

Tree = Any


class Beams(NamedTuple):
    """The texts that a beam search has found, best first.

    Attributes:
        tokens: the texts; past its length each repeats the end token.
        lengths: tokens of each, its end token among them.
        log_probs: log-probability of each text after the prompt, in nats; minus
            infinity where there are not so many texts.
        scores: log-probabilities divided by the length's penalty; the order.
        token_log_probs: the log-probabilities' terms; 0 past the end.
    """

    tokens: Int[Array, "width tokens"]
    lengths: Int[Array, " width"]
    log_probs: Float[Array, " width"]
    scores: Float[Array, " width"]
    token_log_probs: Float[Array, "width tokens"]


class _Live(NamedTuple):
    """The beams between two steps."""

    carry: Carry
    logits: Float[Array, "width vocab"]
    log_probs: Float[Array, " width"]
    lengths: Int[Array, " width"]
    ended: Array  # (width,) of bool


class _Record(NamedTuple):
    """What each step did, from which the texts are read backwards."""

    tokens: Int[Array, "steps width"]
    parents: Int[Array, "steps width"]
    log_probs: Float[Array, "steps width"]


def beam_search(
    stepper: Stepper,
    params: Params,
    stream: Streams,
    *,
    num_tokens: int,
    width: int,
    length_normalization: int | float | Float[Array, ""] = 0.0,
    end: int | None = None,
) -> Beams:
    """Search the most probable continuations of one text.

    Score of a text y (Wu et al. 2016, eq. 14, without coverage), with A the
    `length_normalization`:

        s(y) = log P(y) / ((5 + |y|) / 6)^A

    At every step the `width` best of all beams' extensions are kept, and of the beams
    that have ended, which stay as they are. Without an `end` all texts are of one
    length, and A changes the scores but not the order.

    Args:
        stepper: makes the step from `params`.
        params: the model's parameters.
        stream: one text, from `open_streams`; its key is not used.
        num_tokens: most tokens of a continuation; static.
        width: beams; static. One is the greedy choice.
        length_normalization: A above; 0 prefers short texts most; default 0.
        end: the token that ends a text; default None: all go on to `num_tokens`.

    Returns:
        The beams, best first.

    Raises:
        ValueError: if `width` or `num_tokens` is below 1, `length_normalization` is
            negative, `end` is no token, or there is not one text.
    """
    check_integer("width", width, minimum=1, hint="1 is the greedy choice")
    check_integer("num_tokens", num_tokens, minimum=1)
    if not isinstance(length_normalization, jax.Array):
        check_number(
            "length_normalization",
            length_normalization,
            minimum=0,
            hint="0 is the log-probability itself",
        )
    if len(stream.logits) != 1:
        raise ValueError(
            f"stream must hold one text, not {len(stream.logits)}; "
            "search for one after the other"
        )
    vocab = stream.logits.shape[1]
    if end is not None and not 0 <= end < vocab:
        raise ValueError(
            f"end must be a token from 0 to {vocab - 1}, not {end}; "
            "encode it with the model's own vocabulary"
        )
    power = jnp.asarray(length_normalization, jnp.float32)
    return _search(stepper, params, stream, power, num_tokens, width, end)


@partial(jax.jit, static_argnames=("stepper", "num_tokens", "width", "end"))
def _search(
    stepper: Stepper,
    params: Params,
    stream: Streams,
    power: Float[Array, ""],
    num_tokens: int,
    width: int,
    end: int | None,
) -> Beams:
    step = stepper(params)
    live = _first(stream, width)
    record = _Record(
        jnp.full((num_tokens, width), 0 if end is None else end, jnp.int32),
        # A step that is never taken leaves every beam where it is.
        jnp.broadcast_to(jnp.arange(width), (num_tokens, width)),
        jnp.zeros((num_tokens, width), live.log_probs.dtype),
    )

    def going(state: tuple[Array, _Live, _Record]) -> Array:
        t, live, _ = state
        return (t < num_tokens) & ~jnp.all(live.ended)

    def body(state: tuple[Array, _Live, _Record]) -> tuple[Array, _Live, _Record]:
        t, live, record = state
        live, done = _extend(live, power, end)
        logits, carry = step(live.carry, done.tokens)
        return t + 1, live._replace(logits=logits, carry=carry), put(record, done, t)

    _, live, record = lax.while_loop(
        going, body, (jnp.zeros([], jnp.int32), live, record)
    )
    return _texts(live, record, power)


def _first(stream: Streams, width: int) -> _Live:
    """One beam; the others, with probability 0, are there for the shapes."""

    def row(leaf: Array) -> Array:
        return jnp.repeat(leaf, width, axis=0)

    real = jnp.arange(width) == 0
    log_probs = jnp.where(real, 0.0, -jnp.inf).astype(stream.logits.dtype)
    zeros = jnp.zeros(width, jnp.int32)
    return _Live(
        jax.tree.map(row, stream.carry), row(stream.logits), log_probs, zeros, zeros > 0
    )


def _extend(live: _Live, power: Array, end: int | None) -> tuple[_Live, _Record]:
    """The best extensions; carries as before the new tokens, of the beams extended."""
    width, vocab = live.logits.shape
    # The best of each beam first, by their logits: sums with a long text's
    # log-probability would round away which of two tokens is the better.
    best, tokens = lax.top_k(live.logits, min(width, vocab))
    norms = jax.nn.logsumexp(live.logits, axis=-1, keepdims=True)
    log_probs = best - norms
    # An ended beam has itself as its only extension.
    itself = jnp.where(jnp.arange(best.shape[1]) == 0, 0.0, -jnp.inf)
    ended = live.ended[:, None]
    log_probs = jnp.where(ended, itself.astype(log_probs.dtype), log_probs)
    if end is not None:
        tokens = jnp.where(ended, end, tokens)
    lengths = live.lengths + (~live.ended).astype(jnp.int32)
    totals = live.log_probs[:, None] + log_probs
    scores = totals / _penalty(lengths, power, totals)[:, None]
    _, places = lax.top_k(scores.reshape(-1), width)
    parents, columns = places // best.shape[1], places % best.shape[1]
    done = _Record(
        tokens[parents, columns], parents.astype(jnp.int32), log_probs[parents, columns]
    )
    now_ended = live.ended[parents]
    if end is not None:
        now_ended |= done.tokens == end
    live = _Live(
        jax.tree.map(lambda leaf: leaf[parents], live.carry),
        live.logits,
        totals[parents, columns],
        lengths[parents],
        now_ended,
    )
    return live, done


def _penalty(lengths: Array, power: Array, like: Array) -> Array:
    """The divisor of a log-probability."""
    return (((5 + lengths.astype(jnp.float32)) / 6) ** power).astype(like.dtype)


def _texts(live: _Live, record: _Record, power: Array) -> Beams:
    """Follow the parents from the last step to the first."""

    def back(beam: Array, step: _Record) -> tuple[Array, tuple[Array, Array]]:
        return step.parents[beam], (step.tokens[beam], step.log_probs[beam])

    beams = jnp.arange(len(live.lengths), dtype=jnp.int32)
    _, (tokens, terms) = lax.scan(back, beams, record, reverse=True)
    # Summed anew, all terms together: the running sums have rounded at every step.
    log_probs = jnp.where(jnp.isfinite(live.log_probs), terms.sum(0), -jnp.inf)
    scores = log_probs / _penalty(live.lengths, power, log_probs)
    order = jnp.argsort(-scores, stable=True)
    return Beams(
        tokens.T[order],
        live.lengths[order],
        log_probs[order],
        scores[order],
        terms.T[order],
    )
