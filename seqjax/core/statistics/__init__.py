"""Statistics over seeds: intervals, censored times, tests, planning, horizons.

The seed is the unit of replication: every array here holds one number per trained
model. NumPy arrays come in, frozen NamedTuples of plain Python numbers go out, and the
same input gives the same output (resampling takes an explicit `seed`). The methods are
those of `scipy.stats` wherever it has them; that is imported, which takes longer than
JAX, by the first that is used.
"""

from seqjax.core.statistics.comparison import (
    Adjusted,
    Comparison,
    benjamini_hochberg,
    holm,
    paired_comparison,
    paired_comparisons,
    spread_comparison,
)
from seqjax.core.statistics.estimate import Estimate, Interval
from seqjax.core.statistics.horizon import Horizon, memory_horizon
from seqjax.core.statistics.location import interquartile_mean, mean
from seqjax.core.statistics.modes import Bimodality, bimodality
from seqjax.core.statistics.planning import seeds_needed, seeds_needed_for_means
from seqjax.core.statistics.rates import success_rate
from seqjax.core.statistics.survival import median_time

__all__ = [
    "Adjusted",
    "Bimodality",
    "Comparison",
    "Estimate",
    "Horizon",
    "Interval",
    "benjamini_hochberg",
    "bimodality",
    "holm",
    "interquartile_mean",
    "mean",
    "median_time",
    "memory_horizon",
    "paired_comparison",
    "paired_comparisons",
    "seeds_needed",
    "seeds_needed_for_means",
    "spread_comparison",
    "success_rate",
]
