"""Settings of the study of trees."""

from dataclasses import dataclass

from seqjax.core.cells import CELLS
from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.core.trees import TREE_CELLS
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.tasks.expressions import GRAMMARS

MODELS = (*TREE_CELLS, *CELLS)
"""Cells of trees, and cells that read the same expressions as strings."""

DEEPEST = 12
"""Expressions have hundreds of nodes then."""


@dataclass(frozen=True)
class TreesConfig:
    """Settings of one study of expressions: every model on every task, over many seeds.

    Attributes:
        tasks: What expressions are made of: boolean (and, or, not), listops (maximum,
            minimum, sum modulo 10, of two digits), ordered (first and last instead of
            the sum, so that the order counts).
        models: What reads them: child-sum and binary are Tree-LSTMs; {cells} read the
            same expression as a string with brackets.
        train_depth: Depths from 1 to this are trained on, each equally often.
        test_depth: Depths from 1 to this are tested on.
        seeds: Number of seeds per task and model.
        first_seed: Number of the first seed.
        steps: Most updates of one model.
        batch_size: Expressions per update.
        training_size: Expressions to train on, in batches that stay together; the same
            for all seeds and models, each seed in an order of its own.
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator.
        hidden_size: Units.
        learning_rate: Step size.
        optimizer: Among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1 or char-rnn.
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of all LSTMs at the start: zero or one.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
        early_stop: Stop a seed once it has solved its task.
        stop_accuracy: A task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
        success_accuracy: A seed has succeeded at a depth if its accuracy (0 to 1) there
            is at least this.
        evaluation_size: Expressions per depth to test on, never trained on if there are
            enough of that depth.
    """

    tasks: tuple[str, ...] = ("boolean", "listops")
    models: tuple[str, ...] = ("child-sum", "binary", "lstm")
    train_depth: int = 4
    test_depth: int = 8
    seeds: int = 10
    first_seed: int = 0
    steps: int = 2000
    batch_size: int = 64
    training_size: int = 51_200
    seeds_per_device: int = 0
    hidden_size: int = 32
    learning_rate: float = 1e-2
    optimizer: str = "adam"
    optimizer_flavor: str = "torch"
    initializer: str = "xavier"
    forget_bias: str = "one"
    clip_norm: float = 1.0
    early_stop: bool = True
    stop_accuracy: float = 0.995
    stop_patience: int = 30
    success_accuracy: float = 0.9
    evaluation_size: int = 500

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        for name, values, known in (
            ("tasks", self.tasks, GRAMMARS),
            ("models", self.models, MODELS),
        ):
            check_distinct(name, values)
            for value in values:
                check_choice(name, value, known)
        check_fields(self)
        check_choice("forget_bias", self.forget_bias, ("zero", "one"))
        check_number("success_accuracy", self.success_accuracy, minimum=0, maximum=1)
        check_integer("train_depth", self.train_depth, minimum=1)
        check_integer("test_depth", self.test_depth, minimum=1)
        for name in ("train_depth", "test_depth"):
            depth = getattr(self, name)
            if depth > DEEPEST:
                raise ValueError(
                    f"{name} must be at most {DEEPEST}, not {depth}; the number of "
                    "nodes doubles every other level"
                )
        if self.test_depth < self.train_depth:
            raise ValueError(
                f"test_depth must be at least train_depth ({self.train_depth}), not "
                f"{self.test_depth}; what is trained on is tested too"
            )
        check_integer("training_size", self.training_size, minimum=1)
        if self.training_size % self.batch_size:
            raise ValueError(
                f"training_size must be a multiple of batch_size ({self.batch_size}), "
                f"not {self.training_size}; batches stay together"
            )

    @property
    def seed_numbers(self) -> range:
        """The seeds."""
        return range(self.first_seed, self.first_seed + self.seeds)

    @property
    def depths(self) -> range:
        """All depths that are tested on."""
        return range(1, self.test_depth + 1)


def settings(config: TreesConfig) -> list[tuple[str, str]]:
    """Task and model of every block: tasks outside, models inside."""
    return [(task, model) for task in config.tasks for model in config.models]


def block_name(task: str, model: str) -> str:
    """The name of one block."""
    return f"{task}-{model}"
