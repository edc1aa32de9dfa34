"""Shows how a study gets on: a bar on a terminal, plain lines anywhere else.

Both go to standard error, so that standard output holds the results alone.
"""

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from seqjax.lab.study import Number
from seqjax.lab.tally import Tally, duration, quantity, shown

_SECONDS_BETWEEN_LINES = 5.0


@runtime_checkable
class Stream(Protocol):
    """What is needed of a text file to show progress on."""

    def write(self, text: str, /) -> Any:
        """Write text."""

    def flush(self) -> Any:
        """Write it now."""

    def isatty(self) -> bool:
        """Whether somebody looks at a terminal."""


@runtime_checkable
class Progress(Protocol):
    """What shows how a study gets on."""

    def block(self, name: str, description: str, work: Number) -> None:
        """A block begins, see `Reporter`."""

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """More of it is done, see `Reporter`."""

    def saved(self, name: str) -> None:
        """A block is finished and on disk."""


@contextmanager
def progress(
    work: Mapping[str, Number],
    finished: Collection[str],
    unit: str,
    stream: Stream | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Shows the progress of a study while inside.

    Args:
        work: Expected work of every block, in ``unit``.
        finished: Names of blocks that are finished already.
        unit: What the work counts.
        stream: Where to; standard error by default.
        clock: Seconds, never going back.

    Yields:
        What to tell of it.
    """
    stream = sys.stderr if stream is None else stream
    tally = Tally(work, finished, clock)
    if stream.isatty():
        with _bar(stream) as bar:
            yield BarProgress(tally, unit, bar)
    else:
        yield LineProgress(tally, unit, stream, clock)


class LineProgress:
    """Plain lines: one as a block begins and ends, and one every few seconds."""

    def __init__(
        self, tally: Tally, unit: str, stream: Stream, clock: Callable[[], float]
    ):
        """Writes to ``stream``, and reads the time from ``clock``."""
        self._tally, self._unit, self._stream = tally, unit, stream
        self._clock, self._last = clock, clock()
        self._name = ""

    def block(self, name: str, description: str, work: Number) -> None:
        """Says that a block begins."""
        self._tally.begin(name, work)
        self._name = name
        self._line(f"{name}: begins ({description})")

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Says where the block stands, unless a line was written just now."""
        self._tally.advance(work)
        if self._clock() - self._last >= _SECONDS_BETWEEN_LINES:
            pace = _pace(self._tally, self._unit)
            told = [part for part in (shown(metrics), pace) if part]
            self._line(f"{self._name}: {' | '.join(told)}")

    def saved(self, name: str) -> None:
        """Says that a block is finished."""
        seconds = self._tally.block_seconds
        self._tally.end()
        self._line(f"{name}: done in {seconds:.1f} s")

    def _line(self, text: str) -> None:
        """One line, at once."""
        tally = self._tally
        head = f"[{tally.position}/{tally.count} {tally.share:4.0%}]"
        print(head, text, file=self._stream, flush=True)
        self._last = self._clock()


class BarProgress:
    """A bar with the block, share done, rate, time left, and newest metrics."""

    def __init__(self, tally: Tally, unit: str, bar: Any):
        """Draws on a started ``rich.progress.Progress``."""
        self._tally, self._unit, self._bar = tally, unit, bar
        self._metrics = ""
        self._task = bar.add_task(
            "starting", total=1.0, completed=tally.share, pace="", metrics=""
        )

    def block(self, name: str, description: str, work: Number) -> None:
        """Names the block that begins."""
        self._tally.begin(name, work)
        self._metrics = ""
        position = f"{self._tally.position}/{self._tally.count}"
        self._show(description=f"{position} {description}")

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Moves the bar."""
        self._tally.advance(work)
        self._metrics = shown(metrics)
        self._show()

    def saved(self, name: str) -> None:
        """Completes the share of a block."""
        self._tally.end()
        self._show()

    def _show(self, **changes: str) -> None:
        """Redraws with the present numbers."""
        self._bar.update(
            self._task,
            completed=self._tally.share,
            pace=_pace(self._tally, self._unit),
            metrics=self._metrics,
            **changes,
        )


def _pace(tally: Tally, unit: str) -> str:
    """Rate and time left, as far as they are known."""
    rate, left = tally.rate, tally.seconds_left
    if rate is None or left is None:
        return ""
    return f"{quantity(rate)} {unit}/s, {duration(left)} left"


def _bar(stream: Any) -> Any:
    """An empty bar of our columns."""
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.table import Column

    # Descriptions and metrics are the study's words, not markup.
    return rich_progress.Progress(
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(bar_width=24),
        rich_progress.TaskProgressColumn(),
        rich_progress.TextColumn("{task.fields[pace]}", markup=False),
        rich_progress.TextColumn(
            "{task.fields[metrics]}",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=Console(file=stream),
    )
