"""Training the networks of a study up to each step at which they are looked into."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.core.keys import seed_keys
from seqjax.gradients.config import Config
from seqjax.lab.study import Number
from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.network import Params
from seqjax.tasks.palindromes import (
    NUM_CLASSES,
    EvaluationSet,
    num_features,
    palindromes,
)
from seqjax.train import Ensemble, batch_parts, direction, make_hyper

LOOK = 20.0
"""GFLOP between two reports of progress."""


class Stage(NamedTuple):
    """All seeds after some updates.

    Attributes:
        step: number of updates.
        params: of every seed.
        diverged: seeds that have; they keep their last finite parameters.
        norms: of every gradient so far before clipping, NaN where none was taken.
    """

    step: int
    params: list[Params]
    diverged: Bool[np.ndarray, " seeds"]
    norms: Float[np.ndarray, "seeds updates"]


def network_of(config: Config, cell: str) -> Network:
    """The network of a cell."""
    return Network(
        cell,
        num_features(config.encoding),
        NUM_CLASSES,
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
        memory_length=config.length - 1,
    )


def gflop_per_update(config: Config, cell: str) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    return counting.gflop_per_update(
        CELLS[cell], config.batch_size, config.hidden_size, config.length - 1
    )


def train(
    config: Config,
    cell: str,
    test: EvaluationSet,
    advance: Callable[[int, dict[str, Number]], None],
) -> Iterator[Stage]:
    """Train all seeds of a cell, without early stop, and yield them at every step.

    Args:
        config: of the study.
        cell: which cell.
        test: palindromes that are not to be trained on.
        advance: called with the number of updates done and the newest metrics.
    """
    ensemble = Ensemble(
        PalindromeTask(
            network_of(config, cell), config.encoding, config.batch_size, config.length
        ).task(),
        direction(config.optimizer, config.optimizer_flavor),
        config.seeds,
        parts=batch_parts(jax.default_backend(), config.batch_size),
    )
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    states = ensemble.init(seed_keys(seeds))
    data = palindromes(config.length, test)
    hyper = make_hyper(config.learning_rate, clip_norm=config.clip_norm)
    per_update = config.seeds * gflop_per_update(config, cell)
    chunk = max(1, min(ensemble.capacity, int(LOOK / per_update)))
    norms = np.full((config.seeds, config.at[-1]), np.nan, np.float32)
    done = 0
    for step in config.at:
        while done < step:
            until = min(done + chunk, step)
            states, metrics = ensemble.advance(states, hyper, data, until)
            kept = ensemble.gather(metrics)
            norms[:, done:until] = kept.gradient_norm[:, : until - done]
            loss = _mean(kept.loss[:, until - done - 1])
            advance(until - done, {"step": until, "loss": loss})
            done = until
        ended = ensemble.gather((states.params, states.diverged))
        yield Stage(
            step,
            [jax.tree.map(_one(i), ended[0]) for i in range(config.seeds)],
            ended[1],
            norms[:, :step],
        )


def clipped(norms: Float[np.ndarray, " updates"], clip_norm: float) -> float | None:
    """Share of the updates tried whose gradient was longer than allowed."""
    tried = norms[~np.isnan(norms)]
    return float((tried > clip_norm).mean()) if len(tried) else None


def _one(seed: int) -> Callable[[Any], Any]:
    return lambda leaf: leaf[seed]


def _mean(metric: np.ndarray) -> float:
    """Mean over seeds, of those that have not diverged; NaN if all have."""
    return float(np.nanmean(metric)) if np.isfinite(metric).any() else float("nan")
