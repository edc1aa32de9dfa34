"""Fixtures of the tests of tasks."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture
def x64() -> Iterator[None]:
    """64-bit numbers for the duration of a test.

    Positions that JAX counts are then of 64 bits, digits of 32: they may be compared.
    """
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
        yield
