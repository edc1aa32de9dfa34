"""Named keys: a stream depends on the key and on its own name only."""

import itertools
import zlib

import jax
import numpy as np

from seqjax.core.keys import named_keys

NAMES = ("params", "batches", "dropout")


def numbers(key: jax.Array) -> tuple[int, ...]:
    return tuple(np.asarray(jax.random.key_data(key)).tolist())


def test_order_and_company_do_not_matter() -> None:
    key = jax.random.key(7)
    expected = {name: numbers(k) for name, k in named_keys(key, NAMES).items()}
    assert list(expected) == list(NAMES)
    for count in (1, 2, 3):
        for names in itertools.permutations((*NAMES, "a new one"), count):
            found = named_keys(key, names)
            assert list(found) == list(names)
            for name in set(names) & set(NAMES):
                assert numbers(found[name]) == expected[name]


def test_names_and_keys_make_different_streams() -> None:
    streams = [
        numbers(k)
        for seed in (0, 1)
        for k in named_keys(jax.random.key(seed), NAMES).values()
    ]
    streams += [numbers(jax.random.key(seed)) for seed in (0, 1)]
    assert len(set(streams)) == len(streams)


def test_names_mean_the_same_in_every_process() -> None:
    """No salted hash: the number of a name is its CRC-32, a published checksum."""
    assert zlib.crc32(b"123456789") == 0xCBF43926
    key = jax.random.key(7)
    found = named_keys(key, ("123456789",))["123456789"]
    assert numbers(found) == numbers(jax.random.fold_in(key, 0xCBF43926))


def test_works_under_vmap_and_jit() -> None:
    keys = jax.random.split(jax.random.key(0), 3)
    mapped = jax.jit(jax.vmap(lambda key: named_keys(key, NAMES)))(keys)
    for seed, key in enumerate(keys):
        for name, expected in named_keys(key, NAMES).items():
            assert numbers(mapped[name][seed]) == numbers(expected)
