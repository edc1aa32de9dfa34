"""Figures of a study of learning, drawn from its results alone."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from seqjax.core.gate_params import PARAMETERS
from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import PALETTE, categories
from seqjax.lab.reporting.plots import DOTTED, GREY, band, chance_line
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.phased.learning.config import ALL, NONE, PAIRS, LearningConfig, Setting
from seqjax.phased.measured import gate_history
from seqjax.tasks.frequency import CHANCE

PANELS = ((ALL, NONE, *PARAMETERS), (ALL, NONE, *PAIRS))
"""Choices that are drawn together: few enough to tell apart."""

UNITS = {"period": "tau (ms)", "shift": "s (ms)", "open_ratio": "r_on"}


def figures(config: LearningConfig, results: Results) -> dict[str, Figure]:
    """Curves, gates before and after, units open at every step."""
    return {
        "learning_curves": learning_curves(config, results),
        "gates": gates(config, results),
        "open_units": open_units(config, results),
    }


def _panels(config: LearningConfig) -> list[tuple[list[str], tuple[str, ...]]]:
    """The choices of each panel, and all that it could have; those with any only."""
    chosen = [([n for n in panel if n in config.choices], panel) for panel in PANELS]
    if not any(name in PAIRS for name in config.choices):
        chosen = chosen[:1]
    return [panel for panel in chosen if panel[0]]


def learning_curves(config: LearningConfig, results: Results) -> Figure:
    """Training accuracy over updates; every batch is fresh."""
    panels = _panels(config)
    figure = Figure(figsize=(2.0 + 4.6 * len(panels), 4.4))
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (chosen, known) in zip(grid, panels, strict=True):
        looks = categories(known)
        for name in chosen:
            raw = np.asarray(results.history[f"{name}/accuracy"], float)
            curves = smoothed(held(raw, config.steps))
            every = max(1, config.steps // 6)
            band(axes, curves, alpha=0.15, label=name, markevery=every, **looks[name])
        chance_line(axes, CHANCE)
        axes.set_xlabel("updates")
        axes.legend(title="learnt", loc="center left", bbox_to_anchor=(1.02, 0.5))
    grid[0].set_ylabel("training accuracy")
    figure.suptitle(
        f"Mean of {counted(config.seeds, 'seed')}; band: middle half; stopped seeds "
        "keep their last value",
        fontsize=11,
    )
    return figure


def gates(config: LearningConfig, results: Results) -> Figure:
    """How far training moved every unit's number: alone, and with the others."""
    figure = Figure(figsize=(11.0, 4.2))
    labels: dict[str, Any] = {}
    for axes, field in zip(figure.subplots(1, 3), PARAMETERS, strict=True):
        for name, color, label in (
            (ALL, PALETTE[0], "all three learnt"),
            (field, PALETTE[1], "it alone learnt"),
        ):
            if name not in config.choices:
                continue
            values = gate_history(results, Setting(name), field).astype(float)
            before, after = values[:, 0].ravel(), values[:, 1].ravel()
            (labels[label],) = axes.plot(
                before, after - before, ".", ms=5, color=color, alpha=0.6, label=label
            )
        axes.axhline(0, color=GREY, lw=1, ls=DOTTED)
        axes.set_xlabel(f"{UNITS[field]} before")
        axes.set_ylabel(f"change of {UNITS[field]}")
    if labels:
        figure.legend(
            handles=list(labels.values()), loc="outside lower center", ncols=2
        )
    figure.suptitle(
        f"Gates of all units of {counted(config.seeds, 'seed')}: what training changed",
        fontsize=11,
    )
    return figure


def open_units(config: LearningConfig, results: Results) -> Figure:
    """Share of units open at every step of a test, before and after training."""
    panels = _panels(config)
    figure = Figure(figsize=(2.0 + 4.6 * len(panels), 4.0))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (chosen, known) in zip(grid, panels, strict=True):
        looks = categories(known)
        for name in chosen:
            shares = _shares(results, name)
            steps = np.arange(shares.shape[1])
            every = max(1, len(steps) // 6)
            axes.plot(steps, shares[1], label=name, markevery=every, **looks[name])
        before = _shares(results, chosen[0])[0]
        axes.plot(before, color=GREY, lw=1, ls=DOTTED, label="before")
        axes.set_xlabel("step of a wave")
        axes.legend(title="learnt", loc="center left", bbox_to_anchor=(1.02, 0.5))
        axes.set_ylim(bottom=0)
    grid[0].set_ylabel("share of units open")
    figure.suptitle(
        f"Mean over {counted(config.seeds, 'seed')} and the waves of the test",
        fontsize=11,
    )
    return figure


def _shares(results: Results, name: str) -> Float[np.ndarray, "2 steps"]:
    """Share of open units before and after, at the steps that some wave takes."""
    longest = int(results.history[f"{name}/test_lengths"].max())
    shares = gate_history(results, Setting(name), "steps_open").astype(float)
    return np.asarray(shares.mean(0)[:, :longest])
