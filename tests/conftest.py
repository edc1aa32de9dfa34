"""The machine that the tests see: two XLA devices on the CPU, and no silent casts."""

import ctypes
import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.compiling import flags

# Before JAX is imported, and for the programs that tests start. Bitwise claims are made
# for the CPU; `JAX_PLATFORMS=cuda pytest` tries the rest on a GPU.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# Half of the time would go into optimising programs that run for milliseconds. Ours to
# test is what they compute; `.ci/run lower` tests it in programs compiled as users do.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ["XLA_FLAGS"] = flags()

import jax
import pytest

# What tests trace makes and drops millions of small objects: looking for cycles among
# them as often as Python does takes up to a tenth of the time.
gc.set_threshold(100_000, 50, 50)

# Seeds spread over one device and over two must agree, so there are two. Nothing of
# seqjax may be imported here: jaxtyping's hook has to come first.
jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_numpy_dtype_promotion", "strict")


# Compiled code goes to a temporary folder, not to the user's cache, and what one test
# has compiled serves the next, those of other workers, and the programs that they
# start: a third of the time. Traces are counted in Python, before anything is looked up
# there, so it can hide none. JAX asks for the folder once, at the first compilation: it
# has to be here. The first process makes and removes it, and its workers inherit it.
if "SEQJAX_TESTS_CACHE" not in os.environ:
    _compiled = tempfile.TemporaryDirectory(prefix="seqjax-tests-")
    os.environ["SEQJAX_TESTS_CACHE"] = _compiled.name
CACHE = os.environ["SEQJAX_TESTS_CACHE"]
jax.config.update("jax_compilation_cache_dir", CACHE)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


@pytest.fixture(scope="session", autouse=True)
def _own_cache() -> Iterator[None]:
    """Programs that tests start keep compiled code, too, in the temporary folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQJAX_CACHE", CACHE)
        yield


MOST_BYTES = 2 * 2**30
"""Of a worker's memory; all programs that are ever compiled would take it 6 GB."""


@pytest.fixture(scope="module", autouse=True)
def _few_programs_are_kept() -> Iterator[None]:
    """What files have compiled goes with them once it takes too much memory."""
    yield
    pages = Path("/proc/self/statm")
    if not pages.exists() or (
        int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") > MOST_BYTES
    ):
        jax.clear_caches()
        # What is free goes back, or from here on every file would begin with nothing.
        if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
            trim(0)
