"""From the command line: run, go on, redraw, list, report, verify; installed ones."""

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from seqjax import __main__ as program
from seqjax.study import load
from seqjax.study.loading import study_of
from tests.chaos.studies import contents
from tests.study.files import DATA, LOSS, source, written

Capture = pytest.CaptureFixture[str]

DOC = '''"""Slope of a line.

Attributes:
    slopes: That are {tried}.
    far: Whether x is large.
"""

slopes: tuple[float, ...] = (1.0, 2.0)
far: bool = False
'''
PURE = """
def grid(self):
    return {"slope": self.slopes}

def init(self, setting, key):
    return jax.random.normal(key, (1, 1))

def apply(self, setting, params, inputs):
    return setting.slope * inputs @ params
"""
LINE = source(DOC, PURE, DATA, LOSS)
WORDS = ("--seeds", "3", "--steps", "6", "--batch-size", "4", "--devices", "2")
QUIET = ("--progress", "none", "--checkpoint-every", "0")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file ``line.py`` and its run ``run``."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        written(folder, LINE, "line.py")
        assert program.main(["run", "line.py", *WORDS, *QUIET, "--out", "run"]) == 0
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to work in."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return program.main(["run", "line.py", *WORDS, *QUIET, *words])


def test_fields_are_options_with_their_text(here: Path, capsys: Capture) -> None:
    assert program.main(["run", "--help"]) == 0
    assert "usage: seqjax run FILE.py[:NAME] [OPTIONS]" in capsys.readouterr().out
    assert program.main(["run", "line.py:mine", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("usage: python -m seqjax run line.py:mine [OPTIONS] Slope")
    assert "--slopes FLOAT ... That are {tried}. (default: 1.0 2.0)" in told
    assert "--far, --no-far Whether x is large. (default: --no-far)" in told
    # And those that all have, with the experiment's own defaults.
    assert "--learning-rate FLOAT Step size. (default: 0.001)" in told
    assert "--optimizer STR" in told
    assert "--seeds INT Number of seeds per setting. (default: 10)" in told
    assert "runs/mine/<time stamp>" in told


def test_a_run_directory_tells_what_it_is_of(made: Path) -> None:
    header = json.loads((made / "run/config.json").read_text())
    assert header["about"] == "Slope of a line"
    assert header["blocks"] == 2
    assert header["study"] == "mine"
    assert header["source"].split()[0] == "line.py"
    assert header["config"]["slopes"] == [1.0, 2.0]
    assert header["command_line"].startswith("python -m seqjax run line.py --seeds 3")
    assert {path.name for path in (made / "run").iterdir()} == {
        *("config.json", "environment.json", "results.csv", "history.npz"),
        *("summary.json", "tables.json", "figures"),
    }


def test_the_same_command_shows_it_again(here: Path, capsys: Capture) -> None:
    before = contents(here / "run")
    assert run("--out", "run") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "Slope of a line: 3 seeds, 6 updates"
    assert shown.endswith("complete already: run\n")
    assert contents(here / "run") == before


def test_figures_are_drawn_again(here: Path) -> None:
    before = contents(here / "run")
    shutil.rmtree(here / "run/figures")
    assert program.main(["run", "line.py", "--redraw", "run"]) == 0
    assert contents(here / "run") == before


@pytest.mark.parametrize("words", [(), ("--seeds-at-once", "2")])
def test_ended_and_gone_on_with_it_is_the_same_to_the_byte(
    words: tuple[str, ...], here: Path, capsys: Capture
) -> None:
    replace, marks = os.replace, list[Path]()

    def ended(name: str) -> Any:
        """Gets SIGTERM once there is a file of this kind."""

        def telling(old: Path, new: Path) -> None:
            replace(old, new)
            if name in str(new) and not marks:
                marks.append(new)
                signal.raise_signal(signal.SIGTERM)

        return mock.patch("os.replace", telling)

    for name in ("checkpoints/", "results.csv"):
        marks.clear()
        with ended(name):
            assert run(*words, "--out", "hurt") == 143
        assert marks
        assert "goes on from there" in capsys.readouterr().err
    assert run(*words, "--out", "hurt") == 0
    assert contents(here / "hurt") == contents(here / "run")


def test_a_file_of_another_content_does_not_go_on(here: Path, capsys: Capture) -> None:
    (here / "run/summary.json").unlink()
    written(here, LINE + "# changed\n", "line.py")
    assert run("--out", "run") == 2
    assert capsys.readouterr().err == (
        "seqjax run line.py: error: run holds a run of another content of line.py; "
        "restore the file, give --overwrite to start anew, or another --out\n"
    )


def test_the_list_of_runs_needs_no_file(here: Path, capsys: Capture) -> None:
    (here / "line.py").unlink()
    assert program.main(["runs", "."]) == 0
    row = capsys.readouterr().out.splitlines()[-3]
    assert row.split()[:6] == ["run", "mine", "complete", "2", "of", "2"]
    assert " loss " in row
    assert "(slope " in row


def test_a_report_says_what_it_is_about(here: Path) -> None:
    (here / "line.py").unlink()
    config = here / "run/config.json"
    # Called as a study of the package, it still is another.
    for name in ("mine", "memory"):
        config.write_text(config.read_text().replace('"mine"', f'"{name}"'))
        assert program.main(["report", "run", "--out", f"{name}.html"]) == 0
        page = (here / f"{name}.html").read_text()
        assert f"<p>Study: {name}. Slope of a line</p>" in page


def verdict(capsys: Capture, *words: str) -> tuple[int, list[str], str]:
    """Exit status, the only line of the table, and what is told beside it."""
    status = program.main(["verify", "page.html", *words])
    told = capsys.readouterr()
    lines = [line for line in told.out.splitlines() if line.strip().startswith("run ")]
    return status, lines[1].split(), told.err


def test_a_page_is_verified_by_a_file_that_is_named(
    here: Path, capsys: Capture
) -> None:
    assert program.main(["report", "run", "--out", "page.html"]) == 0
    capsys.readouterr()
    status, line, _ = verdict(capsys)
    assert status == 1
    assert " ".join(line) == (
        "run the run it is a study of line.py; give --study line.py not repeated"
    )
    status, line, told = verdict(capsys, "--study", "line.py", "--seeds", "2")
    assert status == 0
    assert line == [
        "run",
        "slope-1.0,",
        "seeds",
        "0",
        "to",
        "1",
        "2",
        "rows",
        "equal",
    ] + ["pass"]
    assert "warning" not in told
    # Under another name it is known by its content.
    shutil.move("line.py", "handed_in.py")
    assert verdict(capsys, "--study", "handed_in.py")[0] == 0


def test_a_file_that_was_changed_is_told_of(here: Path, capsys: Capture) -> None:
    assert program.main(["report", "run", "--out", "page.html"]) == 0
    capsys.readouterr()
    written(here, LINE.replace("2 * x), test", "2.0 * x), test"), "line.py")
    status, line, told = verdict(capsys, "--study", "line.py")
    assert (status, line[-2:]) == (0, ["equal", "pass"])
    assert told.splitlines()[0] == (
        "seqjax: warning: run was run with another content of line.py; its numbers are "
        "compared as those of another version"
    )
    # Numbers that differ are compared by intervals, even where nothing else differs.
    written(here, LINE.replace("2 * x), test", "-2 * x), test"), "line.py")
    _, line, _ = verdict(capsys, "--study", "line.py")
    assert " ".join(line) == "run slope-1.0, seed 0: slope 1 [0.99, 1.01] 1 pass"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's with four studies, some of them broken."""
    folder = tmp_path / "site"
    metadata = folder / "theirs-1.2.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: theirs\nVersion: 1.2"
    )
    (metadata / "entry_points.txt").write_text(
        "[seqjax.studies]\nslopes = theirs_of_study:Mine\nodd = theirs_of_study:odd\n"
        "broken = theirs_of_study:Gone\ngone = no_such_module_of_theirs\n"
    )
    written(folder, LINE + "\n\nodd = 3\n", "theirs_of_study.py")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_installed_studies_are_listed_but_not_imported(
    installed: Path, capsys: Capture
) -> None:
    assert program.main([]) == 0
    listed = capsys.readouterr().out
    for name in ("slopes", "odd", "broken", "gone"):
        assert f"  {name:<14} of the package theirs\n" in listed
    assert program.main(["slope"]) == 2
    assert capsys.readouterr().err.endswith("did you mean slopes?\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "odd",
            "(theirs_of_study:odd) must be an Experiment or a Study, not int",
        ),
        (
            "broken",
            "(theirs_of_study:Gone) cannot be imported: AttributeError: module "
            "'theirs_of_study' has no attribute 'Gone'",
        ),
        (
            "gone",
            "(no_such_module_of_theirs) cannot be imported: ModuleNotFoundError: No "
            "module named 'no_such_module_of_theirs'",
        ),
    ],
)
def test_one_that_is_broken_is_refused(
    name: str, said: str, installed: Path, capsys: Capture
) -> None:
    assert program.main([name]) == 2
    assert capsys.readouterr().err == (
        f"seqjax: error: study {name} {said}; repair or remove its package\n"
    )


def test_an_installed_study_runs_under_its_own_name(
    installed: Path, made: Path, capsys: Capture
) -> None:
    assert program.main(["slopes", *WORDS, *QUIET, "--out", "run"]) == 0
    ours, theirs = made / "run", installed.parent / "run"
    assert contents(theirs) == contents(ours)
    header = json.loads((theirs / "config.json").read_text())
    assert (header["study"], header["source"]) == ("slopes", "theirs 1.2")
    assert header["command_line"].startswith("python -m seqjax slopes --seeds")
    assert program.main(["report", "run", "--out", "page.html"]) == 0
    capsys.readouterr()
    status, line, _ = verdict(capsys)
    assert (status, line[-1]) == (0, "pass")


def test_a_file_may_hold_a_study_that_is_made_already(tmp_path: Path) -> None:
    text = f"{LINE}\n\nready = study.study_of(Mine)\ndel Mine\n"
    (found,) = load(written(tmp_path, text))
    assert (found.name, found.source.split()[0]) == ("mine", "mine.py")
    assert study_of(found.config_type).name == "mine"
