"""Whatever ends a run, at whatever instant, the folder is valid and can be resumed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.run_directory import layout, rundir
from seqjax.lab.study import SilentReporter
from tests.lab import worker
from tests.lab.conftest import HERE, ROOT
from tests.lab.toy_study import STUDY, ToyConfig

# config.json, then history and rows of two blocks, then the summary: six files, each
# synchronised, renamed, and its folder synchronised.
CALLS = 18


def check_valid(path: Path) -> int:
    """A folder that a crash left: every row has its history. Number of blocks."""
    if not (path / layout.CONFIG).exists():
        return 0
    rows = layout.read_rows(path / layout.RESULTS, {"block": str, **STUDY.columns})
    histories = layout.read_history(path / layout.HISTORY)
    names = {row["block"] for row in rows}
    for name in names:
        (seeds,) = {
            sum(row["block"] == name for row in rows),
            len(histories[name]["loss"]),
        }
        assert seeds == 2
    return len(names)


def check_equal(path: Path, other: Path) -> None:
    """The same results, bytes and arrays."""
    for name in (layout.RESULTS, layout.SUMMARY):
        assert (path / name).read_bytes() == (other / name).read_bytes()
    with (
        np.load(path / "history.npz") as ours,
        np.load(other / "history.npz") as theirs,
    ):
        assert set(ours.files) == set(theirs.files) != set()
        for key in ours.files:
            np.testing.assert_array_equal(ours[key], theirs[key])
    assert not list(path.rglob(".*"))


def start(*words: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(HERE / "worker.py"), *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


# Every third call only makes a rename last, after the fact.
@pytest.mark.parametrize(
    "call", [call for call in range(1, CALLS + 2) if call % 3 or call > CALLS]
)
def test_kill_at_every_system_call(tmp_path: Path, call: int) -> None:
    path = tmp_path / "run"
    with start(path, 2, 0, call) as process:
        status = process.wait(60)
    assert status == (-signal.SIGKILL if call <= CALLS else 0)
    check_valid(path)
    worker.fill(path, 2, 0)
    worker.fill(tmp_path / "undisturbed", 2, 0)
    check_equal(path, tmp_path / "undisturbed")


def test_kill_at_random_times(tmp_path: Path) -> None:
    rng, path, kills, saved = random.Random(0), tmp_path / "run", 0, 0
    for _ in range(3):
        with start(path, 40, 0.01) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(rng.uniform(0.01, 0.2))
            process.kill()
            kills += process.wait(60) == -signal.SIGKILL
        before, saved = saved, check_valid(path)
        assert saved >= before
    assert kills == 3
    assert 0 < saved < 40
    worker.fill(path, 40, 0.01)
    worker.fill(tmp_path / "undisturbed", 40, 0.01)
    check_equal(path, tmp_path / "undisturbed")


def test_rows_keep_the_order_of_the_study(tmp_path: Path) -> None:
    config = ToyConfig(lengths=(3, 1, 2), seeds=1)
    with rundir.open_run(STUDY, config, tmp_path / "run") as run:
        for block in STUDY.run(config, (), SilentReporter()):
            run.save(block)
        names = [row["block"] for row in run.results.rows]
    assert names == ["rnn-003", "rnn-001", "rnn-002"]
    with rundir.open_run(STUDY, config, tmp_path / "run") as again:
        assert [row["block"] for row in again.results.rows] == names
        assert again.results.rows == run.results.rows


def test_leftovers_of_a_kill_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "run"
    for name in (".config.json.seqjax-tmp", ".other.seqjax-tmp"):
        path.mkdir(exist_ok=True)
        (path / name).touch()
        worker.fill(path, 1, 0)
        assert not list(path.rglob(".*"))
        (path / "summary.json").unlink()


def test_history_without_rows_is_not_a_block(tmp_path: Path) -> None:
    path = tmp_path / "run"
    worker.fill(path, 2, 0)
    (path / "summary.json").unlink()
    lines = (path / "results.csv").read_text().splitlines(keepends=True)
    (path / "results.csv").write_text("".join(lines[:3]))
    with rundir.open_run(STUDY, ToyConfig(lengths=(1, 2)), path) as run:
        assert run.saved == ["rnn-001"]
        assert list(run.results.history) == ["rnn-001/loss"]


@pytest.mark.parametrize(
    ("sign", "word", "status"),
    [("SIGINT", "interrupted", 130), ("SIGTERM", "terminated", 143)],
)
@pytest.mark.parametrize("named", [True, False])
def test_interrupt_says_how_to_go_on(
    tmp_path: Path,
    toy: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    named: bool,
    sign: str,
    word: str,
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOY_STOP_AT", "rnn-001")
    monkeypatch.setenv("TOY_STOP_BY", sign)
    assert toy(*(["--out=run", "--overwrite"] if named else [])) == status
    error = capsys.readouterr().err.splitlines()[-1]
    path = Path("run") if named else next(Path("runs/toy").iterdir())
    again = "without --overwrite" if named else f"with --out {path}"
    assert error == (
        f"seqjax.toy: {word}: 2 of 3 blocks are saved in {path}; "
        f"the same command {again} goes on from there"
    )
    monkeypatch.delenv("TOY_STOP_AT")
    assert toy("--out", path) == 0
    assert capsys.readouterr().err.count("begins") == 1
    worker.fill(Path("undisturbed"), 3, 0)
    check_equal(path, Path("undisturbed"))


def test_interrupt_of_the_whole_command(script: Any, tmp_path: Path) -> None:
    stop = {"TOY_STOP_AT": "rnn-001", "TOY_STOP_BY": "SIGINT"}
    ended = script(HERE / "toy_study.py", "--out", "run", **stop)
    assert ended.returncode == 130
    assert ended.stderr.splitlines()[-1] == (
        "seqjax.toy: interrupted: 2 of 3 blocks are saved in run; "
        "the same command goes on from there"
    )
    killed = script(
        HERE / "toy_study.py", "--out", "run", **stop | {"TOY_STOP_BY": "SIGKILL"}
    )
    assert killed.returncode == -signal.SIGKILL
    assert script(HERE / "toy_study.py", "--out", "run").returncode == 0
    worker.fill(tmp_path / "undisturbed", 3, 0)
    check_equal(tmp_path / "run", tmp_path / "undisturbed")
