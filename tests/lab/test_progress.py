"""Progress: the arithmetic, the plain lines, and the bar."""

import io
import json
import math
import time

import pytest

from seqjax.lab.reporting.progress import progress
from seqjax.lab.reporting.progress_estimate import (
    ProgressEstimate,
    duration,
    quantity,
    shown,
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """What pretends to be a terminal."""

    def isatty(self) -> bool:
        return True


WORK = {"a": 10.0, "b": 30.0, "c": 60.0}


def test_share_rate_and_time_left() -> None:
    clock = Clock()
    estimate = ProgressEstimate(WORK, ["a"], clock)
    assert (estimate.share, estimate.rate, estimate.seconds_left) == (0.1, None, None)
    estimate.begin("c", 60.0)
    clock.now += 50.0  # it compiles
    estimate.advance(10.0)
    assert estimate.share == pytest.approx(0.2)
    assert (estimate.rate, estimate.seconds_left) == (None, None)
    clock.now += 1.0
    estimate.advance(10.0)
    assert estimate.share == pytest.approx(0.3)
    assert estimate.rate == pytest.approx(10.0)
    assert estimate.seconds_left == pytest.approx(7.0)
    # An early stop: the next block completes the share, but not the rate.
    estimate.begin("b", 30.0)
    assert estimate.share == pytest.approx(0.7)
    assert estimate.position == 3
    assert estimate.rate == pytest.approx(10.0)
    clock.now += 1.0
    estimate.advance(40.0)
    assert estimate.share == pytest.approx(1.0)
    estimate.end()
    assert estimate.share == pytest.approx(1.0)
    assert estimate.seconds_left == pytest.approx(0.0)


def test_a_block_may_correct_its_expected_work() -> None:
    estimate = ProgressEstimate({"a": 10.0, "b": 10.0}, [], Clock())
    estimate.begin("a", 30.0)
    estimate.advance(10.0)
    assert estimate.share == pytest.approx(0.25)


def test_a_block_that_is_only_prepared_is_not_done() -> None:
    estimate = ProgressEstimate({"a": 10.0, "b": 30.0}, [], Clock())
    estimate.begin("b", 0)
    estimate.advance(0)
    assert (estimate.position, estimate.share) == (1, 0.0)
    estimate.begin("a", 10.0)
    estimate.advance(5.0)
    assert (estimate.position, estimate.share) == (1, 0.125)
    estimate.end()
    estimate.begin("b", 10.0)
    estimate.advance(5.0)
    assert (estimate.position, estimate.count, estimate.share) == (2, 2, 0.75)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "0.123"),
        (999.4, "999"),
        (999.9, "1k"),
        (12345.6, "12.3k"),
        (2.5e6, "2.5M"),
        (3e9, "3G"),
    ],
)
def test_quantities(value: float, text: str) -> None:
    assert quantity(value) == text


def test_durations_and_metrics() -> None:
    assert [duration(s) for s in (0, 59.4, 59.6, 3599, 3600, 36061)] == [
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "10:01:01",
    ]
    assert shown({"accuracy": 0.87123, "seeds": 3, "cell": "rnn"}) == (
        "accuracy 0.871, seeds 3, cell rnn"
    )


def test_plain_lines_come_at_most_every_few_seconds() -> None:
    clock, stream = Clock(), io.StringIO()
    with progress(WORK, ["a"], "steps", stream, clock) as reporter:
        reporter.block("b", "the second", 30.0)
        for i in range(12):
            clock.now += 1.0
            reporter.advance(2.0, {"accuracy": i / 10})
        reporter.saved("b")
        reporter.block("c", "the third", 60.0)
        clock.now += 4.9
        reporter.advance(1.0, {})
        clock.now += 0.2
        reporter.advance(1.0, {})
        reporter.saved("c")
    assert stream.getvalue().splitlines() == [
        "[2/3  10%] b: begins (the second)",
        "[2/3  20%] b: accuracy 0.4 | 2 steps/s, 0:40 left",
        "[2/3  30%] b: accuracy 0.9 | 2 steps/s, 0:35 left",
        "[2/3  40%] b: done in 12.0 s",
        "[3/3  40%] c: begins (the third)",
        "[3/3  42%] c: 1.49 steps/s, 0:39 left",
        "[3/3 100%] c: done in 5.1 s",
    ]


def test_json_is_an_object_per_line() -> None:
    clock, stream = Clock(), io.StringIO()
    with progress(WORK, ["a"], "steps", stream, clock, "json") as reporter:
        reporter.block("b", "the second", 30.0)
        for i in range(5):
            clock.now += 0.5
            reporter.advance(2.0, {"accuracy": i / 10, "loss": math.nan})
        reporter.saved("b")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(abs(each.pop("time") - time.time()) < 60 for each in told)
    assert [each["event"] for each in told] == ["begins", *["advances"] * 2, "saved"]
    assert {(e["block"], e["position"], e["count"], e["unit"]) for e in told} == {
        ("b", 2, 3, "steps")
    }
    first, second, third, last = told
    assert (first["description"], first["rate"], first["metrics"]) == (
        *("the second", None),
        {},
    )
    assert second["metrics"] == {"accuracy": 0.1, "loss": None}
    assert (second["share"], third["share"], last["share"]) == (0.14, 0.18, 0.4)
    assert (third["rate"], third["seconds_left"]) == (4.0, pytest.approx(82 / 4))
    assert last["seconds"] == 2.5


def test_form_is_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for form, shown_as in (("lines", "[1/3   0%] a: begins (x)\n"), ("none", "")):
        stream = Terminal()
        with progress(WORK, [], "steps", stream, Clock(), form) as reporter:
            reporter.block("a", "x", 10.0)
        assert stream.getvalue() == shown_as
    stream = Terminal()
    with progress(WORK, [], "steps", stream, Clock(), "none") as reporter:
        reporter.advance(1.0, {})
        reporter.saved("a")
    assert stream.getvalue() == ""


def test_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    clock, stream = Clock(), Terminal()
    with progress(WORK, ["a"], "steps", stream, clock) as reporter:
        reporter.block("b", "LSTM [length 5]", 30.0)
        reporter.advance(2.0, {})
        clock.now += 9.0
        reporter.advance(18.0, {"accuracy": 0.75})
        reporter.saved("b")
    text = stream.getvalue()
    for part in ("2/3 LSTM [length 5]", "40%", "2 steps/s, 0:30 left", "accuracy 0.75"):
        assert part in text
