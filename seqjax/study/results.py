"""What a study of one's own prints, draws, and writes into ``summary.json``.

A seed that diverged is a failure: it counts with the loss and score of its own
untrained network.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

from seqjax.core.statistics import Adjusted, mean, paired_comparisons
from seqjax.lab.measures import DIVERGED, Measure, Outcome, Rows, numbers, table
from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import PALETTE, categories, shades
from seqjax.lab.reporting.plots import GREY, band, chance_line, points_with_bars
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid

FORM = "{:.4g}"


class Against(NamedTuple):
    """A setting less the first one, on the same seeds.

    Attributes:
        setting: which.
        loss: the difference; the p-value is Holm's over all settings.
    """

    setting: Any
    loss: Adjusted


class Told:
    """The texts and figures of an experiment.

    Args:
        grid: its sweep.
        title: what it is called.
    """

    def __init__(self, grid: Grid, title: str) -> None:
        self._grid, self._title = grid, title
        self._names = [n for n in ("score", "loss") if n in grid.ending]

    def measures(self) -> list[Measure]:
        """What is told of a setting, for summary and table."""
        found: list[Measure] = []
        for name in self._names:
            found += [_mean_of(name), _mean_of(f"untrained_{name}")]
        return [*found, DIVERGED]

    def outcomes(self, config: Experiment, results: Results) -> list[Outcome]:
        """The rows of every setting."""
        found = []
        for setting in self._grid.settings(config):
            rows = self._grid.rows_of(results, setting)
            lost = np.array([row["diverged"] for row in rows])
            losses = column(rows, "loss")
            never = np.ones(len(rows), bool)
            updates = np.array([row["steps"] for row in rows], float)
            found.append(Outcome(setting, rows, losses, ~lost, updates, never, lost))
        return found

    def against(self, config: Experiment, results: Results) -> list[Against]:
        """Every setting less the first; none of a single setting or seed."""
        first, *others = self.outcomes(config, results)
        base = column(first.rows, "loss")
        pairs = [(column(other.rows, "loss"), base) for other in others]
        compared = paired_comparisons(pairs)
        return [
            Against(other.setting, comparison)
            for other, comparison in zip(others, compared, strict=True)
        ]

    def summarise(self, config: Experiment, results: Results) -> dict[str, Any]:
        """`summary.json`."""
        outcomes = self.outcomes(config, results)
        return {
            "settings": [numbers(self.measures(), each) for each in outcomes],
            "comparisons": [
                {
                    **each.setting._asdict(),
                    "less": outcomes[0].setting._asdict(),
                    "loss_difference": each.loss.difference._asdict(),
                    "p_value_holm": each.loss.p_value,
                }
                for each in self.against(config, results)
            ],
        }

    def tables(self, config: Experiment, results: Results) -> list[Table]:
        """A row per setting, and every setting against the first."""
        seeds = counted(config.seeds, "seed")
        outcomes = self.outcomes(config, results)
        axes = self._grid.setting._fields
        found = [
            table(
                self.measures(),
                outcomes,
                title=f"{self._title}: {seeds}, {counted(config.steps, 'update')}",
                axes=axes,
                caption=(
                    "On the test set. Brackets: 95 % intervals over seeds "
                    "(bootstrap). A diverged seed counts as its untrained network."
                ),
            )
        ]
        against = self.against(config, results)
        if against:
            first = self._label(outcomes[0].setting)
            found.append(
                Table(
                    title=f"Loss less that of {first}, on the same seeds",
                    columns=(*axes, "difference", "p (Holm)"),
                    rows=[
                        [
                            *map(str, each.setting),
                            estimate_text(each.loss.difference, "{:+.4g}"),
                            f"{each.loss.p_value:.3f}",
                        ]
                        for each in against
                    ],
                    caption="Sign-flip test; below 0: better than the first.",
                )
            )
        return found

    def figures(self, config: Experiment, results: Results) -> dict[str, Figure]:
        """Curves of the training, and the test of every setting."""
        return {
            "training_curves": self._curves(config, results),
            "test_by_setting": self._by_setting(config, results),
        }

    def _curves(self, config: Experiment, results: Results) -> Figure:
        names = self._names
        figure = Figure(figsize=(7, 1.2 + 2.8 * len(names)))
        grid = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        settings = self._grid.settings(config)
        labels = [self._label(setting) for setting in settings]
        few = len(labels) <= len(PALETTE)
        colors = list(PALETTE[: len(labels)]) if few else shades(len(labels))
        for axes, name in zip(grid, names, strict=True):
            for setting, label, color in zip(settings, labels, colors, strict=True):
                curves = results.history[f"{self._grid.name(setting)}/{name}"]
                finite = np.isfinite(curves).any(axis=1)
                if not finite.any():
                    continue
                shown = smoothed(held(curves[finite]))
                band(axes, shown, color=color, center="median", lw=1.6, label=label)
            axes.set_ylabel(f"{name} (training batches)")
            if name == "loss" and all(
                (line.get_ydata() > 0).all() for line in axes.lines
            ):
                axes.set_yscale("log")
        grid[-1].set_xlabel("updates")
        handles, texts = grid[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside right center")
        seeds = counted(config.seeds, "seed")
        figure.suptitle(f"Median of {seeds}, band: their middle half", fontsize=12)
        return figure

    def _by_setting(self, config: Experiment, results: Results) -> Figure:
        outcomes = self.outcomes(config, results)
        names = self._names
        figure = Figure(
            figsize=(1.8 + 0.9 * max(4, len(outcomes)), 1.2 + 2.8 * len(names))
        )
        grid = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        places = np.arange(len(outcomes), dtype=float)
        look = categories(names)
        for axes, name in zip(grid, names, strict=True):
            values = [column(each.rows, name) for each in outcomes]
            color = look[name]["color"]
            for place, own in zip(places, values, strict=True):
                fan = (
                    np.linspace(-0.08, 0.08, len(own)) if len(own) > 1 else np.zeros(1)
                )
                axes.scatter(place + fan, own, s=12, color=color, alpha=0.5, lw=0)
            points_with_bars(
                axes,
                places,
                [mean(own) for own in values],
                color="black",
                ls="",
                lw=1.2,
                marker="o",
            )
            base = np.mean(
                [column(e.rows, f"untrained_{name}").mean() for e in outcomes]
            )
            chance_line(axes, float(base), "untrained")
            axes.set_ylabel(f"{name} (test set)")
            axes.annotate(
                "untrained",
                (1, base),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="bottom",
                color=GREY,
                fontsize=9,
            )
        labels = [self._label(each.setting) for each in outcomes]
        turned = 30 if max(map(len, labels)) > 8 else 0
        grid[-1].set_xticks(places, labels, rotation=turned)
        seeds = counted(config.seeds, "seed")
        figure.suptitle(
            f"{seeds} as dots, mean with 95 % bootstrap interval", fontsize=12
        )
        return figure

    def _label(self, setting: Any) -> str:
        parts = [f"{name} {value}" for name, value in setting._asdict().items()]
        return ", ".join(parts) or self._title


def _mean_of(name: str) -> Measure:
    """The mean of a column over seeds."""
    return Measure(
        name,
        f"mean {name}".replace("mean untrained_", "untrained "),
        lambda o: mean(column(o.rows, name)),
        lambda value, _: estimate_text(value, FORM),
    )


def column(rows: Rows, name: str) -> Float64[np.ndarray, " seeds"]:
    """A column; of a seed that diverged, or is not finite, its untrained network's.

    Args:
        rows: one per seed.
        name: ``loss``, ``score``, or one of the untrained ones.
    """
    before = name if name.startswith("untrained_") else f"untrained_{name}"
    values = np.array([np.nan if r[name] is None else r[name] for r in rows], float)
    start = np.array([np.nan if r[before] is None else r[before] for r in rows], float)
    lost = np.array([row["diverged"] for row in rows]) | ~np.isfinite(values)
    return np.where(lost, start, values)
