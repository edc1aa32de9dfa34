"""Settings of the palindrome study and the protocols of the reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqjax.core.checks import (
    check_choice,
    check_distinct,
)
from seqjax.lab.command_line.option_rules import check_fields, check_palindrome_length
from seqjax.train import batch_parts


@dataclass(frozen=True)
class Config:
    """One palindrome study: every cell at every length, over many seeds.

    Attributes:
        protocol: Preset that all other options override: course, report-000,
            report-001, report-002 or report-003.
        cells: Cells to train, among {cells}.
        lengths: Digits T of the palindromes; the network reads T - 1 of them.
        seeds: Number of seeds per cell and length.
        first_seed: Number of the first seed.
        steps: Most updates of one model.
        batch_size: Palindromes per update.
        batch_parts: Parts of a batch whose gradients are added up, and which may lie on
            different cores when there are fewer seeds than cores; 0: two on a CPU if
            they divide the batch, else one.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator, which is what was measured to be fastest.
        hidden_size: Units of the recurrent layer.
        layers: Recurrent layers on top of each other.
        learning_rate: Step size; one for all lengths, or one per length.
        optimizer: Among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1 or char-rnn.
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero, one or chrono.
        encoding: Input digit as one float (scalar) or one-hot vector (onehot).
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        early_stop: Stop a seed once it has solved its task.
        stop_accuracy: A task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
        evaluation_size: Palindromes to test on, never trained on if there are enough.
    """

    protocol: str = "course"
    cells: tuple[str, ...] = ("rnn", "lstm")
    lengths: tuple[int, ...] = (5, 10, 15)
    seeds: int = 10
    first_seed: int = 0
    steps: int = 1000
    batch_size: int = 128
    batch_parts: int = 0
    seeds_per_device: int = 0
    hidden_size: int = 128
    layers: int = 1
    learning_rate: tuple[float, ...] = (1e-3,)
    optimizer: str = "rmsprop"
    optimizer_flavor: str = "torch"
    initializer: str = "he"
    forget_bias: str = "zero"
    encoding: str = "scalar"
    clip_norm: float = 10.0
    early_stop: bool = True
    stop_accuracy: float = 0.998
    stop_patience: int = 100
    evaluation_size: int = 4000

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choice("protocol", self.protocol, PROTOCOLS)
        check_fields(self)
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

    def parts(self, platform: str) -> int:
        """Parts of a batch on a platform ("cpu", "gpu", ...)."""
        return self.batch_parts or batch_parts(platform, self.batch_size)

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
    # "Until convergence" was tested as two equal losses in a row; the report shows the
    # first 3000 updates, and so do we.
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
