"""Strings of digits: which ones training draws, and which are kept for the test."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Int, PRNGKeyArray

BUCKETS = 2**20
"""Size of the table that says which strings are never drawn."""

ENUMERATED = 10**6
"""Up to so many strings, those to test on are drawn from a list of all."""

# Odd, so that no digit is lost in the product; the golden ratio's bits, which spread.
_MULTIPLIER = 0x9E3779B1


class Strings(NamedTuple):
    """Which strings are drawn; traced, so that one program serves all lengths.

    Attributes:
        length: T of the task.
        held_out: by hash, see `hashed`; strings of these buckets are never drawn.
    """

    length: Int[Array, ""]
    held_out: Bool[Array, " buckets"]


def hashed(
    digits: Int[Array, "places batch"], used: int | Int[Array, ""]
) -> Int[Array, " batch"]:
    """Hash the first `used` digits of each column to 0 .. `BUCKETS` - 1."""
    powers = [pow(_MULTIPLIER, i + 1, 2**32) for i in range(digits.shape[0])]
    counts = jnp.arange(digits.shape[0]) < used
    weights = jnp.where(counts, jnp.array(powers, jnp.uint32), jnp.uint32(0))
    terms = digits.astype(jnp.uint32) * weights[:, None]
    mixed = jnp.sum(terms, axis=0, dtype=jnp.uint32)  # modulo 2**32, with x64 too
    return (mixed >> jnp.uint32(12)).astype(jnp.int32)


def draw_strings(
    key: PRNGKeyArray,
    held_out: Bool[Array, " buckets"],
    used: int | Int[Array, ""],
    shape: Sequence[int],
    base: int,
) -> Int[Array, "places batch"]:
    """Draw strings outside the held-out set, all others with equal probability.

    Args:
        key: fixes the strings; the digits do not depend on the number of places.
        held_out: strings of these buckets are never drawn, see `hashed`.
        used: digits that make up a string; may be traced. Those in further places are
            drawn too, but a string is not held out for them.
        shape: places and strings.
        base: number of different digits.

    Returns:
        Digits 0 .. `base` - 1; a string that was held out is drawn anew.
    """

    def again(state: tuple[Array, Array, Array]) -> Array:
        return state[2].any()

    def redraw(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        attempt, digits, bad = state
        # In base 10 the last 4 of 2**32 values favour 0 to 5 by one part in 10**9.
        bits = jax.random.bits(
            jax.random.fold_in(key, attempt), tuple(shape), jnp.uint32
        )
        digits = jnp.where(bad, (bits % base).astype(jnp.int32), digits)
        return attempt + 1, digits, held_out[hashed(digits, used)]

    start = (
        jnp.zeros([], jnp.int32),
        jnp.zeros(tuple(shape), jnp.int32),
        jnp.ones(shape[1], jnp.bool_),
    )
    return lax.while_loop(again, redraw, start)[1]


def choose(
    rng: np.random.Generator, places: int, base: int, size: int
) -> tuple[Int[np.ndarray, "places strings"], bool]:
    """Choose strings to test on, distinct as far as there are enough.

    Args:
        rng: source of randomness.
        places: digits of a string.
        base: number of different digits.
        size: number of strings wanted.

    Returns:
        The digits, and whether there are more than `size` different strings: then those
        chosen are distinct, and the others are left to train on. Otherwise every string
        is taken equally often (up to one).
    """
    distinct = base**places
    if distinct <= max(ENUMERATED, 4 * size):
        rounds = -(-size // distinct)
        codes = np.concatenate([rng.permutation(distinct) for _ in range(rounds)])
        powers = base ** np.arange(places)[::-1]
        digits = codes[:size, None] // powers % base
    else:
        # Repeats are rare among so many; drawing some more and dropping them is exact.
        drawn = rng.integers(0, base, size=(2 * size + 10, places))
        _, first = np.unique(drawn, axis=0, return_index=True)
        digits = drawn[np.sort(first)[:size]]
    return digits.T.astype(np.int32), distinct > size


def hold_out(
    digits: Int[np.ndarray, "places strings"], used: int
) -> Bool[Array, " buckets"]:
    """The table of buckets that holds these strings, and what else falls into them."""
    held_out = np.zeros(BUCKETS, np.bool_)
    held_out[np.asarray(hashed(jnp.asarray(digits), used))] = True
    return jnp.asarray(held_out)
