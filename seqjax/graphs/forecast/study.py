"""The forecast study: train contenders and controls on one split, then compare."""

from collections.abc import Collection, Iterator

from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import prepare
from seqjax.graphs.forecast.figures import figures
from seqjax.graphs.forecast.models import REFERENCES
from seqjax.graphs.forecast.summary import summarise
from seqjax.graphs.forecast.tables import tables
from seqjax.graphs.forecast.training import reference_block, trained_block
from seqjax.lab.study import Block, Reporter, Study


def block_names(config: ForecastConfig) -> list[str]:
    """A block per model."""
    return list(config.names)


def work(config: ForecastConfig) -> dict[str, float]:
    """Updates of every block, all seeds together."""
    return {
        name: 0.0 if name in REFERENCES else float(config.seeds * config.steps)
        for name in config.names
    }


def run(
    config: ForecastConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per model. Pure but for report and data."""
    series = prepare(config)
    for name in config.names:
        if name in finished:
            continue
        if name in REFERENCES:
            yield reference_block(config, series, name, report)
        else:
            yield trained_block(config, series, name, report)


FORECAST: Study[ForecastConfig] = Study(
    name="graphs forecast",
    summary="the next values of a graph's nodes: recurrent cells on it, and controls",
    config_type=ForecastConfig,
    columns={
        "model": str,
        "seed": int,
        "steps_ahead": int,
        "rmse": float,
        "mae": float,
        "relative_rmse": float,
        "relative_mae": float,
        "validation_rmse": float,
        "kept_update": int,
        "steps": int,
        "diverged": bool,
    },
    history_axes={
        "loss": ("seed", "step"),
        "closer": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
        "validation_rmse": ("seed", "step"),
        "forecast": ("seed", "snapshot", "shown_node"),
        "truth": ("snapshot", "shown_node"),
        "nodes": ("shown_node",),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    check=prepare,
    unit="updates",
)
