"""Training the networks of a study up to each step at which they are looked into."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.core.keys import seed_keys
from seqjax.gradients.config import Config
from seqjax.lab.running import training
from seqjax.lab.running.training import Trained
from seqjax.lab.study import Reporter
from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.network import Params
from seqjax.tasks.palindromes import (
    NUM_CLASSES,
    EvaluationSet,
    num_features,
    palindromes,
)
from seqjax.train import Ensemble, batch_parts, direction, make_hyper


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
    report: Reporter,
    looks: Callable[[], Mapping[str, np.ndarray]],
) -> Iterator[Stage]:
    """Train all seeds of a cell, without early stop, and yield them at every step.

    Goes on where the report's block was kept last; the stages before come all the same.

    Args:
        config: of the study.
        cell: which cell.
        test: palindromes that are not to be trained on.
        report: told of the loss and accuracy as they come.
        looks: what has been seen in the stages so far, to be kept with the training.
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
    norms = np.full((config.seeds, config.at[-1]), np.nan, np.float32)
    trainings: list[Trained] = []
    for step in config.at:
        trained = training.train(
            ensemble,
            states,
            make_hyper(config.learning_rate, clip_norm=config.clip_norm),
            palindromes(config.length, test),
            step,
            report,
            cost=config.seeds * gflop_per_update(config, cell),
            before=trainings,
            also=looks(),
        )
        trainings.append(trained)
        states, found = trained.states, trained.history["gradient_norm"]
        norms[:, trained.updates - found.shape[1] : trained.updates] = found
        params, diverged = ensemble.gather((states.params, states.diverged))
        yield Stage(
            step,
            [jax.tree.map(_one(i), params) for i in range(config.seeds)],
            diverged,
            norms[:, :step],
        )


def clipped(norms: Float[np.ndarray, " updates"], clip_norm: float) -> float | None:
    """Share of the updates tried whose gradient was longer than allowed."""
    tried = norms[~np.isnan(norms)]
    return float((tried > clip_norm).mean()) if len(tried) else None


def _one(seed: int) -> Callable[[Any], Any]:
    return lambda leaf: leaf[seed]
