"""Disks that fill up or become read-only under a run, and clocks that are set back."""

import errno
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.run_directory import files, layout, rundir, runs
from tests.lab import worker
from tests.lab.test_crash import check_equal, check_valid
from tests.lab.toy_study import STUDY, ToyConfig

Toy = Callable[..., int]
Capture = pytest.CaptureFixture[str]


# Twelve files: configuration, environment, history and rows of three blocks, two
# figures, tables, summary.
@pytest.mark.parametrize(
    ("name", "call"),
    [*(("replace", call) for call in range(1, 13)), ("fsync", 1), ("fsync", 9)],
)
def test_full_disk_keeps_what_is_finished(
    tmp_path: Path,
    toy: Toy,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    call: int,
) -> None:
    path, count, real = tmp_path / "run", 0, getattr(os, name)

    def full(*args: Any) -> Any:
        nonlocal count
        count += 1
        # Folders are synchronised too; there a failure is no news and is passed over.
        if count >= call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, full)
        assert toy("--out", path) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"seqjax.toy: error: cannot write {path}")
    assert error.endswith(
        ": No space left on device; what is finished is kept: free some space, then go "
        "on with the same command (without --overwrite)"
    )
    assert not list(tmp_path.rglob(".*"))
    saved = check_valid(path)
    assert not (path / layout.SUMMARY).exists()
    assert toy("--out", path) == 0
    begun = [line for line in capsys.readouterr().err.splitlines() if "begins" in line]
    assert len(begun) == 3 - saved
    worker.fill(tmp_path / "undisturbed", 3, 0)
    check_equal(path, tmp_path / "undisturbed")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system cannot be mounted here: {error}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(
    small_disk: Path, toy: Toy, capsys: Capture
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(224 * 1024))
    command = ("--out", small_disk / "run", "--seeds", 150)
    assert toy(*command) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "No space left on device; what is finished is kept" in error
    assert not list(small_disk.rglob(".*"))
    ballast.unlink()
    with rundir.open_run(STUDY, ToyConfig(seeds=150), small_disk / "run") as run:
        saved = len(run.saved)
    assert 0 < saved <= 3
    assert toy(*command) == 0
    with np.load(small_disk / "run" / "history.npz") as history:
        assert len(history.files) == 3


def test_a_disk_that_becomes_read_only(
    small_disk: Path, tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    path, write = small_disk / "run", files.write_atomic

    def mounted(how: str) -> None:
        command = ["mount", "-o", f"remount,{how}", str(small_disk)]
        subprocess.run(command, check=True)

    def damaged(file: Path, data: bytes) -> None:
        if file.name == layout.RESULTS and b"rnn-002" in data:
            mounted("ro")
        write(file, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "write_atomic", damaged)
        try:
            assert toy("--out", path) == 2
        finally:
            mounted("rw")
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"seqjax.toy: error: cannot write {path}/results.csv: Read-only file system; "
        "what is finished is kept: make it writable, then go on with the same command "
        "(without --overwrite), or choose another --out"
    )
    assert check_valid(path) == 1
    assert toy("--out", path) == 0
    worker.fill(tmp_path / "undisturbed", 3, 0)
    check_equal(path, tmp_path / "undisturbed")


def test_a_clock_that_is_set_back(
    tmp_path: Path, toy: Toy, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, hours = tmp_path / "run", iter(range(10_000, 0, -1))
    monkeypatch.setattr(time, "time", lambda: 3600.0 * next(hours))
    monkeypatch.setenv("TOY_STOP_AT", "rnn-001")
    monkeypatch.setenv("TOY_STOP_BY", "SIGINT")
    assert toy("--out", path, "--progress", "json") == 130
    # What is there seems to have been written in ten years' time.
    for file in path.rglob("*"):
        os.utime(file, (2e9, 2e9))
    monkeypatch.delenv("TOY_STOP_AT")
    assert toy("--out", path, "--progress", "json") == 0
    worker.fill(tmp_path / "undisturbed", 3, 0)
    check_equal(path, tmp_path / "undisturbed")
    assert [run.state for run in runs.find(path, lambda _: STUDY)] == [runs.COMPLETE]
