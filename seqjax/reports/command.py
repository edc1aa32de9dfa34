"""``seqjax report --all``: the studies that answer the reports, and their page."""

import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import seqjax
from seqjax.core.checks import check_number
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of, suggestion
from seqjax.lab.data.corpora.named import CORPORA
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import SEEDS, TEXT, UPDATES, Finding
from seqjax.lab.report.command import check_out
from seqjax.lab.report.page import page
from seqjax.lab.reporting.text import counted
from seqjax.lab.run_directory import files
from seqjax.lab.run_directory.environment import machine
from seqjax.lab.running import driver, interrupts
from seqjax.reports import folder, table
from seqjax.reports.claims import CLAIMS
from seqjax.reports.jobs import JOBS, TEXTS, Job, job_of, with_texts
from seqjax.reports.judging import Sentence
from seqjax.reports.page import around
from seqjax.reports.running import Conductor, Execute
from seqjax.reports.starting import execute
from seqjax.reports.store import Known, Store

SUMMARY = "run the studies that answer the reports, and judge every claim of theirs"

DEFAULT_MINUTES = 60.0

_OPTIONS = (
    Option("all", bool, "Every claim of the five reports.", default=True),
    Option(
        "run",
        str,
        "None: with --all the runs are made, or taken from --runs and --evidence.",
        many=True,
        positional=True,
        shown="none",
    ),
    Option(
        "budget",
        float,
        "Minutes for everything; what does not fit is undecided, with the command that "
        "may decide it.",
        default=DEFAULT_MINUTES,
    ),
    Option(
        "runs",
        str,
        "Folder of all runs: a new or empty one, or one to go on with; what is "
        "finished in it is not run again.",
        shown="runs/reports/<time stamp>",
    ),
    Option(
        "evidence",
        str,
        "Folders of finished runs, such as docs/results: what is measured there is not "
        "run.",
        many=True,
        shown="none",
    ),
    Option(
        "text",
        str,
        f"Texts that the reports learnt, as NAME=FILE, among {', '.join(TEXTS)}; FILE "
        "may be a corpus that charlm downloads.",
        many=True,
        shown="none",
    ),
    Option(
        "claims",
        str,
        "Ids of the claims that are to be decided; all are judged.",
        many=True,
        shown="all",
    ),
    Option("out", str, "The page to write, a file.", default="report.html"),
    Option("overwrite", bool, "Write over the page if it is there.", default=False),
)


def run(
    words: Sequence[str],
    about: Callable[[str], str],
    known: Known,
    jobs: Sequence[Job] = JOBS,
    start: Execute = execute,
) -> int:
    """Runs the command: all studies that fit, then the page.

    Args:
        words: of the command line, after ``report``.
        about: one line on the study of a name, or nothing.
        known: the study of a name.
        jobs: all there are.
        start: starts a command.

    Returns:
        0; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP; what is done is kept.

    Raises:
        UserError: for bad arguments, or what cannot be read or written.
    """
    parser = parser_of("seqjax report --all", SUMMARY, {"options": _OPTIONS})
    try:
        given = parse(parser, _OPTIONS, words)
    except SystemExit:  # --help has been printed
        return 0
    values = {option.name: option.default for option in _OPTIONS} | given
    _check(values)
    texts = _texts(values["text"] or ())
    out = Path(values["out"])
    check_out(out, values["overwrite"])
    budget = values["budget"]
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    place = Path(values["runs"] or f"runs/reports/{stamp}")
    folders = [Path(each) for each in values["evidence"] or ()]
    conductor = Conductor(
        place,
        budget,
        _tell,
        Store([place, *folders], known),
        jobs=with_texts(jobs, texts),
        chosen=values["claims"] or (),
        texts=texts,
        run=start,
    )
    folder.keep_begun(place, folder.begun(place))
    try:
        conductor.conduct()
    except KeyboardInterrupt as interrupt:
        word, status = interrupts.told(interrupt)
        count = len(folder.finished(place, jobs))
        print(
            f"seqjax: {word}: {count} of {len(jobs)} jobs are finished in {place}; "
            f"the same command with --runs {place} goes on from there",
            file=sys.stderr,
        )
        return status
    return write(conductor, Decider(conductor, folders, texts), out, about)


