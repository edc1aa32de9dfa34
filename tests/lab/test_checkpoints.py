"""What is kept of a block in training comes back whole, or not at all."""

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from seqjax.lab.errors import UserError
from seqjax.lab.reporting import reporter
from seqjax.lab.run_directory import checkpoints, layout
from seqjax.lab.running import driver
from seqjax.lab.study import SilentReporter
from tests.lab.keeping_study import KEEPING, KeepingConfig

Capture = pytest.CaptureFixture[str]


def numbers(value: int) -> dict[str, np.ndarray]:
    return {"value": np.array(value)}


def newest(run: Path, block: str) -> int | None:
    kept = checkpoints.load(run, block)
    return None if kept is None else int(kept["value"])


def names(run: Path) -> list[str]:
    return sorted(path.name for path in (run / layout.CHECKPOINTS).glob("*"))


def damage(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def warned(path: Path) -> str:
    return (
        f"seqjax: warning: {path} is damaged; the checkpoint before it is used if "
        "there is one, else the block begins anew\n"
    )


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "weights": rng.normal(size=(3, 0, 2)).astype(np.float32),
        "odd": np.array([np.nan, -0.0, np.inf]),
        "key": rng.integers(0, 2**32, (2, 2), np.uint32),
        "stopped": np.array(True),
        "text": np.array(["é", "\ud800"]),
        "plain": np.frombuffer(b'{"a": 1}', np.uint8),
    }
    assert checkpoints.load(tmp_path, "a") is None
    checkpoints.save(tmp_path, "a", 3, arrays)
    kept = checkpoints.load(tmp_path, "a")
    assert kept is not None
    assert set(kept) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(kept[name], array, strict=True)
        assert kept[name].tobytes() == array.tobytes()


def test_the_two_newest_of_every_block_are_kept(tmp_path: Path) -> None:
    for updates in (0, 9, 10, 200):
        for block in ("a", "a-b"):
            checkpoints.save(tmp_path, block, updates, numbers(updates + len(block)))
        assert newest(tmp_path, "a") == updates + 1
        assert newest(tmp_path, "a-b") == updates + 3
    assert names(tmp_path) == [
        "a-000000000010.npz",
        "a-000000000200.npz",
        "a-b-000000000010.npz",
        "a-b-000000000200.npz",
    ]
    checkpoints.save(tmp_path, "a", 200, numbers(7))
    assert newest(tmp_path, "a") == 7
    assert len(names(tmp_path)) == 4


def test_a_damaged_one_is_named_and_the_one_before_it_used(
    tmp_path: Path, capsys: Capture
) -> None:
    for updates in (1, 2):
        checkpoints.save(tmp_path, "a", updates, numbers(updates))
    first, second = (tmp_path / layout.CHECKPOINTS / name for name in names(tmp_path))
    damage(second)
    assert newest(tmp_path, "a") == 1
    assert capsys.readouterr() == ("", warned(second))
    # It is gone, and named once.
    assert newest(tmp_path, "a") == 1
    assert capsys.readouterr() == ("", "")
    damage(first)
    assert newest(tmp_path, "a") is None
    assert capsys.readouterr() == ("", warned(first))


def test_after_damage_what_is_saved_next_is_the_newest(
    tmp_path: Path, capsys: Capture
) -> None:
    for updates in (50, 100):
        checkpoints.save(tmp_path, "a", updates, numbers(updates))
    for name in names(tmp_path):
        damage(tmp_path / layout.CHECKPOINTS / name)
    assert newest(tmp_path, "a") is None
    assert capsys.readouterr().err.count("is damaged") == 2
    # The block begins anew, and is broken off before it has come as far again.
    checkpoints.save(tmp_path, "a", 10, numbers(10))
    assert newest(tmp_path, "a") == 10


def test_whatever_is_missing_or_changed_is_noticed(
    tmp_path: Path, capsys: Capture
) -> None:
    checkpoints.save(tmp_path, "a", 1, numbers(1))
    (path,) = (tmp_path / layout.CHECKPOINTS).iterdir()
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    lengths = [0, 1, 31, 32, 33, *rng.integers(34, len(whole), 5).tolist()]
    for length in lengths:
        path.write_bytes(whole[:length])
        assert newest(tmp_path, "a") is None
        assert capsys.readouterr().err == warned(path)
    for place in rng.integers(0, len(whole), 20).tolist():
        path.write_bytes(whole)
        damage(path, place)
        assert newest(tmp_path, "a") is None
        assert capsys.readouterr().err == warned(path)
    path.write_bytes(whole)
    assert newest(tmp_path, "a") == 1


