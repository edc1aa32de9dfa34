"""What studies of time gates tell of a setting, and of its gates."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from seqjax.core.statistics import mean
from seqjax.lab import measures
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import rows_of
from seqjax.lab.study import Results
from seqjax.phased.options import GatedTraining
from seqjax.phased.sparsity import products
from seqjax.tasks.frequency import RANGE

PERIODS = "share_of_periods_in_range"
"""Name of a number of `gates_told`."""


def measured(
    config: GatedTraining,
    chance: float,
    form: str = "{:g}",
    interval: str = "mean: Gaffke",
) -> list[Measure]:
    """Success, accuracy and time, beside chance.

    Args:
        config: of the study.
        chance: accuracy of a guess.
        form: of it in the table.
        interval: what the caption says of the brackets of means.
    """
    solving = measures.solving(config.steps)
    return [
        measures.success(config.success_accuracy),
        measures.accuracy()._replace(interval=interval),
        Measure("chance_accuracy", "", lambda _: chance),
        solving._replace(key="median_updates_to_solve"),
        Measure("", "chance", lambda _: chance, lambda value, _: form.format(value)),
    ]


def gate_history(results: Results, setting: Any, name: str) -> np.ndarray:
    """What was seen of the gates of a setting, (seeds, start to end, ...).

    A seed that diverged has learnt nothing: its gates count as they began.
    """
    rows = rows_of(results, setting)
    values = np.array(results.history[f"{rows[0]['block']}/{name}"])
    lost = np.array([row["diverged"] for row in rows], bool)
    values[lost] = values[lost, :1]
    return values


def in_range(
    periods: Float[np.ndarray, "*seeds units"],
) -> Float64[np.ndarray, "*seeds"]:
    """Share of units whose period lies in the range of the frequency task."""
    inside = (periods >= RANGE[0]) & (periods <= RANGE[1])
    return inside.mean(axis=-1)


def gates_told(
    results: Results,
    setting: Any,
    hidden_size: int,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What gates were and have become, and what they save; means over seeds."""
    periods, ratios, shares = (
        gate_history(results, setting, name)
        for name in ("period", "open_ratio", "share_open")
    )
    block = rows_of(results, setting)[0]["block"]
    steps = float(results.history[f"{block}/test_lengths"].mean())
    counts = products(hidden_size, steps, float(shares[:, -1].mean()))
    return {
        PERIODS: ends(in_range(periods)),
        "open_ratio": ends(ratios.mean(axis=-1)),
        "share_of_units_open": ends(shares[:, [0, -1]]),
        **(more or {}),
        "products_per_wave": counts._asdict(),
        "products_saved_as_computed_here": 0.0,
    }


def ends(values: Float[np.ndarray, "seeds 2"]) -> dict[str, Any]:
    """Estimates over seeds at the start and at the end."""
    start, end = (mean(np.array(column, float)) for column in values.T)
    return {"start": start._asdict(), "end": end._asdict()}


def change(name: str) -> Callable[[Mapping[str, Any]], str]:
    """What a table tells of the ends of a number of `gates_told`."""
    return lambda told: (
        f"{told[name]['start']['value']:.3f} → {told[name]['end']['value']:.3f}"
    )


def saved(told: Mapping[str, Any]) -> str:
    """What a table tells of the products in `gates_told` that are not needed."""
    return f"{100 * told['products_per_wave']['saved']:.1f} %"
