"""Training one setting of the grid by a program that many settings share."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from seqjax.core.keys import seed_keys
from seqjax.lab.running.training import Trained, endings, train
from seqjax.lab.study import Block, Reporter
from seqjax.reconcile.config import Config
from seqjax.reconcile.grid import Setting
from seqjax.tasks import Network, PalindromeTask, Score
from seqjax.tasks.palindromes import (
    CHANCE,
    NUM_CLASSES,
    evaluation_set,
    num_features,
    palindromes,
)
from seqjax.train import (
    Ensemble,
    SeedMap,
    TrainState,
    batch_parts,
    direction,
    make_hyper,
)

CLIP_NORM = 10.0
STOP_ACCURACY, STOP_PATIENCE = 0.998, 100

BOX = 10
"""Updates over which the accuracy at a given update is averaged."""

ABOVE = 0.1
"""More accuracy above chance than a `BOX` of batches of 128 shows by accident: 1280
answers have a standard error of 0.0084, ten thousand updates never reach 6 of it."""


class Trainer:
    """All settings of one cell, encoding, batch size and optimiser: one compile.

    Args:
        config: the study's.
        longest: digits of the longest palindrome of any setting.
        setting: any of the settings.
    """

    def __init__(self, config: Config, longest: int, setting: Setting) -> None:
        self._config, self._longest = config, longest
        self._optimizer = direction(setting.optimizer)
        task = self._task(setting)
        self._ensemble = Ensemble(
            task.task(),
            self._optimizer,
            config.seeds,
            parts=batch_parts(jax.default_backend(), setting.batch_size),
        )
        self._scores = SeedMap(task.score, config.seeds, mesh=self._ensemble.mesh)
        self._seeds = range(config.first_seed, config.first_seed + config.seeds)
        self._starts: dict[Network, Callable[[Array], TrainState]] = {}

    def _task(self, setting: Setting) -> PalindromeTask:
        network = Network(
            setting.cell,
            num_features(setting.encoding),
            NUM_CLASSES,
            self._config.hidden_size,
            initializer=setting.initializer,
            forget_bias=setting.forget_bias,
            # Of no influence but on chrono: one program for all lengths elsewhere.
            memory_length=setting.length - 1 if setting.forget_bias == "chrono" else 3,
        )
        return PalindromeTask(
            network, setting.encoding, setting.batch_size, self._longest
        )

    def run(
        self, setting: Setting, updates: int, deadline: float, report: Reporter
    ) -> Block:
        """Train all seeds for `updates`, or until `deadline` on the monotonic clock.

        Args:
            setting: what to train; of those that this program serves.
            updates: most updates of a seed.
            deadline: in seconds of `seqjax.core.processes.clock`.
            report: told of the accuracy as it comes.

        Returns:
            A row and a curve per seed.
        """
        test = evaluation_set(
            setting.length, self._longest, self._config.evaluation_size, seed=0
        )
        hyper = make_hyper(
            setting.learning_rate,
            clip_norm=CLIP_NORM,
            solved_accuracy=STOP_ACCURACY,
            patience=STOP_PATIENCE,
            stop=setting.stop == "solved",
        )
        trained = train(
            self._ensemble,
            self._start(setting),
            hyper,
            palindromes(setting.length, test),
            updates,
            report,
            deadline=deadline,
        )
        tested_on = jnp.asarray(test.left), jnp.asarray(setting.length, jnp.int32)
        score = self._scores(trained.states.params, tested_on)
        rows = self._rows(setting, updates, trained, self._scores.gather(score))
        kept = {name: trained.history[name] for name in ("loss", "accuracy")}
        return Block(setting.name, rows, kept)

    def _start(self, setting: Setting) -> TrainState:
        """Fresh models of the setting's initialiser."""
        task = self._task(setting)
        if task.network not in self._starts:
            self._starts[task.network] = self._ensemble.starter(task.network.init)
        return self._starts[task.network](seed_keys(self._seeds))

    def _rows(
        self, setting: Setting, updates: int, trained: Trained, score: Score
    ) -> list[dict[str, Any]]:
        stopped = self._ensemble.gather(trained.states.stopped)
        ended = endings(self._ensemble, trained.states, score)
        rows = []
        for i, seed in enumerate(self._seeds):
            accuracies, losses = (
                trained.history[name][i] for name in ("accuracy", "loss")
            )
            rows.append(
                {
                    **setting._asdict(),
                    "updates_wanted": updates,
                    "seed": seed,
                    **ended[i],
                    "accuracy_at_steps": accuracy_at(
                        accuracies, self._config.steps, bool(stopped[i])
                    ),
                    "left_chance_at": left_chance_at(accuracies),
                    "equal_losses_at": equal_losses_at(losses),
                    "cut_short": not (stopped[i] or trained.updates >= updates),
                }
            )
        return rows


def accuracy_at(curve: np.ndarray, step: int, stopped: bool) -> float | None:
    """Mean batch accuracy over the `BOX` updates up to `step`.

    A model that stopped before keeps its last value; one that was cut short before has
    none.
    """
    tried = np.flatnonzero(np.isfinite(curve))
    if not len(tried):
        return None
    last = min(step, int(tried[-1]) + 1)
    if last < step and not stopped:
        return None
    return float(np.mean(curve[max(0, last - BOX) : last]))


def left_chance_at(curve: np.ndarray) -> int | None:
    """First update up to which the accuracy, over a `BOX`, is clearly above chance."""
    if len(curve) < BOX:
        return None
    boxed = np.convolve(np.nan_to_num(curve), np.ones(BOX) / BOX, mode="valid")
    above = np.flatnonzero(boxed > CHANCE + ABOVE)
    return int(above[0]) + BOX if len(above) else None


def equal_losses_at(curve: np.ndarray) -> int | None:
    """First update whose loss equals the one before: report 003's stop rule."""
    same = np.flatnonzero(curve[1:] == curve[:-1])
    return int(same[0]) + 2 if len(same) else None
