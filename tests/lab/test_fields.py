"""An option that several studies have is refused by the same words in all of them."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from seqjax.lab.command_line.option_rules import check_fields, check_palindrome_length
from tests.registered import CELL_NAMES


@dataclass(frozen=True)
class One:
    seeds: int = 2
    first_seed: int = 0
    batch_size: int = 6
    batch_parts: int = 2
    cell: str = "gru"
    initializer: str = "he"
    optimizer: str = "adam"
    optimizer_flavor: str = "torch"
    learning_rate: float = 1e-3
    clip_norm: float = float("inf")
    stop_accuracy: float = 1.0
    unknown: int = -1


@dataclass(frozen=True)
class Many:
    cells: tuple[str, ...] = ("rnn", "lstm")
    learning_rates: tuple[float, ...] = (1e-3, 1e-2)
    learning_rate: tuple[float, ...] = (1e-3, 1e-3)
    optimizers: tuple[str, ...] = ("sgd", "adam")
    optimizer_flavor: str = "torch"


WRONG: list[tuple[Any, str]] = [
    (One(seeds=0), "seeds must be an integer of at least 1, not 0; give 1 or more"),
    (
        One(first_seed=-1),
        "first_seed must be an integer of at least 0, not -1; give 0 or more",
    ),
    (
        One(batch_parts=4),
        "batch_parts must divide batch_size (6), not 4; give 0 to have it chosen",
    ),
    (
        One(cell="lstn"),
        f"cell must be one of {CELL_NAMES}, not 'lstn'; did you mean 'lstm'?",
    ),
    (
        One(learning_rate=0.0),
        "learning_rate must be a finite number above 0, not 0.0; try 1e-3",
    ),
    (
        One(clip_norm=0.0),
        "clip_norm must be a number above 0, not 0.0; give inf for none",
    ),
    (
        One(stop_accuracy=1.1),
        "stop_accuracy must be a finite number between 0 and 1, not 1.1",
    ),
    (
        Many(cells=("rnn", "rnn")),
        "cells must not repeat a value, but 'rnn' is there twice; give it once",
    ),
    (Many(cells=()), "cells must name at least one value, not none; give one or more"),
    (
        Many(learning_rates=(1e-3, -1.0)),
        "learning_rates must be a finite number above 0, not -1.0; try 1e-3",
    ),
]


@pytest.mark.parametrize(("config", "words"), WRONG)
def test_one_line_names_what_is_wrong(config: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        check_fields(config)


def test_what_is_right_or_unknown_or_the_study_s_own_passes() -> None:
    check_fields(One())
    check_fields(Many())
    check_fields(One(seeds=0), own=("seeds",))


def test_an_optimiser_has_to_have_the_flavour() -> None:
    with pytest.raises(ValueError, match="char-rnn"):
        check_fields(Many(optimizer_flavor="char-rnn"))


def test_a_palindrome_needs_digits() -> None:
    check_palindrome_length("length", 2)
    with pytest.raises(ValueError, match=r"^length must .* 2, not 1; a palindrome"):
        check_palindrome_length("length", 1)
    with pytest.raises(ValueError, match=r"^length must .* 4, not 3; the chrono"):
        check_palindrome_length("length", 3, "chrono")
