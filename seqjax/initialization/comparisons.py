"""Every initialiser against the first, on the same seeds."""

from typing import NamedTuple

from seqjax.core.statistics import Comparison, paired_comparisons
from seqjax.initialization.config import Config
from seqjax.initialization.selection import Setting, outcome_of
from seqjax.lab.study import Results


class Against(NamedTuple):
    """An initialiser compared with the first of all, on the same seeds.

    Attributes:
        cell: which cell.
        encoding: how a digit was fed.
        length: digits of the palindromes.
        initializer: the one compared.
        accuracy: its accuracy minus that of the first.
        accuracy_p: p-value, Holm-adjusted over the cell and encoding.
        updates: updates that it needed minus those of the first.
        updates_p: p-value, Holm-adjusted over the cell and encoding.
    """

    cell: str
    encoding: str
    length: int
    initializer: str
    accuracy: Comparison
    accuracy_p: float
    updates: Comparison
    updates_p: float


def comparisons(config: Config, results: Results) -> list[Against]:
    """Every initialiser but the first, at every length."""
    first, *others = config.initializers
    found: list[Against] = []
    for cell in config.cells:
        for encoding in config.encodings:
            family = [(length, name) for length in config.lengths for name in others]
            sides = [
                [
                    outcome_of(config, results, Setting(cell, encoding, length, each))
                    for each in (name, first)
                ]
                for length, name in family
            ]
            accuracy = paired_comparisons([(a.accuracy, b.accuracy) for a, b in sides])
            updates = paired_comparisons([(a.updates, b.updates) for a, b in sides])
            found += [
                Against(cell, encoding, length, name, *gained, *more)
                for (length, name), gained, more in zip(
                    family, accuracy, updates, strict=True
                )
            ]
    return found
