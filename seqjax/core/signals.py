"""Signals that end a program wait for a place where it can stop."""

from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(KeyboardInterrupt):
    """A signal that ends the program.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Standing:
    """What has come, and what becomes of it.

    Attributes:
        deferring: whether signals wait for the next place to stop.
        shared: whether that is where several processes agree to stop.
        number: of a signal that waits; 0: none.
    """

    deferring = False
    shared = False
    number = 0


def share() -> None:
    """Have all signals wait until several processes agree to stop."""
    _Standing.shared = True


@contextmanager
def deferring() -> Iterator[None]:
    """Inside, a signal waits for the next place where the program can stop.

    An exception out of a signal's handler is lost where it comes within a callback of
    the garbage collector, of which JAX has one, and ends the process within one of
    C++. So the handler takes a note, and `stop_if_signalled` raises.
    """
    _Standing.deferring = True
    try:
        yield
        stop_if_signalled()
    finally:
        _Standing.deferring = False
        if not _Standing.shared:
            forget()


def signalled(number: int) -> bool:
    """Take note of a signal, to stop by at the next place.

    That place also stops what was told to stop at once before, and did not: where the
    exception was lost, as within a callback.

    Args:
        number: of the signal.

    Returns:
        Whether to go on to such a place; False for a second signal.
    """
    if _Standing.number:
        return False
    _Standing.number = number
    return _Standing.shared or _Standing.deferring


def waiting() -> int:
    """The number of the signal that waits; 0: none."""
    return _Standing.number


def forget() -> None:
    """Have no signal wait any more."""
    _Standing.number = 0


def stop_if_signalled() -> None:
    """A place where the program can stop; one of several stops where all agree.

    Raises:
        Stopped: a signal has come.
    """
    number = _Standing.number
    if number and not _Standing.shared:
        forget()
        raise Stopped(number)
