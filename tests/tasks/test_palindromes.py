"""Palindromes are palindromes, and those tested on are never trained on."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.tasks.palindromes import (
    Palindromes,
    buckets,
    draw,
    encode,
    evaluation_set,
    mirror,
    palindromes,
)


@partial(jax.jit, static_argnums=(2, 3))
def batch(
    key: jax.Array, data: Palindromes, batch_size: int, longest: int
) -> jax.Array:
    return draw(key, data, batch_size, longest)


def drawn(length: int, longest: int, *, strings: int = 64) -> np.ndarray:
    data = palindromes(length, evaluation_set(length, longest, 100, seed=0))
    return np.asarray(batch(jax.random.key(0), data, strings, longest))


@pytest.mark.parametrize("length", [2, 3, 6, 7, 12])
def test_strings_are_palindromes_of_their_length(length: int) -> None:
    digits = drawn(length, 12)
    np.testing.assert_array_equal(digits[:length], digits[:length][::-1])
    assert (digits[length:] == 0).all()
    assert digits.min() == 0
    assert digits.max() == 9


def test_digits_are_uniform_in_every_place_of_the_left_half() -> None:
    digits = drawn(12, 12, strings=20_000)[:6]
    counts = np.stack([np.bincount(row, minlength=10) for row in digits])
    # Chi-square with 9 degrees of freedom exceeds 33.7 once in 10 000.
    assert (((counts - 2000) ** 2 / 2000).sum(axis=1) < 33.7).all()
    together = np.corrcoef(digits)
    assert np.abs(together - np.eye(6)).max() < 0.05


def test_a_batch_does_not_depend_on_the_longest_length_of_the_study() -> None:
    np.testing.assert_array_equal(drawn(7, 7), drawn(7, 23)[:7])


def test_encodings() -> None:
    digits = jnp.asarray(drawn(5, 5))
    scalar, onehot = encode(digits, "scalar"), encode(digits, "onehot")
    assert scalar.shape == (4, 64, 1)
    assert scalar.dtype == jnp.float32
    assert onehot.shape == (4, 64)
    np.testing.assert_array_equal(scalar[..., 0], digits[:-1])
    np.testing.assert_array_equal(onehot, digits[:-1])


def codes(left: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(column) for column in np.asarray(left).T.tolist()}


@pytest.mark.parametrize(
    ("length", "size"), [(7, 4000), (10, 4000), (20, 4000), (2, 9)]
)
def test_test_strings_are_distinct_and_never_drawn(length: int, size: int) -> None:
    test = evaluation_set(length, length, size, seed=0)
    assert test.disjoint
    assert test.distinct_strings == 10 ** ((length + 1) // 2)
    assert len(codes(test.left)) == size
    data = palindromes(length, test)
    half = (length + 1) // 2
    for seed in range(20):
        digits = batch(jax.random.key(seed), data, 500, length)
        assert not codes(np.asarray(digits[:half])) & codes(test.left)


def test_where_strings_are_too_few_all_are_tested_equally_often() -> None:
    test = evaluation_set(5, 9, 4000, seed=0)
    assert not test.disjoint
    assert test.distinct_strings == 1000
    _, counts = np.unique(test.left[:3], axis=1, return_counts=True)
    np.testing.assert_array_equal(counts, np.full(1000, 4))
    data = palindromes(5, test)
    assert not np.asarray(data.held_out).any()


def test_the_set_is_the_same_every_time_and_differs_between_lengths() -> None:
    first = evaluation_set(10, 20, 50, seed=0).left
    np.testing.assert_array_equal(first, evaluation_set(10, 20, 50, seed=0).left)
    assert not (first[:5] == evaluation_set(9, 20, 50, seed=0).left[:5]).all()


def test_equal_halves_share_a_bucket_and_unused_digits_do_not_count() -> None:
    rng = np.random.default_rng(0)
    left = jnp.asarray(rng.integers(0, 10, (6, 1000)), jnp.int32)
    length = jnp.asarray(7, jnp.int32)  # 4 digits count
    changed = left.at[4:].set(0)
    np.testing.assert_array_equal(buckets(left, length), buckets(changed, length))
    # 10**4 strings in 2**20 buckets: hardly any two should meet.
    every = jnp.asarray(np.indices((10,) * 4).reshape(4, -1), jnp.int32)
    assert len(np.unique(np.asarray(buckets(every, length)))) > 9800


def test_mirror_of_a_known_string() -> None:
    left = jnp.asarray([[1], [2], [3]], jnp.int32)
    odd = mirror(left, jnp.asarray(5, jnp.int32), 6)
    even = mirror(left, jnp.asarray(6, jnp.int32), 6)
    assert odd[:, 0].tolist() == [1, 2, 3, 2, 1, 0]
    assert even[:, 0].tolist() == [1, 2, 3, 3, 2, 1]
