"""Settings of the palindrome study and the protocols of the reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqjax.core.checks import check_choice, check_distinct
from seqjax.lab.command_line.option_rules import check_palindrome_length
from seqjax.lab.option_groups import (
    BatchParts,
    EarlyStop,
    Evaluation,
    Layers,
    Optimizer,
    Seeds,
    Weights,
)


@dataclass(frozen=True)
class Config(Weights, Layers, Evaluation, EarlyStop, BatchParts, Optimizer, Seeds):
    """One palindrome study: every cell at every length, over many seeds.

    Attributes:
        protocol: Preset that all other options override: course, report-000,
            report-001, report-002 or report-003.
        cells: Cells to train, among {cells}.
        lengths: Digits T of the palindromes; the network reads T - 1 of them.
        learning_rate: Step size; one for all lengths, or one per length.
        encoding: Input digit as one float (scalar) or one-hot vector (onehot).
    """

    protocol: str = "course"
    cells: tuple[str, ...] = ("rnn", "lstm")
    lengths: tuple[int, ...] = (5, 10, 15)
    learning_rate: tuple[float, ...] = (1e-3,)
    encoding: str = "scalar"

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choice("protocol", self.protocol, PROTOCOLS)
        super().__post_init__()
        check_distinct("lengths", self.lengths)
        for length in self.lengths:
            check_palindrome_length("lengths", length)
        check_palindrome_length("lengths", max(self.lengths), self.forget_bias)
        if len(self.learning_rate) not in (1, len(self.lengths)):
            raise ValueError(
                f"learning_rate must have one value or one per length "
                f"({len(self.lengths)}), not {len(self.learning_rate)}; "
                "give one to use it everywhere"
            )

    def rate(self, length: int) -> float:
        """The learning rate at a length."""
        if len(self.learning_rate) == 1:
            return self.learning_rate[0]
        return self.learning_rate[self.lengths.index(length)]


# What each report states; what it leaves out is the course's default above. Lengths are
# digits of the palindrome. Reports 000 and 002 name a range: the grid of 5 is ours.
PROTOCOLS: dict[str, dict[str, Any]] = {
    "course": {},
    "report-000": {
        "cells": ("rnn", "lstm"),
        "lengths": (5, 10, 15, 20, 25, 30),
        "batch_size": 1024,
        "steps": 10_000,
    },
    "report-001": {
        "cells": ("rnn", "lstm"),
        "lengths": (*range(5, 16), 20, 30, 40, 50),
        "seeds": 2,
        "steps": 10_000,
    },
    "report-002": {
        "cells": ("rnn", "lstm"),
        "lengths": (5, 10, 15, 20, 25, 30, 35),
        "steps": 10_000,
    },
    # "Until convergence of the loss", which is no number; the report shows the first
    # 3000 updates, and so do we.
    "report-003": {
        "cells": ("rnn", "lstm"),
        "lengths": tuple(range(5, 24, 2)),
        "steps": 3000,
        "early_stop": False,
    },
}


def resolve(explicit: Mapping[str, Any]) -> Config:
    """The configuration of the options given explicitly, on top of their protocol."""
    protocol = explicit.get("protocol", "course")
    check_choice("protocol", protocol, PROTOCOLS)
    options = {**PROTOCOLS[protocol], **explicit}
    if protocol == "report-000" and "learning_rate" not in explicit:
        lengths = options["lengths"]
        options["learning_rate"] = tuple(1e-3 if n < 10 else 1e-2 for n in lengths)
    return Config(**options)
