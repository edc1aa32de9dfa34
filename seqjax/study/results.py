"""What a study of one's own prints, and writes into ``summary.json``.

A seed that diverged is a failure: it counts with the loss and score of its own
untrained network.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import Estimate, mean, paired_comparisons
from seqjax.lab.comparisons import Against
from seqjax.lab.measures import DIVERGED, Measure, numbers, table
from seqjax.lab.outcomes import Outcome, Rows
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid

FORM = "{:.4g}"
FEW = " Of fewer than six seeds p is never below 0.05."


def column(rows: Rows, name: str) -> Float64[np.ndarray, " seeds"]:
    """A column; of a seed that diverged, or is not finite, its untrained network's.

    Args:
        rows: one per seed.
        name: ``loss`` or ``score``.

    Returns:
        One number per seed; NaN where that of the untrained network is not finite.
    """
    values = _numbers(rows, name)
    lost = np.array([row["diverged"] for row in rows]) | ~np.isfinite(values)
    return np.where(lost, untrained(rows, name), values)


def untrained(rows: Rows, name: str) -> Float64[np.ndarray, " seeds"]:
    """The same column of the untrained networks, NaN where it is not finite.

    Args:
        rows: one per seed.
        name: ``loss`` or ``score``.
    """
    values = _numbers(rows, f"untrained_{name}")
    return np.where(np.isfinite(values), values, np.nan)


def mean_of(values: Float64[np.ndarray, " seeds"]) -> Estimate:
    """The mean with its interval; NaN where a seed has no number."""
    if np.isfinite(values).all():
        return mean(values)
    nothing = float("nan")
    return Estimate(nothing, nothing, nothing, confidence=0.95, n=len(values))


def outcomes(grid: Grid, config: Experiment, results: Results) -> list[Outcome]:
    """The rows of every setting, in order.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    found = []
    for setting in grid.settings(config):
        rows = grid.rows_of(results, setting)
        lost = np.array([row["diverged"] for row in rows])
        updates = np.array([row["updates"] for row in rows], float)
        main = column(rows, grid.names[0])
        never = np.ones_like(lost)
        found.append(Outcome(setting, rows, main, ~lost, updates, never, lost))
    return found


def against(grid: Grid, config: Experiment, results: Results) -> list[Against]:
    """Every setting less the first; none of a single seed, nor where one is NaN.

    The score decides, where there is one, else the loss.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    first, *others = outcomes(grid, config, results)
    others = [other for other in others if np.isfinite(other.accuracy).all()]
    if config.seeds == 1 or not np.isfinite(first.accuracy).all():
        return []
    compared = paired_comparisons([(o.accuracy, first.accuracy) for o in others])
    return [
        Against(other.setting, comparison)
        for other, comparison in zip(others, compared, strict=True)
    ]


def summarise(grid: Grid, config: Experiment, results: Results) -> dict[str, Any]:
    """Content of ``summary.json``.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    first = grid.settings(config)[0]
    return {
        "settings": [
            {"setting": grid.title(config, each.setting), **numbers(_told(grid), each)}
            for each in outcomes(grid, config, results)
        ],
        "comparisons": [
            {
                "setting": grid.title(config, each.setting),
                "less": grid.title(config, first),
                "measure": grid.names[0],
                "difference": each.found.difference._asdict(),
                "p_value_holm": each.found.p_value,
            }
            for each in against(grid, config, results)
        ],
    }


def tables(grid: Grid, title: str, config: Experiment, results: Results) -> list[Table]:
    """A row per setting, and every setting against the first.

    Args:
        grid: of the experiment.
        title: what it is called.
        config: the experiment.
        results: what came out.
    """
    axes = grid.setting._fields
    varied = "steps" in axes
    seeds = counted(config.seeds, "seed")
    length = "" if varied else f", {counted(config.steps, 'update')}"
    found = [
        table(
            _told(grid),
            outcomes(grid, config, results),
            title=f"{title}: {seeds}{length}",
            axes=axes,
            caption=(
                "On the test set. Brackets: 95 % intervals over seeds (Student). "
                "A diverged seed counts as its untrained network."
            ),
        )
    ]
    compared = against(grid, config, results)
    if compared:
        main, first = grid.names[0], grid.title(config, grid.settings(config)[0])
        better = "above" if main == "score" else "below"
        found.append(
            Table(
                title=f"{main.capitalize()} less that of {first}, on the same seeds",
                columns=(*axes, "difference", "p (Holm)"),
                rows=[
                    [
                        *map(str, each.setting),
                        estimate_text(each.found.difference, "{:+.4g}"),
                        f"{each.found.p_value:.3f}",
                    ]
                    for each in compared
                ],
                caption=f"Sign-flip test; {better} 0: better than the first."
                + (FEW if config.seeds < 6 else ""),
            )
        )
    return found


def _told(grid: Grid) -> list[Measure]:
    """What is told of a setting, for summary and table."""
    found = []
    for name in grid.names:
        before = partial(untrained, name=name)
        found += [
            _mean(name, f"mean {name}", partial(column, name=name), estimate_text),
            _mean(f"untrained_{name}", f"untrained {name}", before, _plain),
        ]
    return [*found, DIVERGED]


def _mean(
    key: str,
    heading: str,
    values: Callable[[Rows], Any],
    text: Callable[[Estimate, str], str],
) -> Measure:
    """The mean of some numbers of a setting's seeds."""
    return Measure(
        key, heading, lambda o: mean_of(values(o.rows)), lambda e, _: text(e, FORM)
    )


def _plain(value: Estimate, form: str) -> str:
    return form.format(value.value)


def _numbers(rows: Rows, name: str) -> Float64[np.ndarray, " seeds"]:
    return np.array([np.nan if r[name] is None else r[name] for r in rows], float)
