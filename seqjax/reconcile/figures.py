"""The figure that shows which factor turns the ranking of RNN and LSTM."""

import numpy as np
from matplotlib.figure import Figure

from seqjax.lab.reporting.figures import categories
from seqjax.lab.study import Results
from seqjax.reconcile.config import Config
from seqjax.reconcile.effects import rankings
from seqjax.reconcile.summary import outcomes


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """One figure: LSTM minus RNN, level by level."""
    return {"ranking": ranking(config, results)}


def ranking(config: Config, results: Results) -> Figure:
    """Accuracy of the LSTM less that of the RNN per factor level; a look per length."""
    found = rankings(config, outcomes(results))
    labels = list(dict.fromkeys((r.factor, r.level) for r in found))
    figure = Figure(figsize=(7.5, 1.6 + 0.36 * max(len(labels), 1)))
    axes = figure.add_subplot()
    lengths = sorted(config.lengths)
    looks = categories([str(length) for length in lengths])
    for i, length in enumerate(lengths):
        mine = [r for r in found if r.length == length]
        if not mine:
            continue
        values = np.array([r.difference.value for r in mine])
        ends = np.array([r.difference.interval for r in mine])
        shift = 0.22 * (i - (len(lengths) - 1) / 2)
        look = looks[str(length)]
        axes.errorbar(
            values,
            [labels.index((r.factor, r.level)) + shift for r in mine],
            xerr=np.nan_to_num(np.abs(ends - values[:, None]).T),
            fmt=look["marker"],
            color=look["color"],
            capsize=2,
            label=f"T = {length}",
        )
    axes.axvline(0, color="0.35", lw=1)
    names = [f"{factor.replace('_', ' ')}: {level}" for factor, level in labels]
    axes.set_yticks(range(len(labels)), names)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(-1.02, 1.02)
    axes.set_xlabel("accuracy of the LSTM less that of the RNN")
    axes.set_title(
        f"After {config.steps} updates: right of 0 the LSTM is better\n"
        f"mean of {config.seeds} seeds, 95 % interval (Gaffke)"
    )
    if found:
        axes.legend(loc="lower right")
    return figure
