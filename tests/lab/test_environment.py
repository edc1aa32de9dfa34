"""What a run depended on is told truly, and null where it is not known."""

import importlib.metadata
import json
import platform
import subprocess
from pathlib import Path

import jax

from seqjax.lab.run_directory import records
from seqjax.lab.run_directory.environment import cpu_model, environment, git_state


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    return subprocess.run(
        ["git", *identity, *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_environment_is_plain_and_true() -> None:
    stored = json.loads(records.json_bytes(environment()))
    assert stored["versions"]["python"] == platform.python_version()
    for package in ("jax", "jaxlib", "flax", "optax", "numpy"):
        assert stored["versions"][package] == importlib.metadata.version(package)
    assert stored["devices"] == {
        "platform": jax.default_backend(),
        "kinds": sorted({device.device_kind for device in jax.devices()}),
        "count": jax.device_count(),
    }
    assert stored["flags"]["jax_enable_x64"] is jax.config.read("jax_enable_x64")
    assert stored["flags"]["jax_threefry_partitionable"] is not None
    assert stored["host"]["cpu"] == cpu_model() != ""
    assert set(stored) == {"versions", "devices", "flags", "host", "git"}


def test_git_state(tmp_path: Path) -> None:
    package = tmp_path / "checkout" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    assert git_state(package) is None
    git(tmp_path / "checkout", "init", "-q")
    (tmp_path / "checkout" / "README").touch()
    git(tmp_path / "checkout", "add", "README")
    git(tmp_path / "checkout", "commit", "-qm", "First.")
    # Installed inside a checkout of something else: its commit says nothing about us.
    assert git_state(package) is None
    git(tmp_path / "checkout", "add", "package")
    git(tmp_path / "checkout", "commit", "-qm", "Second.")
    commit = git(tmp_path / "checkout", "rev-parse", "HEAD").strip()
    assert git_state(package) == {"commit": commit, "dirty": False}
    (tmp_path / "checkout" / "README").write_text("changed, but not the package")
    assert git_state(package) == {"commit": commit, "dirty": False}
    (package / "new.py").touch()
    assert git_state(package) == {"commit": commit, "dirty": True}
