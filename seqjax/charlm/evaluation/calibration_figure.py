"""The reliability diagram, and how often each character is expected and comes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from seqjax.charlm.evaluation.card import Card
from seqjax.charlm.evaluation.rows import TEXT
from seqjax.core.statistics import Estimate
from seqjax.lab.reporting.figures import categories

JUDGED = ("likeliest character", "every character")
"""The rows of the arrays of reliability."""

LEAST = 30
"""Predictions that a bin must have to be drawn."""


def calibration(card: Card) -> Figure:
    """Left: probability against how often it came true. Right: by character."""
    figure = Figure(figsize=(9.0, 4.6))
    left, right = figure.subplots(1, 2)
    looks = categories(JUDGED)
    for row, name in enumerate(JUDGED):
        for model in card.config.names:
            confidence = card.history(model, "reliability_confidence")
            if confidence is not None:
                accuracy = card.array(model, "reliability_accuracy")[row]
                counts = card.array(model, "reliability_counts")[row]
                drawn = counts >= LEAST
                reach = 1.96 * np.sqrt(
                    accuracy * (1 - accuracy) / np.maximum(counts, 1)
                )
                left.errorbar(
                    confidence[row][drawn],
                    accuracy[drawn],
                    yerr=reach[drawn],
                    lw=1.2,
                    label=name if model == card.config.names[0] else None,
                    **looks[name],
                )
    left.plot([0, 1], [0, 1], color="0.35", lw=1, ls=(0, (2, 2)), label="calibrated")
    left.set_xlabel("probability")
    left.set_ylabel("share that came true")
    left.set_aspect("equal")
    left.legend(loc="upper left")
    left.set_title(_errors(card), fontsize=10)
    _symbols(right, card)
    lines = "a line per seed; " if card.several else ""
    figure.suptitle(
        f"{card.title}, {card.config.part} part: {lines}bars: 95 % intervals "
        "of independent predictions",
        fontsize=11,
    )
    return figure


def _symbols(axes: Axes, card: Card) -> None:
    """How often each character is expected, against how often it comes."""
    share = card.array(TEXT, "symbol_share")
    names = card.array(TEXT, "symbols")
    models = [card.array(name, "symbol_probability") for name in card.config.names]
    expected = np.mean(models, axis=0)
    there = (share > 0) & np.isfinite(expected) & (expected > 0)
    axes.scatter(share[there], expected[there], s=0)
    for place in np.flatnonzero(there):
        axes.annotate(
            _shown(str(names[place])),
            (share[place], expected[place]),
            ha="center",
            va="center",
            fontsize=7,
            parse_math=False,
        )
    if there.any():
        ends = [share[there].min(), share[there].max()]
        axes.plot(ends, ends, color="0.35", lw=1, ls=(0, (2, 2)))
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel("share of the text")
    axes.set_ylabel("mean probability")
    axes.set_title("every character by itself", fontsize=10)


def _shown(name: str) -> str:
    """A character's name if the font has it, else a dot."""
    known = get_font(findfont(FontProperties())).get_charmap()
    return name if all(ord(character) in known for character in name) else "·"


def _errors(card: Card) -> str:
    def said(name: str) -> str:
        error, chance = (
            card.predicted(f"{name}_{side}", card.config.part, "carried")
            for side in ("error", "chance")
        )
        return f"{_short(error)} (chance {_short(chance)})"

    return f"error: likeliest {said('calibration')},\nevery {said('calibration_all')}"


def _short(found: Estimate | None) -> str:
    return "-" if found is None else f"{found.value:.4f}"
