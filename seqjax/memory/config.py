"""Settings of the memory study."""

from dataclasses import dataclass

from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.tasks import MEMORY_TASKS
from seqjax.train import batch_parts


@dataclass(frozen=True)
class Config:
    """One memory study: every cell on every task at every length, over many seeds.

    Attributes:
        tasks: What is to be remembered, among copying (ten symbols after a wait),
            adding (the two marked of T numbers) and recall (the first of T digits).
        cells: Cells to train, among {cells}.
        copying_lengths: Delays T of the copying task; its sequences have T + 20 steps.
        adding_lengths: Lengths T of the adding task, in steps.
        recall_lengths: Lengths T of the recall task, in steps.
        seeds: Number of seeds per task, cell and length.
        first_seed: Number of the first seed.
        steps: Most updates of one model.
        batch_size: Sequences per update.
        batch_parts: Parts of a batch whose gradients are added up, and which may lie on
            different cores when there are fewer seeds than cores; 0: two on a CPU if
            they divide the batch, else one.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator, which is what was measured to be fastest.
        hidden_size: Units of the recurrent layer.
        layers: Recurrent layers on top of each other.
        learning_rate: Step size.
        optimizer: Among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1 or char-rnn.
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero, one or chrono.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        early_stop: Stop a seed once it has solved its task.
        stop_accuracy: A task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
        success_accuracy: A seed has succeeded if its accuracy (0 to 1) on the
            evaluation set is at least this.
        evaluation_size: Sequences to test on, never trained on if there are enough.
    """

    tasks: tuple[str, ...] = ("copying", "adding", "recall")
    cells: tuple[str, ...] = ("rnn", "lstm", "gru")
    copying_lengths: tuple[int, ...] = (1, 5)
    adding_lengths: tuple[int, ...] = (10, 30, 60)
    recall_lengths: tuple[int, ...] = (10, 30, 60)
    seeds: int = 10
    first_seed: int = 0
    steps: int = 1000
    batch_size: int = 64
    batch_parts: int = 0
    seeds_per_device: int = 0
    hidden_size: int = 64
    layers: int = 1
    learning_rate: float = 5e-3
    optimizer: str = "adam"
    optimizer_flavor: str = "torch"
    initializer: str = "xavier"
    forget_bias: str = "one"
    clip_norm: float = 1.0
    early_stop: bool = True
    stop_accuracy: float = 0.98
    stop_patience: int = 20
    success_accuracy: float = 0.9
    evaluation_size: int = 2000

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_distinct("tasks", self.tasks)
        for task in self.tasks:
            check_choice("tasks", task, MEMORY_TASKS)
        check_fields(self)
        for task in MEMORY_TASKS:
            self._check_lengths(task)
        check_number("success_accuracy", self.success_accuracy, minimum=0, maximum=1)

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

    def parts(self, platform: str) -> int:
        """Parts of a batch on a platform ("cpu", "gpu", ...)."""
        return self.batch_parts or batch_parts(platform, self.batch_size)


CHRONO_STEPS = 3
"""Fewest steps that the chrono forget bias can be drawn for."""
