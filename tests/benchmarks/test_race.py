"""The race: nobody wrong takes part, all take turns, quotients are taken in a round."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.harness import ceiling
from benchmarks.harness.race import (
    AGREED,
    WARM_UP,
    Disagreement,
    Entrant,
    Timing,
    check_equal,
    race,
    ratio,
)
from benchmarks.harness.workers import Worker


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker("toys", {}) as made:
        yield made


def enter(worker: Worker, log: Path, name: str, value: float, repeats: int) -> Entrant:
    worker.build(name, "tests.benchmarks.toys:honest", log, name, value)
    return Entrant(name, worker, repeats, units=10.0)


def test_contenders_take_turns(worker: Worker, tmp_path: Path) -> None:
    log = tmp_path / "log"
    entrants = [enter(worker, log, name, 1.0, 4) for name in "abc"]
    timings = race(entrants, rounds=3, tolerance=0.0)
    runs = log.read_text().split("\n")[:-1]
    first = [f"{name} {AGREED}" for name in "abc"]
    warm = [f"{name} 4" for name in "abc" for _ in range(WARM_UP)]
    assert runs[: len(first + warm)] == first + warm
    # One sample each per round, and the order turns.
    assert [run[0] for run in runs[len(first + warm) :]] == list("abcbcacab")
    assert list(timings) == ["a", "b", "c"]
    for timing in timings.values():
        assert len(timing.seconds) == 3
        assert (timing.units, timing.first_units) == (40.0, 10.0 * AGREED)


def test_a_wrong_contender_is_caught_before_any_sample(
    worker: Worker, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    entrants = [enter(worker, log, "a", 1.0, 1), enter(worker, log, "b", 1.1, 1)]
    with pytest.raises(Disagreement, match=r"a and b differ in x by 0\.1 "):
        race(entrants, rounds=3, tolerance=0.05)
    assert log.read_text() == f"a {AGREED}\nb {AGREED}\n"


RIGHT = np.arange(1.0, 7.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"x": RIGHT, "y": RIGHT}, "only one of a and b shows y"),
        ({"y": RIGHT}, "only one of a and b shows x, y"),
        ({"x": RIGHT[:2]}, r"a and b show x as \(3, 2\) and \(2, 2\)"),
        ({"x": RIGHT.T}, r"a and b show x as \(3, 2\) and \(2, 3\)"),
        ({"x": 1.02 * RIGHT}, "a and b differ in x by 0.02 of its norm"),
        ({"x": -RIGHT}, "differ in x by 2 of its norm"),
        ({"x": np.where(RIGHT > 5, np.nan, RIGHT)}, "differ in x by nan"),
    ],
)
def test_a_wrong_result_is_caught(other: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(Disagreement, match=message):
        check_equal({"a": {"x": RIGHT}, "b": other}, tolerance=0.01)


def test_equal_results_pass() -> None:
    near = {"x": 1.005 * RIGHT}
    check_equal({"a": {"x": RIGHT}, "none": {}, "b": near}, tolerance=0.01)
    check_equal({"none": {}}, tolerance=0.0)
    check_equal({"a": {"x": RIGHT}, "b": {"x": RIGHT[:2]}}, tolerance=0.0, rows=2)
    zeros = {"x": np.zeros(3)}
    check_equal({"a": zeros, "b": zeros}, tolerance=0.0)
    with pytest.raises(Disagreement):
        check_equal({"a": zeros, "b": {"x": np.full(3, 0.1)}}, tolerance=0.01)


def timing(*seconds: float, units: float = 1.0) -> Timing:
    return Timing(list(seconds), units, first=10.0, first_units=3.0)


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    # The machine slows down tenfold after the first round. The quotient of the medians
    # is 10 / 10; round by round it is 3, 2 and 1.
    slow, fast = timing(3.0, 20.0, 10.0), timing(1.0, 10.0, 10.0)
    assert ratio(slow, fast) == 2
    # Per unit of work: twice the work in a sample is half the time per unit.
    assert ratio(timing(4.0, units=2.0), timing(1.0)) == 2


def test_a_timing_counts_per_unit_of_work() -> None:
    found = timing(2.0, 4.0, 6.0, units=2.0)
    assert found.median == 2
    assert found.quartiles == (1.5, 2.5)
    assert found.compiling == 10 - 3 * 2
    assert timing(100.0).compiling == 0


def test_a_share_is_of_the_faster_products() -> None:
    timings = {
        ceiling.XLA: timing(2.0, 4.0, 2.0),  # seconds per GFLOP
        ceiling.TORCH: timing(1.0, 2.0, 1.0),
        "own": timing(8.0, 16.0, 8.0),
    }
    assert ceiling.best(timings) == timings[ceiling.TORCH]
    # 4 GFLOP in 8 seconds where the ceiling takes 4.
    assert ceiling.share(timings, "own", 4.0) == 0.5
    del timings[ceiling.TORCH]
    assert ceiling.share(timings, "own", 4.0) == 1.0
