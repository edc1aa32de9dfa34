"""``seqjax report``: one page of any finished runs, or one line that says why not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from tests.lab.conftest import ROOT
from tests.lab.report.runs import header, make_run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files_below(path: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in path.rglob("*") if f.is_file()}


def test_a_page_is_written(tmp_path: Path, capsys: Capture) -> None:
    make_run(Path("runs/one"))
    make_run(Path("runs/two"))
    before = files_below(tmp_path)
    assert program.main(["report", "runs/one", "runs/two"]) == 0
    assert capsys.readouterr().out == "report: report.html (2 runs)\n"
    after = files_below(tmp_path)
    assert (
        "<title>2 runs: seqjax report</title>"
        in after.pop(str(tmp_path / "report.html")).decode()
    )
    assert after == before


def test_the_same_runs_give_the_same_page() -> None:
    make_run(Path("one"))
    assert program.main(["report", "one", "--out", "a.html"]) == 0
    assert program.main(["report", "one", "--out", "b.html"]) == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()


def test_a_page_is_written_over_on_request_only(capsys: Capture) -> None:
    make_run(Path("one"))
    Path("mine.html").write_text("mine")
    assert program.main(["report", "one", "--out", "mine.html"]) == 2
    assert capsys.readouterr().err == (
        "seqjax: error: mine.html is there already; give --overwrite to write over it, "
        "or another --out\n"
    )
    assert Path("mine.html").read_text() == "mine"
    assert program.main(["report", "one", "--out", "mine.html", "--overwrite"]) == 0
    assert Path("mine.html").read_text() != "mine"


def unfinished(path: Path) -> None:
    make_run(path, summary=None)


def ragged(path: Path) -> None:
    make_run(path, results="block,seed\na,1\na\n")


def foreign_table(path: Path) -> None:
    make_run(path, results="seed\n1\n")


def without_results(path: Path) -> None:
    make_run(path, results=None)


def not_text(path: Path) -> None:
    (make_run(path) / "results.csv").write_bytes(b"block\n\xff\n")


def half_summary(path: Path) -> None:
    make_run(path, summary='{"a": ')


def list_summary(path: Path) -> None:
    make_run(path, summary="[]")


def bad_header(path: Path) -> None:
    make_run(path, config={"study": 1})


def half_header(path: Path) -> None:
    make_run(path, config="{")


def bad_tables(path: Path) -> None:
    table = {"title": "t", "caption": "", "columns": ["a"], "rows": [["1", "2"]]}
    (make_run(path) / "tables.json").write_text(json.dumps([table]))


def nothing_there(path: Path) -> None:
    """No folder."""


def only_notes(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("mine")


COMMAND = "python -m seqjax.palindrome --seeds 2"
NO_RUN = (
    "run is not a run directory; name one that a run has printed, 'seqjax runs' lists "
    "them"
)
ANEW = f"leave this run out, or make it anew with --overwrite: {COMMAND}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nothing_there, NO_RUN),
        (only_notes, NO_RUN),
        (unfinished, f"run is not finished; finish it first: {COMMAND}"),
        (
            ragged,
            "run/results.csv cannot be understood (line 3 has 1 cells, not 2); " + ANEW,
        ),
        (
            foreign_table,
            "run/results.csv cannot be understood (its first column is not block); "
            + ANEW,
        ),
        (
            without_results,
            f"run/results.csv cannot be understood (there is no such file); {ANEW}",
        ),
        (
            not_text,
            "run/results.csv cannot be understood ('utf-8' codec can't decode byte "
            f"0xff in position 6: invalid start byte); {ANEW}",
        ),
        (
            half_summary,
            "run/summary.json cannot be understood (Expecting value: line 1 column 7 "
            f"(char 6)); {ANEW}",
        ),
        (
            list_summary,
            f"run/summary.json cannot be understood (not an object); {ANEW}",
        ),
        (
            bad_header,
            "run/config.json cannot be understood (no study and its settings); leave "
            "this run out, or make it anew with --overwrite: its command is not "
            "recorded",
        ),
        (
            half_header,
            "run/config.json cannot be understood (Expecting property name enclosed in "
            "double quotes: line 1 column 2 (char 1)); leave this run out, or make it "
            "anew with --overwrite: its command is not recorded",
        ),
        (
            bad_tables,
            f"run/tables.json cannot be understood (a row has not 1 cells); {ANEW}",
        ),
    ],
)
def test_what_is_no_finished_run(
    make: Callable[[Path], None], message: str, tmp_path: Path, capsys: Capture
) -> None:
    make_run(Path("good"))
    make(Path("run"))
    before = files_below(tmp_path)
    assert program.main(["report", "good", "run", "--out", "page.html"]) == 2
    captured = capsys.readouterr()
    assert captured.err == f"seqjax: error: {message}\n"
    assert captured.out == ""
    assert files_below(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "RUN must be given, got none; give the --out of one or more finished runs, "
            "'seqjax runs' lists them",
        ),
        (["one", "./one"], "one must be named once, got it twice; leave one out"),
        (
            ["one", "--out", "one"],
            "--out must be a file, got the folder one; name another",
        ),
        (
            ["one", "--out", "no/where.html"],
            "cannot write no/where.html: No such file or directory; choose another "
            "--out",
        ),
        (["one", "--fast"], "unknown option --fast; --help lists the options"),
    ],
)
def test_bad_arguments(words: list[str], message: str, capsys: Capture) -> None:
    make_run(Path("one"))
    assert program.main(["report", *words]) == 2
    assert capsys.readouterr().err == f"seqjax: error: {message}\n"
    assert not list(Path().glob("*.html"))


def test_help_and_the_list_of_commands(capsys: Capture) -> None:
    assert program.main(["report", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: seqjax report [RUN ...] [OPTIONS]" in shown
    assert "default: report.html" in shown
    assert program.main([]) == 0
    assert "  report RUN ... " in capsys.readouterr().out


def test_a_run_of_a_study_as_it_is_made(
    tmp_path: Path, toy: Callable[..., int], capsys: Capture
) -> None:
    assert toy("--out", "run", "--progress", "none") == 0
    assert program.main(["report", "run"]) == 0
    page = Path("report.html").read_text(encoding="utf-8")
    assert "Toy [results]" in page  # as the study itself has its tables
    assert page.count('src="data:image/svg+xml;base64,') == 1
    assert "Study: toy." in page


def test_neither_jax_nor_matplotlib_is_needed(tmp_path: Path) -> None:
    make_run(Path("one"), config=header(study="charlm train"))
    code = (
        "import sys\n"
        "from seqjax.__main__ import main\n"
        "status = main(['report', 'one'])\n"
        "heavy = {'jax', 'jaxlib', 'flax', 'matplotlib', 'scipy', 'rich'}\n"
        "print(status, sorted(heavy & set(sys.modules)))"
    )
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []"
    assert "Study: charlm train. " in Path("report.html").read_text(encoding="utf-8")
