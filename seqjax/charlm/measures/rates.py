"""Shares with the counts behind them."""

import math
from collections.abc import Iterable
from typing import NamedTuple


class Rate(NamedTuple):
    """So many of so many.

    Attributes:
        hits: those that are as they should be.
        total: all there are.
    """

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share, nan of nothing."""
        return self.hits / self.total if self.total else math.nan


def pooled(rates: Iterable[Rate]) -> Rate:
    """The rate of several texts together."""
    listed = list(rates)
    return Rate(sum(rate.hits for rate in listed), sum(rate.total for rate in listed))
