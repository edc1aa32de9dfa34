"""Statistics over seeds: intervals, censored times, tests, planning, horizons.

The seed is the unit of replication: every array here holds one number per trained
model. NumPy arrays come in, frozen NamedTuples of plain Python numbers go out, and the
same input gives the same output (what is sampled takes a fixed `seed`). No interval is
a bootstrap, which is too short of few seeds, and none has no width. The methods are
those of `scipy.stats` wherever it has them; that is imported, which takes longer than
JAX, by the first that is used.
"""

from seqjax.core.statistics.bounded import bounded_mean
from seqjax.core.statistics.comparison import (
    Adjusted,
    Comparison,
    benjamini_hochberg,
    holm,
    paired_comparison,
    paired_comparisons,
)
from seqjax.core.statistics.distribution import (
    gini_difference,
    interquartile_mean,
    pair_gaps,
    performance_profile,
    probability_of_improvement,
)
from seqjax.core.statistics.estimate import Estimate, Interval
from seqjax.core.statistics.horizon import Horizon, memory_horizon
from seqjax.core.statistics.location import mean, with_confidence
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
    "bounded_mean",
    "gini_difference",
    "holm",
    "interquartile_mean",
    "mean",
    "median_time",
    "memory_horizon",
    "pair_gaps",
    "paired_comparison",
    "paired_comparisons",
    "performance_profile",
    "probability_of_improvement",
    "seeds_needed",
    "seeds_needed_for_means",
    "success_rate",
    "with_confidence",
]
