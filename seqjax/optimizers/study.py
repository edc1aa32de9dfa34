"""The optimiser study: choose each optimiser's rate, then compare on fresh seeds."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.core.keys import seed_keys
from seqjax.lab.palindromes import reader
from seqjax.lab.running.training import Trained, endings
from seqjax.lab.study import Block, Number, Reporter, Study
from seqjax.lab.sweep import Ended, Program, Sweep
from seqjax.optimizers.config import Config, Model
from seqjax.optimizers.figures import figures
from seqjax.optimizers.landscape import LANDSCAPE_STUDY
from seqjax.optimizers.selection import best_rate, by_rate
from seqjax.optimizers.summary import Setting, summarise
from seqjax.optimizers.tables import tables
from seqjax.optimizers.training import Stage, at_the_end
from seqjax.tasks import PalindromeTask, Trial
from seqjax.train import Direction, Hyper, TrainState, direction
from seqjax.train.switch import choose, switch

COLUMNS: dict[str, type] = {
    "stage": str,
    "optimizer": str,
    "learning_rate": float,
    "seed": int,
    "accuracy": float,
    "loss": float,
    "train_accuracy": float,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
}


class Optimizers(Sweep[Config]):
    """A block per optimiser, tuned and tested; one program for all of them.

    The ensemble is as large as the larger of the two stages. Where a stage has fewer
    models, the places left are marked as stopped and take no time; the others are
    spread evenly over the places, since these lie on the devices in order.
    """

    setting = Setting
    axes = {
        "tune_loss": ("learning_rate", "seed", "step"),
        "tune_accuracy": ("learning_rate", "seed", "step"),
        "test_loss": ("seed", "step"),
        "test_accuracy": ("seed", "step"),
    }
    unit = "updates"
    # The best rate is chosen among all seeds.
    in_chunks = False

    def settings(self, config: Config) -> list[Setting]:
        """The optimisers."""
        return [Setting(name) for name in config.optimizers]

    def program(self, setting: Setting) -> str:
        """One for all."""
        return "any optimiser"

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        return reader(config, config.cell, config.encoding, config.length)

    def trial(self, config: Config, learner: PalindromeTask, setting: Setting) -> Trial:
        """Palindromes of one length."""
        return learner.trial(config.length, config.evaluation_size)

    def optimizer(self, config: Config, setting: Setting) -> Direction:
        """Any of those compared."""
        return switch(_directions(config.optimizers, config.optimizer_flavor))

    def places(self, config: Config) -> int:
        """Enough for either stage."""
        return max(len(config.tuning_models), config.test_seeds)

    def models(self, config: Config, setting: Setting | Stage) -> int:
        """Those of a stage, or of both stages of an optimiser."""
        if isinstance(setting, Stage):
            return len(setting.models)
        return len(config.tuning_models) + config.test_seeds

    def block(
        self, config: Config, setting: Setting, report: Reporter, **limit: Number
    ) -> Block:
        """Train at all rates, then at the best one on seeds that did not choose it."""
        program, trial = self.begin(config, setting, report)
        rows: list[dict[str, Any]] = []
        history: dict[str, np.ndarray] = {}
        before: list[Trained] = []

        def train(name: str, models: Sequence[Model], *axes: int) -> None:
            stage = Stage(setting.optimizer, name, tuple(models), self.places(config))
            ended = self.train_and_test(
                config, stage, program, trial, report, before=tuple(before), **limit
            )
            before.append(ended.trained)
            rows.extend(self.rows(config, stage, ended))
            for metric in ("loss", "accuracy"):
                curves = ended.trained.curves(metric, config.steps)[stage.places]
                history[f"{name}_{metric}"] = curves.reshape(*axes, config.steps)

        train("tune", config.tuning_models, len(config.learning_rates), config.seeds)
        rate = best_rate(by_rate(rows, config.steps))
        train("test", config.test_models(rate), config.test_seeds)
        return Block(setting.optimizer, rows, history)

    def start(self, config: Config, setting: Stage, program: Program) -> TrainState:
        """Each is a seed's own, whatever its place, optimiser and rate."""
        ensemble = program.ensemble
        seeds = setting.placed([seed for _, seed in setting.models], 0)
        states = choose(
            ensemble,
            ensemble.init(seed_keys(seeds.tolist())),
            _directions(config.optimizers, config.optimizer_flavor),
            np.full(setting.room, config.optimizers.index(setting.optimizer)),
        )
        idle = setting.placed(False, True)
        return states._replace(stopped=ensemble.place(jnp.asarray(idle)))

    def rate(self, config: Config, setting: Stage) -> float:
        """Of a place without a model."""
        return 1.0

    def hyper(self, config: Config, setting: Stage) -> Hyper:
        """With every model's own learning rate."""
        hyper = super().hyper(config, setting)
        rates = setting.placed([rate for rate, _ in setting.models], 1.0)
        return hyper._replace(learning_rate=jnp.asarray(rates, jnp.float32))

    def rows(
        self, config: Config, setting: Stage, ended: Ended
    ) -> list[dict[str, Any]]:
        """One row per model."""
        found = endings(ended.program.ensemble, ended.trained.states, ended.tested)
        accuracies = ended.trained.history["accuracy"]
        return [
            {
                "stage": setting.stage,
                "optimizer": setting.optimizer,
                "learning_rate": rate,
                "seed": seed,
                **found[place],
                "train_accuracy": at_the_end(accuracies[place]),
            }
            for (rate, seed), place in zip(setting.models, setting.places, strict=True)
        ]


@cache
def _directions(names: tuple[str, ...], flavor: str) -> tuple[Direction, ...]:
    """The optimisers; the same ones again, so that nothing compiles twice."""
    return tuple(direction(name, flavor) for name in names)


SWEEP = Optimizers()

STUDY: Study[Config] = SWEEP.study(
    name="optimizers",
    summary="which optimiser learns palindromes fastest, each at its own best rate",
    config_type=Config,
    columns=COLUMNS,
    summarise=summarise,
    tables=tables,
    figures=figures,
)

STUDIES = (STUDY, LANDSCAPE_STUDY)
