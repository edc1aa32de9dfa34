"""Options that many studies have: each with its text, its default and its rule once.

A study's configuration inherits the groups that it has, and gives other defaults where
it wants them. The first line of a group's docstring is its heading in ``--help``;
groups of one heading are shown together. The rules are those of
`seqjax.lab.command_line.option_rules`.
"""

from dataclasses import dataclass
from typing import ClassVar

from seqjax.core.checks import check_choice
from seqjax.core.initializers import FORGET_BIASES
from seqjax.lab.command_line.option_rules import check_fields
from seqjax.train import batch_parts


@dataclass(frozen=True)
class OptionGroup:
    """Options of the study.

    Checks all fields that have a rule of their name. A study with rules of its own
    extends ``__post_init__``, and names in ``own`` the fields whose rule they replace.
    """

    own: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Check every field that has a rule; raises ValueError with one line."""
        check_fields(self, own=self.own)


@dataclass(frozen=True)
class SeedNumbers(OptionGroup):
    """Seeds.

    Attributes:
        seeds: Number of seeds per setting.
        first_seed: Number of the first seed.
    """

    seeds: int = 10
    first_seed: int = 0

    @property
    def seed_numbers(self) -> range:
        """The seeds of every setting."""
        return range(self.first_seed, self.first_seed + self.seeds)


@dataclass(frozen=True)
class Seeds(SeedNumbers):
    """Seeds.

    Attributes:
        seeds_per_device: Seeds that a device trains side by side; 0: one on a CPU, all
            of them on an accelerator, which is what was measured to be fastest.
    """

    seeds_per_device: int = 0


@dataclass(frozen=True)
class Updates(OptionGroup):
    """Training.

    Attributes:
        steps: Most updates of one model.
        batch_size: Examples per update.
    """

    steps: int = 1000
    batch_size: int = 128


@dataclass(frozen=True)
class BatchParts(Updates):
    """Training.

    Attributes:
        batch_parts: Parts of a batch whose gradients are added up, and which may lie on
            different cores when there are fewer seeds than cores; 0: two on a CPU if
            they divide the batch, else one.
    """

    batch_parts: int = 0

    def parts(self, platform: str) -> int:
        """Parts of a batch on a platform ("cpu", "gpu", ...)."""
        return self.batch_parts or batch_parts(platform, self.batch_size)


@dataclass(frozen=True)
class Optimizer(OptionGroup):
    """Training.

    Attributes:
        optimizer: Among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1 or char-rnn.
        clip_norm: Largest norm of the gradient; inf leaves it alone.
    """

    optimizer: str = "rmsprop"
    optimizer_flavor: str = "torch"
    clip_norm: float = 10.0


@dataclass(frozen=True)
class LearningRate(OptionGroup):
    """Training.

    Attributes:
        learning_rate: Step size.
    """

    learning_rate: float = 1e-3


@dataclass(frozen=True)
class EarlyStop(OptionGroup):
    """When a seed stops.

    Attributes:
        early_stop: Stop a seed once it has solved its task.
        stop_accuracy: A task is solved at this running training accuracy (0 to 1) ...
        stop_patience: ... held for so many updates in a row.
    """

    early_stop: bool = True
    stop_accuracy: float = 0.998
    stop_patience: int = 100


@dataclass(frozen=True)
class Validation(OptionGroup):
    """Validation.

    Attributes:
        validate_every: Updates from one look at the validation set to the next; the
            model with the smallest loss on it is kept; 0: the last one is.
        patience: A seed stops after so many looks in a row without a smaller loss; 0:
            never.
    """

    validate_every: int = 0
    patience: int = 0


@dataclass(frozen=True)
class Evaluation(OptionGroup):
    """Test.

    Attributes:
        evaluation_size: Examples to test on, never trained on if there are enough.
    """

    evaluation_size: int = 4000


@dataclass(frozen=True)
class Success(OptionGroup):
    """Test.

    Attributes:
        success_accuracy: A seed has succeeded if its accuracy (0 to 1) on the
            evaluation set is at least this, and it has not diverged.
    """

    success_accuracy: float = 0.9


@dataclass(frozen=True)
class Weights(OptionGroup):
    """Network.

    Attributes:
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        forget_bias: Of the LSTM at the start: zero, one or chrono.
    """

    initializer: str = "he"
    forget_bias: str = "zero"


@dataclass(frozen=True)
class AnyLengthWeights(Weights):
    """Network.

    Attributes:
        forget_bias: Of the LSTM at the start: zero or one.
    """

    own: ClassVar[tuple[str, ...]] = ("forget_bias",)

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        # Chrono is for a memory of a known length.
        check_choice("forget_bias", self.forget_bias, FORGET_BIASES[:2])


@dataclass(frozen=True)
class HiddenSize(OptionGroup):
    """Network.

    Attributes:
        hidden_size: Units of the recurrent layer.
    """

    hidden_size: int = 128


@dataclass(frozen=True)
class Layers(HiddenSize):
    """Network.

    Attributes:
        layers: Recurrent layers on top of each other.
    """

    layers: int = 1
