"""Forecasts of the test part, held against what came."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from seqjax.graphs.forecast.data import Series, measured, names_of
from seqjax.lab.data.graph_data import read_history
from seqjax.tasks.forecast import over_scored
from seqjax.tasks.series import ahead


class Tested(NamedTuple):
    """Forecasts of the test part, in standard deviations of the training part.

    Attributes:
        rmse: root of the mean square error, for every number of steps ahead.
        mae: mean of the absolute errors.
        last: forecasts of the first feature, as many steps ahead as there are.
    """

    rmse: Float[Array | np.ndarray, "*seeds horizon"]
    mae: Float[Array | np.ndarray, "*seeds horizon"]
    last: Float[Array | np.ndarray, "*seeds snapshots nodes"]


def tested(
    found: Float[Array, "time horizon nodes features"],
    targets: Float[Array | np.ndarray, "time nodes features"],
    scored: Bool[Array | np.ndarray, "time nodes features"] | None,
) -> Tested:
    """Forecasts from every time on for which it is known what came.

    Args:
        found: forecasts from every snapshot on.
        targets: what came after each, one step ahead.
        scored: which of these are known, and of nodes that vary; None: all.
    """
    truth = ahead(targets, found.shape[1])
    found = found[: len(truth)]
    gaps, over = found - truth, (0, 2, 3)
    if scored is not None:
        scored = ahead(scored, found.shape[1])
    return Tested(
        jnp.sqrt(over_scored(gaps**2, scored, over)),
        over_scored(jnp.abs(gaps), scored, over),
        found[:, -1, :, 0],
    )


def reference(series: Series, model: str, horizon: int) -> Tested:
    """A test of what needs no training, as of one seed.

    It says the last value, or 0, the mean, at every step ahead of each snapshot.
    """
    test = series.parts.test
    last = np.asarray(test.inputs)[:, None, :, -test.targets.shape[2] :]
    if model == "mean":
        last = np.zeros_like(last)
    found = np.repeat(last, horizon, axis=1)
    one = tested(jnp.asarray(found), jnp.asarray(test.targets), test.scored)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], one)


def rows_of(
    series: Series, model: str, found: Tested, endings: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A row per seed and number of steps ahead, with how each seed ended."""
    horizon = found.rmse.shape[1]
    last = reference(series, "persistence", horizon)
    return [
        {
            "model": model,
            "steps_ahead": h + 1,
            "rmse": float(found.rmse[i, h]),
            "mae": float(found.mae[i, h]),
            "relative_rmse": ratio(found.rmse[i, h], last.rmse[0, h]),
            "relative_mae": ratio(found.mae[i, h], last.mae[0, h]),
            **ending,
        }
        for i, ending in enumerate(endings)
        for h in range(horizon)
    ]


def ratio(error: Any, by: Any) -> float | None:
    """None where it is no number, as with a persistence that is never wrong."""
    return float(error) / float(by) if float(by) and np.isfinite(error) else None


def drawn(series: Series, found: Tested) -> dict[str, np.ndarray]:
    """Forecasts and what came, of the nodes to draw, at the last step ahead."""
    last = np.asarray(found.last)[..., series.shown]
    test = series.parts.test
    truth = np.asarray(test.targets)[-last.shape[1] :, series.shown, 0]
    if test.scored is not None:
        there = np.asarray(test.scored)[-last.shape[1] :, series.shown, 0]
        truth = np.where(there, truth, np.float32("nan"))
    return {
        "forecast": measured(series, last),
        "truth": measured(series, truth),
        "nodes": np.array(names_of(series)),
        **read_history(series.graph),
    }
