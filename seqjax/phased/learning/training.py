"""Training and testing all seeds of every choice, with one program for all of them."""

from typing import Any

import numpy as np

from seqjax.core import counting
from seqjax.core.cells import LSTM
from seqjax.lab.study import Block, Reporter
from seqjax.phased.learning.config import LEARNT, LearningConfig
from seqjax.phased.running import Look, look, seed_numbers, starts, train_and_test
from seqjax.tasks import SAMPLINGS, FrequencyTask, GatedDiscriminator, Waves
from seqjax.tasks.choosing import choice, choosing
from seqjax.train import Ensemble, SeedMap, direction


def gflop_per_update(config: LearningConfig) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    return counting.gflop_per_update(
        LSTM, config.batch_size, config.hidden_size, config.longest
    )


class Trainer:
    """All seeds of every choice.

    Args:
        config: the study's.
    """

    def __init__(self, config: LearningConfig) -> None:
        self._config = config
        self.network = GatedDiscriminator(
            config.cell,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            open_ratio=config.open_ratio,
        )
        self.task = FrequencyTask(
            self.network, config.batch_size, SAMPLINGS["standard"], config.longest
        )
        self.trial = self.task.trial(config.longest, config.evaluation_size)
        self._ensemble = Ensemble(
            choosing(self.task.task()),
            direction(config.optimizer),
            config.seeds,
            group=config.seeds_per_device or None,
        )
        self._looks = SeedMap(self._look, config.seeds, mesh=self._ensemble.mesh)

    def run(self, name: str, report: Reporter) -> Block:
        """Train and test one choice.

        Args:
            name: of the choice.
            report: told of the progress.

        Returns:
            A row and curves per seed, and the gates at both ends.
        """
        config = self._config
        cost = config.seeds * gflop_per_update(config)
        report.block(name, f"{name} learnt", cost * config.steps)
        ended = train_and_test(
            config,
            self._ensemble,
            self._looks,
            self._ensemble.init(starts(config)),
            choice(self.trial.training, LEARNT[name]),
            self.trial.evaluation,
            report,
            cost,
        )
        rows = [
            {"learnt": name, "seed": seed, **row}
            for seed, row in zip(seed_numbers(config), ended.rows, strict=True)
        ]
        tested: Waves = self.trial.evaluation[0]
        lengths = np.asarray(tested.lengths)
        return Block(name, rows, ended.history | {"test_lengths": lengths})

    def _look(self, params: Any, data: tuple[Waves, Waves]) -> Look:
        """Test one seed."""
        waves, gate = data[0], self.network.gates(params)["layer_0"]
        return look(self.task.score(params, data), gate, waves.times, waves.lengths)
