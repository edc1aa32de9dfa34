"""The list of runs says what is in the folders, and leaves them as they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from seqjax.lab.run_directory import rundir, runs
from tests.lab import worker
from tests.lab.keeping_study import KEEPING, KeepingConfig
from tests.lab.toy_study import STUDY, ToyConfig

Capture = pytest.CaptureFixture[str]


def known(name: str) -> Any:
    return {"toy": STUDY, "keeping": KEEPING}.get(name)


def found(folder: Path) -> dict[str, runs.Run]:
    return {run.path.name: run for run in runs.find(folder, known)}


def test_state_and_progress(tmp_path: Path) -> None:
    worker.fill(tmp_path / "deep" / "whole", 3, 0)
    worker.fill(tmp_path / "part", 3, 0)
    (tmp_path / "part" / "summary.json").unlink()
    rows = (tmp_path / "part" / "results.csv").read_text().splitlines(keepends=True)
    (tmp_path / "part" / "results.csv").write_text("".join(rows[:3]))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "config.json").write_text("[]")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with rundir.open_run(KEEPING, KeepingConfig(), tmp_path / "open") as run:
        folder = run.path / "checkpoints"
        folder.mkdir()
        for number in (7, 30):
            (folder / f"a-{number:012d}.npz").touch()
        listed = found(tmp_path)
    assert set(listed) == {"whole", "part", "open"}
    facts = {
        name: (run.study, run.state, run.saved, run.blocks, run.checkpoint)
        for name, run in listed.items()
    }
    assert facts == {
        "whole": ("toy", "complete", 3, 3, None),
        "part": ("toy", "unfinished", 1, 3, None),
        "open": ("keeping", "running", 0, 2, 30),
    }
    assert found(tmp_path)["open"].state == "unfinished"
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    newest = max(p.stat().st_mtime for p in (tmp_path / "part").iterdir())
    assert listed["part"].changed == newest


@pytest.mark.parametrize("file", ["results.csv", "summary.json"])
def test_one_that_is_damaged_hides_no_other(file: str, tmp_path: Path) -> None:
    worker.fill(tmp_path / "whole", 3, 0)
    worker.fill(tmp_path / "hurt", 3, 0)
    (tmp_path / "hurt" / file).write_bytes(b"block\n\xff")
    assert {name: run.state for name, run in found(tmp_path).items()} == {
        "whole": "complete",
        "hurt": "damaged",
    }


def test_of_a_study_or_a_configuration_that_is_not_known_it_lists_what_it_can(
    tmp_path: Path,
) -> None:
    with rundir.open_run(STUDY, ToyConfig(), tmp_path / "run"):
        pass
    # A run says itself how many blocks it has; older ones do not.
    (run,) = runs.find(tmp_path, lambda name: None)
    assert (run.study, run.blocks) == ("toy", 3)
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    del config["blocks"]
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    (run,) = runs.find(tmp_path, lambda name: None)
    assert (run.study, run.blocks) == ("toy", None)
    config["config"]["once"] = 1
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    (run,) = runs.find(tmp_path, known)
    assert (run.saved, run.blocks) == (0, None)


def accuracy(value: float | None, **more: Any) -> dict[str, Any]:
    return {"accuracy": {"value": value, "low": 0.0, "high": 1.0}, **more}


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({}, ""),
        ({"models": ["runs/one", "runs/two"]}, ""),  # by name, as of an evaluation
        ({"conclusion": "Least error: gcn.", "claims": []}, "Least error: gcn."),
        ({"validation_loss": 1.5121}, "validation loss 1.512 nats"),
        (
            {"claims": [{"verdict": "holds"}, {"holds": True}, {"verdict": "holds"}]},
            "holds: 2",
        ),
        (
            {
                "claims": [{"verdict": "undecided", "seeds": 0}],
                "models": [accuracy(0.815, model="gcn")],
            },
            "accuracy 0.815 (gcn)",
        ),
        (
            {
                "claims": [
                    {"verdict": "undecided", "seeds": 0},
                    {"verdict": "undecided", "seeds": 8},
                    {"verdict": "holds", "seeds": None},
                ]
            },
            "undecided: 1, holds: 1",
        ),
        (
            {
                "settings": [
                    accuracy(0.5, length=5, cell="rnn"),
                    accuracy(None, length=9, cell="gru"),
                    accuracy(0.75, length=5, cell="lstm", seeds=3),
                ]
            },
            "accuracy 0.500 (rnn length 5) to 0.750 (lstm length 5)",
        ),
        (
            {"models": [accuracy(0.815, model="gcn", published_source="Kipf")]},
            "accuracy 0.815 (gcn)",
        ),
    ],
)
def test_a_headline_is_what_the_summary_comes_to(
    summary: dict[str, Any], expected: str
) -> None:
    assert runs.headline(summary) == expected


def test_the_command(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    worker.fill(Path("runs") / "a", 1, 0)
    assert program.main(["runs"]) == 0
    shown = capsys.readouterr().out
    assert "Runs in runs" in shown
    (line,) = [line for line in shown.splitlines() if "runs/a" in line]
    assert line.split()[:6] == ["runs/a", "toy", "complete", "1", "of", "1"]
    assert program.main(["runs", "--help"]) == 0
    assert "usage: seqjax runs [FOLDER]" in capsys.readouterr().out
    (tmp_path / "none").mkdir()
    assert program.main(["runs", "none"]) == 0
    assert "none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere must be a folder, but there is none; name another"),
        (
            ["a", "b"],
            "runs must have one folder or none, got 'a b'; for example "
            "seqjax runs runs/palindrome",
        ),
        (
            ["--all"],
            "runs must have one folder or none, got '--all'; for example "
            "seqjax runs runs/palindrome",
        ),
    ],
)
def test_bad_arguments(
    words: list[str], message: str, tmp_path: Path, capsys: Capture
) -> None:
    assert program.main(["runs", *words]) == 2
    assert capsys.readouterr().err == f"seqjax: error: {message}\n"


def test_every_study_is_found_by_its_name() -> None:
    for package in program.STUDIES:
        for each in program._studies(package):
            study = program._known(each.name)
            assert study is (each if hasattr(each, "config_type") else None)
    assert program._known("toy") is program._known("") is None
    assert program._known("gradients nothing") is None
