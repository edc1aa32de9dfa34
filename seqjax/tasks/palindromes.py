"""Palindromes: read the first T - 1 of T digits, name the last.

The last digit equals the first, so the task is to carry one digit over T - 1 steps. A
palindrome is fixed by its left half, ceil(T / 2) digits: there are 10**ceil(T / 2).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

ENCODINGS = ("scalar", "onehot")

NUM_CLASSES = 10
CHANCE = 1 / NUM_CLASSES

BUCKETS = 2**20
"""Size of the table that says which strings are never drawn."""

# Odd, so that no digit is lost in the product; the golden ratio's bits, which spread.
_MULTIPLIER = 0x9E3779B1


class Palindromes(NamedTuple):
    """Which palindromes are drawn; traced, so that one program serves all lengths.

    Attributes:
        length: T, digits of a palindrome.
        held_out: by hash, see `buckets`; strings of these buckets are never drawn.
    """

    length: Int[Array, ""]
    held_out: Bool[Array, " buckets"]


class EvaluationSet(NamedTuple):
    """Strings to test on, the same for every seed.

    Attributes:
        left: left halves (ceil(longest T / 2), strings); zero past those in use.
        distinct_strings: number of different palindromes of this length.
        disjoint: no training string is among them.
    """

    left: Int[np.ndarray, "half strings"]
    distinct_strings: int
    disjoint: bool


def half_length(length: int) -> int:
    """Digits that fix a palindrome of `length` digits; odd lengths share the middle."""
    return (length + 1) // 2


def buckets(
    left: Int[Array, "half batch"], length: Int[Array, ""]
) -> Int[Array, " batch"]:
    """Hash the first ceil(length / 2) digits of each column to 0 .. `BUCKETS` - 1."""
    powers = [pow(_MULTIPLIER, i + 1, 2**32) for i in range(left.shape[0])]
    used = jnp.arange(left.shape[0]) < (length + 1) // 2
    weights = jnp.where(used, jnp.array(powers, jnp.uint32), jnp.uint32(0))
    mixed = jnp.sum(left.astype(jnp.uint32) * weights[:, None], axis=0)
    return (mixed >> jnp.uint32(12)).astype(jnp.int32)


def draw(
    key: PRNGKeyArray, palindromes: Palindromes, batch_size: int, max_length: int
) -> Int[Array, "time batch"]:
    """Draw palindromes outside the held-out set.

    Args:
        key: fixes the batch. The digits do not depend on `max_length`.
        palindromes: length and held-out strings.
        batch_size: number of strings.
        max_length: longest T of the study; fixes the shape.

    Returns:
        Digits (max_length, batch_size); a string that was held out is drawn anew, and
        rows past the length are zero.
    """
    shape = (half_length(max_length), batch_size)

    def again(state: tuple[Array, Array, Array]) -> Array:
        return state[2].any()

    def redraw(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        attempt, left, bad = state
        # The last 4 of 2**32 values favour digits 0 to 5 by one part in 10**9.
        bits = jax.random.bits(jax.random.fold_in(key, attempt), shape, jnp.uint32)
        left = jnp.where(bad, (bits % 10).astype(jnp.int32), left)
        bad = palindromes.held_out[buckets(left, palindromes.length)]
        return attempt + 1, left, bad

    start = (
        jnp.zeros([], jnp.int32),
        jnp.zeros(shape, jnp.int32),
        jnp.ones(batch_size, jnp.bool_),
    )
    _, left, _ = lax.while_loop(again, redraw, start)
    return mirror(left, palindromes.length, max_length)


def mirror(
    left: Int[Array, "half batch"], length: Int[Array, ""], max_length: int
) -> Int[Array, "time batch"]:
    """Palindromes of `length` digits from their left halves; zero past the length."""
    place = jnp.arange(max_length)
    source = jnp.minimum(place, length - 1 - place)
    digits = left[source.clip(0, left.shape[0] - 1)]
    return jnp.where((place < length)[:, None], digits, 0)


def encode(
    digits: Int[Array, "time batch"], encoding: str
) -> Float[Array, "steps batch 1"] | Int[Array, "steps batch"]:
    """Network inputs from palindromes: all digits but the last.

    "scalar" feeds the digit as one float 0..9 (the course's starter code); "onehot"
    feeds it as an index, which the cells take for its one-hot vector.
    """
    inputs = digits[:-1]
    return inputs if encoding == "onehot" else inputs[..., None].astype(jnp.float32)


def num_features(encoding: str) -> int:
    """Features (or distinct indices) of an input digit."""
    return NUM_CLASSES if encoding == "onehot" else 1


def evaluation_set(length: int, max_length: int, size: int, seed: int) -> EvaluationSet:
    """Choose `size` palindromes to test on, distinct as far as there are enough.

    Where more than `size` different strings exist, `size` distinct ones are taken and
    training never draws them. Otherwise every string is taken equally often (up to
    one), and training draws from all: the accuracy then measures look-up.
    """
    half = half_length(length)
    distinct = 10**half
    rng = np.random.default_rng([seed, length])
    disjoint = distinct > size
    if distinct <= 10**6:
        rounds = -(-size // distinct)
        codes = np.concatenate([rng.permutation(distinct) for _ in range(rounds)])
        left = codes[:size, None] // 10 ** np.arange(half)[::-1] % 10
    else:
        # Repeats are rare among so many; drawing some more and dropping them is exact.
        drawn = rng.integers(0, 10, size=(2 * size + 10, half))
        _, first = np.unique(drawn, axis=0, return_index=True)
        left = drawn[np.sort(first)[:size]]
    padded = np.zeros((half_length(max_length), size), np.int32)
    padded[:half] = left.T
    return EvaluationSet(padded, distinct, disjoint)


def palindromes(length: int, evaluation: EvaluationSet) -> Palindromes:
    """What training draws: strings of `length` digits outside `evaluation`.

    Strings that share a bucket with one of the evaluation set are left out with it (at
    4000 test strings 0.4 % of the others); those of the set itself always are.
    """
    held_out = np.zeros(BUCKETS, np.bool_)
    steps = jnp.asarray(length, jnp.int32)
    if evaluation.disjoint:
        held_out[np.asarray(buckets(jnp.asarray(evaluation.left), steps))] = True
    return Palindromes(steps, jnp.asarray(held_out))
