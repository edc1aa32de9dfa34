"""What a run depended on besides its configuration."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import seqjax

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")
_FLAGS = (
    "jax_enable_x64",
    "jax_default_matmul_precision",
    "jax_numpy_dtype_promotion",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
)


def environment() -> dict[str, Any]:
    """Versions, devices, precision flags, processor and git state; starts JAX."""
    import jax

    devices = jax.devices()
    return {
        **machine(),
        "devices": {
            "platform": devices[0].platform,
            "kinds": sorted({device.device_kind for device in devices}),
            "count": len(devices),
        },
        "flags": {name: getattr(jax.config, name, None) for name in _FLAGS}
        | {"XLA_FLAGS": os.environ.get("XLA_FLAGS")},
    }


def machine() -> dict[str, Any]:
    """Versions, processor and git state, without JAX."""
    return {
        "versions": {
            "python": platform.python_version(),
            "seqjax": seqjax.__version__,
        }
        | {name: _version(name) for name in _PACKAGES},
        "host": {
            "system": platform.platform(),
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
        },
        "git": git_state(Path(__file__).parents[1]),
    }


def _version(package: str) -> str | None:
    """Version of a package, None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def cpu_model() -> str:
    """The processor as its maker calls it, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def git_state(package: Path) -> dict[str, Any] | None:
    """Commit of the checkout a package lies in, and whether the package is changed.

    Returns:
        ``{"commit": str, "dirty": bool}``, or None where git does not track the package
        (installed ones may lie inside a checkout of something else).
    """
    try:
        # Asking for one tracked file by name tells a checkout of ours from any other.
        _git(package, "ls-files", "--error-unmatch", "--", "__init__.py")
        commit = _git(package, "rev-parse", "HEAD").strip()
        changes = _git(package, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "dirty": bool(changes.strip())}


def _git(folder: Path, *words: str) -> str:
    """What a git command prints."""
    return subprocess.run(
        ["git", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout
