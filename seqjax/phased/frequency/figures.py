"""Figures of a frequency study, drawn from its results alone."""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from seqjax.lab.reporting.figures import PALETTE, categories
from seqjax.lab.reporting.plots import chance_line, legend, line_in_band
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, Setting
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.frequency.summary import (
    curves_of_tests,
    epochs_text,
    trained_epochs,
)
from seqjax.phased.measured import gate_history, in_range
from seqjax.tasks.frequency import CHANCE, RANGE

BINS_IN_RANGE = 2
"""Of a histogram over the logarithm; no bin lies across an end of the range."""


def figures(config: FrequencyConfig, results: Results) -> dict[str, Figure]:
    """Learning curves, and the learnt periods where a model has some."""
    drawn = {"learning_curves": learning_curves(config, results)}
    if MODELS[0] in config.models:
        drawn["periods"] = periods(config, results)
    return drawn


def learning_curves(config: FrequencyConfig, results: Results) -> Figure:
    """Test accuracy against epochs: a panel per regime, a look per model."""
    columns = len(config.regimes)
    figure = Figure(figsize=(2.2 + 3.6 * columns, 4.4))
    grid = figure.subplots(1, columns, sharex=True, sharey=True, squeeze=False)[0]
    looks, epochs = categories(MODELS), trained_epochs(results)
    # Past the last epoch, side by side: what the paper has after 70.
    beside = epochs * np.array([1.05, 1.09, 1.13])
    for axes, regime in zip(grid, config.regimes, strict=True):
        for place, model in zip(beside, MODELS, strict=True):
            if model not in config.models:
                continue
            curves = curves_of_tests(config, results, regime, model)
            line_in_band(
                axes,
                np.arange(curves.shape[1]),
                (curves.min(0), curves.mean(0), curves.max(0)),
                lw=1.5,
                label=model,
                markevery=max(1, curves.shape[1] // 7),
                **looks[model],
            )
            published = PUBLISHED[regime, model]
            axes.errorbar(
                place,
                published.mean / 100,
                # No accuracy is above 1, wherever a standard deviation ends.
                yerr=[
                    [published.deviation / 100],
                    [min(published.deviation, 100 - published.mean) / 100],
                ],
                color=looks[model]["color"],
                marker=looks[model]["marker"],
                markerfacecolor="white",
                capsize=2,
                lw=1,
                clip_on=False,
            )
        chance_line(axes, CHANCE)
        axes.set_title(regime)
        axes.set_xlabel("epochs")
    grid[0].set_ylabel(f"accuracy on {config.evaluation_size} test waves")
    grid[0].set_ylim(0.4, 1.02)
    grid[0].set_xlim(0, 1.16 * epochs)
    grid[0].xaxis.get_major_locator().set_params(integer=True)
    legend(figure, grid[0])
    figure.suptitle(
        f"{counted(config.seeds, 'seed')}, {epochs_text(config, results)}\n"
        "Mean, band: lowest to highest seed; open markers: published (after 70)",
        fontsize=11,
    )
    return figure


def periods(config: FrequencyConfig, results: Results) -> Figure:
    """Periods of all units before and after training: a row per regime."""
    rows = len(config.regimes)
    figure = Figure(figsize=(8.6, 1.2 + 2.5 * rows))
    grid = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
    found = {
        regime: gate_history(results, Setting(regime, MODELS[0]), "period")
        for regime in config.regimes
    }
    low = min(float(values.min()) for values in found.values())
    high = max(float(values.max()) for values in found.values())
    bins = _bins(low, high)
    for row, (regime, values) in zip(grid, found.items(), strict=True):
        inside = in_range(values).mean(axis=0)
        for end, (axes, name) in enumerate(zip(row, ("before", "after"), strict=True)):
            axes.axvspan(*RANGE, color=PALETTE[1], alpha=0.35, lw=0)
            axes.hist(values[:, end].ravel(), bins=bins, color=PALETTE[0])
            axes.set_xscale("log")
            axes.set_title(
                f"{regime}, {name}: {100 * inside[end]:.1f} % in the range", fontsize=11
            )
        row[0].set_ylabel(f"units of {counted(config.seeds, 'seed')}")
    ticks = [t for t in (1, 2, 3, 5, 6, 10, 20, 50, 100) if low / 2 < t < 2 * high]
    for axes in grid[-1]:
        axes.set_xlabel("period of a unit's gate (ms)")
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
    figure.suptitle(
        f"Periods that the gates start from and learn; shaded: the task's range, "
        f"{RANGE[0]:g} to {RANGE[1]:g} ms\n{epochs_text(config, results)}",
        fontsize=11,
    )
    return figure


def _bins(low: float, high: float) -> Float[np.ndarray, " edges"]:
    """Edges of equal ratio around all that lies from `low` to `high`."""
    ratio = np.log(RANGE[1] / RANGE[0]) / BINS_IN_RANGE
    first = np.floor(np.log(low / RANGE[0]) / ratio)
    last = np.floor(np.log(high / RANGE[0]) / ratio) + 1
    return np.asarray(RANGE[0] * np.exp(ratio * np.arange(first, last + 1)))
