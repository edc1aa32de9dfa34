"""What ends a program from outside: Ctrl-C, and SIGTERM as a batch system sends it.

Both are a `KeyboardInterrupt`, so that whatever saves its work before the one does so
before the other. SIGKILL cannot be told of; a run is valid at every instant for that.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """SIGTERM has come."""


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM raises `Terminated`.

    Where the process was started to ignore it, it still does; in a thread that is not
    the main one nothing changes, for Python lets only that one handle signals.
    """
    before = signal.getsignal(signal.SIGTERM)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or before not in (signal.SIG_DFL, _terminate):
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def told(interrupt: KeyboardInterrupt) -> tuple[str, int]:
    """What happened, in a word, and the exit status that says so: 128 + its number.

    Args:
        interrupt: as caught.
    """
    if isinstance(interrupt, Terminated):
        return "terminated", 128 + signal.SIGTERM
    return "interrupted", 128 + signal.SIGINT


def _terminate(*_: object) -> None:
    raise Terminated
