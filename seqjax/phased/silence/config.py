"""Settings of the silence study."""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from seqjax.core.checks import (
    check_choices,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.lab.option_groups import HiddenSize, Weights
from seqjax.phased.options import Gate, GatedTraining

MODELS = ("phased", "lstm")
"""With the gate and without; the first is compared with the second."""


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    model: str
    length: int

    @property
    def name(self) -> str:
        """The block's: ``lstm-0063``."""
        return f"{self.model}-{self.length:04d}"

    @classmethod
    def all(cls, config: "SilenceConfig") -> list["Setting"]:
        """In the order of the results: models outside, lengths inside."""
        return [cls(*each) for each in product(config.models, config.lengths)]


@dataclass(frozen=True)
class SilenceConfig(Gate, Weights, HiddenSize, GatedTraining):
    """One silence study: every model at every length of silence, over many seeds.

    Attributes:
        models: Contenders, among phased (the gated LSTM) and lstm (the plain one).
        lengths: Lengths T of the silence in steps; sequences have T + 2 copied steps.
        copied: Symbols (of eight) to be copied across the silence.
        shortest_period: Shortest period that a gate starts from, in steps ...
        longest_period: ... and the longest one, in lengths of the silence (but no
            shorter than the shortest); periods are log-uniform between.
    """

    models: tuple[str, ...] = MODELS
    lengths: tuple[int, ...] = (20, 63, 200, 632, 2000)
    copied: int = 1
    seeds: int = 6
    steps: int = 500
    batch_size: int = 16
    hidden_size: int = 64
    learning_rate: float = 5e-3
    clip_norm: float = 1.0
    initializer: str = "xavier"
    forget_bias: str = "one"
    shortest_period: float = 10.0
    longest_period: float = 2.0
    stop_accuracy: float = 0.98
    evaluation_size: int = 128

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("models", self.models, MODELS)
        check_distinct("lengths", self.lengths)
        for length in self.lengths:
            hint = "the marker is the last step of the silence"
            check_integer("lengths", length, minimum=1, hint=hint)
        check_integer("copied", self.copied, minimum=1)
        super().__post_init__()
        for name, hint in (
            ("shortest_period", "give the time from opening to opening"),
            ("longest_period", "give a number of silences"),
        ):
            value = getattr(self, name)
            check_number(name, value, minimum=0.0, exclusive=True, hint=hint)
