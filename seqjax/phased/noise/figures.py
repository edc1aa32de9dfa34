"""Figures of a study of periodic noise, drawn from its results alone."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.lab.reporting.figures import PALETTE
from seqjax.lab.reporting.plots import DOTTED, GREY
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.phased.measured import gate_history
from seqjax.phased.noise.config import LEARNT, OFF, NoiseConfig, Setting
from seqjax.phased.noise.summary import outcome_of
from seqjax.tasks.periodic import CHANCE, best, blind


def figures(config: NoiseConfig, results: Results) -> dict[str, Figure]:
    """Accuracy of every model; periods learnt where some are."""
    drawn = {"accuracy": accuracy(config, results)}
    if _with_periods(config):
        drawn["periods"] = periods(config, results)
    return drawn


def accuracy(config: NoiseConfig, results: Results) -> Figure:
    """Every seed's accuracy, and the mean, beside what could be reached."""
    names = list(config.models)
    figure = Figure(figsize=(7.4, 1.6 + 0.36 * len(names)))
    axes = figure.subplots()
    for row, name in enumerate(names):
        outcome = outcome_of(config, results, name)
        found, estimate = outcome.accuracy, outcome.mean
        axes.plot(found, np.full(len(found), row), "o", ms=4, color=PALETTE[4])
        if np.isfinite(estimate.low):
            axes.plot(estimate.interval, [row, row], color=PALETTE[0], lw=3)
        axes.plot(estimate.value, row, "|", ms=12, mew=2, color=PALETTE[2])
    counting, others = config.counting, config.values - config.counting
    for value, label, dashes in (
        (CHANCE, "chance", (2, 2)),
        (blind(counting, others, config.noise), "sum of all values", (6, 2)),
        (best(counting), "sum of those that count: the best", (1, 0)),
    ):
        axes.axvline(value, color=GREY, lw=1, ls=(0, dashes), label=label, zorder=0)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(f"accuracy on {config.evaluation_size} test sequences")
    figure.legend(loc="outside lower center", ncols=3)
    figure.suptitle(
        f"{counted(config.seeds, 'seed')} each: dots; mean: black; its 95 % interval: "
        "blue",
        fontsize=11,
    )
    return figure


def _with_periods(config: NoiseConfig) -> list[str]:
    """Models that learn periods."""
    return [
        f"{name}-{LEARNT}"
        for name, off in OFF.items()
        if "period" in off and f"{name}-{LEARNT}" in config.models
    ]


def periods(config: NoiseConfig, results: Results) -> Figure:
    """Periods of all units before and after training, a panel per model."""
    names = _with_periods(config)
    figure = Figure(figsize=(1.2 + 3.8 * len(names), 3.8))
    grid = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axes, name in zip(grid, names, strict=True):
        values = gate_history(results, Setting(name), "period")
        _histograms(axes, values.astype(float))
        axes.axvline(config.period, color=GREY, lw=1, ls=DOTTED, label="right")
        axes.set_title(name)
        axes.set_xlabel("period of a unit's gate (steps)")
    grid[0].set_ylabel(f"units of {counted(config.seeds, 'seed')}")
    grid[-1].legend()
    return figure


def _histograms(axes: Axes, values: np.ndarray) -> None:
    bins = np.linspace(values.min(), values.max() + 1e-6, 25)
    before, after = values[:, 0].ravel(), values[:, 1].ravel()
    axes.hist(before, bins=bins.tolist(), color="0.8", label="before")
    axes.hist(
        after,
        bins=bins.tolist(),
        histtype="step",
        color=PALETTE[0],
        lw=1.6,
        label="after",
    )
