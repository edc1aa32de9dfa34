"""Settings of the reconciliation: the levels of every factor, and the time."""

from dataclasses import dataclass

from seqjax.core.cells import CELLS
from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.lab.option_groups import Evaluation, HiddenSize, Seeds

STOPS = ("solved", "never")


@dataclass(frozen=True)
class Config(HiddenSize, Evaluation, Seeds):
    """One factorial grid over everything the reports leave open.

    The first level of each factor is its reference: the course's starter code, where
    that says.

    Attributes:
        budget: Minutes that the whole study may take; what does not fit is left out,
            or cut short, and listed.
        steps: Updates after which the factors are compared; the settings of the
            reports' claims go on to the reports' own number, as far as the budget lets.
        lengths: Digits T of the palindromes in the grid.
        encodings: How a digit is fed, among scalar, onehot.
        initializers: Of all weights, among normal, xavier, he, orthogonal, identity,
            torch.
        forget_biases: Of the LSTM, among zero, one, chrono.
        learning_rates: Step sizes.
        optimizers: Names as in the optimizers study, with torch's constants.
        batch_sizes: Palindromes per update.
        stops: When a model stops early, among solved, never.
        claims: Ids of the claims whose settings alone are trained, each to its end, and
            no grid; none: those of all claims, then the grid.
        without: Names of settings that are left out, as in results.csv: what was
            trained before.
    """

    budget: float = 30.0
    steps: int = 1000
    lengths: tuple[int, ...] = (5, 10, 20)
    encodings: tuple[str, ...] = ("scalar", "onehot")
    initializers: tuple[str, ...] = ("he", "orthogonal", "normal")
    forget_biases: tuple[str, ...] = ("zero", "one")
    learning_rates: tuple[float, ...] = (1e-3, 1e-2, 1e-4)
    optimizers: tuple[str, ...] = ("rmsprop", "adam", "momentum", "adagrad", "sgd")
    batch_sizes: tuple[int, ...] = (128, 512)
    stops: tuple[str, ...] = ("solved", "never")
    claims: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_number(
            "budget",
            self.budget,
            minimum=LEAST_BUDGET,
            hint="one setting with its compilation takes about as long",
        )
        super().__post_init__()
        check_distinct("stops", self.stops)
        for stop in self.stops:
            check_choice("stops", stop, STOPS)
        check_distinct("lengths", self.lengths)
        least = 4 if "chrono" in self.forget_biases else 2
        for length in self.lengths:
            check_integer("lengths", length, minimum=least)


LEAST_BUDGET = 0.2
"""Minutes below which not even one setting would fit."""

CELL_NAMES = tuple(name for name in CELLS if name in ("rnn", "lstm"))
"""The two cells that the reports rank."""
