"""What is run, in which folder, for how long, and what becomes of what breaks off."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED
from seqjax.lab.judging.statements import JudgingError
from seqjax.lab.run_directory import records
from seqjax.lab.verify.embedded import read_page
from seqjax.reports import __main__ as printing
from seqjax.reports import command, folder, starting, table
from seqjax.reports.claims import CLAIMS
from seqjax.reports.jobs import HERE, JOBS, Job, Size, job_of, with_texts
from seqjax.reports.running import Conductor
from seqjax.reports.starting import LATE, Ended
from seqjax.reports.store import Store, asked
from tests.lab.report.runs import header, make_run

Capture = pytest.CaptureFixture[str]

JOB = Job("hops", (Size(1.0, (("seqjax.graphs", "hops"),)),))
ASKED = Job(
    "derivations",
    (Size(0.5, (("seqjax.gradients", "check", f"{HERE}/report_000.py"),)),),
    is_run=False,
    files=(("report_000.py", "def dW_ph(s): return 0\n"),),
)
MODEL = job_of("charlm")
READER = Job(
    "writing",
    (Size(0.5, (("seqjax.charlm", "evaluate", "{charlm}"),)),),
    after="charlm",
    is_run=False,
)
FOUR = (JOB, ASKED, MODEL, READER)

RESULTS = Path(__file__).parents[2] / "docs" / "results"
COMMITTED = {
    "hops": RESULTS / "graphs-hops",
    "charlm": RESULTS / "charlm-grimm-report-002",
    "initialization": RESULTS / "initialization",
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
        fails: how commands end, or what they raise, by folder.
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
            at = list(words).index("--out")
            found = asked([*words[:at], *words[at + 2 :]], program._known)
            config = header(study=found.study.name, command_line=" ".join(words))
            config["config"] = records.config_to_plain(found.config)
            run = COMMITTED.get(name.partition("-")[0])
            left: dict[str, Any] = {"summary": {}}
            if run is not None:
                left = {stem: (run / file).read_text() for stem, file in FILES.items()}
            out = make_run(Path(words[at + 1]), config=config, **left | self.left)
            (out / "models").mkdir()
            (out / "models" / "one").touch()
        return Ended(1 if "check" in words else 0, VERDICTS, "")

    def clock(self) -> float:
        return self.now


def conductor(
    place: Path,
    desk: Desk,
    budget: float = 10,
    *jobs: Job,
    evidence: Path | None = None,
) -> Conductor:
    lines: list[str] = []
    folders = [place, evidence] if evidence else [place]
    made = Conductor(
        place,
        budget,
        lines.append,
        Store(folders, program._known),
        jobs=with_texts(jobs or FOUR, {}),
        run=desk.run,
        time=desk.clock,
    )
    folder.keep_begun(place, folder.begun(place))
    return made


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


PLACE = Path("all")


def about(name: str) -> str:
    return f"about {name}"


def run(words: list[str], desk: Desk, jobs: Sequence[Job] = FOUR) -> int:
    return command.run(words, about, program._known, jobs, desk.run)


def test_every_job_in_a_folder_of_its_own() -> None:
    """Those with most claims a minute first; what reads a model after it."""
    desk = Desk()
    made = conductor(PLACE, desk)
    made.conduct()
    assert made.reasons == {}
    assert desk.asked == [
        "seqjax.gradients check all/derivations/report_000.py",
        "seqjax.graphs hops --out all/hops",
        "seqjax.charlm train --seeds 6 --steps 1000 --out all/charlm",
        "seqjax.charlm evaluate all/charlm",
    ]
    assert Path("all/derivations/report_000.py").read_text() == ASKED.files[0][1]
    found = made.evidence()
    assert set(found.runs) == {"hops", "charlm"}
    (said,) = found.printed("derivations")
    assert said.command == "python -m " + desk.asked[0]
    assert said.status == 1
    assert desk.seconds[1] == pytest.approx(60 * 4)  # three minutes more than it takes


def test_what_is_finished_is_not_run_again() -> None:
    desk = Desk()
    conductor(PLACE, desk).conduct()
    again = Desk()
    conductor(PLACE, again).conduct()
    assert again.asked == []
    # Nor where it lies in another folder.
    other = Desk()
    conductor(Path("other"), other, evidence=PLACE).conduct()
    assert other.asked == []
    assert not any(path.is_dir() for path in Path("other").iterdir())


def test_what_was_begun_goes_on_with_its_own_command() -> None:
    desk = Desk()
    desk.fails = {"charlm": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        conductor(PLACE, desk).conduct()
    assert folder.finished(PLACE, FOUR) == ["hops", "derivations"]
    again = Desk()
    made = conductor(PLACE, again, 30)
    made.conduct()
    assert again.asked[0] == desk.asked[-1]
    assert made.reasons == {}
    short = Desk()
    short.fails = {"charlm": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        conductor(Path("other"), short).conduct()
    made = conductor(Path("other"), Desk(), 5)
    made.conduct()
    assert made.reasons["charlm"] == (
        "broken off: to go on it needs 6.5 minutes; give the same command again"
    )
    assert made.reasons["writing"] == made.reasons["charlm"]


def test_what_fails_again_is_not_begun_anew_beside_it() -> None:
    for _ in range(2):
        desk = Desk()
        desk.fails = {"hops": (2, "", "no space")}
        made = conductor(PLACE, desk, 10, JOB)
        made.conduct()
        assert desk.asked == ["seqjax.graphs hops --out all/hops"]
        assert made.reasons == {"hops": "it ended with status 2: no space"}


def test_more_budget_goes_on_where_less_has_ended() -> None:
    """The same command with its --runs, but for its minutes."""
    words = ["--all", "--runs", "all"]
    desk = Desk()
    assert run([*words, "--budget", "2"], desk) == 0
    assert [each.split()[0] for each in desk.asked] == [
        "seqjax.gradients",
        "seqjax.graphs",
    ]
    more = Desk()
    assert run([*words, "--budget", "10", "--overwrite"], more) == 0
    assert [each.split()[1] for each in more.asked] == ["train", "evaluate"]
    told = json.loads(Path("all/claims.json").read_text(encoding="utf-8"))
    assert told["budget_minutes"] == 10
    assert run([*words, "--budget", "30", "--overwrite"], none := Desk()) == 0
    assert none.asked == []


def test_a_job_whose_claims_are_decided_is_not_run() -> None:
    desk = Desk()
    made = conductor(PLACE, desk, 10, JOB, evidence=RESULTS)
    made.conduct()
    assert desk.asked == []
    assert made.evidence().sources["hops"][0].folder == str(RESULTS / "graphs-hops")


def test_seeds_are_given_where_seeds_lack() -> None:
    """F10: not more minutes of the same."""
    desk = Desk()
    job = job_of("initialization")
    made = conductor(PLACE, desk, 10, job, evidence=RESULTS / "initialization")
    made.conduct()
    assert desk.asked == [
        "seqjax.initialization --initializers normal orthogonal --lengths 5 10 20 "
        "--seeds 20 --out all/initialization"
    ]
    # Sixty minutes are the size that gives the updates that another claim lacks.
    assert "60 for initialization" in made.reasons["initialization"]


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
    too_dear = (
        "left out: of 10 minutes there are not 6.5 for charlm; give more --budget"
    )
    assert made.reasons == dict.fromkeys(("charlm", "writing"), too_dear)
    desk = Desk(derivations=9.5)
    made = conductor(Path("other"), desk)
    made.conduct()
    assert set(made.reasons) == {"hops", "charlm", "writing"}


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


def test_the_page(capsys: Capture) -> None:
    words = ["--all", "--budget", "10", "--runs", "all"]
    assert run(words, Desk()) == 0
    captured = capsys.readouterr()
    last = captured.out.splitlines()[-1]
    assert (
        last == f"report: report.html ({len(CLAIMS)} claims, 2 runs; new ones in all)"
    )
    assert "derivations, for 9 claims: 0.5 of 10.0 minutes left" in captured.err
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.index('id="claims"') < page.index('id="contradictions"')
    assert page.index('id="contradictions"') < page.index('id="run-1"')
    assert page.index('id="run-2"') < page.index('id="said-derivations"')
    claims = page[page.index('id="claims"') : page.index('id="contradictions"')]
    assert claims.count('<th scope="row">') == len(CLAIMS)
    assert '<a href="#run-1">hops</a>' in claims
    assert '<a href="#said-derivations">derivations</a>' in claims
    assert "dW_ph rejected: so" in claims
    assert "C to E: 3 layers by the graph" in claims
    data = json.loads(Path("all/claims.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in data["claims"]] == [claim.id for claim in CLAIMS]
    told = read_page(Path("report.html"))  # as seqjax verify reads it
    assert [each.label for each in told] == ["hops", "charlm"]
    before = Path("report.html").read_bytes()
    assert run([*words, "--overwrite"], Desk()) == 0
    assert Path("report.html").read_bytes() == before
    capsys.readouterr()
    assert printing.main(["all/claims.json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CLAIMS) + 2


def test_a_run_that_cannot_be_judged_is_an_error_and_no_page() -> None:
    desk = Desk()
    desk.left = {"summary": {"memory": []}}
    words = ["--all", "--budget", "10", "--runs", "all"]
    with pytest.raises(JudgingError, match="claim 000-gcn-edges failed with KeyErr"):
        run(words, desk)
    assert not Path("report.html").exists()
    assert not Path("all/claims.json").exists()


def test_a_page_without_a_single_run(capsys: Capture) -> None:
    """A budget that nothing fits into ends properly all the same."""
    words = ["--all", "--budget", "0.1", "--runs", "all"]
    desk = Desk()
    assert run(words, desk, JOBS) == 0
    assert desk.asked == []
    out = capsys.readouterr().out
    assert out.splitlines()[-1].endswith(
        f"({len(CLAIMS)} claims, 0 runs; new ones in all)"
    )
    page = Path("report.html").read_text(encoding="utf-8")
    assert "left out: of 0.1 minutes there are not 0.8 for hops" in page
    told = json.loads(Path("all/claims.json").read_text(encoding="utf-8"))["claims"]
    for row in told:
        is_open = row["verdict"] == UNDECIDED
        # F10: what no rule judges has its reason, and no command.
        assert bool(row["decide"]) == (is_open and bool(row["job"])), row["id"]
        assert bool(row["why"]) == is_open
    decide = {row["id"]: row["decide"] for row in told}
    assert decide["002-hops"] == (
        "seqjax report --all --runs all --claims 002-hops --budget 2"
    )


def test_the_command_that_is_printed_decides() -> None:
    """F10: it runs what the claim lacks, and nothing else."""
    assert run(["--all", "--budget", "0.1", "--runs", "all"], Desk()) == 0
    rows = table.stored(Path("all/claims.json"))
    (row,) = [row for row in rows if row.id == "002-hops"]
    desk = Desk()
    assert run([*row.decide.split()[2:], "--overwrite"], desk) == 0
    assert desk.asked == ["seqjax.graphs hops --out all/hops"]
    (row,) = [
        row for row in table.stored(Path("all/claims.json")) if row.id == "002-hops"
    ]
    assert (row.verdict, row.decide) == (HOLDS, "")


def test_a_row_names_its_runs_and_the_file_its_maker() -> None:
    """F11: folder, commit, machine, versions, seeds and updates."""
    words = ["--all", "--budget", "0.1", "--runs", "all", "--evidence", str(RESULTS)]
    assert run(words, Desk(), JOBS) == 0
    told = json.loads(Path("all/claims.json").read_text(encoding="utf-8"))
    assert {"commit", "clean", "machine", "versions", "evidence"} <= told.keys()
    assert told["evidence"] == [str(RESULTS)]
    assert told["machine"]["cpu"]
    rows = {row["id"]: row for row in told["claims"]}
    (panels,) = rows["001-panels"]["runs"]
    header = json.loads((RESULTS / "phased-gate" / "environment.json").read_text())
    assert panels == {
        "folder": str(RESULTS / "phased-gate"),
        "commit": header["git"]["commit"],
        "clean": not header["git"]["dirty"],
        "machine": header["host"]["cpu"],
        "versions": header["versions"],
        "seeds": None,
        "updates": None,
    }
    for row in rows.values():
        judged = row["verdict"] != UNDECIDED and row["job"]
        assert bool(row["runs"]) or not judged, row["id"]
    page = Path("report.html").read_text(encoding="utf-8")
    assert f"commit {panels['commit'][:7]}" in page
    # F7: what the committed runs decide, the store decides.
    for name, verdict in {
        "003-rnn-full": DOES_NOT,
        "003-rnn-chance": HOLDS,
        "001-lstm": HOLDS,
        "002-lstm-fails": DOES_NOT,
        "002-lstm-30": HOLDS,
        "001-learning-tau": DOES_NOT,
        "000-gcn-updates": HOLDS,
    }.items():
        assert rows[name]["verdict"] == verdict, name


def test_a_text_that_is_given_is_learnt() -> None:
    Path("novel.txt").write_text("All happy families are alike. " * 50)
    desk = Desk()
    words = ["--all", "--budget", "20", "--runs", "all", "--claims", "001-lm-t"]
    early = (job_of("early"),)
    assert run([*words, "--text", "karenina=novel.txt"], desk, early) == 0
    assert desk.asked[0].startswith("seqjax.charlm train novel.txt --steps 100 ")
    # Without it Python's manual is learnt, which another folder of the job is for.
    desk = Desk()
    assert run([*words, "--overwrite"], desk, early) == 0
    assert desk.asked[0].startswith("seqjax.charlm train --steps 100 ")
    assert "all/early-2/after-100" in desk.asked[0]
    # F10: on another text it cannot be refuted; the text is what it lacks.
    (row,) = [
        row for row in table.stored(Path("all/claims.json")) if row.id == "001-lm-t"
    ]
    assert row.verdict == UNDECIDED
    assert row.decide == (
        "seqjax report --all --runs all --claims 001-lm-t --text karenina=karenina "
        "--budget 10"
    )


def test_an_interrupt_keeps_what_is_done(capsys: Capture) -> None:
    desk = Desk()
    desk.fails = {"hops": KeyboardInterrupt()}
    words = ["--all", "--budget", "10", "--runs", "all"]
    assert run(words, desk) == 130
    assert capsys.readouterr().err.splitlines()[-1] == (
        "seqjax: interrupted: 1 of 4 jobs are finished in all; the same command with "
        "--runs all goes on from there"
    )
    assert not Path("report.html").exists()
    assert run(words, Desk()) == 0


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
        (
            ["--evidence", "mine", "gone"],
            "--evidence must be a folder of finished runs, got gone, where there is "
            "none; name another, or leave it out\n",
        ),
        (
            ["--text", "grimm=mine.html"],
            "--text must be NAME=FILE, each of bible, karenina once, got "
            "grimm=mine.html; for example --text bible=book.txt\n",
        ),
        (
            ["--text", "bible"],
            "--text must be NAME=FILE, each of bible, karenina once, got bible; for "
            "example --text bible=book.txt\n",
        ),
        (
            ["--text", "karenina=gone.txt"],
            "--text must name a file or one of shakespeare, grimm, bible, karenina, "
            "plato, homer, calculus, got karenina=gone.txt, where there is none; give "
            "the path of a text\n",
        ),
        (
            ["--claims", "001-lstms"],
            "--claims must be ids of claims that can be judged, got 001-lstms; did you "
            "mean 001-lstm?\n",
        ),
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
