"""Settings of the study of what a gate learns."""

from dataclasses import dataclass
from itertools import combinations

from seqjax.core.checks import check_choice, check_distinct, check_integer
from seqjax.core.gate_params import PARAMETERS
from seqjax.core.initializers import FORGET_BIASES
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.nn.gated_recurrent import GATED_CELLS
from seqjax.phased.running import check_training
from seqjax.tasks.frequency import LONGEST, SHORTEST

ALL, NONE = "all", "none"

PAIRS = {"-".join(pair): pair for pair in combinations(PARAMETERS, 2)}

LEARNT: dict[str, tuple[str, ...]] = {
    ALL: PARAMETERS,
    NONE: (),
    **{name: (name,) for name in PARAMETERS},
    **PAIRS,
}
"""What is learnt of the gates, by the name of the choice."""


@dataclass(frozen=True)
class LearningConfig:
    """One study of what a gate learns: every choice over many seeds.

    Attributes:
        choices: What is learnt of the gates, among all, none, period, shift,
            open_ratio, and the pairs period-shift, period-open_ratio and
            shift-open_ratio. The rest keeps its first value.
        seeds: Number of seeds per choice; all choices start from the same networks.
        first_seed: Number of the first seed.
        steps: Most updates of one model.
        batch_size: Waves per update.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator.
        hidden_size: Units of the recurrent layer.
        learning_rate: Step size.
        optimizer: Among {optimizers}; with torch's constants.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        initializer: Of the matrices: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero or one.
        cell: Cell that is gated: {cells} or peephole.
        open_ratio: What open ratios start from (above 0, at most 1).
        longest: Longest duration of a wave in ms.
        early_stop: Stop a seed once it has solved the task.
        stop_accuracy: The task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
        success_accuracy: A seed has succeeded if its accuracy (0 to 1) on the test set
            is at least this.
        evaluation_size: Waves of the test set, which nothing is ever trained on.
    """

    choices: tuple[str, ...] = (ALL, NONE, *PARAMETERS)
    seeds: int = 8
    first_seed: int = 0
    steps: int = 3000
    batch_size: int = 32
    seeds_per_device: int = 0
    hidden_size: int = 32
    learning_rate: float = 3e-3
    optimizer: str = "adam"
    clip_norm: float = 10.0
    initializer: str = "he"
    forget_bias: str = "zero"
    cell: str = "lstm"
    open_ratio: float = 0.05
    longest: int = LONGEST
    early_stop: bool = True
    stop_accuracy: float = 0.97
    stop_patience: int = 20
    success_accuracy: float = 0.95
    evaluation_size: int = 512

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_distinct("choices", self.choices)
        for name in self.choices:
            check_choice("choices", name, LEARNT)
        check_fields(self, own=("cell", "forget_bias"))
        check_training(self)
        check_choice("cell", self.cell, GATED_CELLS)
        # Chrono is for a memory of a known length.
        check_choice("forget_bias", self.forget_bias, FORGET_BIASES[:2])
        check_integer(
            "longest",
            self.longest,
            minimum=SHORTEST,
            hint="that is the shortest duration of a wave in ms",
        )
