"""What tests of contenders share: a contender changes the process that it runs in."""

from collections.abc import Iterator
from typing import Any

import jax
import pytest


@pytest.fixture
def as_in_a_worker() -> Iterator[None]:
    """What contenders set or leave in their own process; put back afterwards."""
    settings: Any = jax.config
    cached = settings.jax_enable_compilation_cache
    with jax.numpy_dtype_promotion("standard"):
        yield
    settings.update("jax_enable_compilation_cache", cached)