def test_what_is_finished_needs_no_checkpoints(tmp_path: Path) -> None:
    folder = tmp_path / layout.CHECKPOINTS
    for block in ("a", "a-b"):
        checkpoints.save(tmp_path, block, 1, numbers(1))
    (folder / ".a-000000000002.npz.seqjax-tmp").touch()
    checkpoints.discard(tmp_path, "a")
    assert names(tmp_path) == ["a-b-000000000001.npz"]
    (folder / "notes.npz").write_bytes(b"mine")
    checkpoints.discard(tmp_path)
    assert names(tmp_path) == ["notes.npz"]
    (folder / "notes.npz").unlink()
    checkpoints.discard(tmp_path)
    assert not folder.exists()
    checkpoints.discard(tmp_path)


def test_what_the_system_refuses_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / layout.CHECKPOINTS).touch()
    with pytest.raises(UserError) as error:
        checkpoints.save(tmp_path, "a", 1, numbers(1))
    assert str(error.value) == (
        f"cannot make {tmp_path}/checkpoints: File exists; choose another --out"
    )


# --- a whole run ---


@pytest.fixture
def conduct(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], int]:
    monkeypatch.setattr(
        "seqjax.lab.run_directory.environment.environment", lambda: {"jax": 1}
    )
    return lambda path: driver.conduct(
        KEEPING, KeepingConfig(), path, stream=io.StringIO()
    )


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()
    }


def test_a_run_killed_at_any_instant_ends_as_if_it_had_not(
    tmp_path: Path,
    conduct: Callable[[Path], int],
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run"
    killed: list[Path] = []

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        # What is on the disk at this instant is what a killed process leaves there.
        def wrapper(*args: Any, **options: Any) -> Any:
            if path.exists():
                killed.append(tmp_path / f"killed-{len(killed)}")
                shutil.copytree(path, killed[-1])
            return function(*args, **options)

        return wrapper

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink", "rmdir"):
            patch.setattr(os, name, before(getattr(os, name)))
        assert conduct(path) == 0
    whole = contents(path)
    assert set(whole) == {
        "config.json",
        "environment.json",
        "history.npz",
        "results.csv",
        "summary.json",
        "tables.json",
        "texts/last.txt",
    }
    # Two blocks of four checkpoints, and six files more, are renamed at the least.
    assert len(killed) > 15
    resumed = 0
    for copy in killed:
        capsys.readouterr()
        held = list(copy.glob("checkpoints/a*.npz"))
        assert conduct(copy) == 0
        assert contents(copy) == whole
        assert not list(copy.rglob(".*"))
        assert not (copy / layout.CHECKPOINTS).exists()
        resumed += bool(held)
    assert resumed > 8


def test_a_checkpoint_is_due_after_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "seqjax.lab.run_directory.environment.environment", lambda: {"jax": 1}
    )
    now, due = 100.0, []
    monkeypatch.setattr(reporter, "time", SimpleNamespace(monotonic=lambda: now))

    def run(config: KeepingConfig, finished: Any, report: Any) -> Any:
        nonlocal now
        for block in KEEPING.run(config, finished, SilentReporter()):
            report.block(block.name, "", 1.0)
            for seconds in (6, 4, 9, 0, 11):
                now += seconds
                due.append(report.is_due())
                if due[-1]:
                    report.keep(1, {"numbers": np.zeros(2)})
            yield block

    driver.conduct(
        replace(KEEPING, run=run),
        KeepingConfig(),
        tmp_path / "run",
        stream=io.StringIO(),
        reporting=reporter.ReportingOptions(checkpoint_every=10.0),
    )
    assert due[:5] == due[5:] == [False, True, False, False, True]


def test_a_finished_block_does_not_wait_for_its_checkpoints_to_go(
    tmp_path: Path, conduct: Callable[[Path], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seqjax.lab.run_directory.checkpoints.discard", fails)
        assert conduct(tmp_path / "run") == 130
    assert list((tmp_path / "run" / layout.CHECKPOINTS).iterdir())
    assert conduct(tmp_path / "run") == 0
    assert not (tmp_path / "run" / layout.CHECKPOINTS).exists()
    assert conduct(tmp_path / "other") == 0
    assert contents(tmp_path / "run") == contents(tmp_path / "other")
