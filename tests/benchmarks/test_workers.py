"""Contenders in processes: their environment, their failures, their end."""

import os

import pytest

from benchmarks.harness.workers import Worker, load

TOYS = "tests.benchmarks.toys"


def test_each_process_has_its_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY", "1")
    changes: list[dict[str, str | None]] = [{}, {"TOY": "2"}, {"TOY": None}]
    found = []
    for change in changes:
        with Worker("toy", change) as worker:
            worker.build("toy", f"{TOYS}:environment", "TOY")
            found.append(worker.result("toy")["x"].item())
    assert found[:2] == [1, 2]
    assert found[2] != found[2], "None takes the variable away"
    assert os.environ["TOY"] == "1"


def test_leaving_ends_the_process() -> None:
    with Worker("toy") as worker:
        worker.build("toy", f"{TOYS}:environment", "TOY")
        pid = worker.result("toy")["pid"].item()
        assert pid != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_failure_is_told_and_survived() -> None:
    with Worker("toy") as worker:
        worker.build("bad", f"{TOYS}:failing")
        with pytest.raises(RuntimeError, match="toy failed at 'run'(?s:.*)than 4"):
            worker.run("bad", 5)
        worker.build("missing", f"{TOYS}:nothing")
        with pytest.raises(RuntimeError, match="toy failed at 'build'(?s:.*)nothing"):
            worker.settle()
        worker.build("good", f"{TOYS}:environment", "TOY")
        assert worker.run("good", 1) >= 0
        worker.drop()
        with pytest.raises(RuntimeError, match="KeyError"):
            worker.run("good", 1)


def test_a_death_is_told() -> None:
    with Worker("toy") as worker:
        worker.build("toy", f"{TOYS}:dying")
        with pytest.raises(RuntimeError, match="toy ended with status 7 at 'run'"):
            worker.run("toy", 1)


def test_load_finds_the_function() -> None:
    assert load(f"{TOYS}:failing").__name__ == "failing"
