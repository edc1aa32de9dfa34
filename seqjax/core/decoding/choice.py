"""How the next token is chosen from its logits."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.checks import check_integer, check_number

MOST_COMPARED = 512
"""Largest vocabulary whose tokens are compared each with each, see `_sum_before`."""


class Choice(NamedTuple):
    """What the next token is drawn from; all traced, see `make_choice`.

    Attributes:
        temperature: divides the logits; 0 takes the most probable token.
        top_k: draw from the so many most probable tokens; None: from all.
        top_p: draw from the fewest most probable tokens that hold this share of the
            probability; None: from all.
    """

    temperature: Float[Array, ""]
    top_k: Int[Array, ""] | None = None
    top_p: Float[Array, ""] | None = None


def make_choice(
    temperature: int | float = 1.0,
    *,
    top_k: int | None = None,
    top_p: int | float | None = None,
) -> Choice:
    """A choice from Python numbers, as arrays, so that none is static.

    Args:
        temperature: divides the logits; 0 takes the most probable token.
        top_k: draw from the so many most probable tokens; default: from all.
        top_p: draw from the fewest most probable tokens that hold this share of the
            probability (Holtzman et al. 2020, the nucleus), after temperature and
            `top_k`; default: from all.

    Raises:
        ValueError: on a negative temperature, a `top_k` below 1, or a `top_p` outside
            (0, 1].
    """
    check_number(
        "temperature",
        temperature,
        minimum=0,
        hint="0 takes the most probable token, 1 draws as the model says",
    )
    if top_k is not None:
        check_integer("top_k", top_k, minimum=1)
    if top_p is not None:
        check_number(
            "top_p",
            top_p,
            minimum=0,
            maximum=1,
            exclusive=True,
            hint="1 keeps every token",
        )
    return Choice(
        jnp.asarray(temperature, jnp.float32),
        None if top_k is None else jnp.asarray(top_k, jnp.int32),
        None if top_p is None else jnp.asarray(top_p, jnp.float32),
    )


def choose(
    choice: Choice,
    logits: Float[Array, "streams vocab"],
    noise: Float[Array, "streams vocab"],
) -> Int[Array, " streams"]:
    """Draw a token of each stream; `noise` is standard Gumbel noise.

    The token with the largest sum of logit and noise is one drawn from the softmax of
    the logits (Gumbel 1954).
    """
    noisy = jnp.argmax(restrict(choice, logits) + noise, axis=-1)
    best = jnp.argmax(logits, axis=-1)
    return jnp.where(choice.temperature > 0, noisy, best).astype(jnp.int32)


def restrict(
    choice: Choice, logits: Float[Array, "streams vocab"]
) -> Float[Array, "streams vocab"]:
    """The logits whose softmax is drawn from: minus infinity where never.

    With the temperature at 0, all that are not the largest are (nearly) never drawn.
    """
    # The largest one first made 0, a tiny temperature cannot make infinity of it.
    logits = logits - jnp.max(logits, axis=-1, keepdims=True)
    tiny = jnp.finfo(logits.dtype).tiny
    logits = logits / jnp.maximum(choice.temperature.astype(logits.dtype), tiny)
    if choice.top_k is None and choice.top_p is None:
        return logits
    ordered = logits
    if choice.top_k is not None:
        rank = _sum_before(ordered, jnp.ones_like(ordered))
        logits = jnp.where(rank < choice.top_k.astype(rank.dtype), logits, -jnp.inf)
    if choice.top_p is not None:
        before = _sum_before(ordered, jax.nn.softmax(logits, axis=-1))
        # At 1 all are kept: the sums are rounded, and reach 1 before the last token.
        kept = (before < choice.top_p.astype(before.dtype)) | (choice.top_p >= 1)
        logits = jnp.where(kept, logits, -jnp.inf)
    return logits


def _sum_before(
    logits: Float[Array, "streams vocab"], values: Float[Array, "streams vocab"]
) -> Float[Array, "streams vocab"]:
    """The sum of the values of all tokens with larger logits, or equal ones and before.

    Few tokens are compared each with each: for many streams XLA's sort takes four times
    as long on a CPU.
    """
    vocab = logits.shape[-1]
    if vocab <= MOST_COMPARED:
        i, j, index = logits[:, :, None], logits[:, None, :], jnp.arange(vocab)
        earlier = (j > i) | ((j == i) & (index < index[:, None]))
        return jnp.where(earlier, values[:, None, :], 0).sum(-1)
    order = jnp.argsort(-logits, axis=-1, stable=True)
    sums = jnp.cumsum(jnp.take_along_axis(values, order, axis=-1), axis=-1)
    # Shifted by a place; the value itself taken off would leave a rounding error.
    sums = jnp.pad(sums[:, :-1], ((0, 0), (1, 0)))
    return jnp.take_along_axis(sums, jnp.argsort(order, axis=-1), axis=-1)
