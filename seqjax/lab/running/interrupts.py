"""What ends a program from outside: Ctrl-C, and SIGTERM as a batch system sends it.

Both are a `KeyboardInterrupt`, so that whatever saves its work before the one does so
before the other. SIGKILL cannot be told of; a run is valid at every instant for that.
While a study runs they wait for the next place to stop, half a second of training
away, which is the same in all processes that train together; a second one does not.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from seqjax.core.signals import Stopped, signalled


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM raises `Stopped`, and Ctrl-C a `KeyboardInterrupt`.

    Where the process was started to ignore it, it still does; in a thread that is not
    the main one nothing changes, for Python lets only that one handle signals.
    """
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            _handle(stack, signal.SIGTERM, signal.SIG_DFL, _terminate)
            _handle(stack, signal.SIGINT, signal.default_int_handler, _interrupt)
        yield


def told(interrupt: KeyboardInterrupt) -> tuple[str, int]:
    """What happened, in a word, and the exit status that says so: 128 + its number.

    Args:
        interrupt: as caught.
    """
    number = interrupt.number if isinstance(interrupt, Stopped) else signal.SIGINT
    word = "terminated" if number == signal.SIGTERM else "interrupted"
    return word, 128 + number


def _handle(
    stack: ExitStack, number: int, usual: Any, handler: Callable[..., None]
) -> None:
    """Handle a signal until the stack unwinds, unless somebody handles it already."""
    before = signal.getsignal(number)
    if before is usual:
        signal.signal(number, handler)
        stack.callback(signal.signal, number, before)


def _terminate(*_: object) -> None:
    if not signalled(signal.SIGTERM):
        raise Stopped(signal.SIGTERM)


def _interrupt(*_: object) -> None:
    if not signalled(signal.SIGINT):
        raise KeyboardInterrupt
