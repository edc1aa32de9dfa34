"""Signals that end a program become exceptions, but only where nobody objects."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from seqjax.core.signals import Stopped, deferring, stop_if_signalled
from seqjax.lab.running.interrupts import terminable, told


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    numbers = signal.SIGTERM, signal.SIGINT, signal.SIGHUP
    before = [signal.getsignal(number) for number in numbers]
    # A program in the background, or under nohup, is started to ignore some.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


TOLD = {
    signal.SIGTERM: ("terminated", 143),
    signal.SIGINT: ("interrupted", 130),
    signal.SIGHUP: ("the terminal has closed", 129),
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_inside_it_is_an_exception_and_outside_it_is_what_it_was(number: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as caught, terminable(), terminable():
        os.kill(os.getpid(), number)
    assert told(caught.value) == TOLD[signal.Signals(number)]
    assert told(KeyboardInterrupt()) == ("interrupted", 130)
    assert signal.getsignal(number) == before == signal.SIG_DFL


def test_a_program_under_nohup_goes_on() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with terminable():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_who_ignores_it_or_handles_it_goes_on_doing_so() -> None:
    heard: list[int] = []
    for handler in (signal.SIG_IGN, lambda number, _: heard.append(number)):
        signal.signal(signal.SIGTERM, handler)
        with terminable():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is handler
    assert heard == [signal.SIGTERM]


def test_another_thread_changes_nothing() -> None:
    handlers: list[object] = []

    def work() -> None:
        with terminable():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.SIG_DFL]


@pytest.mark.parametrize("number", TOLD)
def test_while_a_study_runs_it_waits_for_a_place_to_stop(number: int) -> None:
    came = []

    def run() -> None:
        with terminable(), deferring():
            stop_if_signalled()
            os.kill(os.getpid(), number)
            came.append("went on")
            stop_if_signalled()
            came.append("went too far")

    with pytest.raises(Stopped) as caught:
        run()
    assert came == ["went on"]
    assert told(caught.value) == TOLD[signal.Signals(number)]
    stop_if_signalled()  # nothing is left of it


def test_a_second_one_does_not_wait() -> None:
    came = []

    def run() -> None:
        with terminable(), deferring():
            os.kill(os.getpid(), signal.SIGTERM)
            came.append("went on")
            os.kill(os.getpid(), signal.SIGINT)
            came.append("went too far")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert came == ["went on"]
    stop_if_signalled()


def test_one_that_finds_no_place_stops_at_the_end() -> None:
    with pytest.raises(Stopped), terminable(), deferring():
        os.kill(os.getpid(), signal.SIGTERM)


def test_one_that_a_callback_swallowed_stops_at_the_next_place() -> None:
    """Before a study begins it is told to stop at once; as in JAX's callbacks."""

    def run() -> None:
        with terminable():
            with pytest.raises(Stopped):
                os.kill(os.getpid(), signal.SIGTERM)
            with deferring():
                stop_if_signalled()
                pytest.fail("went too far")

    with pytest.raises(Stopped):
        run()
    stop_if_signalled()
