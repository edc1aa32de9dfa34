"""What is run, in which folder, for how long, and what becomes of what breaks off."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from seqjax.lab.errors import UserError
from seqjax.lab.judging.statements import JudgingError
from seqjax.lab.verify.embedded import read_page
from seqjax.reports import __main__ as printing
from seqjax.reports import command, folder, starting
from seqjax.reports.claims import CLAIMS
from seqjax.reports.jobs import HERE, JOBS, Job, Size
from seqjax.reports.running import Conductor
from seqjax.reports.starting import LATE, Ended
from tests.lab.report.runs import header, make_run

Capture = pytest.CaptureFixture[str]

JOB = Job("hops", (Size(1.0, (("seqjax.graphs", "hops"),)),))
ASKED = Job(
    "derivations",
    (Size(0.5, (("seqjax.gradients", "check", f"{HERE}/report_000.py"),)),),
    is_run=False,
    files=(("report_000.py", "def dW_ph(s): return 0\n"),),
)
MODEL = Job("charlm", (Size(0.0, (("seqjax.charlm", "train"),)),), "--minutes", 1.0, 2)
READER = Job(
    "evaluation",
    (Size(0.5, (("seqjax.charlm", "evaluate", "{charlm}"),)),),
    after="charlm",
)
FOUR = (JOB, ASKED, MODEL, READER)

RESULTS = Path(__file__).parents[2] / "docs" / "results"
COMMITTED = {
    "hops": RESULTS / "graphs-hops",
    "charlm": RESULTS / "charlm-grimm-report-002",
}
"""What the studies leave whose runs are judged."""

FILES = {"summary": "summary.json", "results": "results.csv"}


VERDICTS = json.dumps(
    {
        "file": "all/derivations/report_000.py",
        "derivations": [{"name": "dW_ph", "accepted": False, "says": "so"}],
    }
)
"""What the check prints of derivations."""


class Desk:
    """Stands for processes: keeps what it is asked, and leaves what a study leaves.

    Attributes:
        asked: the commands, in order.
        seconds: that each was given.
        now: seconds of a clock that only commands move.
        fails: how commands end, or what they raise, by job.
        left: contents of files that a study leaves, in place of its own.
    """

    def __init__(self, **minutes: float) -> None:
        self.asked: list[str] = []
        self.seconds: list[float] = []
        self.now = 1000.0
        self.minutes = minutes
        self.fails: dict[str, Any] = {}
        self.left: dict[str, Any] = {}

    def run(
        self, words: Sequence[str], seconds: float, log: Path, watched: bool
    ) -> Ended:
        self.asked.append(" ".join(words))
        self.seconds.append(seconds)
        name = log.stem
        self.now += 60 * self.minutes.get(name, 0.1)
        failure = self.fails.get(name)
        if isinstance(failure, BaseException):
            raise failure
        if failure is not None:
            return Ended(*failure)
        if "--out" in words:
            study = words[0].removeprefix("seqjax.")
            out = Path(words[words.index("--out") + 1])
            config, left = header(study=study, command_line=" ".join(words)), {}
            if name in COMMITTED:
                run = COMMITTED[name]
                config["config"] = json.loads((run / "config.json").read_text())[
                    "config"
                ]
                left = {stem: (run / file).read_text() for stem, file in FILES.items()}
            make_run(out, config=config, **{"summary": {}, **left, **self.left})
        return Ended(1 if "check" in words else 0, VERDICTS, "")

    def clock(self) -> float:
        return self.now


def conductor(place: Path, desk: Desk, budget: float = 10, *jobs: Job) -> Conductor:
    lines: list[str] = []
    made = Conductor(
        place, budget, lines.append, jobs=jobs or FOUR, run=desk.run, time=desk.clock
    )
    folder.keep_begun(place, folder.begun(place))
    return made


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


PLACE = Path("all")


def test_every_job_in_a_folder_of_its_own() -> None:
    desk = Desk()
    made = conductor(PLACE, desk)
    made.conduct()
    assert made.reasons == {}
    assert desk.asked[:2] == [
        "seqjax.gradients check all/derivations/report_000.py",
        "seqjax.graphs hops --out all/hops",
    ]
    # What is left but for the reader: 10 - 0.2 - 0.5, less what surrounds a training.
    assert desk.asked[2] == "seqjax.charlm train --minutes 9.05 --out all/charlm"
    assert desk.asked[3:] == ["seqjax.charlm evaluate all/charlm --out all/evaluation"]
    assert Path("all/derivations/report_000.py").read_text() == ASKED.files[0][1]
    found = folder.evidence(PLACE, {}, FOUR)
    assert set(found.runs) == {"hops", "charlm", "evaluation"}
    (said,) = found.printed("derivations")
    assert said.command == "python -m " + desk.asked[0]
    assert said.status == 1
    assert desk.seconds[1] == pytest.approx(60 * 4)  # three minutes more than it takes


def test_what_is_finished_is_taken_as_it_is() -> None:
    desk = Desk()
    conductor(PLACE, desk).conduct()
    again = Desk()
    conductor(PLACE, again).conduct()
    assert again.asked == []


def test_what_was_begun_goes_on_with_its_own_command() -> None:
    desk = Desk()
    desk.fails = {"charlm": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        conductor(PLACE, desk).conduct()
    assert folder.finished(PLACE, FOUR) == ["hops", "derivations"]
    again = Desk()
    made = conductor(PLACE, again, 30)
    made.conduct()
    assert again.asked[0] == desk.asked[-1]  # 9.05 minutes, though there are 30 now
    assert made.reasons == {}
    short = Desk()
    short.fails = {"charlm": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        conductor(Path("other"), short).conduct()
    made = conductor(Path("other"), Desk(), 5)
    made.conduct()
    assert made.reasons["charlm"] == (
        "broken off: to go on it needs 9.3 minutes; give the same command again"
    )
    assert made.reasons["evaluation"] == "charlm, which it needs, is not finished"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (
            (2, "", "warning\nseqjax.graphs: error: no space\n\n"),
            "it ended with status 2: seqjax.graphs: error: no space",
        ),
        ((1, "", ""), "it ended with status 1"),
        (
            (LATE, "", ""),
            "its time was over before it was finished; give more --budget",
        ),
        ((0, "", ""), "it left no summary"),
    ],
)
def test_a_study_that_fails_leaves_the_others(
    failure: tuple[int, str, str], reason: str
) -> None:
    desk = Desk()
    desk.fails = {"hops": failure}
    made = conductor(PLACE, desk)
    made.conduct()
    assert made.reasons == {"hops": reason}
    assert len(desk.asked) == 4


def test_a_slower_machine_leaves_out_what_does_not_fit_any_more() -> None:
    desk = Desk(derivations=8.0)
    made = conductor(PLACE, desk)
    made.conduct()
    assert made.reasons["hops"] == (
        "left out: of 10 minutes there are not 1 for hops; give more --budget"
    )
    desk = Desk(derivations=2.0, hops=8.5)
    made = conductor(Path("other"), desk)
    made.conduct()
    assert set(made.reasons) == {"charlm", "evaluation"}


def test_a_folder_of_something_else_is_refused() -> None:
    PLACE.mkdir()
    (PLACE / "notes.txt").write_text("mine")
    with pytest.raises(UserError) as error:
        conductor(PLACE, Desk())
    assert str(error.value) == (
        "--runs must be a new or empty folder, or one that this command has begun, got "
        "all; name another"
    )
    (PLACE / folder.PLAN).write_text('{"begun": {"hops": {}}}')
    with pytest.raises(UserError) as error:
        conductor(PLACE, Desk())
    assert str(error.value) == (
        "all/plan.json cannot be understood ('minutes'); name another --runs"
    )


def about(name: str) -> str:
    return f"about {name}"


def test_the_page(capsys: Capture) -> None:
    words = ["--all", "--budget", "10", "--runs", "all"]
    assert command.run(words, about, FOUR, Desk().run) == 0
    captured = capsys.readouterr()
    last = captured.out.splitlines()[-1]
    assert last == f"report: report.html ({len(CLAIMS)} claims, 3 runs in all)"
    assert "reports: 1 of 4: derivations, 0.5 of 10.0 minutes left" in captured.err
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.index('id="claims"') < page.index('id="contradictions"')
    assert page.index('id="contradictions"') < page.index('id="run-1"')
    assert page.index('id="run-3"') < page.index('id="said-derivations"')
    claims = page[page.index('id="claims"') : page.index('id="contradictions"')]
    assert claims.count('<th scope="row">') == len(CLAIMS)
    assert '<a href="#run-1">hops</a>' in claims
    assert '<a href="#said-derivations">derivations</a>' in claims
    assert "dW_ph rejected: so" in claims
    assert "C to E: 3 layers by the graph" in claims
    data = json.loads(Path("all/claims.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in data["claims"]] == [claim.id for claim in CLAIMS]
    told = read_page(Path("report.html"))  # as seqjax verify reads it
    assert [each.label for each in told] == ["hops", "charlm", "evaluation"]
    before = Path("report.html").read_bytes()
    assert command.run([*words, "--overwrite"], about, FOUR, Desk().run) == 0
    assert Path("report.html").read_bytes() == before
    capsys.readouterr()
    assert printing.main(["all/claims.json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CLAIMS) + 2


def test_a_run_that_cannot_be_judged_is_an_error_and_no_page() -> None:
    desk = Desk()
    desk.left = {"summary": {"memory": []}}
    words = ["--all", "--budget", "10", "--runs", "all"]
    with pytest.raises(JudgingError, match="claim 000-gcn-edges failed with KeyErr"):
        command.run(words, about, FOUR, desk.run)
    assert not Path("report.html").exists()
    assert not Path("all/claims.json").exists()


def test_a_page_without_a_single_run(capsys: Capture) -> None:
    """A budget that nothing fits into ends properly all the same."""
    words = ["--all", "--budget", "0.1", "--runs", "all"]
    desk = Desk()
    assert command.run(words, about, JOBS, desk.run) == 0
    assert desk.asked == []
    out = capsys.readouterr().out
    assert out.splitlines()[-1].endswith(f"({len(CLAIMS)} claims, 0 runs in all)")
    page = Path("report.html").read_text(encoding="utf-8")
    assert "left out: of 0.1 minutes there are not 0.8 for hops" in page
    assert "python -m seqjax.reconcile --budget 480" in page


def test_an_interrupt_keeps_what_is_done(capsys: Capture) -> None:
    desk = Desk()
    desk.fails = {"hops": KeyboardInterrupt()}
    words = ["--all", "--budget", "10", "--runs", "all"]
    assert command.run(words, about, FOUR, desk.run) == 130
    assert capsys.readouterr().err.splitlines()[-1] == (
        "seqjax: interrupted: 1 of 4 jobs are finished in all; the same command with "
        "--runs all goes on from there"
    )
    assert not Path("report.html").exists()
    assert command.run(words, about, FOUR, Desk().run) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["runs/one", "two"],
            "--all must stand without RUN, got runs/one two; leave out --all for a "
            "page of these runs, or give --runs FOLDER to go on with runs of --all",
        ),
        (["--budget", "0"], "budget must be a finite number above 0, not 0.0"),
        (["--budget", "inf"], "budget must be a finite number above 0, not inf"),
        (["--out", "."], "--out must be a file, got the folder .; name another"),
        (
            ["--out", "mine.html"],
            "mine.html is there already; give --overwrite to write over it, or another "
            "--out",
        ),
        (["--runs", "mine"], "--runs must be a new or empty folder"),
        (["--fast"], "unknown option --fast; --help lists the options"),
    ],
)
def test_bad_arguments(words: list[str], message: str, capsys: Capture) -> None:
    Path("mine.html").write_text("mine")
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    assert program.main(["report", "--all", *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"seqjax: error: {message}")
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""
    assert sorted(p.name for p in Path().iterdir()) == ["mine", "mine.html"]
    assert Path("mine.html").read_text() == "mine"


def test_help(capsys: Capture) -> None:
    assert program.main(["report", "--all", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: seqjax report --all" in shown
    assert "default: 60" in shown
    assert program.main([]) == 0
    assert "  report --all " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "FILE must be one claims.json, got none; seqjax report --all writes it",
        ),
        (
            ["no.json"],
            "FILE must be the claims.json of seqjax report --all, but there is none at "
            "no.json",
        ),
        (
            ["bad.json"],
            "bad.json cannot be understood ('claims'); write it anew with seqjax "
            "report --all",
        ),
    ],
)
def test_what_is_no_table(words: list[str], message: str, capsys: Capture) -> None:
    Path("bad.json").write_text("{}")
    assert printing.main(words) == 2
    assert capsys.readouterr().err == f"seqjax.reports: error: {message}\n"


def module(monkeypatch: pytest.MonkeyPatch, code: str) -> list[str]:
    """A module that a child process can run, in the present folder."""
    Path("patient.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    return ["patient"]


def test_a_process_and_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys\nprint('out')\nprint('told', file=sys.stderr)\nsys.exit(3)"
    words = module(monkeypatch, code)
    log = Path("job.log")
    assert starting.execute(words, 60, log, False) == Ended(3, "out\n", "told\n")
    assert starting.execute(words, 60, log, False) == Ended(3, "out\n", "told\n")
    assert log.read_text() == "told\ntold\n"
    assert sorted(p.name for p in Path().glob("job*")) == ["job.log"]


PATIENT = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path("saved").touch()
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
pathlib.Path("begun").touch()
time.sleep(60)
"""


def test_a_process_that_is_late_saves_before_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = module(monkeypatch, PATIENT)
    ended = starting.execute(words, 4, Path("job.log"), False)
    assert ended.status == LATE
    assert Path("saved").exists()
