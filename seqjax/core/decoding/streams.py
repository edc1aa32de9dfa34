"""Sampling: many texts at once, each from its own key, in pieces of any length."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Key, PRNGKeyArray

from seqjax.core.checks import check_integer
from seqjax.core.decoding.choice import Choice, choose
from seqjax.core.decoding.rows import in_rows
from seqjax.core.timeline import at

Tree = Any
Params = Any
Carry = Any  # a tree of arrays whose first axis counts the streams

Step = Callable[[Carry, Array], tuple[Array, Carry]]
"""`(carry, tokens) -> (logits, carry)`: reads a token of each stream; its shapes are
those of (streams,) and (streams, vocab)."""

Stepper = Callable[[Params], Step]
"""Makes the step of given parameters, once before the loop; hashable, since static."""

MOST_NOISE = 2**20
"""Most random numbers drawn beforehand; one by one they would cost many times more."""


class Streams(NamedTuple):
    """Texts in the making.

    Attributes:
        carry: what the model remembers of each text.
        logits: of the next token of each text.
        keys: one per text; token number n is drawn by it and n alone.
        position: tokens drawn so far.
    """

    carry: Carry
    logits: Float[Array, "streams vocab"]
    keys: Key[Array, " streams"]
    position: Int[Array, ""]


def open_streams(
    stepper: Stepper,
    params: Params,
    carry: Carry,
    prompts: Sequence[Sequence[int]],
    key: PRNGKeyArray,
    *,
    first: Float[Array, " vocab"] | None = None,
) -> Streams:
    """Read the prompts, each of its own length, as the beginnings of texts.

    Args:
        stepper: makes the step from `params`.
        params: the model's parameters.
        carry: the carries before the prompts, one row per prompt.
        prompts: the tokens of each text's beginning; one may be empty.
        key: text number i has the key `fold_in(key, i)`.
        first: logits of the first token after an empty prompt; default: all alike.

    Returns:
        The streams, for `draw` and `beam_search`.

    Raises:
        ValueError: if there is no prompt, or one holds what is no token.
    """
    check_integer("number of prompts", len(prompts), minimum=1)
    lengths = np.array([len(prompt) for prompt in prompts], np.int32)
    # The next power of two: programs for few lengths, and steps for the longest only.
    room = 1 << int(max(lengths.max() - 1, 0)).bit_length()
    tokens = np.zeros((len(prompts), room), np.int32)
    for row, prompt in zip(tokens, prompts, strict=True):
        row[: len(prompt)] = prompt
    shapes = jax.eval_shape(
        lambda p, c, x: stepper(p)(c, x), params, carry, tokens[:, 0]
    )
    vocab = shapes[0].shape[-1]
    if tokens.min() < 0 or tokens.max() >= vocab:
        wrong = tokens.min() if tokens.min() < 0 else tokens.max()
        raise ValueError(
            f"prompts must hold tokens from 0 to {vocab - 1}, not {wrong}; "
            "encode them with the model's own vocabulary"
        )
    if first is None:
        first = jnp.zeros(vocab, shapes[0].dtype)
    return _read(stepper, params, carry, tokens, lengths, key, first)


@partial(jax.jit, static_argnames="stepper")
def _read(
    stepper: Stepper,
    params: Params,
    carry: Carry,
    prompts: Int[Array, "streams time"],
    lengths: Int[Array, " streams"],
    key: PRNGKeyArray,
    first: Float[Array, " vocab"],
) -> Streams:
    step, count, longest = stepper(params), len(lengths), jnp.max(lengths)

    def run(streams: Tree) -> Tree:
        carry, tokens, lengths = streams
        tokens = tokens.T

        def body(t: Array, state: Tree) -> Tree:
            logits, new = step(state[1], at(tokens, t))
            return _where(t < lengths, (logits, new), state)

        logits = jnp.broadcast_to(first, (len(lengths), len(first)))
        return lax.fori_loop(0, longest, body, (logits, carry))

    logits, carry = in_rows(run, (carry, prompts, lengths))
    keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count))
    return Streams(carry, logits, keys, jnp.zeros([], jnp.int32))


@partial(jax.jit, static_argnames=("stepper", "num_tokens"))
def draw(
    stepper: Stepper,
    params: Params,
    streams: Streams,
    choice: Choice,
    *,
    num_tokens: int,
) -> tuple[Int[Array, "streams tokens"], Streams]:
    """Go on with every text by `num_tokens` tokens.

    A text depends on its prompt, its key and the choice: not on how many others are
    written with it, nor on the pieces that it is drawn in. (Bit for bit on a CPU; on
    other devices products of different sizes may round differently.)

    Args:
        stepper: makes the step from `params`.
        params: the model's parameters.
        streams: the texts so far, from `open_streams` or from the call before.
        choice: how tokens are chosen, see `make_choice`.
        num_tokens: how many; static.

    Returns:
        The tokens, and the streams after them.

    Raises:
        ValueError: if `num_tokens` is below 1.
    """
    check_integer("num_tokens", num_tokens, minimum=1)
    step = stepper(params)

    def run(rows: Tree) -> Tree:
        carry, logits, keys = rows
        block = max(1, min(num_tokens, MOST_NOISE // logits.size))

        def body(t: Array, state: Tree) -> Tree:
            carry, logits, tokens, noise = state
            chosen = choose(choice, logits, at(noise, t % block))
            tokens = lax.dynamic_update_index_in_dim(tokens, chosen, t, axis=0)
            logits, carry = step(carry, chosen)
            return carry, logits, tokens, noise

        def write(index: Array, state: Tree) -> Tree:
            start = index * block
            noise = _noise(keys, streams.position + start, block, logits)
            end = jnp.minimum(start + block, num_tokens)
            return lax.fori_loop(start, end, body, (*state, noise))[:3]

        tokens = jnp.zeros((num_tokens, len(logits)), jnp.int32)
        blocks = -(-num_tokens // block)
        carry, logits, tokens = lax.fori_loop(0, blocks, write, (carry, logits, tokens))
        return carry, logits, tokens.T

    rows = (streams.carry, streams.logits, streams.keys)
    carry, logits, tokens = in_rows(run, rows)
    position = streams.position + num_tokens
    return tokens, Streams(carry, logits, streams.keys, position)


def _noise(
    keys: Key[Array, " streams"],
    position: Int[Array, ""],
    num_tokens: int,
    logits: Float[Array, "streams vocab"],
) -> Float[Array, "tokens streams vocab"]:
    """Gumbel noise for the tokens from `position` on."""

    def one(position: Array, key: Array) -> Array:
        key = jax.random.fold_in(key, position)
        return jax.random.gumbel(key, logits.shape[1:], logits.dtype)

    positions = position + jnp.arange(num_tokens, dtype=jnp.int32)
    return jax.vmap(lambda position: jax.vmap(partial(one, position))(keys))(positions)


def _where(real: Bool[Array, " streams"], new: Tree, old: Tree) -> Tree:
    """`new` in the streams that are `real`, `old` in the others."""

    def pick(a: Array, b: Array) -> Array:
        return jnp.where(real.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, new, old)
