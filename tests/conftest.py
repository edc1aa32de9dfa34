"""The machine that the tests see: two XLA devices on the CPU, and no silent casts."""

import os
from collections.abc import Iterator
from pathlib import Path

# Before JAX is imported, and for the programs that tests start. Bitwise claims are made
# for the CPU; `JAX_PLATFORMS=cuda pytest` tries the rest on a GPU.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import pytest

# Seeds spread over one device and over two must agree, so there are two. Nothing of
# seqjax may be imported here: jaxtyping's hook has to come first.
jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_numpy_dtype_promotion", "strict")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Compiled code goes to a temporary folder, not to the user's cache.

    It serves the programs that tests start. Traces are counted in Python, before
    anything is looked up here, so a cache can hide none.
    """
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQJAX_CACHE", str(folder))
        yield folder
