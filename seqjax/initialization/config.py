"""Settings of the study of initial weights."""

from dataclasses import dataclass

from seqjax.core.checks import check_choice, check_distinct, check_integer
from seqjax.core.initializers import INITIALIZERS
from seqjax.lab.command_line.option_rules import check_palindrome_length
from seqjax.lab.option_groups import (
    BatchParts,
    EarlyStop,
    Evaluation,
    HiddenSize,
    LearningRate,
    Optimizer,
    Seeds,
)

SAME = "same"
"""Every matrix by the initialiser of the recurrent ones."""

FORGET_BIASES = ("zero", "one")
"""Chrono depends on the length, which would vary two things at once."""


@dataclass(frozen=True)
class Config(
    HiddenSize, Evaluation, EarlyStop, BatchParts, LearningRate, Optimizer, Seeds
):
    """Every initialiser of the recurrent matrices at every length, over many seeds.

    A seed draws the same batches, input matrices and projection under all
    initialisers: its models differ in nothing but the recurrent matrices, unless
    ``other_initializer`` is same.

    Attributes:
        cells: Cells to train, among {cells}.
        encodings: How a digit is fed, among scalar (one float), onehot.
        lengths: Digits T of the palindromes; the network reads T - 1 of them.
        initializers: Of the recurrent matrices, gate by gate, among normal, xavier,
            he, orthogonal, identity, torch; the first is what the others are compared
            with.
        other_initializer: Of the input matrices and the projection: one of these names,
            or same for the recurrent matrices' own.
        forget_bias: Of the LSTM at the start: zero or one.
        few_updates: What report 001's "few iterations" is taken to be: at most so many
            updates.
    """

    cells: tuple[str, ...] = ("rnn",)
    encodings: tuple[str, ...] = ("scalar", "onehot")
    lengths: tuple[int, ...] = (5, 10, 20, 30)
    initializers: tuple[str, ...] = ("normal", "he", "orthogonal", "identity")
    other_initializer: str = "normal"
    forget_bias: str = "zero"
    steps: int = 750
    few_updates: int = 500

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choice("forget_bias", self.forget_bias, FORGET_BIASES)
        super().__post_init__()
        check_choice("other_initializer", self.other_initializer, (*INITIALIZERS, SAME))
        check_distinct("lengths", self.lengths)
        for length in self.lengths:
            check_palindrome_length("lengths", length)
        check_integer("few_updates", self.few_updates, minimum=1)

    def others(self, initializer: str) -> str:
        """Initialiser of the matrices that are not recurrent, beside `initializer`."""
        if self.other_initializer == SAME:
            return initializer
        return self.other_initializer
