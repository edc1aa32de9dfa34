"""Settings of the study of trees."""

from dataclasses import dataclass

from seqjax.core.cells import CELLS
from seqjax.core.checks import check_choices, check_integer
from seqjax.core.trees import TREE_CELLS
from seqjax.lab.option_groups import (
    AnyLengthWeights,
    EarlyStop,
    Evaluation,
    HiddenSize,
    LearningRate,
    Optimizer,
    Seeds,
    Success,
    Updates,
)
from seqjax.tasks.expressions import GRAMMARS

MODELS = (*TREE_CELLS, *CELLS)
"""Cells of trees, and cells that read the same expressions as strings."""

DEEPEST = 12
"""Expressions have hundreds of nodes then."""


@dataclass(frozen=True)
class TreesConfig(
    Success,
    AnyLengthWeights,
    HiddenSize,
    Evaluation,
    EarlyStop,
    LearningRate,
    Optimizer,
    Updates,
    Seeds,
):
    """Settings of one study of expressions: every model on every task, over many seeds.

    Attributes:
        tasks: What expressions are made of: boolean (and, or, not), listops (maximum,
            minimum, sum modulo 10, of two digits), ordered (first and last instead of
            the sum, so that the order counts).
        models: What reads them: child-sum and binary are Tree-LSTMs; {cells} read the
            same expression as a string with brackets.
        train_depth: Depths from 1 to this are trained on, each equally often.
        test_depth: Depths from 1 to this are tested on.
        training_size: Expressions to train on, in batches that stay together; the same
            for all seeds and models, each seed in an order of its own.
        evaluation_size: Expressions per depth to test on, never trained on if there are
            enough of that depth.
    """

    tasks: tuple[str, ...] = ("boolean", "listops")
    models: tuple[str, ...] = ("child-sum", "binary", "lstm")
    train_depth: int = 4
    test_depth: int = 8
    training_size: int = 51_200
    steps: int = 2000
    batch_size: int = 64
    hidden_size: int = 32
    learning_rate: float = 1e-2
    optimizer: str = "adam"
    initializer: str = "xavier"
    forget_bias: str = "one"
    clip_norm: float = 1.0
    stop_accuracy: float = 0.995
    stop_patience: int = 30
    evaluation_size: int = 500

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("tasks", self.tasks, GRAMMARS)
        check_choices("models", self.models, MODELS)
        super().__post_init__()
        for name in ("train_depth", "test_depth"):
            depth = getattr(self, name)
            check_integer(name, depth, minimum=1)
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
    def depths(self) -> range:
        """All depths that are tested on."""
        return range(1, self.test_depth + 1)
