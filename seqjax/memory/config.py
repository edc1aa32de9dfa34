"""Settings of the memory study."""

from dataclasses import dataclass

from seqjax.core.checks import check_choices, check_distinct, check_integer
from seqjax.lab.option_groups import (
    BatchParts,
    EarlyStop,
    Evaluation,
    Layers,
    LearningRate,
    Optimizer,
    Seeds,
    Success,
    Weights,
)
from seqjax.tasks import MEMORY_TASKS


@dataclass(frozen=True)
class Config(
    Success,
    Weights,
    Layers,
    Evaluation,
    EarlyStop,
    BatchParts,
    LearningRate,
    Optimizer,
    Seeds,
):
    """One memory study: every cell on every task at every length, over many seeds.

    Attributes:
        tasks: What is to be remembered, among copying (ten symbols after a wait),
            adding (the two marked of T numbers) and recall (the first of T digits).
        cells: Cells to train, among {cells}.
        copying_lengths: Delays T of the copying task; its sequences have T + 20 steps.
        adding_lengths: Lengths T of the adding task, in steps.
        recall_lengths: Lengths T of the recall task, in steps.
    """

    tasks: tuple[str, ...] = ("copying", "adding", "recall")
    cells: tuple[str, ...] = ("rnn", "lstm", "gru")
    copying_lengths: tuple[int, ...] = (1, 5)
    adding_lengths: tuple[int, ...] = (10, 30, 60)
    recall_lengths: tuple[int, ...] = (10, 30, 60)
    batch_size: int = 64
    hidden_size: int = 64
    learning_rate: float = 5e-3
    optimizer: str = "adam"
    initializer: str = "xavier"
    forget_bias: str = "one"
    clip_norm: float = 1.0
    stop_accuracy: float = 0.98
    stop_patience: int = 20
    evaluation_size: int = 2000

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("tasks", self.tasks, MEMORY_TASKS)
        super().__post_init__()
        for task in MEMORY_TASKS:
            self._check_lengths(task)

    def _check_lengths(self, task: str) -> None:
        name, known = f"{task}_lengths", MEMORY_TASKS[task]
        check_distinct(name, self.lengths(task))
        for length in self.lengths(task):
            check_integer(name, length, minimum=known.shortest, hint=known.needs)
        if task in self.tasks and self.forget_bias == "chrono":
            steps = known.num_steps(max(self.lengths(task)))
            if steps < CHRONO_STEPS:
                raise ValueError(
                    f"{name} must reach {CHRONO_STEPS} for the chrono forget bias, "
                    f"not {steps}; give a longer one or another forget_bias"
                )

    def lengths(self, task: str) -> tuple[int, ...]:
        """The lengths T of a task."""
        lengths: tuple[int, ...] = getattr(self, f"{task}_lengths")
        return lengths


CHRONO_STEPS = 3
"""Fewest steps that the chrono forget bias can be drawn for."""
