"""Training all models of all optimisers by one compiled program."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from seqjax.core.keys import seed_keys
from seqjax.lab.running.training import Trained, endings, train
from seqjax.lab.study import Reporter
from seqjax.optimizers.config import Config
from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.palindromes import (
    NUM_CLASSES,
    evaluation_set,
    num_features,
    palindromes,
)
from seqjax.train import Ensemble, SeedMap, TrainState, direction, make_hyper
from seqjax.train.switch import choose, switch

LAST = 100
"""Updates at the end over which the training accuracy is averaged."""


class Tested(NamedTuple):
    """What became of some models of one optimiser.

    Attributes:
        rows: one per model, in the order given.
        loss: of the training batches; NaN after a model has stopped.
        accuracy: the same.
        training: as `seqjax.lab.running.training.train` has left it.
    """

    rows: list[dict[str, Any]]
    loss: Float[np.ndarray, "models updates"]
    accuracy: Float[np.ndarray, "models updates"]
    training: Trained


class Trainer:
    """Compiles once for all optimisers, rates and seeds of a study.

    The ensemble is as large as the larger of the two stages. Where a stage has fewer
    models, the places left are marked as stopped and take no time; the others are
    spread evenly over the places, since these lie on the devices in order.

    Args:
        config: of the study.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._optimizers = [
            direction(name, config.optimizer_flavor) for name in config.optimizers
        ]
        task = task_of(config)
        test = evaluation_set(
            config.length, config.length, config.evaluation_size, seed=0
        )
        self._data = palindromes(config.length, test)
        self._test = (jnp.asarray(test.left), jnp.asarray(config.length, jnp.int32))
        self._places = max(len(config.tuning_models), config.test_seeds)
        self._ensemble = Ensemble(task.task(), switch(self._optimizers), self._places)
        self._scores = SeedMap(task.score, self._places, mesh=self._ensemble.mesh)

    def train(
        self,
        optimizer: str,
        models: Sequence[tuple[float, int]],
        report: Reporter,
        before: Sequence[Trained] = (),
    ) -> Tested:
        """Train and test models of one optimiser.

        Args:
            optimizer: one of those of the study.
            models: learning rate and seed of each.
            report: told of all models' updates, and of the newest metrics.
            before: trainings of the block that are finished; default: none.
        """
        config, ensemble = self.config, self._ensemble
        places = spread(len(models), self._places)
        states = self._start(optimizer, models, places)
        rates = np.ones(self._places, np.float32)
        rates[places] = [rate for rate, _ in models]
        hyper = make_hyper(
            1.0,
            clip_norm=config.clip_norm,
            solved_accuracy=config.stop_accuracy,
            patience=config.stop_patience,
            stop=config.early_stop,
        )._replace(learning_rate=jnp.asarray(rates))
        trained = train(
            ensemble,
            states,
            hyper,
            self._data,
            config.steps,
            report,
            cost=len(models),
            before=before,
        )
        curves = np.full((2, len(models), config.steps), np.nan, np.float32)
        curves[..., : trained.updates] = [
            trained.history[name][places] for name in ("loss", "accuracy")
        ]
        losses, accuracies = curves
        params = trained.states.params
        score = self._scores.gather(self._scores(params, self._test))
        ended = endings(ensemble, trained.states, score)
        rows = [
            {
                "optimizer": optimizer,
                "learning_rate": rate,
                "seed": seed,
                **ended[place],
                "train_accuracy": _mean(last_tried(curve)),
            }
            for (rate, seed), place, curve in zip(
                models, places, accuracies, strict=True
            )
        ]
        return Tested(rows, losses, accuracies, trained)

    def _start(
        self,
        optimizer: str,
        models: Sequence[tuple[float, int]],
        places: Int[np.ndarray, " models"],
    ) -> TrainState:
        """States before the first update; those that stand for no model have stopped.

        Each is a seed's own, whatever its place, optimiser and rate.
        """
        seeds = np.zeros(self._places, np.int64)
        seeds[places] = [seed for _, seed in models]
        idle = np.ones(self._places, np.bool_)
        idle[places] = False
        index = self.config.optimizers.index(optimizer)
        states = choose(
            self._ensemble,
            self._ensemble.init(seed_keys(seeds.tolist())),
            self._optimizers,
            np.full(self._places, index),
        )
        return states._replace(stopped=self._ensemble.place(jnp.asarray(idle)))


def task_of(config: Config) -> PalindromeTask:
    """What is learnt."""
    network = Network(
        config.cell,
        num_features(config.encoding),
        NUM_CLASSES,
        config.hidden_size,
        config.layers,
        config.initializer,
        config.forget_bias,
        memory_length=max(3, config.length - 1),
    )
    return PalindromeTask(network, config.encoding, config.batch_size, config.length)


def spread(models: int, places: int) -> Int[np.ndarray, " models"]:
    """Distinct places for models, such that neighbours lie far apart.

    Seeds of one rate take about as long as each other, and devices share out the places
    in order: multiples of the golden ratio give each device its part of every rate.
    """
    ranks = np.argsort(np.argsort(np.arange(models) * ((5**0.5 - 1) / 2) % 1.0))
    return ranks * places // models


def last_tried(curve: np.ndarray) -> np.ndarray:
    """The last `LAST` finite values of a training curve."""
    return curve[np.isfinite(curve)][-LAST:]


def _mean(values: np.ndarray) -> float:
    """Mean of the finite values; NaN where there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")