def write(
    conductor: Conductor,
    decider: "Decider",
    out: Path,
    about: Callable[[str], str],
) -> int:
    """Judges the claims by what is finished, and writes ``claims.json`` and the page.

    Args:
        conductor: that has run what fits.
        decider: says what may decide a claim.
        out: the page.
        about: one line on the study of a name, or nothing.

    Returns:
        0.

    Raises:
        UserError: for what cannot be read or written.
    """
    place, budget = conductor.place, conductor.budget
    found = conductor.evidence()
    judged = table.rows(found, CLAIMS, decider)
    made = machine()
    git = made["git"] or {}
    folder.write_json(
        place / folder.CLAIMS,
        {
            "seqjax": seqjax.__version__,
            "commit": git.get("commit"),
            "clean": None if "dirty" not in git else not git["dirty"],
            "machine": made["host"],
            "versions": made["versions"],
            "budget_minutes": budget,
            "evidence": [str(each) for each in decider.folders],
            "claims": [row._asdict() for row in judged],
        },
    )
    text = page(list(found.shown.values()), about, around(judged, found, budget))
    files.write_atomic(out, text.encode("utf-8", "backslashreplace"))
    driver.show([table.table(judged)])
    print(f"claims: {place / folder.CLAIMS} ({table.counts(judged)})")
    runs = counted(len(found.shown), "run")
    print(f"report: {out} ({len(judged)} claims, {runs}; new ones in {place})")
    return 0


class Decider:
    """Says why a claim is undecided, and what may decide it."""

    def __init__(
        self,
        conductor: Conductor,
        folders: Sequence[Path],
        texts: Mapping[str, str],
    ) -> None:
        """Looks at what could be run.

        Args:
            conductor: that has run what fits.
            folders: of evidence.
            texts: that were given, by name.
        """
        self.folders, self._texts = list(folders), dict(texts)
        self._planner = replace(conductor.planner, claims=CLAIMS)
        self._steps = self._planner.steps(conductor.evidence())
        words = ["seqjax", "report", "--all", "--runs", str(conductor.place)]
        words += ["--evidence", *map(str, folders)] if folders else []
        self._words = words

    def __call__(self, claim: Sentence, found: Finding) -> tuple[str, str]:
        """Why a claim is undecided, and the command that may decide it, or nothing.

        Args:
            claim: one that is undecided.
            found: what became of it.
        """
        if claim.job not in {job.name for job in self._planner.jobs}:
            return found.why, ""
        minutes, texts = self._planner.minutes(claim, self._steps), self._texts
        job = job_of(claim.job, self._planner.jobs)
        if found.lacks == TEXT:
            minutes, texts = float(job.sizes[0].minutes), {**texts, job.text: job.text}
        if minutes is None:
            return f"{found.why}; {_beyond(claim, found, job)}", ""
        words = [*self._words, "--claims", claim.id]
        given = [f"{name}={file}" for name, file in texts.items()]
        words += ["--text", *given] if given else []
        return found.why, shlex.join(
            [*words, "--budget", f"{ceil(1.25 * minutes + 1)}"]
        )


def _beyond(claim: Sentence, found: Finding, job: Job) -> str:
    """Why nothing that is run here decides a claim."""
    of = job_of(job.after) if job.after else job
    sizes = [size for size in of.sizes if size.updates]
    if found.lacks == UPDATES and claim.updates and sizes:
        each = float(sizes[-1].minutes) / sizes[-1].updates
        hours = each * claim.updates / 60
        return f"{claim.updates} updates take about {hours:.0f} hours of two cores"
    if found.lacks == SEEDS:
        return "no more of them are run for it"
    return "nothing more is run for it"


def _texts(words: Sequence[str]) -> dict[str, str]:
    """The texts by name.

    Raises:
        UserError: for a word that is no NAME=FILE, or a name or file that there is not.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, file = word.partition("=")
        if not (equals and file) or name not in TEXTS or name in found:
            raise UserError(
                f"--text must be NAME=FILE, each of {', '.join(TEXTS)} once, got "
                f"{word}; for example --text {TEXTS[0]}=book.txt"
            )
        if file not in CORPORA and not Path(file).is_file():
            raise UserError(
                f"--text must name a file or one of {', '.join(CORPORA)}, got {word}, "
                "where there is none; give the path of a text"
            )
        found[name] = file
    return found


def _check(values: dict[str, Any]) -> None:
    """Raises a `UserError` for values that cannot be."""
    named = values["run"] or ()
    if named:
        raise UserError(
            f"--all must stand without RUN, got {' '.join(named)}; leave out --all for "
            "a page of these runs, or give --runs FOLDER to go on with runs of --all"
        )
    if not values["all"]:
        raise UserError("--no-all must stand without --all; leave out one of them")
    try:
        check_number("budget", values["budget"], minimum=0.0, exclusive=True)
    except ValueError as error:
        raise UserError(str(error)) from error
    for each in values["evidence"] or ():
        if not Path(each).is_dir():
            raise UserError(
                f"--evidence must be a folder of finished runs, got {each}, where "
                "there is none; name another, or leave it out"
            )
    ids = [claim.id for claim in CLAIMS]
    for each in values["claims"] or ():
        if each not in ids:
            way_out = suggestion(each, ids) or "; docs/claims.md lists them"
            raise UserError(
                f"--claims must be ids of claims that can be judged, got {each}"
                f"{way_out}"
            )


def _tell(line: str) -> None:
    print(f"reports: {line}", file=sys.stderr, flush=True)
