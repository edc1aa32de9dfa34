"""One compiled training for all initialisers and lengths of a cell and an encoding."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.core.keys import named_keys, seed_keys
from seqjax.initialization.config import Config
from seqjax.lab.running.training import endings, train
from seqjax.lab.study import Block, Reporter
from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.palindromes import (
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
    seed_bytes,
)


def gflop_per_update(config: Config, cell: str, length: int) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    return counting.gflop_per_update(
        CELLS[cell], config.batch_size, config.hidden_size, length - 1
    )


def seed_numbers(config: Config) -> range:
    """The seeds of every setting."""
    return range(config.first_seed, config.first_seed + config.seeds)


def network(config: Config, cell: str, encoding: str, initializer: str) -> Network:
    """A network all of whose matrices are drawn by one initialiser."""
    return Network(
        cell,
        num_features(encoding),
        NUM_CLASSES,
        config.hidden_size,
        initializer=initializer,
        forget_bias=config.forget_bias,
    )


def task_of(
    config: Config, cell: str, encoding: str, initializer: str
) -> PalindromeTask:
    """What such a network learns."""
    longest = max(config.lengths)
    drawn = network(config, cell, encoding, initializer)
    return PalindromeTask(drawn, encoding, config.batch_size, longest)


def bytes_of_a_seed(config: Config) -> int:
    """What one more seed takes of memory, with the curves of all trainings."""
    pairs = [(cell, encoding) for cell in config.cells for encoding in config.encodings]
    first = config.initializers[0]
    trainings = len(pairs) * len(config.lengths) * len(config.initializers)
    return seed_bytes(
        (task_of(config, *pair, first).task() for pair in pairs),
        direction(config.optimizer),
        config.steps,
        trainings,
    )


def initial_params(
    config: Config, cell: str, encoding: str, initializer: str, key: PRNGKeyArray
) -> Any:
    """Parameters whose recurrent matrix alone is drawn by `initializer`.

    The rest is drawn as the config says, from streams of its own: it is the same under
    all initialisers of the recurrent matrix.
    """
    others = network(config, cell, encoding, config.others(initializer))
    params = others.init(key)
    own = network(config, cell, encoding, initializer).init(key)
    params["recurrent"]["layer_0"]["w_h"] = own["recurrent"]["layer_0"]["w_h"]
    return params


def recurrent_matrices(
    config: Config, cell: str, initializer: str
) -> Float[np.ndarray, "seeds hidden columns"]:
    """Every seed's recurrent matrix at the start, as training takes it.

    It depends on neither the encoding nor the length.
    """

    def draw(key: PRNGKeyArray, shared: None) -> Array:
        start = named_keys(key, ("params",))["params"]
        params = initial_params(config, cell, config.encodings[0], initializer, start)
        return params["recurrent"]["layer_0"]["w_h"][...]

    # Mapped as training maps it: a QR of many matrices at once may round differently.
    drawn = SeedMap(draw, config.seeds, run_once=True)
    keys = drawn.place(seed_keys(seed_numbers(config)))
    return np.asarray(drawn.gather(drawn(keys, None)))


class Trainer:
    """All initialisers and lengths of one cell and encoding: one compiled training.

    Which seeds they are is told to each training: chunks of as many share a trainer.

    Args:
        config: the study's; its first seed is not looked at.
        cell: name of the cell.
        encoding: how a digit is fed.
    """

    def __init__(self, config: Config, cell: str, encoding: str) -> None:
        self._config, self._cell, self._encoding = config, cell, encoding
        self._optimizer = direction(config.optimizer)
        task = task_of(config, cell, encoding, config.initializers[0])
        self._ensemble = Ensemble(
            task.task(),
            self._optimizer,
            config.seeds,
            parts=batch_parts(jax.default_backend(), config.batch_size),
        )
        self._scores = SeedMap(task.score, config.seeds, mesh=self._ensemble.mesh)
        self._starts: dict[str, Callable[[Array], TrainState]] = {}

    def start(self, initializer: str, seeds: Sequence[int]) -> TrainState:
        """Fresh models of an initialiser."""
        if initializer not in self._starts:
            self._starts[initializer] = self._ensemble.starter(
                partial(
                    initial_params,
                    self._config,
                    self._cell,
                    self._encoding,
                    initializer,
                )
            )
        return self._starts[initializer](seed_keys(seeds))

    def run(
        self,
        name: str,
        initializer: str,
        length: int,
        seeds: Sequence[int],
        report: Reporter,
    ) -> Block:
        """Train and test all seeds of one initialiser at one length.

        Args:
            name: of the block.
            initializer: of the recurrent matrix.
            length: digits of the palindromes.
            seeds: their numbers, as many as the config has.
            report: told of the accuracy as it comes.

        Returns:
            A row and a curve per seed.
        """
        config = self._config
        test = evaluation_set(
            length, max(config.lengths), config.evaluation_size, seed=0
        )
        hyper = make_hyper(
            config.learning_rate,
            clip_norm=config.clip_norm,
            solved_accuracy=config.stop_accuracy,
            patience=config.stop_patience,
            stop=config.early_stop,
        )
        trained = train(
            self._ensemble,
            self.start(initializer, seeds),
            hyper,
            palindromes(length, test),
            config.steps,
            report,
            cost=config.seeds * gflop_per_update(config, self._cell, length),
        )
        tested_on = jnp.asarray(test.left), jnp.asarray(length, jnp.int32)
        score = self._scores(trained.states.params, tested_on)
        ended = endings(self._ensemble, trained.states, self._scores.gather(score))
        rows = [
            {
                "cell": self._cell,
                "encoding": self._encoding,
                "initializer": initializer,
                "length": length,
                "seed": seed,
                **ending,
                "distinct_strings": test.distinct_strings,
                "held_out": test.disjoint,
            }
            for seed, ending in zip(seeds, ended, strict=True)
        ]
        return Block(name, rows, trained.history)


@lru_cache(maxsize=8)
def _trainer(config: Config, cell: str, encoding: str) -> Trainer:
    return Trainer(config, cell, encoding)


def trainer(config: Config, cell: str, encoding: str) -> Trainer:
    """That of a cell and an encoding; compiled once for all chunks of as many seeds."""
    return _trainer(replace(config, first_seed=0), cell, encoding)
