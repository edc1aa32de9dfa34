"""``python -m seqjax.graphs predict RUN``: what a trained model says of every node."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from seqjax.lab.command_line.cli import Command
from seqjax.lab.command_line.options import Option
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files
from seqjax.lab.running import devices

SUMMARY = "the class of every node of a graph, by a model that classify has trained"

_OPTIONS = (
    Option(
        "run",
        str,
        "Run directory of classify, which is complete.",
        many=True,
        positional=True,
        shown="none, it must be given",
    ),
    Option(
        "dataset",
        str,
        "Graph with the same features, as that of classify.",
        shown="the graph it was trained on",
    ),
    Option("model", str, "Which of its models.", shown="the first"),
    Option(
        "out",
        str,
        "File to write the table (CSV) to, in place of an old one.",
        shown="print it",
    ),
)


def run(words: Sequence[str]) -> int:
    """Runs the command: a table in CSV with a row per node.

    Args:
        words: of the command line, after ``predict``.

    Returns:
        0.

    Raises:
        UserError: for bad arguments, a run that is not complete or not of classify, or
            a graph with other features.
    """
    program = "python -m seqjax.graphs"
    parser = parser_of(program, SUMMARY, {"options": _OPTIONS})
    parser.usage = f"{program} predict RUN [OPTIONS]"
    try:
        given = parse(parser, _OPTIONS, words)
    except SystemExit:  # --help has been printed
        return 0
    runs: Sequence[str] = given.get("run") or ()
    if len(runs) != 1:
        raise UserError(
            f"RUN must be one folder, got {' '.join(runs) or 'none'}; give the --out "
            "of seqjax.graphs classify"
        )
    # Where JAX runs already, as in a notebook, it is too late, and does not matter.
    with contextlib.suppress(RuntimeError):
        devices.configure(None, devices.cache_folder())
    from seqjax.graphs.classify.classifier import open_classifier

    opened = open_classifier(runs[0], given.get("model"))
    text = opened.predict(given.get("dataset")).to_csv(opened.model)
    if given.get("out"):
        files.write_atomic(Path(given["out"]), text.encode())
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


PREDICT = Command("graphs predict", SUMMARY, run)
