"""Figures of a study of node classes, drawn from its results alone."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.published import published_of
from seqjax.graphs.classify.summary import accuracies, accuracy_of, chance, confusion
from seqjax.lab.reporting.figures import PALETTE, categories
from seqjax.lab.reporting.plots import GREY, line_in_band
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results

MANY_NODES = 300
"""Nodes of an embedding that are drawn as small dots, and not named."""

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def figures(config: ClassifyConfig, results: Results) -> dict[str, Figure]:
    """Accuracies, curves; and of the first model, the embedding and the confusion."""
    return {
        "accuracy": accuracy(config, results),
        "embedding": embedding(config, results),
        "confusion": confused(config, results),
        "learning_curves": learning_curves(config, results),
    }


def accuracy(config: ClassifyConfig, results: Results) -> Figure:
    """Every seed of every model as a dot, means with intervals, published numbers."""
    rows = len(config.model)
    figure = Figure(figsize=(7, 1.6 + 0.55 * rows))
    axes = figure.add_subplot()
    for i, model in enumerate(config.model):
        found = accuracy_of(results, model)
        values = 100 * accuracies(results, model)
        fan = np.linspace(-0.25, 0.25, len(values)) if len(values) > 1 else [0.0]
        axes.scatter(
            values, i + np.asarray(fan), s=10, color=PALETTE[0], alpha=0.4, linewidths=0
        )
        ends = [100 * found.low, 100 * found.high]
        if np.isfinite(ends).all():
            axes.plot(ends, [i, i], color=PALETTE[2], lw=3, solid_capstyle="butt")
        axes.plot(
            100 * found.value, i, "o", color=PALETTE[2], label="mean, 95 % interval"
        )
        published = published_of(config, model)
        if published is not None:
            axes.plot(
                published.mean,
                # Beside the mean, which would lie under it.
                i + 0.38,
                "D",
                color=PALETTE[3],
                markerfacecolor="white",
                label="published",
            )
    constant = 100 * chance(results, config.model[0])
    axes.axvline(constant, color=GREY, lw=1, ls=(0, (2, 2)), label="constant answer")
    axes.set_yticks(range(rows), list(config.model))
    axes.set_ylim(rows - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("accuracy on test nodes (%)")
    axes.set_title(f"{_title(config)}; dots: single seeds")
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(
        unique.values(), unique.keys(), loc="outside lower center", ncols=len(unique)
    )
    return figure


def embedding(config: ClassifyConfig, results: Results) -> Figure:
    """Hidden units of every node in the plane of their two principal components."""
    model = config.model[0]
    places = results.history[f"{model}/embedding"]
    share = results.history[f"{model}/embedding_share"]
    labels = results.history[f"{model}/labels"]
    seed = int(results.history[f"{model}/embedding_seed"])
    figure = Figure(figsize=(7, 5.4))
    axes = figure.add_subplot()
    many = len(places) > MANY_NODES
    classes = sorted(set(labels.tolist()) - {-1})
    colors = class_colors(len(classes))
    for label in [*([-1] if -1 in labels else []), *classes]:
        mine = places[labels == label]
        axes.scatter(
            mine[:, 0],
            mine[:, 1],
            s=9 if many else 70,
            color="0.75" if label < 0 else colors[classes.index(label)],
            marker="." if label < 0 else _MARKERS[label % len(_MARKERS)],
            alpha=0.7,
            linewidths=0,
            label="no class" if label < 0 else f"class {label}",
        )
    if not many:
        for node, place in enumerate(places):
            axes.annotate(
                str(node), place, xytext=(4, 4), textcoords="offset points", fontsize=7
            )
    outside = _shown(axes, places) if many else 0
    for name, axis, part in zip(
        ("first", "second"), (axes.xaxis, axes.yaxis), share, strict=True
    ):
        axis.set_label_text(
            f"{name} principal component ({100 * part:.0f} % of the variance)"
        )
    title = f"{config.dataset}, {model}: hidden layer, seed {seed} (median)"
    beyond = f"\n{counted(outside, 'node')} beyond the edges" if outside else ""
    axes.set_title(title + beyond)
    figure.legend(loc="outside right center", markerscale=2 if many else 1)
    return figure


def _shown(axes: Axes, places: np.ndarray) -> int:
    """Leave a few that lie far out beyond the edges; how many."""
    low, high = np.quantile(places, [0.005, 0.995], axis=0)
    room = 0.1 * (high - low)
    low, high = low - room, high + room
    if not (high > low).all():
        return 0
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    return int(np.sum(((places < low) | (places > high)).any(axis=1)))


def class_colors(count: int) -> list[str]:
    """A colour for every class; past the palette's, evenly spaced ones."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    from matplotlib.colors import to_hex

    return [to_hex(c) for c in colormaps["viridis"](np.linspace(0, 1, count))]


def confused(config: ClassifyConfig, results: Results) -> Figure:
    """Which class is given to nodes of which, in per cent of the class, over seeds."""
    model = config.model[0]
    counts = confusion(results, model).sum(axis=0).astype(float)
    totals = counts.sum(axis=1, keepdims=True)
    percent = np.full_like(counts, np.nan)
    np.divide(100 * counts, totals, out=percent, where=totals > 0)
    size = len(counts)
    side = 2.6 + 0.5 * min(size, 20)
    figure = Figure(figsize=(side + 0.8, side))
    axes = figure.add_subplot()
    image = axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    if size <= 20:
        _numbers(axes, percent)
    axes.set_xticks(range(size))
    axes.set_yticks(range(size))
    axes.grid(visible=False)
    axes.set_xlabel("class given")
    axes.set_ylabel("class")
    axes.set_title(f"{model}: % of each class,\n{_title(config)}")
    figure.colorbar(image, ax=axes, label="% of the class", shrink=0.8)
    return figure


def _numbers(axes: Axes, percent: np.ndarray) -> None:
    """The numbers of a table, light on dark and dark on light."""
    for (row, column), value in np.ndenumerate(percent):
        if np.isfinite(value):
            axes.text(
                column,
                row,
                f"{value:.0f}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if value > 55 else "black",
            )


def learning_curves(config: ClassifyConfig, results: Results) -> Figure:
    """Losses against epochs: a look per model, in training and in validation."""
    figure = Figure(figsize=(7 + (2.2 if len(config.model) > 1 else 0), 4.2))
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    # One more model than there are colours: the last is drawn as the first, dashed.
    looks = categories(config.model[: len(PALETTE)])
    for axes, metric in zip(panels, ("loss", "validation_loss"), strict=True):
        for model in config.model:
            curves = results.history[f"{model}/{metric}"]
            # The last loss of a seed that diverged may be infinite.
            curves = np.where(np.isfinite(curves), curves, np.nan)
            epochs = np.arange(1, curves.shape[1] + 1)
            running = np.isfinite(curves).any(axis=0)
            if not running.any():
                continue
            look = looks.get(model, {"color": GREY, "linestyle": "-"})
            kept, epochs = curves[:, running], epochs[running]
            line_in_band(
                axes,
                epochs,
                [f(kept, axis=0) for f in (np.nanmin, np.nanmean, np.nanmax)],
                color=look["color"],
                alpha=0.15,
                ls=look["linestyle"],
                lw=1.5,
                label=model,
            )
        axes.set_xlabel("epochs")
    panels[0].set_ylabel("cross-entropy and weight decay (nats)")
    panels[0].set_ylim(bottom=0)
    panels[0].set_title("training nodes, with dropout", fontsize=11)
    panels[1].set_title("validation nodes, without", fontsize=11)
    if not np.isfinite(results.history[f"{config.model[0]}/validation_loss"]).any():
        panels[1].text(0.5, 0.5, "no validation nodes", ha="center", color=GREY)
        panels[1].texts[-1].set_transform(panels[1].transAxes)
    if len(config.model) > 1:
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center")
    figure.suptitle(
        f"{_title(config)}; mean of seeds still training, band: lowest to highest",
        fontsize=11,
    )
    return figure


def _title(config: ClassifyConfig) -> str:
    return f"{config.dataset}, {config.split} split, {counted(config.seeds, 'seed')}"
