"""Strings are drawn uniformly among those that are not kept for the test."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from seqjax.tasks.strings import BUCKETS, choose, draw_strings, hashed, hold_out
from tests.tasks.oracles import columns, looks_independent, looks_uniform

NONE = jnp.zeros(BUCKETS, jnp.bool_)


@partial(jax.jit, static_argnums=(3, 4))
def draw(
    key: jax.Array,
    held_out: jax.Array,
    used: jax.Array,
    shape: tuple[int, int],
    base: int,
) -> jax.Array:
    return draw_strings(key, held_out, used, shape, base)


@pytest.mark.parametrize("base", [8, 10])
def test_digits_are_uniform_and_say_nothing_about_each_other(base: int) -> None:
    key = jax.random.key(5)
    digits = np.asarray(draw(key, NONE, jnp.int32(4), (4, 20_000), base))
    assert looks_uniform(digits, base)
    for i in range(4):
        for j in range(i):
            assert looks_independent(digits[i], digits[j], base)


def test_bad_luck_is_told_from_a_bias() -> None:
    digits = np.random.default_rng(0).integers(0, 10, (4, 20_000))
    assert looks_uniform(digits, 10)
    assert not looks_uniform(np.where(digits == 3, 4, digits), 10)
    assert looks_independent(digits[0], digits[1], 10)
    # One in twenty second digits repeats the first.
    copied = np.where(np.arange(20_000) % 20 == 0, digits[0], digits[1])
    assert not looks_independent(digits[0], copied, 10)


def test_the_strings_left_to_train_on_are_equally_frequent() -> None:
    every = np.indices((10, 10)).reshape(2, -1)
    kept = np.random.default_rng(0).permutation(100)[:60]
    held_out = hold_out(every[:, kept], 2)
    digits = np.asarray(draw(jax.random.key(0), held_out, jnp.int32(2), (2, 8000), 10))
    left = columns(every) - columns(every[:, kept])
    assert columns(digits) == left
    counts = np.bincount(10 * digits[0] + digits[1], minlength=100)
    counts = counts[counts > 0]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_places_beyond_those_in_use_neither_hold_out_nor_change_a_string() -> None:
    kept, _ = choose(np.random.default_rng(0), 3, 10, 500)
    held_out, key = hold_out(kept, 3), jax.random.key(1)
    short = np.asarray(draw(key, held_out, jnp.int32(3), (3, 1000), 10))
    long = np.asarray(draw(key, held_out, jnp.int32(3), (9, 1000), 10))
    np.testing.assert_array_equal(long[:3], short)
    assert not columns(short) & columns(kept)


def test_the_hash_is_that_of_whole_numbers() -> None:
    digits = np.random.default_rng(2).integers(0, 10, (6, 50)).astype(np.int32)
    found = hashed(jnp.asarray(digits), 4)
    for column, bucket in zip(digits.T.tolist(), np.asarray(found), strict=True):
        total = sum(
            digit * pow(0x9E3779B1, place + 1) for place, digit in enumerate(column[:4])
        )
        assert bucket == (total % 2**32) >> 12


@pytest.mark.usefixtures("x64")
def test_strings_held_out_stay_so_with_64_bit_numbers() -> None:
    kept, _ = choose(np.random.default_rng(0), 3, 10, 500)
    digits = draw(jax.random.key(1), hold_out(kept, 3), jnp.int32(3), (3, 500), 10)
    assert not columns(digits) & columns(kept)


def test_a_traced_number_of_digits_hashes_as_a_known_one() -> None:
    digits = jnp.asarray(np.random.default_rng(2).integers(0, 10, (6, 50)), jnp.int32)
    for used in (0, 1, 6):
        np.testing.assert_array_equal(
            jax.jit(hashed)(digits, jnp.int32(used)), hashed(digits, used)
        )


def test_only_the_strings_given_and_their_buckets_are_held_out() -> None:
    kept, disjoint = choose(np.random.default_rng(0), 10, 8, 4000)
    assert disjoint
    assert kept.shape == (10, 4000)
    assert len(columns(kept)) == 4000
    table = np.asarray(hold_out(kept, 10))
    assert table[np.asarray(hashed(jnp.asarray(kept), 10))].all()
    assert 3900 < table.sum() <= 4000


@pytest.mark.parametrize(
    ("places", "base", "size", "disjoint"),
    [(2, 10, 99, True), (2, 10, 100, False), (1, 8, 20, False), (7, 10, 500, True)],
)
def test_strings_to_test_on_are_distinct_as_far_as_there_are_enough(
    places: int, base: int, size: int, disjoint: bool
) -> None:
    digits, told = choose(np.random.default_rng(3), places, base, size)
    assert told == disjoint
    assert digits.shape == (places, size)
    assert digits.min() >= 0
    assert digits.max() < base
    _, counts = np.unique(digits, axis=1, return_counts=True)
    assert len(counts) == min(size, base**places)
    assert np.ptp(counts) <= 1


def test_strings_to_test_on_are_uniform_when_there_are_too_many_to_list() -> None:
    digits, _ = choose(np.random.default_rng(4), 12, 10, 20_000)
    assert looks_uniform(digits, 10)
