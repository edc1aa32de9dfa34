"""Training all seeds of one setting: progress as it goes, then curves and rows."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float

from seqjax.lab.study import Number, Reporter
from seqjax.tasks import Score
from seqjax.train import Ensemble, Hyper, Metrics, TrainState


class Trained(NamedTuple):
    """All seeds after their training.

    Attributes:
        states: on their devices, as the ensemble has them.
        history: curves of every metric, NaN after a seed has stopped.
        updates: of the furthest seed.
    """

    states: TrainState
    history: dict[str, Float[np.ndarray, "seeds updates"]]
    updates: int


def train(
    ensemble: Ensemble,
    states: TrainState,
    hyper: Hyper,
    data: Any,
    updates: int,
    report: Reporter,
    *,
    cost: Number = 0,
    deadline: Number = float("inf"),
) -> Trained:
    """Train until every seed has stopped or has had all its updates.

    Args:
        ensemble: whose states these are.
        states: to go on from.
        hyper: numbers that steer the training.
        data: what batches are drawn by.
        updates: most of a seed.
        report: told of the loss and accuracy as they come.
        cost: of one update of all seeds, in the study's unit of work; default: none.
        deadline: end with the first look after this time of the monotonic clock, in
            seconds; default: never.
    """
    chunks: list[Metrics] = []
    done = 0
    for progress in ensemble.resume(states, hyper, data, num_updates=updates):
        chunks.append(progress.metrics)
        new, done = progress.updates - done, progress.updates
        report.advance(new * cost, {"step": done, **_shown(progress.metrics)})
        if time.monotonic() >= deadline:
            break
    history = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks], axis=1)
        for name in Metrics._fields
    }
    return Trained(progress.states, history, done)


def endings(
    ensemble: Ensemble, states: TrainState, score: Score
) -> list[dict[str, Any]]:
    """What the row of every seed says of its test and of how its training ended.

    Args:
        ensemble: whose states these are.
        states: after training.
        score: of every seed, on the host.

    Returns:
        Of each seed ``accuracy`` and ``loss`` of the test, ``steps`` (updates made),
        ``solved_step`` (None: never) and ``diverged``.
    """
    steps, solved, diverged = ensemble.gather(
        (states.step, states.solved_step, states.diverged)
    )
    return [
        {
            "accuracy": float(score.accuracy[i]),
            "loss": float(score.loss[i]),
            "steps": int(steps[i]),
            "solved_step": int(solved[i]) if solved[i] >= 0 else None,
            "diverged": bool(diverged[i]),
        }
        for i in range(len(steps))
    ]


def last_mean(metric: Array | np.ndarray) -> float:
    """Mean over seeds of a chunk's last update; NaN once all have stopped.

    Args:
        metric: (seeds, updates of the chunk), NaN where a seed had stopped.
    """
    last = np.asarray(metric)[:, -1]
    return float(np.nanmean(last)) if np.isfinite(last).any() else float("nan")


def _shown(metrics: Metrics) -> Mapping[str, Number | str]:
    """Means over the seeds still training, at the chunk's last update."""
    return {
        "loss": last_mean(metrics.loss),
        "accuracy": last_mean(metrics.accuracy),
    }
