"""Settings of the optimiser study: the grid of learning rates, and the landscapes."""

from dataclasses import dataclass
from typing import ClassVar

from seqjax.core.checks import check_choices, check_integer, check_number
from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.command_line.option_rules import check_palindrome_length
from seqjax.lab.option_groups import (
    EarlyStop,
    Evaluation,
    Layers,
    OptionGroup,
    Seeds,
    Updates,
    Weights,
)

COMPARED = "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"
RATES = 0.0001, 0.000316, 0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0
"""What is compared by default, and tried: half a decade from rate to rate."""

Model = tuple[float, int]  # its learning rate and seed


@dataclass(frozen=True)
class Compared(OptionGroup):
    """Optimisers.

    Attributes:
        optimizers: Optimisers to compare, among {optimizers}.
        optimizer_flavor: Whose constants: torch, keras, tf1 or char-rnn.
    """

    optimizers: tuple[str, ...] = COMPARED
    optimizer_flavor: str = "torch"


@dataclass(frozen=True)
class Config(Weights, Layers, Evaluation, EarlyStop, Updates, Compared, Seeds):
    """Optimisers on palindromes, each at its own best learning rate.

    Attributes:
        learning_rates: Step sizes that every optimiser is tried with.
        seeds: Number of seeds per optimiser and rate, on which the best rate is chosen.
        test_seeds: Number of further seeds, which follow those, on which every
            optimiser is then trained at its best rate; all comparisons are of these.
        cell: Recurrent cell, among {cells}.
        length: Digits T of the palindromes; the network reads T - 1 of them.
        encoding: Input digit as one float (scalar) or one-hot vector (onehot).
        clip_norm: Largest norm of the gradient; inf leaves it alone.
    """

    learning_rates: tuple[float, ...] = RATES
    seeds: int = 5
    test_seeds: int = 10
    cell: str = "rnn"
    length: int = 10
    encoding: str = "onehot"
    initializer: str = "normal"
    steps: int = 1500
    clip_norm: float = 10.0

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_integer("test_seeds", self.test_seeds, minimum=1)
        check_palindrome_length("length", self.length, self.forget_bias)

    @property
    def tuning_models(self) -> list[Model]:
        """Rate and seed of every model on which one optimiser's rate is chosen."""
        return [(r, seed) for r in self.learning_rates for seed in self.seed_numbers]

    def test_models(self, rate: float) -> list[Model]:
        """The same of the models by which one optimiser is compared with the others."""
        first = self.first_seed + self.seeds
        return [(rate, seed) for seed in range(first, first + self.test_seeds)]


@dataclass(frozen=True)
class LandscapeConfig(Compared):
    """Optimisers on functions of two variables, each at its own best learning rate.

    Attributes:
        landscapes: Functions to go down, among ravine, saddle, plateau.
        steps: Steps of every optimiser.
        target: Share of the way from the first loss to the minimum that is to be left
            (0 to 1); an optimiser is as fast as it comes below that for good.
        learning_rate: Step size of all optimisers; none chooses the fastest for each.
    """

    own: ClassVar[tuple[str, ...]] = ("learning_rate",)

    landscapes: tuple[str, ...] = tuple(LANDSCAPES)
    steps: int = 400
    target: float = 0.01
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choices("landscapes", self.landscapes, LANDSCAPES)
        super().__post_init__()
        if self.learning_rate is not None:
            check_number(
                "learning_rate",
                self.learning_rate,
                minimum=0.0,
                exclusive=True,
                hint="try 1e-2, or none to have it chosen",
            )
        check_number("target", self.target, minimum=0.0, maximum=1.0)
