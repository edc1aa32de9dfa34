"""Palindromes: read the first T - 1 of T digits, name the last.

The last digit equals the first, so the task is to carry one digit over T - 1 steps. A
palindrome is fixed by its left half, ceil(T / 2) digits: there are 10**ceil(T / 2).
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seqjax.tasks.strings import BUCKETS, choose, draw_strings, hashed, hold_out

ENCODINGS = ("scalar", "onehot")

NUM_CLASSES = 10
CHANCE = 1 / NUM_CLASSES


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
    """Hash the first ceil(length / 2) digits of each column, see `strings.hashed`."""
    return hashed(left, (length + 1) // 2)


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
    used = (palindromes.length + 1) // 2
    shape = (half_length(max_length), batch_size)
    left = draw_strings(key, palindromes.held_out, used, shape, NUM_CLASSES)
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
    rng = np.random.default_rng([seed, length])
    left, disjoint = choose(rng, half, NUM_CLASSES, size)
    padded = np.zeros((half_length(max_length), size), np.int32)
    padded[:half] = left
    return EvaluationSet(padded, NUM_CLASSES**half, disjoint)


def palindromes(length: int, evaluation: EvaluationSet) -> Palindromes:
    """What training draws: strings of `length` digits outside `evaluation`.

    Strings that share a bucket with one of the evaluation set are left out with it (at
    4000 test strings 0.4 % of the others); those of the set itself always are.
    """
    steps = jnp.asarray(length, jnp.int32)
    if not evaluation.disjoint:
        return Palindromes(steps, jnp.zeros(BUCKETS, jnp.bool_))
    return Palindromes(steps, hold_out(evaluation.left, half_length(length)))
