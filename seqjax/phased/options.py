"""Options that studies of time gates share, each with its text and rule once."""

from dataclasses import dataclass
from typing import ClassVar

from seqjax.core.checks import check_choice, check_choices, check_integer, check_number
from seqjax.core.gate_params import PARAMETERS
from seqjax.lab.option_groups import (
    AnyLengthWeights,
    EarlyStop,
    Evaluation,
    HiddenSize,
    LearningRate,
    Optimizer,
    OptionGroup,
    Seeds,
    Success,
    Updates,
)
from seqjax.nn.gated_recurrent import GATED_CELLS
from seqjax.tasks.frequency import LONGEST, SHORTEST


@dataclass(frozen=True)
class GatedTraining(
    Success, Evaluation, EarlyStop, LearningRate, Optimizer, Updates, Seeds
):
    """Training of gates of which some numbers may be held."""

    optimizer: str = "adam"
    stop_patience: int = 20

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        if self.optimizer == "adamw":
            raise ValueError(
                "optimizer must move nothing without a gradient, as a gate that is not "
                "learnt has none, not 'adamw'; give 'adam'"
            )


@dataclass(frozen=True)
class GatedCell(AnyLengthWeights, HiddenSize):
    """Network.

    Attributes:
        cell: Cell that is gated: {cells} or peephole.
    """

    own: ClassVar[tuple[str, ...]] = (*AnyLengthWeights.own, "cell")

    cell: str = "lstm"

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_choice("cell", self.cell, GATED_CELLS)


@dataclass(frozen=True)
class OpenRatio(OptionGroup):
    """Gate.

    Attributes:
        open_ratio: What open ratios start from (above 0, at most 1).
    """

    open_ratio: float = 0.05

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_open_ratio("open_ratio", self.open_ratio)


@dataclass(frozen=True)
class Gate(OpenRatio):
    """Gate.

    Attributes:
        learnt: What the gates learn, among period, shift and open_ratio.
    """

    learnt: tuple[str, ...] = PARAMETERS

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_choices("learnt", self.learnt, PARAMETERS)


@dataclass(frozen=True)
class Duration(OptionGroup):
    """Waves.

    Attributes:
        longest: Longest duration of a wave in ms.
    """

    longest: int = LONGEST

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_integer(
            "longest",
            self.longest,
            minimum=SHORTEST,
            hint="that is the shortest duration of a wave in ms",
        )


def check_open_ratio(name: str, value: float) -> None:
    """Raise ValueError unless an option of this name can be an open ratio."""
    check_number(
        name,
        value,
        minimum=0.0,
        maximum=1.0,
        exclusive=True,
        hint="give the share of a period for which the gate is open",
    )
