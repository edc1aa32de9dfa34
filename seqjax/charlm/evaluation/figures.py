"""Figures of an evaluation, drawn from its results alone."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from seqjax.charlm.evaluation.calibration_figure import calibration
from seqjax.charlm.evaluation.card import Card
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.estimates import NOT_SHARES, estimate
from seqjax.charlm.evaluation.findings import limit
from seqjax.charlm.evaluation.structure import LABELS
from seqjax.core.statistics import Estimate
from seqjax.lab.reporting.figures import PALETTE, shades
from seqjax.lab.study import Results

DOTTED = (0, (2, 2))
DASHED = (0, (6, 2))

QUALITY = {
    "words": "real words (share)",
    "repeats": "16-grams repeated (share)",
    "ngram_nats": "n-gram loss (nats per character)",
}
"""What each measure that every kind of text has is called on an axis."""


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """All figures of a card."""
    card = Card(config, results)
    return {
        "losses": losses(card),
        "calibration": calibration(card),
        "novelty_and_words": novelty_and_words(card),
        "quality": quality(card),
        "memorisation": memorisation(card),
    }


def losses(card: Card) -> Figure:
    """The loss of the models beside those that need no network."""
    points = sorted(_losses(card), key=lambda point: -point[1].value)
    figure = Figure(figsize=(7.0, 0.9 + 0.36 * len(points)))
    axes = figure.add_subplot()
    for place, (_, one, look) in enumerate(points):
        # A single model has no interval, and a baseline needs none.
        reach = np.nan_to_num([[one.value - one.low], [one.high - one.value]])
        axes.errorbar([one.value], [place], xerr=reach, capsize=3, ls="", **look)
        axes.annotate(
            f"{one.value:.2f}",
            (one.value, place),
            xytext=(8, 6 if reach.any() else 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(points)), [name for name, *_ in points])
    axes.set_xlabel("loss (bits per character)")
    axes.set_xlim(left=0, right=1.12 * points[0][1].value)
    title = f"{card.title}: {card.held_out_characters} characters of "
    title += f"{card.config.part} text"
    if card.several:
        title += f"\n{len(card.config.names)} seeds; bars: 95 % intervals (Student)"
    axes.set_title(title)
    return figure


def _losses(card: Card) -> list[tuple[str, Estimate, dict[str, Any]]]:
    """Name, loss and look of the models and the baselines."""
    part, wanted = card.config.part, "bits_per_character"
    looks = [
        {"color": color, "marker": marker}
        for color, marker in zip(PALETTE[:3], "o^D", strict=True)
    ]
    found: list[tuple[str, Estimate | None, dict[str, Any]]] = [
        ("model, state carried", card.predicted(wanted, part, "carried"), looks[0]),
        (
            "model, state reset",
            card.predicted(wanted, part, "reset"),
            looks[0] | {"marker": "s"},
        ),
        (
            "model on training text",
            card.predicted(wanted, "train", "carried"),
            looks[1],
        ),
    ]
    for name in card.baselines():
        value = card.baseline(name, wanted)
        one = None if value is None else estimate([value])
        found.append((name, one, looks[2]))
    return [(name, one, look) for name, one, look in found if one is not None]


def novelty_and_words(card: Card) -> Figure:
    """Temperature against what is new in the samples, and what are words."""
    figure = Figure(figsize=(8.4, 4.4))
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    length = card.config.longest
    grams = [name for name in card.measures if name.startswith("seen_")]
    for name, color in zip(grams, shades(len(grams)), strict=True):
        _line(left, card, name, length, color, f"k = {name[5:]}", new=True)
    left.set_ylabel("share")
    left.set_title("k-grams that are new")
    left.legend(loc="lower right")
    _line(right, card, "words", length, PALETTE[0], "samples")
    right.set_title("words that are real")
    handles = [
        left.plot([], [], color="0.35", ls=line, label=label)[0]
        for line, label in (("-", "samples"), (DASHED, "held-out text"))
    ]
    right.legend(handles=handles, loc="lower left")
    left.set_ylim(-0.03, 1.03)
    for axes in (left, right):
        axes.set_xlabel("temperature")
    figure.suptitle(_caption(card, f"samples of {length} characters"), fontsize=11)
    return figure


def quality(card: Card) -> Figure:
    """Every measure of quality against temperature, by length."""
    measured = [n for n in card.measures if n in QUALITY or n in LABELS]
    # No panel for what the samples have none of, such as environments of LaTeX.
    names = [n for n in measured if _written(card, n)] or measured
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(1.0 + 2.9 * columns, 0.9 + 2.5 * rows))
    grid = figure.subplots(rows, columns, squeeze=False)
    colors = shades(len(card.config.lengths))
    for name, axes in zip(names, grid.flat, strict=False):
        for length, color in zip(sorted(card.config.lengths), colors, strict=True):
            _line(axes, card, name, length, color, f"{length} characters")
        axes.set_title(QUALITY.get(name) or LABELS[name], fontsize=10)
        if name not in NOT_SHARES:
            axes.set_ylim(-0.03, 1.03)
    for axes in list(grid.flat)[len(names) :]:
        axes.set_axis_off()
    for axes in list(grid.flat)[max(0, len(names) - columns) : len(names)]:
        axes.set_xlabel("temperature")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    handles.append(grid[0, 0].plot([], [], color="0.35", ls=DASHED)[0])
    labels.append("held-out text of that length")
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle(_caption(card, "samples"), fontsize=11)
    return figure


def _written(card: Card, name: str) -> bool:
    """Whether any sample has this measure."""
    config = card.config
    return any(
        card.written(name, temperature, length) is not None
        for temperature in config.temperatures
        for length in config.lengths
    )


def memorisation(card: Card) -> Figure:
    """The longest verbatim run of every sample against temperature."""
    figure = Figure()
    axes = figure.add_subplot()
    config, longest = card.config, card.longest()
    length, run = config.lengths.index(config.longest), card.measures.index("run")
    step = min(np.diff(sorted(config.temperatures)), default=1.0)
    for name in config.names:
        runs = card.array(name, "hits")[:, length, run]
        for temperature, values in zip(config.temperatures, runs, strict=True):
            fan = 0.28 * step * np.linspace(-1, 1, len(values))
            axes.scatter(
                temperature + fan,
                np.sort(np.maximum(values, 1)),
                s=9,
                color=PALETTE[0],
                alpha=0.5,
                linewidths=0,
            )
    usual = card.held_out("run", config.longest)
    if usual is not None:
        axes.axhline(usual.value, color=PALETTE[2], ls=DASHED, label="held-out, mean")
    axes.axhline(
        longest[0].held_out, color=PALETTE[2], ls=DOTTED, label="held-out, longest"
    )
    axes.axhline(
        limit(longest[0]), color=PALETTE[3], ls="-", label="from here on: a recital"
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("longest run of a sample in the\ntraining text (characters)")
    axes.set_xlabel("temperature")
    axes.set_title(
        f"Dots: {config.samples} samples of {config.longest} characters, "
        + ("every seed" if card.several else "one model")
    )
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _line(
    axes: Axes,
    card: Card,
    name: str,
    length: int,
    color: str,
    label: str,
    *,
    new: bool = False,
) -> None:
    """A measure against temperature with its band, and that of held-out text."""
    found = [
        (temperature, one)
        for temperature in sorted(card.config.temperatures)
        if (one := card.written(name, temperature, length)) is not None
    ]
    expected = card.held_out(name, length)
    first, last = min(card.config.temperatures), max(card.config.temperatures)
    margin = 0.05 * (last - first) or 0.5
    axes.set_xlim(first - margin, last + margin)
    turned = (lambda value: 1 - value) if new else (lambda value: value)
    if expected is not None:
        axes.axhline(turned(expected.value), color=color, ls=DASHED, lw=1.1)
    if not found:
        return
    x = [temperature for temperature, _ in found]
    ends = np.array([turned(np.array(one.interval)) for _, one in found])
    axes.fill_between(x, *np.sort(ends.T, axis=0), color=color, alpha=0.2, linewidth=0)
    values = [turned(one.value) for _, one in found]
    axes.plot(x, values, color=color, marker="o", label=label)


def _caption(card: Card, what: str) -> str:
    return f"{card.title}: {what}; bands: 95 % intervals (Student) over {card.unit}"
