"""Starting the program's own commands as processes, and ending them in time."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqjax.lab.study import Number

PATIENCE = 30
"""Seconds that a study has to save what it has, before it is killed."""

LATE = 124
"""Status of a command that was ended because its time was over."""


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        status: its exit status, `LATE` where it was ended.
        output: what it printed on standard output.
        told: what it printed on standard error, where that is no terminal.
    """

    status: int
    output: str
    told: str


def execute(words: Sequence[str], seconds: Number, log: Path, watched: bool) -> Ended:
    """Runs ``python -m`` with these words.

    An interrupt of this process ends it, and is waited for: a study saves what it has.

    Args:
        words: the module and its arguments.
        seconds: after which it is told to end.
        log: file for what it tells on standard error ...
        watched: ... which goes to the terminal instead, where there is one.
    """
    shown = watched and sys.stderr.isatty()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as told, (log.with_suffix(".out")).open("w+b") as output:
        began = told.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if shown else told,
            # A Ctrl-C reaches this process alone, which hands it on.
            start_new_session=True,
        )
        status = _wait(child, seconds)
        told.seek(began)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
        said = told.read().decode("utf-8", "replace")
    log.with_suffix(".out").unlink()
    return Ended(status, text, said)


def _wait(child: "subprocess.Popen[bytes]", seconds: Number) -> int:
    """The status of a process, which is ended after so many seconds."""
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        _end(child)
        return LATE
    except BaseException:
        _end(child)
        raise


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Tell a process to save and end, and see that it does.

    Not by an interrupt: what a shell has started in the background ignores those.
    """
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
