"""Main effects of the factors, and what each does to the ranking of RNN and LSTM."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from seqjax.core.statistics import Estimate, bounded_mean, paired_comparisons
from seqjax.lab.comparisons import SHARES
from seqjax.reconcile.config import CELL_NAMES, Config
from seqjax.reconcile.grid import FACTORS, Setting, levels

Outcomes = Mapping[Setting, np.ndarray]
"""Accuracy per seed of every setting that was trained long enough."""


class Effect(NamedTuple):
    """One level of one factor against its reference, for one cell.

    Attributes:
        cell: whose accuracy.
        factor: a field of `Setting`.
        level: the level, against the first of the factor.
        pairs: pairs of settings that differ in nothing else, averaged over per seed.
        difference: of the accuracies, with its interval over seeds.
        p_value: of the paired permutation test, Holm-adjusted over the table.
    """

    cell: str
    factor: str
    level: str
    pairs: int
    difference: Estimate
    p_value: float


class Ranking(NamedTuple):
    """LSTM minus RNN at one level of one factor and one length.

    Attributes:
        factor: a field of `Setting`.
        level: at which both cells were trained.
        length: digits of the palindromes.
        pairs: pairs of settings that differ in nothing but the cell.
        difference: of the accuracies, with its interval over seeds.
    """

    factor: str
    level: str
    length: int
    pairs: int
    difference: Estimate


def main_effects(config: Config, outcomes: Outcomes) -> list[Effect]:
    """Every level against its reference, paired in all other factors and the seed."""
    found, sides = [], []
    for cell in CELL_NAMES:
        for factor in FACTORS:
            first, *others = levels(config)[factor]
            for level in others:
                pairs = [
                    (outcomes[setting], outcomes[twin])
                    for setting in outcomes
                    if setting.cell == cell
                    and setting.length in config.lengths
                    and getattr(setting, factor) == level
                    and (twin := setting._replace(**{factor: first})) in outcomes
                ]
                if pairs:
                    a, b = (np.mean(side, axis=0) for side in zip(*pairs, strict=True))
                    found.append((cell, factor, str(level), len(pairs)))
                    sides.append((a, b))
    compared = paired_comparisons(sides, bounds=SHARES)
    return [
        Effect(*effect, each.difference, each.p_value)
        for effect, each in zip(found, compared, strict=True)
    ]


def rankings(config: Config, outcomes: Outcomes) -> list[Ranking]:
    """LSTM minus RNN, level by level: where its sign turns, the factor decides.

    A factor of which only one level was reached says nothing, and is left out.
    """
    found: list[Ranking] = []
    for factor in FACTORS:
        of_factor = []
        for level in levels(config)[factor]:
            for length in sorted(config.lengths):
                pairs = [
                    outcomes[setting] - outcomes[twin]
                    for setting in outcomes
                    if (setting.cell, setting.length) == ("lstm", length)
                    and getattr(setting, factor) == level
                    and (twin := setting._replace(cell="rnn", forget_bias="zero"))
                    in outcomes
                ]
                if pairs:
                    difference = bounded_mean(np.mean(pairs, axis=0), -1.0, 1.0)
                    of_factor.append(
                        Ranking(factor, str(level), length, len(pairs), difference)
                    )
        if len({ranking.level for ranking in of_factor}) > 1:
            found += of_factor
    return found
