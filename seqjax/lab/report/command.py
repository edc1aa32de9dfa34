"""``seqjax report RUN ...``: finished runs as one page."""

from collections.abc import Callable, Sequence
from pathlib import Path

from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError
from seqjax.lab.report.page import page
from seqjax.lab.report.reading import read_runs
from seqjax.lab.run_directory import files

SUMMARY = "write finished runs as one page that needs no network"

_OPTIONS = (
    Option(
        "run",
        str,
        "Run directories of finished runs, of any studies.",
        many=True,
        positional=True,
        shown="none, it must be given",
    ),
    Option("out", str, "The page to write, a file.", default="report.html"),
    Option("overwrite", bool, "Write over the page if it is there.", default=False),
)


def run(words: Sequence[str], about: Callable[[str], str]) -> int:
    """Runs the command: writes the page, or nothing.

    Args:
        words: of the command line, after ``report``.
        about: one line on the study of a name, or nothing.

    Returns:
        0.

    Raises:
        UserError: for bad arguments, a run that cannot be shown, or a page that cannot
            be written.
    """
    parser = parser_of("seqjax report", SUMMARY, {"options": _OPTIONS})
    try:
        given = parse(parser, _OPTIONS, words)
    except SystemExit:  # --help has been printed
        return 0
    values = {option.name: option.default for option in _OPTIONS} | given
    out = Path(values["out"])
    check_out(out, values["overwrite"])
    runs = read_runs([Path(word) for word in values["run"] or ()])
    files.write_atomic(out, page(runs, about).encode("utf-8", "backslashreplace"))
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    print(f"report: {out} ({count})")
    return 0


def check_out(out: Path, overwrite: bool) -> None:
    """Raise where a page cannot go.

    Args:
        out: the page to write.
        overwrite: whether it may be there.

    Raises:
        UserError: it is a folder, or there already.
    """
    if out.is_dir():
        raise UserError(f"--out must be a file, got the folder {out}; name another")
    if out.exists() and not overwrite:
        raise UserError(
            f"{out} is there already; give --overwrite to write over it, or another "
            "--out"
        )
