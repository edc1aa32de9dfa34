"""Fixtures of the tests of gradients."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture
def x64() -> Iterator[None]:
    """64-bit numbers for the duration of a test."""
    with jax.enable_x64(True):
        yield
