"""Settings against each other, on the same seeds."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Real

from seqjax.core.statistics import Adjusted, paired_comparisons
from seqjax.lab.outcomes import Outcome

SHARES = (0.0, 1.0)
"""What no accuracy can leave."""


class Against(NamedTuple):
    """Two settings on the same seeds.

    Attributes:
        setting: which: a NamedTuple, whose fields are the first columns of a table.
        found: the first less the second; its p-value is Holm's over the family.
    """

    setting: Any
    found: Adjusted


class Raced(NamedTuple):
    """Two settings on the same seeds, by what they learn and how fast.

    Attributes:
        setting: which, as that of `Against`.
        accuracy: of the first less the second; its p-value is Holm's over the family.
        updates: likewise, those needed.
    """

    setting: Any
    accuracy: Adjusted
    updates: Adjusted


def against(
    pairs: Mapping[Any, tuple[Real[np.ndarray, " seeds"], Real[np.ndarray, " seeds"]]],
    bounds: tuple[float, float] | None = None,
) -> list[Against]:
    """Compare pairs of settings as one family.

    Args:
        pairs: numbers of both, one per seed, by what `Against` has for a setting.
        bounds: that none of them can leave, `SHARES` of accuracies; default: none.
    """
    found = paired_comparisons(list(pairs.values()), bounds=bounds)
    return [Against(*each) for each in zip(pairs, found, strict=True)]


def raced(pairs: Mapping[Any, tuple[Outcome, Outcome]]) -> list[Raced]:
    """Compare pairs of settings as one family in accuracy, as another in updates.

    Args:
        pairs: outcomes of both, by what `Raced` has for a setting.
    """
    both = pairs.values()
    accuracy = paired_comparisons(
        [(a.accuracy, b.accuracy) for a, b in both], bounds=SHARES
    )
    updates = paired_comparisons([(a.updates, b.updates) for a, b in both])
    return [Raced(*each) for each in zip(pairs, accuracy, updates, strict=True)]
