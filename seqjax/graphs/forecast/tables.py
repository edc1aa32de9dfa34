"""What a forecast study prints: errors, and comparisons with the controls."""

from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.models import REFERENCES, kind_of
from seqjax.graphs.forecast.summary import (
    comparisons,
    conclusion,
    estimate,
    select,
)
from seqjax.lab.judging.rules import LEVEL
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table


def tables(config: ForecastConfig, results: Results) -> list[Table]:
    """Errors of all models at every step ahead, then the comparisons."""
    return [_errors(config, results), _comparisons(config, results)]


def _errors(config: ForecastConfig, results: Results) -> Table:
    body = []
    for name in config.names:
        for ahead in range(1, config.horizon + 1):
            rows = select(results, name, ahead)
            known = all(row["relative_rmse"] is not None for row in rows)
            kept = sorted(r["kept_update"] for r in rows if r["seed"] is not None)
            body.append(
                [
                    name,
                    title(config, name),
                    str(ahead),
                    *(
                        estimate_text(estimate(results, name, ahead, measure), "{:.4f}")
                        for measure in ("rmse", "mae")
                    ),
                    f"{estimate(results, name, ahead, 'relative_rmse').value:.3f}"
                    if known
                    else "",
                    str(kept[len(kept) // 2]) if kept else "",
                    str(sum(row["diverged"] for row in rows)),
                ]
            )
    return Table(
        title=(
            f"Forecasts of {config.dataset}: {counted(config.seeds, 'seed')}, "
            f"{counted(config.lags, 'lag')}, convolution {config.convolution}"
        ),
        columns=(
            "model",
            "what it is",
            "steps ahead",
            "RMSE",
            "MAE",
            "RMSE / persistence",
            "update kept",
            "diverged",
        ),
        rows=body,
        left=2,
        caption=(
            f"{conclusion(config, results)} Errors on the last part of the series, in "
            "standard deviations of each node's first part; brackets: 95 % bootstrap "
            "intervals over seeds. Scale from the first part alone; the update kept "
            "(median) is the best on the part between. A diverged seed counts as the "
            "worse of persistence and mean."
        ),
    )


def _comparisons(config: ForecastConfig, results: Results) -> Table:
    body = [
        [
            found.model,
            found.control,
            estimate_text(found.rmse.difference, "{:+.4f}"),
            f"{found.p_value:.3f}",
            found.verdict,
        ]
        for found in comparisons(config, results)
    ]
    return Table(
        title=f"RMSE less that of the control, {config.horizon} ahead, same seeds",
        columns=("model", "control", "difference", "p (Holm)", "the model is"),
        rows=body,
        left=2,
        caption=(
            f"Sign-flip test over seeds, Holm over all rows, level {LEVEL:g}; at "
            f"{counted(config.seeds, 'seed')} no p-value can be below "
            f"{min(1.0, 2.0 ** (1 - config.seeds)):.2g} before Holm. It speaks of "
            "other seeds on these snapshots, not of other times."
        ),
    )


def title(config: ForecastConfig, name: str) -> str:
    """A model in a few words."""
    if name in REFERENCES:
        return REFERENCES[name]
    return kind_of(name, config.models).title
