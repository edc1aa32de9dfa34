"""Importing is light: each layer brings in what it needs, and starts no device."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def outcome(code: str) -> str:
    """What a fresh interpreter prints."""
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def loaded_by(statement: str) -> set[str]:
    """Top-level packages loaded by a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(list(sys.modules)))"
    return {name.partition(".")[0] for name in json.loads(outcome(code))}


def test_the_package_itself_loads_nothing() -> None:
    heavy = {"jax", "jaxlib", "numpy", "flax", "matplotlib", "rich", "optax", "scipy"}
    assert "seqjax" in loaded_by("import seqjax")
    assert loaded_by("import seqjax") & heavy == set()


def import_all(package: str) -> str:
    """Code that imports every module of a package; `count` is how many."""
    return (
        "import importlib, pkgutil\n"
        f"import {package} as package\n"
        f"found = list(pkgutil.walk_packages(package.__path__, '{package}.'))\n"
        "for module in found:\n"
        "    importlib.import_module(module.name)\n"
        "count = len(found)\n"
    )


@pytest.mark.parametrize(
    ("package", "unwanted"),
    [
        ("core", {"flax", "optax", "matplotlib", "rich"}),
        ("nn", {"matplotlib"}),
        ("train", {"matplotlib"}),
    ],
)
def test_a_layer_loads_only_its_own(package: str, unwanted: set[str]) -> None:
    loaded = loaded_by(import_all(f"seqjax.{package}"))
    assert "jax" in loaded
    assert loaded & unwanted == set()


@pytest.mark.parametrize(
    ("package", "unwanted"),
    [
        ("seqjax.core.statistics", ["scipy.stats", "scipy.optimize"]),
        ("seqjax.study", ["scipy.stats", "matplotlib"]),
    ],
)
def test_what_is_needed_at_the_end_is_not_waited_for(
    package: str, unwanted: list[str]
) -> None:
    code = f"import sys, {package}\nprint([m for m in {unwanted} if m in sys.modules])"
    assert outcome(code) == "[]\n"


def test_no_module_starts_a_device_or_draws_on_a_screen() -> None:
    # The number of devices can be set only until the first computation, which an
    # innocent jnp.zeros at the top of a module would be. And pyplot wants a display.
    code = (
        import_all("seqjax")
        + "import jax, sys\n"
        + "jax.config.update('jax_num_cpu_devices', 3)\n"
        + "pyplot = 'matplotlib.pyplot' in sys.modules\n"
        + "print(count, jax.local_device_count('cpu'), pyplot)\n"
    )
    count, devices, pyplot = outcome(code).split()
    assert int(count) > 20
    assert int(devices) == 3
    assert pyplot == "False"
