"""``seqjax report --all``: the studies that answer the reports, and their page."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import seqjax
from seqjax.core.checks import check_number
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError
from seqjax.lab.report.command import check_out
from seqjax.lab.report.page import page
from seqjax.lab.run_directory import files
from seqjax.lab.running import driver, interrupts
from seqjax.reports import folder, table
from seqjax.reports.jobs import JOBS, Job
from seqjax.reports.page import around
from seqjax.reports.running import Conductor, Execute
from seqjax.reports.starting import execute

SUMMARY = "run the studies that answer the reports, and judge every claim of theirs"

DEFAULT_MINUTES = 60.0

_OPTIONS = (
    Option("all", bool, "Every claim of the five reports.", default=True),
    Option(
        "run",
        str,
        "None: with --all the runs are made, or taken from --runs.",
        many=True,
        positional=True,
        shown="none",
    ),
    Option(
        "budget",
        float,
        "Minutes for everything; what does not fit is undecided, with the command that "
        "would decide it.",
        default=DEFAULT_MINUTES,
    ),
    Option(
        "runs",
        str,
        "Folder of all runs: a new or empty one, or one to go on with; what is "
        "finished in it is taken as it is.",
        shown="runs/reports/<time stamp>",
    ),
    Option("out", str, "The page to write, a file.", default="report.html"),
    Option("overwrite", bool, "Write over the page if it is there.", default=False),
)


def run(
    words: Sequence[str],
    about: Callable[[str], str],
    jobs: Sequence[Job] = JOBS,
    start: Execute = execute,
) -> int:
    """Runs the command: all studies that fit, then the page.

    Args:
        words: of the command line, after ``report``.
        about: one line on the study of a name, or nothing.
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
    out = Path(values["out"])
    check_out(out, values["overwrite"])
    budget = values["budget"]
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    place = Path(values["runs"] or f"runs/reports/{stamp}")
    conductor = Conductor(place, budget, _tell, jobs=jobs, run=start)
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
    return write(place, out, budget, conductor.reasons, about, jobs)


def write(
    place: Path,
    out: Path,
    budget: float,
    reasons: dict[str, str],
    about: Callable[[str], str],
    jobs: Sequence[Job] = JOBS,
) -> int:
    """Judges the claims by what is finished, and writes ``claims.json`` and the page.

    Args:
        place: folder of all runs.
        out: the page.
        budget: minutes that were given.
        reasons: why each job that is not finished is not.
        about: one line on the study of a name, or nothing.
        jobs: all there are.

    Returns:
        0.

    Raises:
        UserError: for what cannot be read or written.
    """
    found = folder.evidence(place, reasons, jobs)
    judged = table.rows(found)
    folder.write_json(
        place / folder.CLAIMS,
        {
            "seqjax": seqjax.__version__,
            "budget_minutes": budget,
            "claims": [row._asdict() for row in judged],
        },
    )
    text = page(list(found.runs.values()), about, around(judged, found, budget))
    files.write_atomic(out, text.encode("utf-8", "backslashreplace"))
    driver.show([table.table(judged)])
    print(f"claims: {place / folder.CLAIMS} ({table.counts(judged)})")
    print(f"report: {out} ({len(judged)} claims, {len(found.runs)} runs in {place})")
    return 0


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


def _tell(line: str) -> None:
    print(f"reports: {line}", file=sys.stderr, flush=True)
