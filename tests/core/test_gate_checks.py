"""What a gated recurrence refuses, in exact words, and what it lets pass."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.boundary import check_lengths
from seqjax.core.gate_checks import check_gate, check_times
from seqjax.core.gate_params import draw_time_gate, time_gate_params
from seqjax.core.time_gate import TimeGate

TIMES = np.array([[0.0, 1.0], [0.5, 2.0], [0.75, 3.5]])

PERIOD = "give the time from opening to opening"
RATIO = "give the share of a period for which the gate is open"


def refused(check: Callable[[], Any]) -> str:
    with pytest.raises(ValueError, match=".") as caught:
        check()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("period", "open_ratio", "message"),
    [
        ([5.0, -2.0], 0.5, f"period must be above 0, not -2; {PERIOD}"),
        (0.0, 0.5, f"period must be above 0, not 0; {PERIOD}"),
        (np.inf, 0.5, f"period must be above 0, not inf; {PERIOD}"),
        (np.nan, 0.5, f"period must be above 0, not nan; {PERIOD}"),
        (5.0, 0.0, f"open_ratio must be above 0 and at most 1, not 0; {RATIO}"),
        (
            5.0,
            [1.0, 1.5],
            f"open_ratio must be above 0 and at most 1, not 1.5; {RATIO}",
        ),
        (5.0, -0.1, f"open_ratio must be above 0 and at most 1, not -0.1; {RATIO}"),
    ],
)
def test_gates(period: Any, open_ratio: Any, message: str) -> None:
    assert refused(lambda: check_gate(period, open_ratio)) == message
    gate = TimeGate(
        *(
            jnp.broadcast_to(jnp.asarray(value, jnp.float32), 2)
            for value in (period, 0.0, open_ratio)
        )
    )
    assert refused(lambda: time_gate_params(gate)) == message


def test_bounds_of_a_gate_to_be_drawn() -> None:
    def draw(**options: Any) -> str:
        return refused(lambda: draw_time_gate(jax.random.key(0), 3, **options))

    assert draw(period=(5.0, 1.0)) == (
        "period must be a lower and an upper bound, not (5.0, 1.0); give the smaller "
        "number first"
    )
    assert draw(shift=(1.0, 0.0)) == (
        "shift must be a lower and an upper bound, not (1.0, 0.0); give the smaller "
        "number first"
    )
    assert draw(period=(0.0, 1.0)) == f"period must be above 0, not 0; {PERIOD}"
    assert draw(open_ratio=1.25) == (
        f"open_ratio must be above 0 and at most 1, not 1.25; {RATIO}"
    )


@pytest.mark.parametrize(
    ("place", "value", "before", "message"),
    [
        ((2, 1), 2.0, "2", "from 2 to 2 (sequence 1, step 2)"),
        ((1, 0), -1.5, "0", "from 0 to -1.5 (sequence 0, step 1)"),
        ((1, 1), np.nan, "1", "from 1 to nan (sequence 1, step 1)"),
    ],
)
def test_times(place: Any, value: float, before: str, message: str) -> None:
    times = TIMES.copy()
    times[place] = value
    assert refused(lambda: check_times(jnp.asarray(times), 3, 2)) == (
        f"times must increase along a sequence, not go {message}; sort the samples and "
        "keep one of each time"
    )
    # Past the end of its sequence a time stamp is not looked at.
    ends = np.full(2, 3)
    ends[place[1]] = place[0]
    check_times(jnp.asarray(times), 3, 2, jnp.asarray(ends))


def test_times_of_another_shape() -> None:
    assert refused(lambda: check_times(jnp.zeros((3, 2)), 3, 4)) == (
        "times must be of shape (3, 4), or (3, 1) for all sequences, not (3, 2); give "
        "one time stamp to every step"
    )
    check_times(jnp.arange(3.0)[:, None], 3, 4)


def test_lengths() -> None:
    long = "give longer xs or a shorter length"
    assert refused(lambda: check_lengths(jnp.array([3, 7]), 3, (2,))) == (
        f"lengths must be between 0 and the 3 steps of xs, not 7; {long}"
    )
    assert refused(lambda: check_lengths(jnp.array([-1, 3]), 3, (2,))) == (
        f"lengths must be between 0 and the 3 steps of xs, not -1; {long}"
    )
    assert refused(lambda: check_lengths(jnp.array([3, 3, 1]), 3, (2,))) == (
        "lengths must be one number for each of the 2 sequences of xs, not of shape "
        "(3,); give as many as there are sequences"
    )
    check_lengths(jnp.array([3, 0]), 3, (2,))
    check_lengths(None, 3, (2,))


def test_what_is_not_known_yet_passes() -> None:
    """Under `jit` nothing can be looked at, and nothing fails."""

    def run(times: Any, lengths: Any, number: Any) -> Any:
        check_times(times, 3, 2)
        check_times(jnp.zeros((3, 2)), 3, 2, lengths)
        check_lengths(lengths, 3, (2,))
        check_gate(number, number)
        return times

    jax.jit(run)(jnp.zeros((3, 2)), jnp.array([9, 9]), jnp.array([-1.0]))
