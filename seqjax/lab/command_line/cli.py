"""The command line of every study: ``python -m seqjax.STUDY [COMMAND] [OPTIONS]``."""

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.core import processes
from seqjax.core.checks import check_number
from seqjax.lab.command_line.common_options import common_options, default_out
from seqjax.lab.command_line.options import grouped, options_of
from seqjax.lab.command_line.parsing import parse, parser_of, suggestion
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.reporting import tensorboard
from seqjax.lab.reporting.reporter import ReportingOptions
from seqjax.lab.running import chunks, devices, driver, interrupts
from seqjax.lab.running.cluster import Cluster
from seqjax.lab.study import Study

FAILED = 2


class Command(NamedTuple):
    """A command of a package that is not a study: it has no run directory.

    Attributes:
        name: ``"package command"``, as that of a study.
        summary: One line for ``--help``.
        run: Takes the words after the command, and returns the exit status; may raise
            a `UserError`.
    """

    name: str
    summary: str
    run: Callable[[list[str]], int]


Runnable = Study[Any] | Command


def main(
    studies: Runnable | Sequence[Runnable], argv: Sequence[str] | None = None
) -> int:
    """Runs a study as its command line says.

    Args:
        studies: The study of a package; or several, each named ``"package command"``,
            of which the first word of the command line chooses one, and some of which
            may be a `Command`. One that is named by the package alone is run where no
            command is given.
        argv: Words of the command line, without the program; ``sys.argv`` by default.

    Returns:
        Exit status: 0; 2 after an error, told in one line on standard error; 130 after
        Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    known = [studies] if isinstance(studies, Study | Command) else list(studies)
    package = known[0].name.split()[0]
    program = f"seqjax.{package}"
    if isinstance(known[0], Study) and known[0].invoked:
        program = known[0].program
    return guarded(program, lambda: _run(package, known, words))


def guarded(prog: str, action: Callable[[], int]) -> int:
    """Does something, with every failure of the user's as one line and a status."""
    status = FAILED
    try:
        with interrupts.terminable():
            status = _status(prog, action)
    except Exception:
        if processes.are_several():
            traceback.print_exc()
            processes.leave(1)
        raise
    if status == FAILED:
        processes.leave(status)
    return status


def _status(prog: str, action: Callable[[], int]) -> int:
    """Does something; the exit status, whatever of it the user is to be told."""
    try:
        return action()
    except UserError as error:
        print(f"{prog}: error: {one_line(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as interrupt:
        word, status = interrupts.told(interrupt)
        driver.tell(f"{prog}: {word}")
        return status
    except BrokenPipeError:
        # The reader has seen enough (``| head``). Python flushes standard output once
        # more as it ends, which must not fail again.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        reason = processes.loss(error)
        if not reason:
            raise
        print(f"{prog}: error: another process is gone: {reason}", file=sys.stderr)
        return FAILED


def _run(package: str, studies: list[Runnable], words: list[str]) -> int:
    """Chooses the study, parses, and conducts or redraws."""
    command_line = ["python", "-m", f"seqjax.{package}", *words]
    chosen = _choose(package, studies, words)
    if chosen is None:
        return 0
    study, words = chosen
    if isinstance(study, Command):
        return study.run(words)
    if study.invoked:
        command_line = [*study.invoked, *words]
    own = [
        option._replace(positional=option.name == study.positional)
        for option in options_of(study.config_type)
    ]
    common = common_options(study)
    parser = parser_of(
        " ".join(study.invoked) or f"python -m seqjax.{study.name}",
        study.summary + _also(study, studies),
        {**grouped(study.config_type, own), "common options": common},
    )
    try:
        given = parse(parser, [*own, *common], words)
    except SystemExit:  # --help has been printed
        return 0
    if "redraw" in given:
        return driver.redraw(study, _redraw_folder(study, given))
    lab = {option.name: given.pop(option.name, option.default) for option in common}
    if lab["out"] == "":
        raise UserError("out must be the name of a folder, got none; leave out --out")
    if lab["log"] == "tensorboard":
        tensorboard.check()
    try:
        num_devices = devices.number(lab["devices"])
        cluster = Cluster(*(lab[name] for name in Cluster._fields))
        cluster.check()
        chunks.check(study, lab["seeds_at_once"])
        reporting = ReportingOptions(*(lab[name] for name in ReportingOptions._fields))
        every = reporting.checkpoint_every
        check_number("checkpoint_every", every, minimum=0.0, finite=False)
        check_number("profile", reporting.profile, minimum=0.0)
        config = study.configure(given)
    except ValueError as error:
        raise UserError(str(error)) from error

    @functools.cache
    def prepare() -> None:
        cache = devices.cache_folder() if lab["compilation_cache"] else None
        warning = devices.configure(num_devices, cache)
        if warning:
            print(f"{study.program}: warning: {warning}", file=sys.stderr)

    if cluster.is_several:
        prepare()
        cluster.join()
    return driver.conduct(
        study,
        config,
        Path(lab["out"] or default_out(study)),
        lab["overwrite"],
        command_line,
        prepare=prepare,
        reporting=reporting,
        at_once=lab["seeds_at_once"],
    )


def _redraw_folder(study: Study[Any], given: dict[str, Any]) -> Path:
    """The folder to redraw, which must be the only option."""
    others = [
        " ".join(value) if name == study.positional else f"--{name.replace('_', '-')}"
        for name, value in given.items()
        if name != "redraw"
    ]
    if others:
        raise UserError(
            f"--redraw must be the only option, got also {' '.join(others)}; "
            "all settings are those of the run"
        )
    return Path(given["redraw"])


def _choose(
    package: str, studies: list[Runnable], words: list[str]
) -> tuple[Runnable, list[str]] | None:
    """The study meant, and the words after its command; None after a listing."""
    commands = {s.name.split()[1]: s for s in studies if s.name != package}
    default = next((s for s in studies if s.name == package), None)
    if default and not (commands and words and not words[0].startswith("-")):
        return default, words
    listing = ", ".join(commands)
    if not words or words[0] in ("-h", "--help"):
        if not words:
            raise UserError(f"a command must come first, got none; one of {listing}")
        print(f"usage: python -m seqjax.{package} COMMAND [OPTIONS]\n\ncommands:")
        for command, study in commands.items():
            print(f"  {command:<14} {study.summary}")
        return None
    if words[0] not in commands:
        raise UserError(
            f"command must be one of {listing}, got {words[0]!r}"
            + (suggestion(words[0], list(commands)) or "; choose one of these")
        )
    return commands[words[0]], words[1:]


def _also(study: Study[Any], studies: list[Runnable]) -> str:
    """What ``--help`` of a package's default study says of its commands."""
    others = [s for s in studies if s.name.startswith(f"{study.name} ")]
    return "".join(
        f". Also: python -m seqjax.{other.name}: {other.summary}" for other in others
    )
