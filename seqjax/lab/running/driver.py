"""Conducts a study: from a configuration to a complete run directory."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from seqjax.core import processes, signals
from seqjax.lab.errors import UserError
from seqjax.lab.reporting.reporter import DEFAULT_REPORTING, ReportingOptions
from seqjax.lab.run_directory import layout, rundir
from seqjax.lab.running import interrupts
from seqjax.lab.running.executor import draw, execute
from seqjax.lab.running.shared_run import SharedRun
from seqjax.lab.study import Study, Table

C = TypeVar("C")

FINISHED = 0


def conduct(
    study: Study[C],
    config: C,
    out: Path,
    overwrite: bool = False,
    command_line: Sequence[str] = (),
    stream: Any = None,
    prepare: Callable[[], None] = lambda: None,
    reporting: ReportingOptions = DEFAULT_REPORTING,
    at_once: int = 0,
) -> int:
    """Runs what is not finished, saves every block, then summary, figures and tables.

    A complete run is only shown again: neither JAX nor matplotlib is needed for that.
    Of several processes all compute, and the first alone writes and shows.

    Args:
        study: The study.
        config: Its configuration.
        out: The run directory, new, unfinished or complete.
        overwrite: Start anew if it holds a run.
        command_line: Words of the command, for ``config.json``.
        stream: Text file for the tables; standard output by default.
        prepare: Called once before the first computation (devices, caches).
        reporting: What is kept and shown while it runs.
        at_once: Seeds to train at once, of a study that says what one takes; 0: as
            many as fit into memory.

    Returns:
        The exit status: 0, or that of `interrupts.told`, all finished blocks and what
        a training goes on from being saved.

    Raises:
        UserError: When ``out`` cannot be used or written, or the study cannot begin;
            what is saved is kept.
    """
    if study.check is not None and (
        overwrite or not os.path.exists(out / layout.SUMMARY)
    ):
        study.check(config)
    with SharedRun(
        lambda: rundir.open_run(study, config, out, overwrite, command_line)
    ) as shared:
        run = shared.directory
        if shared.is_finished:
            _show(run, stream, f"complete already: {out}")
            return FINISHED
        try:
            with signals.deferring():
                prepare()
                signals.stop_if_signalled()
                if study.reads is not None and processes.is_first():
                    tell(f"{study.program}: {study.reads(config)}")
                execute(study, config, shared, reporting, at_once)
        except KeyboardInterrupt as interrupt:
            word, status = interrupts.told(interrupt)
            _tell_saved(run, word, command_line)
            return status
        except UserError:
            if run is not None:
                run.withdraw()
            raise
        except Exception as error:
            if processes.loss(error):
                _tell_saved(run, "another process is gone", command_line)
            raise
        _show(run, stream, f"results: {out}")
        return FINISHED


def redraw(study: Study[Any], path: Path, stream: Any = None) -> int:
    """Draws the figures of a complete run again, from its files alone.

    Raises:
        UserError: When ``path`` is not a complete run of this study.
    """
    with rundir.open_finished(study, path) as run:
        draw(run)
        _print_lines(_figure_lines(path), stream)
    return FINISHED


def show(tables: Sequence[Table], stream: Any = None) -> None:
    """Prints tables.

    Args:
        tables: what to print.
        stream: text file; standard output by default.
    """
    _print_lines([_rendered(table) for table in tables], stream)


def _tell_saved(
    run: rundir.RunDirectory[Any] | None, why: str, command_line: Sequence[str]
) -> None:
    """Prints what is kept of a run that ends early, and how to go on with it."""
    if run is not None:
        tell(
            f"{run.study.program}: {why}: {len(run.saved)} of "
            f"{len(run.block_names)} blocks are saved in {run.path}; "
            f"{_again(command_line, run.path)} goes on from there"
        )


def tell(line: str) -> None:
    """Prints a line on standard error, if anybody is still there to read it."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _again(command_line: Sequence[str], out: Path) -> str:
    """The command that goes on with the run that this one began."""
    words = {word.split("=")[0] for word in command_line}
    again = "the same command"
    if "--out" not in words:
        again += f" with --out {out}"
    if "--overwrite" in words:
        again += " without --overwrite"
    return again


def _show(run: rundir.RunDirectory[Any] | None, stream: Any, last_line: str) -> None:
    """Prints the tables, and where everything is; but one process is silent."""
    if run is None:
        return
    tables = [_rendered(t) for t in run.study.tables(run.config, run.results)]
    lines = [*_figure_lines(run.path), last_line]
    _print_lines([*tables, *lines], stream)


def _figure_lines(path: Path) -> list[str]:
    """The figures and texts there are, as lines to print."""
    drawn = sorted((path / layout.FIGURES).glob("*.png"))
    texts = sorted((path / layout.TEXTS).glob("*.[cth]*"))
    return [f"figure: {name}" for name in drawn] + [f"text: {name}" for name in texts]


def _rendered(table: Table) -> Any:
    """A table as rich draws it."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    rendered = RichTable(
        title=Text(table.title),
        caption=Text(table.caption) if table.caption else None,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
    )
    for i, column in enumerate(table.columns):
        rendered.add_column(
            Text(column), justify="left" if i < table.left else "right", no_wrap=True
        )
    for row in table.rows:
        rendered.add_row(*(Text(cell) for cell in row))
    return rendered


class _Page(io.StringIO):
    """What is going to be printed; rich draws lines that the encoding can hold."""

    def __init__(self, encoding: str):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def _print_lines(items: Sequence[Any], stream: Any) -> None:
    """Prints tables and lines."""
    from rich.console import Console

    stream = sys.stdout if stream is None else stream
    # Rendered apart, as rich would end the process itself where nobody reads any more;
    # and wider than any table, as it would cut cells short to fit a terminal.
    page = _Page(getattr(stream, "encoding", None) or "utf-8")
    console = Console(file=page, width=1000, force_terminal=stream.isatty())
    for item in items:
        console.print(item, markup=False, highlight=False, soft_wrap=True)
    try:
        stream.write(page.getvalue())
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise UserError(
            f"cannot print the tables: {reason}; the run is complete all the same, "
            "the same command shows them again"
        ) from error
