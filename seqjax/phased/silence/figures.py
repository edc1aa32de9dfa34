"""Figures of a silence study, drawn from its results alone."""

import numpy as np
from matplotlib.figure import Figure

from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import categories, shades
from seqjax.lab.reporting.plots import band, chance_line, legend, points_with_bars
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.phased.silence.config import MODELS, Setting, SilenceConfig
from seqjax.phased.silence.summary import outcome_of
from seqjax.tasks.silence import BASELINE, CHANCE


def figures(config: SilenceConfig, results: Results) -> dict[str, Figure]:
    """Success and accuracy over the silence, and the training curves."""
    return {
        "success_vs_silence": success_vs_silence(config, results),
        "training_curves": training_curves(config, results),
    }


def success_vs_silence(config: SilenceConfig, results: Results) -> Figure:
    """Success rate and mean accuracy against T, a look per model."""
    figure = Figure(figsize=(9.5, 4.4))
    left, right = figure.subplots(1, 2, sharex=True)
    lengths, looks = sorted(config.lengths), categories(MODELS)
    for i, model in enumerate(config.models):
        found = [outcome_of(config, results, model, length) for length in lengths]
        # Side by side, or equal rates hide each other; a share of T on a log axis.
        shift = 1 + 0.04 * (i - (len(config.models) - 1) / 2)
        places = shift * np.array(lengths, float)
        look = {"label": model, **looks[model]}
        points_with_bars(left, places, [each.rate for each in found], **look)
        means = [each.mean for each in found]
        points_with_bars(right, places, means, **look)
    chance_line(right, CHANCE)
    left.set_ylabel(f"success rate (accuracy ≥ {config.success_accuracy:g})")
    right.set_ylabel("mean accuracy")
    for axes in (left, right):
        axes.set_ylim(-0.04, 1.04)
        axes.set_xscale("log")
        axes.set_xticks(lengths, [str(length) for length in lengths])
        axes.minorticks_off()
        axes.set_xlabel("length T of the silence (steps)")
    legend(figure, right)
    figure.suptitle(
        f"Copying {counted(config.copied, 'symbol')} across silence, "
        f"{counted(config.seeds, 'seed')}; bars: 95 % intervals (left "
        "Clopper-Pearson, right Gaffke)",
        fontsize=11,
    )
    return figure


def training_curves(config: SilenceConfig, results: Results) -> Figure:
    """Training loss over updates: a panel per model; darker is a longer silence."""
    columns = len(config.models)
    figure = Figure(figsize=(2.4 + 3.6 * columns, 4.2))
    grid = figure.subplots(1, columns, sharex=True, sharey=True, squeeze=False)[0]
    lengths = sorted(config.lengths)
    for axes, model in zip(grid, config.models, strict=True):
        for length, color in zip(lengths, shades(len(lengths)), strict=True):
            raw = results.history[f"{Setting(model, length).name}/loss"]
            band(
                axes,
                smoothed(held(np.asarray(raw, float), config.steps)),
                color=color,
                alpha=0.2,
                center="median",
                lw=1.6,
                label=f"T = {length}",
            )
        chance_line(axes, BASELINE, "guess")
        axes.set_title(model)
        axes.set_xlabel("updates")
    grid[0].set_ylabel("training loss (nats per symbol)")
    grid[-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.suptitle(
        f"Median of {counted(config.seeds, 'seed')}; band: middle half", fontsize=11
    )
    return figure
