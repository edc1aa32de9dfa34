"""Every initialiser against the first, on the same seeds."""

from typing import NamedTuple

import numpy as np

from seqjax.core.statistics import Comparison, holm, paired_comparison
from seqjax.initialization.config import Config
from seqjax.initialization.selection import accuracies, needed, select
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
    if not others:
        return found
    for cell in config.cells:
        for encoding in config.encodings:
            family = []
            for length in config.lengths:
                base = select(results, cell, encoding, length, first)
                for name in others:
                    rows = select(results, cell, encoding, length, name)
                    accuracy = paired_comparison(accuracies(rows), accuracies(base))
                    updates = paired_comparison(
                        needed(config, rows), needed(config, base)
                    )
                    family.append((length, name, accuracy, updates))
            adjusted = zip(
                holm(np.array([accuracy.p_value for *_, accuracy, _ in family])),
                holm(np.array([updates.p_value for *_, updates in family])),
                strict=True,
            )
            found += [
                Against(
                    cell, encoding, length, name, accuracy, float(p), updates, float(q)
                )
                for (length, name, accuracy, updates), (p, q) in zip(
                    family, adjusted, strict=True
                )
            ]
    return found
