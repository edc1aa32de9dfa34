"""Figures of a forecast study, drawn from its results alone."""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.data import UNITS
from seqjax.graphs.forecast.models import REFERENCES
from seqjax.graphs.forecast.summary import errors, estimate, select
from seqjax.lab.reporting.figures import PALETTE, categories
from seqjax.lab.reporting.plots import (
    GREY,
    estimates_in_band,
    legend,
    line_in_band,
    points_with_bars,
)
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results

DEVIATIONS = "standard deviations of the training part"
STYLES = {"persistence": (0, (4, 2)), "mean": (0, (1, 2))}


def figures(config: ForecastConfig, results: Results) -> dict[str, Figure]:
    """Errors, forecasts over time, choice of the update; errors against steps ahead."""
    drawn = {
        "errors": error_per_model(config, results),
        "forecasts": forecasts(config, results),
        "validation": validation(config, results),
    }
    if config.horizon > 1:
        drawn["steps_ahead"] = steps_ahead(config, results)
    return drawn


def trained(config: ForecastConfig) -> list[str]:
    """Models that have been trained."""
    return [name for name in config.names if name not in REFERENCES]


def error_per_model(config: ForecastConfig, results: Results) -> Figure:
    """Test error of every model, a point per seed; what needs no training as lines."""
    figure = Figure(figsize=(7, 4.4))
    axes = figure.add_subplot()
    names = trained(config)
    for i, name in enumerate(names):
        values = errors(results, name, config.horizon)
        color = PALETTE[0] if name in config.models else PALETTE[1]
        fan = np.linspace(-0.2, 0.2, len(values)) if len(values) > 1 else np.zeros(1)
        axes.scatter(
            i + fan, values, s=16, color=color, alpha=0.6, linewidths=0, zorder=2
        )
        points_with_bars(
            axes,
            [i],
            [estimate(results, name, config.horizon)],
            fmt="_",
            color="black",
            markersize=14,
            capsize=4,
            lw=1.4,
            zorder=3,
        )
    for name, line in STYLES.items():
        value = errors(results, name, config.horizon)[0]
        axes.axhline(value, color=GREY, lw=1.2, ls=line, label=name)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, len(names) - 0.4)
    ahead = "one step ahead" if config.horizon == 1 else f"{config.horizon} steps ahead"
    axes.set_ylabel(f"test RMSE, {ahead}\n({DEVIATIONS})")
    axes.set_title(
        f"{config.dataset}: points: {counted(config.seeds, 'seed')}; bars: mean, 95 % "
        "interval\nblue: graph and memory; orange: controls",
        fontsize=11,
    )
    legend(figure, axes)
    return figure


def forecasts(config: ForecastConfig, results: Results) -> Figure:
    """What came, and what was forecast, for the nodes with most neighbours."""
    model = config.models[0]
    truth = results.history[f"{model}/truth"]
    found = said(results, model, config.horizon)
    nodes = results.history[f"{model}/nodes"].tolist()
    figure = Figure(figsize=(8, 1.2 + 1.7 * len(nodes)))
    column = figure.subplots(len(nodes), 1, sharex=True, squeeze=False)[:, 0]
    times = np.arange(len(truth))
    for i, (axes, name) in enumerate(zip(column, nodes, strict=True)):
        axes.plot(times, truth[:, i], color="black", lw=1.2, label="measured")
        forecast = found[:, :, i]
        line_in_band(
            axes,
            times,
            (forecast.min(0), forecast.mean(0), forecast.max(0)),
            color=PALETTE[0],
            alpha=0.2,
            lw=1.4,
            label=model,
        )
        if "lstm" in config.controls:
            control = said(results, "lstm", config.horizon)[:, :, i]
            axes.plot(
                times,
                control.mean(axis=0),
                color=PALETTE[1],
                lw=1.2,
                ls="--",
                label="lstm (no graph)",
            )
        axes.set_title(f"node {name}", loc="left", fontsize=10)
    column[-1].set_xlabel("snapshots of the test part")
    column[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.supylabel(UNITS.get(config.dataset, "value of the node"), fontsize=11)
    legend(figure, column[0])
    ahead = counted(config.horizon, "step")
    figure.suptitle(
        f"{config.dataset}, {ahead} ahead: mean and range over "
        f"{counted(config.seeds, 'seed')}",
        fontsize=11,
    )
    return figure


def said(
    results: Results, model: str, ahead: int
) -> Float[np.ndarray, "seeds snapshots shown"]:
    """Forecasts of every seed; of one that diverged, those of the worse reference."""
    found = results.history[f"{model}/forecast"]
    lost = np.array([row["diverged"] for row in select(results, model, ahead)])
    worse = max(REFERENCES, key=lambda name: errors(results, name, ahead)[0])
    others = results.history[f"{worse}/forecast"]
    return np.where(lost[:, None, None], others, found)


def validation(config: ForecastConfig, results: Results) -> Figure:
    """Error of the validation part against updates, and the updates that were kept."""
    figure = Figure(figsize=(7.4, 4.4))
    axes = figure.add_subplot()
    names = trained(config)
    for name, look in categories(names).items():
        curves = results.history[f"{name}/validation_rmse"]
        updates = np.arange(curves.shape[1])
        # A diverged seed is worse than all others from then on.
        middle = np.median(np.where(np.isfinite(curves), curves, np.inf), axis=0)
        axes.plot(
            updates,
            middle,
            color=look["color"],
            ls=look["linestyle"],
            lw=1.5,
            label=name,
        )
        for row, curve in zip(select(results, name, 1), curves, strict=True):
            if row["kept_update"] >= 0:
                kept = row["kept_update"]
                axes.plot(
                    kept,
                    curve[kept],
                    marker=look["marker"],
                    color=look["color"],
                    markersize=4,
                    alpha=0.6,
                )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("updates")
    axes.set_ylabel(f"RMSE of the validation part\n({DEVIATIONS})")
    axes.set_title("Lines: median of seeds; markers: the update that each seed kept")
    figure.legend(loc="outside right center")
    return figure


def steps_ahead(config: ForecastConfig, results: Results) -> Figure:
    """Test error against the number of steps ahead."""
    figure = Figure(figsize=(7, 4.4))
    axes = figure.add_subplot()
    steps = np.arange(1, config.horizon + 1)
    for name, look in categories(trained(config)).items():
        found = [estimate(results, name, int(ahead)) for ahead in steps]
        estimates_in_band(axes, steps, found, alpha=0.15, lw=1.5, label=name, **look)
    for name, line in STYLES.items():
        values = [errors(results, name, int(ahead))[0] for ahead in steps]
        axes.plot(steps, values, color=GREY, lw=1.2, ls=line, label=name)
    axes.set_xlabel("steps ahead")
    axes.set_ylabel(f"test RMSE\n({DEVIATIONS})")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{config.dataset}: mean of {counted(config.seeds, 'seed')}, 95 %")
    figure.legend(loc="outside right center")
    return figure
