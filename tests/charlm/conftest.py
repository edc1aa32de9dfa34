"""Common to the tests of the trainings."""

from collections.abc import Iterator
from typing import Any

import jax
import pytest


@pytest.fixture(scope="module")
def optax_mixes() -> Iterator[None]:
    """Integers and floats may be mixed, as optax does in Adam."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="session")
def whole() -> Any:
    """A training that nobody disturbs: what came out, and the recorder of it."""
    # Imported late: jaxtyping's hook has to come first.
    from tests.charlm.trainings import Recorder, equipment, trained

    recorder = Recorder()
    with jax.numpy_dtype_promotion("standard"):
        return trained(equipment(), recorder), recorder
