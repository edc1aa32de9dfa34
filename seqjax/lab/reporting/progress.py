"""Shows how a study gets on: a bar on a terminal, plain lines anywhere else, or JSON.

All go to standard error, so that standard output holds the results alone.
"""

import json
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from seqjax.lab.reporting.progress_estimate import ProgressEstimate, pace, shown
from seqjax.lab.run_directory.records import plain
from seqjax.lab.study import Number

FORMS = ("auto", "bar", "lines", "json", "none")
"""``auto`` is a bar on a terminal and lines elsewhere."""

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_OBJECTS = 1.0


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
    form: str = "auto",
) -> Iterator[Progress]:
    """Shows the progress of a study while inside.

    Args:
        work: Expected work of every block, in ``unit``.
        finished: Names of blocks that are finished already.
        unit: What the work counts.
        stream: Where to; standard error by default.
        clock: Seconds, never going back.
        form: One of `FORMS`.

    Yields:
        What to tell of it.
    """
    stream = sys.stderr if stream is None else stream
    estimate = ProgressEstimate(work, finished, clock)
    if form == "auto":
        form = "bar" if stream.isatty() else "lines"
    if form == "bar":
        from seqjax.lab.reporting.progress_bar import BarProgress, empty_bar

        with empty_bar(stream) as bar:
            yield BarProgress(estimate, unit, bar)
    elif form == "lines":
        yield LineProgress(estimate, unit, stream, clock)
    elif form == "json":
        yield JsonProgress(estimate, unit, stream, clock)
    else:
        yield NoProgress()


class LineProgress:
    """Plain lines: one as a block begins and ends, and one every few seconds."""

    def __init__(
        self,
        estimate: ProgressEstimate,
        unit: str,
        stream: Stream,
        clock: Callable[[], float],
    ):
        """Writes to ``stream``, and reads the time from ``clock``."""
        self._estimate, self._unit, self._stream = estimate, unit, stream
        self._clock, self._last = clock, clock()
        self._name = ""

    def block(self, name: str, description: str, work: Number) -> None:
        """Says that a block begins."""
        self._estimate.begin(name, work)
        self._name = name
        self._line(f"{name}: begins ({description})")

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Says where the block stands, unless a line was written just now."""
        self._estimate.advance(work)
        if self._clock() - self._last >= _SECONDS_BETWEEN_LINES:
            parts = (shown(metrics), pace(self._estimate, self._unit))
            told = [part for part in parts if part]
            self._line(f"{self._name}: {' | '.join(told)}")

    def saved(self, name: str) -> None:
        """Says that a block is finished."""
        seconds = self._estimate.block_seconds
        self._estimate.end()
        self._line(f"{name}: done in {seconds:.1f} s")

    def _line(self, text: str) -> None:
        """One line, at once."""
        estimate = self._estimate
        head = f"[{estimate.position}/{estimate.count} {estimate.share:4.0%}]"
        print(head, text, file=self._stream, flush=True)
        self._last = self._clock()


class JsonProgress:
    """For programs: an object per line as a block begins and ends, and each second.

    Each has ``time`` (seconds since 1970), ``event`` (``begins``, ``advances`` or
    ``saved``), ``block``, ``position`` and ``count`` of the blocks, ``share`` done of
    all work in [0, 1], ``unit``, ``rate`` in units per second and ``seconds_left``
    (null: not known yet), and ``metrics``, the newest numbers of the block by name.
    """

    def __init__(
        self,
        estimate: ProgressEstimate,
        unit: str,
        stream: Stream,
        clock: Callable[[], float],
    ):
        """Writes to ``stream``, and reads the time between lines from ``clock``."""
        self._estimate, self._unit, self._stream = estimate, unit, stream
        self._clock, self._last = clock, clock()
        self._name = ""

    def block(self, name: str, description: str, work: Number) -> None:
        """Says that a block begins."""
        self._estimate.begin(name, work)
        self._name = name
        self._tell("begins", {}, description=description)

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Says where the block stands, unless something was said just now."""
        self._estimate.advance(work)
        if self._clock() - self._last >= _SECONDS_BETWEEN_OBJECTS:
            self._tell("advances", metrics)

    def saved(self, name: str) -> None:
        """Says that a block is finished and on disk."""
        seconds = self._estimate.block_seconds
        self._estimate.end()
        self._name = name
        self._tell("saved", {}, seconds=seconds)

    def _tell(
        self, event: str, metrics: Mapping[str, Number | str], **more: Number | str
    ) -> None:
        """One object, at once."""
        estimate = self._estimate
        told = {
            "time": time.time(),
            "event": event,
            "block": self._name,
            "position": estimate.position,
            "count": estimate.count,
            "share": estimate.share,
            "unit": self._unit,
            "rate": estimate.rate,
            "seconds_left": estimate.seconds_left,
            "metrics": metrics,
            **more,
        }
        line = json.dumps(plain(told), allow_nan=False)
        print(line, file=self._stream, flush=True)
        self._last = self._clock()


class NoProgress:
    """Shows nothing."""

    def block(self, name: str, description: str, work: Number) -> None:
        """Nothing."""

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Nothing."""

    def saved(self, name: str) -> None:
        """Nothing."""
