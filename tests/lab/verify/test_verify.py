"""``seqjax verify``: what is told is repeated, and what was made up is found."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.lab.command_line import cli
from seqjax.lab.report import command as report
from seqjax.lab.run_directory import rundir
from seqjax.lab.running import devices
from seqjax.lab.study import SilentReporter, Study
from seqjax.lab.verify import command, comparing, parts
from tests.lab.verify.coin_study import COIN, OFFSET, CoinConfig

Capture = pytest.CaptureFixture[str]
Edit = Callable[[str], str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(devices, "configure", lambda *_: None)


def known(name: str) -> Study[Any] | None:
    return {"coin": COIN}.get(name)


def make_page(edit: Edit = lambda text: text, **settings: Any) -> None:
    """A page of one run, whose results are edited before."""
    config = CoinConfig(**settings)
    with rundir.open_run(COIN, config, Path("run")) as run:
        for block in COIN.run(config, run.saved, SilentReporter()):
            run.save(block)
        run.finish(COIN.summarise(config, run.results))
    file = Path("run/results.csv")
    file.write_text(edit(file.read_text()))
    report.run(["run", "--out", "page.html"], lambda name: "")


def verify(*words: object) -> int:
    return cli.guarded(
        "seqjax",
        lambda: command.run([str(word) for word in words], known, lambda path: []),
    )


def always(answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every page one of this machine and version, or of another."""
    monkeypatch.setattr(comparing, "is_same", lambda *_: answer)


def shown(capsys: Capture) -> list[list[str]]:
    """The lines of the verdict, in words; the last line is how many pass."""
    lines = capsys.readouterr().out.splitlines()
    table = [line.split() for line in lines if line.split()[:1] == ["run"]]
    return [*table[1:], lines[-1].split()]


