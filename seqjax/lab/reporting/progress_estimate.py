"""How far a study is: share done, rate, and time left, as plain arithmetic."""

from collections.abc import Callable, Collection, Mapping

from seqjax.lab.study import Number


class ProgressEstimate:
    """Counts the work of a study.

    The rate counts only work done here, in this process, from its first report on: what
    comes before is mostly compilation, and would make the time left absurd at first.
    Work that an early stop saves, or that was finished before, counts as done but not
    towards the rate.
    """

    def __init__(
        self,
        work: Mapping[str, Number],
        finished: Collection[str],
        clock: Callable[[], float],
    ):
        """Starts with the blocks that are finished already.

        Args:
            work: Expected work of every block.
            finished: Names of the finished ones.
            clock: Seconds, never going back.
        """
        self._work = dict(work)
        self._completed = set(finished)
        self._present: str | None = None
        self._in_present = 0.0
        self._done_here = 0.0
        self._clock = clock
        self._start: float | None = None
        self._block_start = 0.0

    def begin(self, name: str, work: Number) -> None:
        """A block begins, which ends the one before, if anything was done in it."""
        if self._in_present > 0:
            self.end()
        self._present, self._in_present = name, 0.0
        self._block_start = self._clock()
        if work > 0:  # else it is only prepared, and expected as it was
            self._work[name] = work

    def advance(self, work: Number) -> None:
        """Part of the present block is done."""
        self._in_present += work
        if self._start is None:
            self._start = self._clock()
        else:
            self._done_here += work

    def end(self) -> None:
        """The present block, if any, is finished."""
        if self._present is not None:
            self._completed.add(self._present)
        self._present, self._in_present = None, 0.0

    @property
    def position(self) -> int:
        """Number of the present block, from 1, or of finished ones between blocks."""
        return len(self._completed) + (self._present is not None)

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self._work)

    @property
    def share(self) -> float:
        """Share of all work that is done, in [0, 1]."""
        total = sum(self._work.values())
        return self._done / total if total > 0 else 0.0

    @property
    def rate(self) -> float | None:
        """Work per second, None while there is nothing to tell it from."""
        if self._start is None or self._done_here <= 0:
            return None
        elapsed = self._clock() - self._start
        return self._done_here / elapsed if elapsed > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Expected seconds to the end, None while unknown."""
        rate = self.rate
        return None if rate is None else (sum(self._work.values()) - self._done) / rate

    @property
    def block_seconds(self) -> float:
        """Seconds since the present block began."""
        return self._clock() - self._block_start

    @property
    def _done(self) -> float:
        """Work done or spared."""
        done = sum(self._work.get(name, 0.0) for name in self._completed)
        if self._present is not None:
            done += min(self._in_present, self._work[self._present])
        return done


def pace(estimate: ProgressEstimate, unit: str) -> str:
    """Rate and time left, as far as they are known."""
    rate, left = estimate.rate, estimate.seconds_left
    if rate is None or left is None:
        return ""
    return f"{quantity(rate)} {unit}/s, {duration(left)} left"


def quantity(value: Number) -> str:
    """A number to three digits with a thousands letter: 12345.6 is ``12.3k``."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def duration(seconds: Number) -> str:
    """Seconds as ``h:mm:ss`` or ``m:ss``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shown(metrics: Mapping[str, Number | str]) -> str:
    """Metrics on one line: ``accuracy 0.871, loss 0.433``."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in metrics.items()
    )
