"""Figures of the gates: the phase behind, the openness before it."""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.lab.reporting import plots
from seqjax.lab.reporting.figures import PALETTE
from seqjax.lab.study import Results
from seqjax.phased.gate.config import REPORT, GateConfig, Panel

MOST_COLUMNS = 2

PHASE, BEFORE = "0.72", PALETTE[1]


def figures(config: GateConfig, results: Results) -> dict[str, Figure]:
    """Report 001's four panels, and the others where there are any."""
    drawn = {"report_001": _panels(config, results, REPORT)}
    if config.given:
        drawn["given"] = _panels(config, results, config.given)
    return drawn


def _panels(config: GateConfig, results: Results, panels: Sequence[Panel]) -> Figure:
    """A panel each, all over the same time."""
    columns = min(len(panels), MOST_COLUMNS)
    figure, places = plots.panels(
        len(panels), columns, width=4.0, height=2.0, room=0.0, least=5.0
    )
    for i, (axes, panel) in enumerate(zip(places, panels, strict=True)):
        _draw(axes, panel, results)
        title = _typeset(panel.title)
        axes.set_title(f"({_letter(i)})  {title}", loc="left", fontsize=11)
        axes.set_xlim(0, config.duration)
        axes.set_ylim(0, 1.05)
        axes.set_yticks([0, 0.5, 1])
        # Also where the panel below is missing.
        if i + columns >= len(panels):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("time $t$")
    for axes in places[::columns]:
        axes.set_ylabel(r"$k$, $\varphi$")
    handles = {
        line.get_label(): line
        for axes in places
        for line in axes.lines
        if not str(line.get_label()).startswith("_")
    }
    wanted = [label for label in LABELS if label in handles]
    figure.legend(
        handles=[handles[label] for label in wanted],
        loc="outside upper center",
        ncols=len(wanted),
    )
    return figure


LABELS = ("openness $k$", "$k$ before the change", r"phase $\varphi$")


def _draw(axes: Axes, panel: Panel, results: Results) -> None:
    """Phase, openness before the change, openness."""
    times = results.history[f"{panel.name}/time"]
    phi = results.history[f"{panel.name}/phi"]
    k = results.history[f"{panel.name}/k"]
    axes.plot(*_broken(times, phi[-1]), color=PHASE, lw=1.2, label=LABELS[2])
    if panel.before is not None:
        axes.plot(times, k[0], color=BEFORE, lw=1.4, ls=(0, (4, 2)), label=LABELS[1])
    axes.plot(times, k[-1], color=PALETTE[0], label=LABELS[0])
    axes.fill_between(times, k[-1], color=PALETTE[0], alpha=0.12, linewidth=0)


def _broken(
    times: Float[np.ndarray, " times"], phi: Float[np.ndarray, " times"]
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    """A line that does not join the end of a turn to the start of the next."""
    turns = np.flatnonzero(np.diff(phi) < 0) + 1
    return np.insert(times, turns, times[turns]), np.insert(phi, turns, np.nan)


def _typeset(title: str) -> str:
    """A title with its names as the symbols that they stand for."""
    symbols = {
        "tau": r"$\tau$",
        "alpha": r"$\alpha$",
        "r_on": r"$r_\mathrm{on}$",
        "s": "$s$",
    }
    return re.sub(r"[a-z_]+", lambda word: symbols.get(word[0], word[0]), title)


def _letter(i: int) -> str:
    """A, b, ... z, then numbers."""
    return chr(ord("a") + i) if i < 26 else str(i + 1)
