"""What a forecast study prints: errors, and comparisons with the controls."""

from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.summary import (
    COMPARED,
    comparisons,
    conclusion,
    measured,
    outcomes,
)
from seqjax.lab import measures
from seqjax.lab.judging.rules import LEVEL
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table


def tables(config: ForecastConfig, results: Results) -> list[Table]:
    """Errors of all models at every step ahead, then the comparisons."""
    return [_errors(config, results), _comparisons(config, results)]


def _errors(config: ForecastConfig, results: Results) -> Table:
    return measures.table(
        measured(config),
        outcomes(config, results),
        title=(
            f"Forecasts of {config.dataset}: {counted(config.seeds, 'seed')}, "
            f"{counted(config.lags, 'lag')}, convolution {config.convolution}"
        ),
        axes=("model",),
        caption=(
            f"{conclusion(config, results)} Errors on the last part of the series, in "
            "standard deviations of each node's first part; brackets: 95 % intervals "
            "over seeds (Student). Scale from the first part alone; the update kept "
            "(median) is the best on the part between. A diverged seed counts as the "
            "worse of persistence and mean."
        ),
        left=2,
    )


def _comparisons(config: ForecastConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title=f"RMSE less that of the control, {config.horizon} ahead, same seeds",
        axes=("model", "control"),
        left=2,
        caption=(
            "p: sign-flip test over seeds, Holm over all rows. Better or worse: on "
            "most of the seeds that differ (sign test), level "
            f"{LEVEL:g} over all rows and both looks (`seqjax report`); at "
            f"{counted(config.seeds, 'seed')} no p-value can be below "
            f"{min(1.0, 2.0 ** (1 - config.seeds)):.2g} before that. It speaks of "
            "other seeds on these snapshots, not of other times."
        ),
    )
