"""Devices and the cache are set before JAX starts, so in processes of their own."""

import os
from pathlib import Path
from typing import Any

import pytest

from seqjax.lab.running import devices

CODE = """
import sys
from seqjax.lab.running import devices
number = int(sys.argv[1]) if sys.argv[1] != "none" else None
cache = devices.cache_folder() if sys.argv[2] == "cache" else None
print(devices.configure(number, cache))
import jax
print(jax.jit(lambda x: x + 1)(1.0), jax.local_device_count("cpu"))
devices.configure(jax.local_device_count("cpu"), cache)  # agrees: no error
try:
    devices.configure(7, cache)
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("number", "environment", "expected"),
    [
        ("3", {}, 3),
        ("none", {}, devices.usable_cores()),
        ("none", {"JAX_NUM_CPU_DEVICES": "4"}, 4),
        ("none", {"XLA_FLAGS": "--xla_force_host_platform_device_count=5"}, 5),
    ],
)
def test_number_of_devices(
    script: Any, tmp_path: Path, number: str, environment: dict[str, str], expected: int
) -> None:
    ended = script("-c", CODE, number, "cache", JAX_PLATFORMS="cpu", **environment)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "None",
        f"2.0 {expected}",
        f"devices must be set before JAX starts: 7 wanted, {expected} started; "
        "call configure before the first computation",
    ]
    # The quickest of compilations is kept.
    assert list((tmp_path / "cache").iterdir())


def test_without_a_cache_nothing_is_kept(script: Any, tmp_path: Path) -> None:
    assert script("-c", CODE, "1", "none").returncode == 0
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_breaks_nothing(
    script: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "cache"
    ended = script("-c", CODE, "1", "cache", SEQJAX_CACHE=str(folder))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[:2] == [
        f"compiled code is not kept: cannot write {folder}: Not a directory; "
        "name another folder by SEQJAX_CACHE",
        "2.0 1",
    ]


def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("SEQJAX_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert devices.cache_folder() == Path("/home/somebody/.cache/seqjax")
    monkeypatch.setattr("sys.platform", "darwin")
    assert devices.cache_folder() == Path("/home/somebody/Library/Caches/seqjax")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert devices.cache_folder() == Path("/var/cache/seqjax")
    monkeypatch.setenv("SEQJAX_CACHE", "~/mine")
    assert devices.cache_folder() == Path("/home/somebody/mine")


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="no affinity on this system"
)
def test_only_usable_cores_count() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert devices.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert devices.usable_cores() == len(allowed)
