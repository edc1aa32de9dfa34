"""How tests have XLA compile: in a hurry, since most programs run for milliseconds."""

import importlib.util
import mmap
import os
from pathlib import Path

FLAG = "xla_cpu_use_fusion_emitters"
"""Another way of making the code of each operation, which pays where that runs for
long; making it so takes a third of the time of all tests."""


def flags() -> str:
    """What `XLA_FLAGS` has, and the flag where programs are not to be optimised."""
    given = os.environ.get("XLA_FLAGS", "")
    hurried = os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] == "1"
    if hurried and FLAG not in given and _is_known(FLAG):
        return f"{given} --{FLAG}=false".strip()
    return given


def usual() -> dict[str, bool] | None:
    """Options of a program that is made as it is without the flag."""
    return {FLAG: True} if f"--{FLAG}=false" in os.environ["XLA_FLAGS"] else None


def _is_known(flag: str) -> bool:
    """XLA ends a process that has a flag which it does not know."""
    found = importlib.util.find_spec("jaxlib")
    assert found
    for folder in found.submodule_search_locations or ():
        for library in Path(folder).glob("libjax*.so"):
            with (
                library.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as code,
            ):
                if code.find(flag.encode()) >= 0:
                    return True
    return False
