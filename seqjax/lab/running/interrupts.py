"""What ends a program from outside: Ctrl-C, SIGTERM, SIGHUP.

A batch system sends SIGTERM, a terminal or a connection that closes SIGHUP. All are a
`KeyboardInterrupt`, so that whatever saves its work before one of them
does so before all. SIGKILL cannot be told of; a run is valid at every instant for that.
While a study runs they wait for the next place to stop, half a second of training
away, which is the same in all processes that train together; a second one does not.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from seqjax.core import signals
from seqjax.core.signals import Stopped, signalled

_TOLD: dict[int, str] = {
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "the terminal has closed",
}


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise `Stopped`, and Ctrl-C a `KeyboardInterrupt`.

    Where the process was started to ignore it, it still does; in a thread that is not
    the main one nothing changes, for Python lets only that one handle signals.
    """
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in _TOLD:
                _handle(stack, number, signal.SIG_DFL, _stop)
            _handle(stack, signal.SIGINT, signal.default_int_handler, _interrupt)
            stack.callback(signals.forget)
        yield


def told(interrupt: KeyboardInterrupt) -> tuple[str, int]:
    """What happened, in a word, and the exit status that says so: 128 + its number.

    Args:
        interrupt: as caught.
    """
    number = interrupt.number if isinstance(interrupt, Stopped) else signal.SIGINT
    return _TOLD.get(number, "interrupted"), 128 + number


def _handle(
    stack: ExitStack, number: int, usual: Any, handler: Callable[..., None]
) -> None:
    """Handle a signal until the stack unwinds, unless somebody handles it already."""
    before = signal.getsignal(number)
    if before is usual:
        signal.signal(number, handler)
        stack.callback(signal.signal, number, before)


def _stop(number: int, _: object) -> None:
    if not signalled(number):
        raise Stopped(number)


def _interrupt(*_: object) -> None:
    if not signalled(signal.SIGINT):
        raise KeyboardInterrupt
