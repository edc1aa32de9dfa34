"""What users have: optax mixes integers and floats."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(scope="module", autouse=True)
def _standard_promotion() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"):
        yield
