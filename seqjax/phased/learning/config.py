"""Settings of the study of what a gate learns."""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from seqjax.core.checks import check_choices
from seqjax.core.gate_params import PARAMETERS
from seqjax.phased.options import Duration, GatedCell, GatedTraining, OpenRatio

ALL, NONE = "all", "none"

PAIRS = {"-".join(pair): pair for pair in combinations(PARAMETERS, 2)}

LEARNT: dict[str, tuple[str, ...]] = {
    ALL: PARAMETERS,
    NONE: (),
    **{name: (name,) for name in PARAMETERS},
    **PAIRS,
}
"""What is learnt of the gates, by the name of the choice."""


class Setting(NamedTuple):
    """What one block trains, for all seeds: a choice."""

    learnt: str


@dataclass(frozen=True)
class LearningConfig(Duration, OpenRatio, GatedCell, GatedTraining):
    """One study of what a gate learns: every choice over many seeds.

    Attributes:
        choices: What is learnt of the gates, among all, none, period, shift,
            open_ratio, and the pairs period-shift, period-open_ratio and
            shift-open_ratio. The rest keeps its first value. All choices start from the
            same networks.
    """

    choices: tuple[str, ...] = (ALL, NONE, *PARAMETERS)
    seeds: int = 8
    steps: int = 3000
    batch_size: int = 32
    hidden_size: int = 32
    learning_rate: float = 3e-3
    stop_accuracy: float = 0.97
    success_accuracy: float = 0.95
    evaluation_size: int = 512

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("choices", self.choices, LEARNT)
        super().__post_init__()
