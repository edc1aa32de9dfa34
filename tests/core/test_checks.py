"""The words of every message."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)


def said_by(check: Callable[..., Any], *args: Any, **options: Any) -> str:
    """What a user without run-time type checks reads."""
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(check)(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("value", [-3, 0, 2.5, 2.0, True, "4", None, np.float64(3)])
def test_integer(value: object) -> None:
    assert said_by(check_integer, "seeds", value, minimum=1) == (
        f"seeds must be an integer of at least 1, not {value!r}; give 1 or more"
    )


def test_integer_with_a_hint() -> None:
    assert said_by(check_integer, "steps", 1, minimum=2, hint="try 100") == (
        "steps must be an integer of at least 2, not 1; try 100"
    )


@pytest.mark.parametrize("value", [2, 3, 10**30, np.int64(2), np.uint8(3)])
def test_f16_integers_pass_numpy_s_too(value: int) -> None:
    check_integer("seeds", value, minimum=2)


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (math.nan, {}, "rate must be a finite number, not nan"),
        (math.inf, {}, "rate must be a finite number, not inf"),
        ("1", {}, "rate must be a finite number, not '1'"),
        (None, {}, "rate must be a finite number, not None"),
        (True, {}, "rate must be a finite number, not True"),
        (math.nan, {"finite": False}, "rate must be a number, not nan"),
        (-1, {"minimum": 0}, "rate must be a finite number of at least 0, not -1"),
        (
            0.0,
            {"minimum": 0, "exclusive": True},
            "rate must be a finite number above 0, not 0.0",
        ),
        (
            math.nan,
            {"minimum": 0.0, "exclusive": True, "hint": "a usual value is 1e-3"},
            "rate must be a finite number above 0, not nan; a usual value is 1e-3",
        ),
        (
            -math.inf,
            {"minimum": 0, "finite": False},
            "rate must be a number of at least 0, not -inf",
        ),
        (3, {"maximum": 2.5}, "rate must be a finite number of at most 2.5, not 3"),
        (
            1.5,
            {"minimum": 0, "maximum": 0.999},
            "rate must be a finite number between 0 and 0.999, not 1.5",
        ),
        (
            0,
            {"minimum": 0, "maximum": 1, "exclusive": True},
            "rate must be a finite number above 0 and at most 1, not 0",
        ),
    ],
)
def test_number(value: object, options: dict[str, Any], message: str) -> None:
    assert said_by(check_number, "rate", value, **options) == message


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (0, {"minimum": 0, "maximum": 1}),
        (1, {"minimum": 0, "maximum": 1, "exclusive": True}),
        (1e-300, {"minimum": 0, "exclusive": True}),
        (-1e300, {}),
        (math.inf, {"minimum": 0, "finite": False}),
        (np.float64(0.5), {"maximum": 0.5}),
    ],
)
def test_number_passes(value: float, options: dict[str, Any]) -> None:
    check_number("rate", value, **options)


def test_choice() -> None:
    names = ("sgd", "adam", "rmsprop")
    for name in names:
        check_choice("optimizer", name, names)
    listing = "optimizer must be one of sgd, adam, rmsprop, not "
    assert said_by(check_choice, "optimizer", "adma", names) == (
        f"{listing}'adma'; did you mean 'adam'?"
    )
    assert said_by(check_choice, "optimizer", "zzz", names) == f"{listing}'zzz'"
    assert said_by(check_choice, "optimizer", 3, dict.fromkeys(names)) == f"{listing}3"


def test_distinct() -> None:
    check_distinct("lengths", (5, 10, 15))
    assert said_by(check_distinct, "lengths", ()) == (
        "lengths must name at least one value, not none; give one or more"
    )
    assert said_by(check_distinct, "lengths", (10, 5, 7, 5, 10)) == (
        "lengths must not repeat a value, but 5 is there twice; give it once"
    )
    assert said_by(check_distinct, "cells", ["rnn", "rnn"]) == (
        "cells must not repeat a value, but 'rnn' is there twice; give it once"
    )
    assert said_by(check_distinct, "dropout", [0.0, None, None]) == (
        "dropout must not repeat a value, but None is there twice; give it once"
    )