@pytest.mark.parametrize("is_same", [True, False])
def test_what_is_true_is_equal(
    is_same: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page()
    capsys.readouterr()
    always(is_same, monkeypatch)
    assert verify("page.html") == 0
    # The cheaper block, the first seed; the seconds it took are no result.
    assert shown(capsys) == [
        ["run", "coin-10,", "seed", "0", "1", "row", "equal", "pass"],
        ["verify:", "1", "of", "1", "lines", "pass"],
    ]
    assert verify("page.html", "--blocks", 5, "--seeds", 9) == 0
    assert shown(capsys) == [
        ["run", "coin-10,", "seeds", "0", "to", "3", "4", "rows", "equal", "pass"],
        ["run", "coin-100,", "seeds", "0", "to", "3", "4", "rows", "equal", "pass"],
        ["verify:", "2", "of", "2", "lines", "pass"],
    ]


def another_share(text: str) -> str:
    """The first seed has one head less or more, of ten."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("coin-10,10,0,"))
    cells = lines[at].split(",")
    cells[3] = repr(float(cells[3]) + (0.1 if float(cells[3]) < 0.5 else -0.1))
    lines[at] = ",".join(cells)
    return "\n".join(lines) + "\n"


def test_on_the_same_machine_another_number_fails(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page(another_share)
    capsys.readouterr()
    always(True, monkeypatch)
    assert verify("page.html") == 1
    line, last = shown(capsys)
    assert line[:8] == ["run", "coin-10,", "seed", "0", "heads", "of", "seed", "0:"]
    assert line[-1] == "fail"
    assert last == ["verify:", "0", "of", "1", "lines", "pass"]


def test_on_another_machine_a_number_nearby_passes(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page(another_share)
    capsys.readouterr()
    always(False, monkeypatch)
    assert verify("page.html") == 0
    line, _ = shown(capsys)
    assert line[:5] == ["run", "coin-10,", "seed", "0:", "heads"]
    assert line[-1] == "pass"


def test_where_a_clock_decided_no_machine_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_page(another_share, minutes=3.0)
    always(True, monkeypatch)
    assert verify("page.html") == 0


@pytest.mark.parametrize(("offset", "status"), [(0.0, 0), (0.9, 1)])
def test_hidden_seeds_are_compared_by_intervals(
    offset: float, status: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page(seeds=8)
    capsys.readouterr()
    monkeypatch.setitem(OFFSET, "by", offset)
    words = ("--first-seed", 1000, "--seeds", 2, "--blocks", 2)
    assert verify("page.html", *words) == status
    lines = shown(capsys)
    assert [line[2:6] for line in lines[:-1]] == [
        ["seeds", "1000", "to", "1001:"],
        ["seeds", "1000", "to", "1001:"],
    ]
    assert {line[-1] for line in lines[:-1]} == {"fail" if status else "pass"}


def test_what_is_out_of_time_is_told(capsys: Capture) -> None:
    make_page()
    capsys.readouterr()
    assert verify("page.html", "--budget", 1e-12) == 1
    line, _ = shown(capsys)
    told = "out of time; give more --budget not repeated"
    assert line == ["run", "coin-10,", "seed", "0", *told.split()]


def edited_page(edit: Callable[[dict[str, Any]], None]) -> None:
    """The page with other data in it."""
    make_page()
    text = Path("page.html").read_text(encoding="utf-8")
    start = text.index(">", text.index('id="seqjax-data"')) + 1
    end = text.index("</script>", start)
    data = json.loads(text[start:end])
    edit(data)
    Path("page.html").write_text(
        text[:start] + json.dumps(data).replace("<", "\\u003c") + text[end:],
        encoding="utf-8",
    )


def unknown_study(data: dict[str, Any]) -> None:
    data["runs"][0]["header"]["study"] = "dice"


def unknown_field(data: dict[str, Any]) -> None:
    data["runs"][0]["header"]["config"]["sides"] = 6


def other_columns(data: dict[str, Any]) -> None:
    data["runs"][0]["results"] = "block,sides\na,6\n"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (unknown_study, "no such study here"),
        (unknown_field, "unexpected keyword argument 'sides'"),
        (other_columns, "not of this version: line 1: columns are block, sides"),
    ],
)
def test_what_this_version_does_not_know_is_not_repeated(
    edit: Callable[[dict[str, Any]], None], reason: str, capsys: Capture
) -> None:
    edited_page(edit)
    capsys.readouterr()
    assert verify("page.html") == 1
    out = capsys.readouterr().out
    assert reason in out
    assert "not repeated" in out
    assert out.endswith("verify: 0 of 1 lines pass\n")


def other_schema(data: dict[str, Any]) -> None:
    data["schema"] = 9


def other_format(data: dict[str, Any]) -> None:
    data["format"] = "mine"


def no_header(data: dict[str, Any]) -> None:
    del data["runs"][0]["header"]


def no_text(data: dict[str, Any]) -> None:
    data["runs"][0]["results"] = 3


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            other_schema,
            "page.html is of schema 9, not 1; verify it with seqjax 0.1.0, which wrote "
            "it",
        ),
        (
            other_format,
            "page.html cannot be understood (its format is 'mine'); write the page "
            "anew",
        ),
        (
            no_header,
            "page.html cannot be understood ('header'); write the page anew",
        ),
        (
            no_text,
            "page.html cannot be understood (results is not str); write the page anew",
        ),
    ],
)
def test_a_page_that_cannot_be_read(
    edit: Callable[[dict[str, Any]], None], message: str, capsys: Capture
) -> None:
    edited_page(edit)
    assert verify("page.html") == 2
    assert capsys.readouterr().err == f"seqjax: error: {message}\n"


WAY_OUT = "name a page that 'seqjax report' has written"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "PAGE must be one file, got none; give one that 'seqjax report' has "
            "written",
        ),
        (
            ["a.html", "b.html"],
            "PAGE must be one file, got a.html b.html; give one that 'seqjax report' "
            "has written",
        ),
        (["no.html"], f"PAGE must be a file, but there is none at no.html; {WAY_OUT}"),
        (["run"], f"PAGE must be a file, but there is none at run; {WAY_OUT}"),
        (["run/config.json"], f"run/config.json is not a report page; {WAY_OUT}"),
        (
            ["page.html", "--budget", "0"],
            "budget must be a finite number above 0, not 0.0",
        ),
        (
            ["page.html", "--seeds", "0"],
            "seeds must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            ["page.html", "--first-seed", "-1"],
            "first_seed must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            ["page.html", "--rubric", "no.toml"],
            "--rubric must be a file, but there is none at no.toml; name another",
        ),
    ],
)
def test_bad_arguments(words: list[str], message: str, capsys: Capture) -> None:
    make_page()
    capsys.readouterr()
    assert verify(*words) == 2
    assert capsys.readouterr() == ("", f"seqjax: error: {message}\n")


RUBRIC = """
[[rows]]
name = "a fair coin"
where = { throws = 100 }
number = "heads"
least = 0.3
most = 0.7

[[rows]]
name = "heads come early"
run = "coin"
number = "first_head"
statistic = "max"
most = 20

[[rows]]
name = "always heads"
run = "run"
where = { throws = 10, fair = true }
number = "heads"
statistic = "min"
least = 1
"""


def test_a_rubric_has_a_verdict_per_row(capsys: Capture) -> None:
    make_page()
    capsys.readouterr()
    Path("rubric.toml").write_text(RUBRIC)
    words = ("--rubric", "rubric.toml", "--first-seed", 50, "--seeds", 3)
    assert verify("page.html", *words) == 1
    lines = [" ".join(line) for line in shown(capsys)]
    assert [line.split(":")[0] for line in lines[:2]] == [
        "run coin-100, seeds 50 to 52",
        "run coin-10, seeds 50 to 52",
    ]
    rows = list(COIN.run(CoinConfig(seeds=3, first_seed=50), (), SilentReporter()))
    mean = np.mean([row["heads"] for row in rows[0].rows])
    most = max(row["first_head"] for block in rows for row in block.rows)
    least = min(row["heads"] for row in rows[1].rows)
    assert lines[2:] == [
        f"run a fair coin mean heads from 0.3 to 0.7 {mean:.4g} pass",
        f"run heads come early max first_head of at most 20 {most} pass",
        f"run always heads min heads of at least 1 {least:.4g} fail",
        "verify: 4 of 5 lines pass",
    ]


def test_a_rubric_may_be_json(capsys: Capture) -> None:
    make_page()
    rows = [{"number": "heads", "least": 0.0, "where": {"throws": 10}}]
    Path("rubric.json").write_text(json.dumps({"rows": rows}))
    capsys.readouterr()
    assert verify("page.html", "--rubric", "rubric.json") == 0
    assert shown(capsys)[1][:6] == ["run", "row", "1", "mean", "heads", "of"]


def test_a_row_of_a_rubric_that_is_not_reached_does_not_pass(capsys: Capture) -> None:
    make_page()
    Path("rubric.toml").write_text(RUBRIC)
    capsys.readouterr()
    words = ("--rubric", "rubric.toml", "--budget", 1e-12)
    assert verify("page.html", *words) == 1
    verdicts = [line[-2:] for line in shown(capsys)[:-1]]
    assert verdicts == [["not", "repeated"]] * 5


SEE = "see docs/report-page.md for one"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "number = 3",
            f"r.toml is not a rubric (number of row 1 is not a text); {SEE}",
        ),
        ("least = 3", f"r.toml is not a rubric (row 1 names no number); {SEE}"),
        (
            'number = "heads"',
            f"r.toml is not a rubric (row 1 has neither least nor most); {SEE}",
        ),
        (
            'number = "heads"\nleast = 2\nmost = 1',
            f"r.toml is not a rubric (least of row 1 is above most); {SEE}",
        ),
        (
            'number = "heads"\nleast = "2"',
            f"r.toml is not a rubric (least or most of row 1 is not a number); {SEE}",
        ),
        (
            'number = "heads"\nleast = 2\nstatistic = "mode"',
            "r.toml is not a rubric (statistic of row 1 is none of mean, median, min, "
            f"max); {SEE}",
        ),
        (
            'nubmer = "heads"',
            "r.toml is not a rubric (row 1 has an unknown 'nubmer', not name, run, "
            f"where, number, statistic, least, most); {SEE}",
        ),
        (
            'number = "heads"\nleast = 0\nwhere = 1',
            f"r.toml is not a rubric (where of row 1 is not a table); {SEE}",
        ),
        (
            'number = "tails"\nleast = 0',
            "rubric row 'row 1' must name columns of run, got 'tails'; one of block, "
            "throws, seed, heads, first_head, fair, seconds",
        ),
        (
            'number = "fair"\nleast = 0',
            "number of rubric row 'row 1' must be a column of numbers, got 'fair'; for "
            "example heads",
        ),
        (
            'number = "heads"\nleast = 0\nwhere = { throws = 7 }',
            "rubric row 'row 1' must have rows in run, but none has throws = 7; see "
            "its results on the page",
        ),
        (
            'number = "heads"\nleast = 0\nrun = "dice"',
            "run of rubric row 'row 1' must be one run of the page, got 'dice'; one of "
            "run",
        ),
    ],
)
def test_bad_rubrics(row: str, message: str, capsys: Capture) -> None:
    make_page()
    Path("r.toml").write_text(f"[[rows]]\n{row}\n")
    capsys.readouterr()
    assert verify("page.html", "--rubric", "r.toml") == 2
    assert capsys.readouterr() == ("", f"seqjax: error: {message}\n")


@pytest.mark.parametrize("text", ["", "rows = 1", "a = ", "\x00"])
def test_what_is_no_rubric(text: str, capsys: Capture) -> None:
    make_page()
    Path("r.toml").write_text(text)
    capsys.readouterr()
    assert verify("page.html", "--rubric", "r.toml") == 2
    error = capsys.readouterr().err
    assert error.startswith("seqjax: error: r.toml is not a rubric (")
    assert error.count("\n") == 1


def environment(**more: Any) -> dict[str, Any]:
    return {
        "versions": {"jax": "1"},
        "flags": {"x64": None},
        "devices": {"platform": "cpu", "kinds": ["cpu"], "count": 2},
        "host": {"cpu": "abacus", "cores": 2, "system": "a"},
        "git": {"commit": "a", "dirty": False},
        **more,
    }


def test_the_same_machine_and_versions() -> None:
    here = environment()
    alike = [
        environment(),
        environment(devices={"platform": "cpu", "kinds": ["cpu"], "count": 8}),
        environment(host={"cpu": "abacus", "cores": 64, "system": "b"}),
    ]
    assert all(comparing.is_same(told, here) for told in alike)
    unlike: list[dict[str, Any]] = [
        {},
        environment(versions={"jax": "2"}),
        environment(flags={"x64": True}),
        environment(host={"cpu": "slide rule"}),
        environment(devices={"platform": "gpu", "kinds": ["gpu"]}),
        environment(git={"commit": "b", "dirty": False}),
        environment(git=None),
        environment(resumed_under=[environment()]),
    ]
    assert not any(comparing.is_same(told, here) for told in unlike)
    dirty = environment(git={"commit": "a", "dirty": True})
    assert not comparing.is_same(dirty, dirty)


def test_the_interval_is_that_of_the_formula() -> None:
    low, high = comparing.interval([1.0, 2.0, 3.0], 1)
    wide = 31.59905 * math.sqrt(4 / 3)  # a table's t of 2 degrees of freedom
    slack = comparing.SLACK * (2 + wide)
    assert (low, high) == pytest.approx((2 - wide - slack, 2 + wide + slack), rel=1e-6)
    assert comparing.interval([1.0, 1.0, 1.0], 1) == pytest.approx((0.99, 1.01))
    assert comparing.interval([2.0], 1) == pytest.approx((1.8, 2.2))


def test_the_interval_holds_what_it_promises() -> None:
    draws = np.random.default_rng(0).normal(size=(4000, 7))
    missed = 0
    for row in draws:
        low, high = comparing.interval(row[:5].tolist(), 2)
        missed += not low <= row[5:].mean() <= high
    assert missed <= 0.002 * len(draws)


def test_runs_take_turns_and_the_cheapest_come_first() -> None:
    make_page(throws=(30, 10, 20))
    from seqjax.lab.verify.embedded import read_page

    (told,) = read_page(Path("page.html"))
    one = parts.repeatable(told, COIN, 1, None)
    two = one._replace(config=replace(one.config, throws=(20, 30)))
    turns = [(part is one, name) for part, name in parts.in_turn([one, two], 2)]
    assert turns == [
        (True, "coin-10"),
        (False, "coin-20"),
        (True, "coin-20"),
        (False, "coin-30"),
    ]
