"""Settings of the frequency study."""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from seqjax.core.checks import check_choice, check_choices, check_integer, check_number
from seqjax.lab.option_groups import (
    AnyLengthWeights,
    Evaluation,
    HiddenSize,
    LearningRate,
    Optimizer,
    Seeds,
    Success,
)
from seqjax.nn.batch_norm import NORMALIZED
from seqjax.nn.gated_recurrent import GATED_CELLS
from seqjax.phased.options import Duration, Gate
from seqjax.tasks.frequency import SAMPLINGS

MODELS = ("phased", "bn-lstm", "lstm")
"""The contenders; the first is what the others are compared with."""


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    regime: str
    model: str

    @property
    def name(self) -> str:
        """The block's."""
        return f"{self.regime}-{self.model}"

    @classmethod
    def all(cls, config: "FrequencyConfig") -> list["Setting"]:
        """In the order of the results: regimes outside, models inside."""
        return [cls(*each) for each in product(config.regimes, config.models)]


@dataclass(frozen=True)
class FrequencyConfig(
    Duration,
    Gate,
    AnyLengthWeights,
    HiddenSize,
    Success,
    Evaluation,
    LearningRate,
    Optimizer,
    Seeds,
):
    """One frequency study: every model in every regime, over many seeds.

    Attributes:
        regimes: When the waves are looked at, among standard (every ms),
            high-resolution (every 0.1 ms, ten times the work) and asynchronous (at
            random times).
        models: Contenders, among phased, bn-lstm and lstm.
        epochs: Epochs of every training; fewer where the budget says so.
        budget: Minutes for everything. An epoch of every model is timed at the start,
            and all of them are trained for as many as fit, the same number each; none:
            no limit.
        epoch_size: Fresh waves of an epoch, rounded up to whole batches.
        batch_size: Waves per update.
        phased_cell: Cell that the phased model gates: {cells} or peephole.
        normalized: What the bn-lstm normalises: cell (Cooijmans et al. 2016), or input,
            as the programs of Neil et al. (2016) do.
    """

    regimes: tuple[str, ...] = ("standard",)
    models: tuple[str, ...] = MODELS
    seeds: int = 3
    epochs: int = 70
    budget: float | None = None
    epoch_size: int = 5000
    batch_size: int = 32
    hidden_size: int = 110
    optimizer: str = "adam"
    phased_cell: str = "lstm"
    normalized: str = "cell"
    success_accuracy: float = 0.95
    evaluation_size: int = 512

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("regimes", self.regimes, SAMPLINGS)
        check_choices("models", self.models, MODELS)
        super().__post_init__()
        for name in ("epochs", "epoch_size"):
            check_integer(name, getattr(self, name), minimum=1)
        if self.budget is not None:
            check_number(
                "budget",
                self.budget,
                minimum=0.0,
                exclusive=True,
                hint="give minutes, or none",
            )
        check_choice("phased_cell", self.phased_cell, GATED_CELLS)
        check_choice("normalized", self.normalized, NORMALIZED)

    @property
    def updates_per_epoch(self) -> int:
        """Batches of an epoch."""
        return -(-self.epoch_size // self.batch_size)
