"""The reconciliation: every setting as far as the budget goes, then the verdicts."""

from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any

import jax
from jaxtyping import Array

from seqjax.core.processes import clock
from seqjax.lab.study import Block, Reporter, Study
from seqjax.lab.sweep import Ended, Sweep
from seqjax.reconcile import budget
from seqjax.reconcile.claims import asked
from seqjax.reconcile.config import Config
from seqjax.reconcile.curves import (
    accuracy_at,
    at_column,
    equal_losses_at,
    left_chance_at,
)
from seqjax.reconcile.figures import figures
from seqjax.reconcile.grid import Setting
from seqjax.reconcile.summary import summarise, tables
from seqjax.tasks import Network, PalindromeTask, Trial
from seqjax.tasks.palindromes import NUM_CLASSES, num_features
from seqjax.train import Direction, Hyper, batch_parts, direction, make_hyper

CLIP_NORM = 10.0
STOP_ACCURACY, STOP_PATIENCE = 0.998, 100

COLUMNS: dict[str, type] = {
    **Setting.__annotations__,
    "updates_wanted": int,
    "seed": int,
    "accuracy": float,
    "loss": float,
    "accuracy_at_steps": float,
    **{at_column(updates): float for updates in asked()},
    "left_chance_at": int,
    "equal_losses_at": int,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
    "cut_short": bool,
}


class Reconciliation(Sweep[Config]):
    """Settings of the reports' claims, then the grid's, as long as the budget lasts.

    Those of one cell, encoding, batch size and optimiser share a program.
    """

    setting = Setting
    axes = {"loss": ("seed", "step"), "accuracy": ("seed", "step")}
    unit = "minutes"
    in_chunks = False
    # The full crossing comes back to every program again and again.
    most_programs = 100

    def settings(self, config: Config) -> list[Setting]:
        """In the order in which the time is spent on them."""
        return list(budget.plan(config))

    def name(self, setting: Setting) -> str:
        """All fields."""
        return setting.name

    def program(self, setting: Setting) -> tuple[Hashable, ...]:
        """What fixes shapes, or the optimiser."""
        s = setting
        return s.cell, s.encoding, s.batch_size, s.optimizer

    def learner(self, config: Config, setting: Setting) -> PalindromeTask:
        """A cell that reads digits."""
        network = Network(
            setting.cell,
            num_features(setting.encoding),
            NUM_CLASSES,
            config.hidden_size,
            initializer=setting.initializer,
            forget_bias=setting.forget_bias,
            # Of no influence but on chrono: one program for all lengths elsewhere.
            memory_length=setting.length - 1 if setting.forget_bias == "chrono" else 3,
        )
        longest = max(each.length for each in budget.plan(config))
        return PalindromeTask(network, setting.encoding, setting.batch_size, longest)

    def trial(self, config: Config, learner: PalindromeTask, setting: Setting) -> Trial:
        """Palindromes of one length."""
        return learner.trial(setting.length, config.evaluation_size)

    def initial(
        self, config: Config, learner: PalindromeTask, setting: Setting
    ) -> tuple[Hashable, Callable[[Array], Any]]:
        """Those of the setting's own network."""
        network = self.learner(config, setting).network
        return network, network.init

    def optimizer(self, config: Config, setting: Setting) -> Direction:
        """With torch's constants."""
        return direction(setting.optimizer)

    def updates(self, config: Config, setting: Setting) -> int:
        """Those of the report for a claim's, else those of the grid."""
        return budget.plan(config)[setting]

    def cost(self, config: Config, setting: Setting) -> float:
        """None: the budget goes by the clock, and tells of blocks alone."""
        return 0.0

    def work(self, config: Config) -> dict[str, float]:
        """Expected minutes of every block."""
        return budget.work(config)

    def parts(self, config: Config, setting: Setting) -> int:
        """Of the setting's batch."""
        return batch_parts(jax.default_backend(), setting.batch_size)

    def hyper(self, config: Config, setting: Setting) -> Hyper:
        """With the setting's learning rate and stop rule."""
        return make_hyper(
            setting.learning_rate,
            clip_norm=CLIP_NORM,
            solved_accuracy=STOP_ACCURACY,
            patience=STOP_PATIENCE,
            stop=setting.stop == "solved",
        )

    def rows(
        self, config: Config, setting: Setting, ended: Ended
    ) -> list[dict[str, Any]]:
        """One row per seed, with what is read off its curves."""
        wanted, trained = self.updates(config, setting), ended.trained
        found = zip(
            super().rows(config, setting, ended),
            trained.history["accuracy"],
            trained.history["loss"],
            ended.gathered(trained.states.stopped).tolist(),
            strict=True,
        )
        return [
            {
                **row,
                "updates_wanted": wanted,
                "accuracy_at_steps": accuracy_at(accuracies, config.steps, stopped),
                **{
                    at_column(updates): accuracy_at(accuracies, updates, stopped)
                    for updates in asked()
                },
                "left_chance_at": left_chance_at(accuracies),
                "equal_losses_at": equal_losses_at(losses),
                "cut_short": not (stopped or trained.updates >= wanted),
            }
            for row, accuracies, losses, stopped in found
        ]

    def run(
        self, config: Config, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train every setting to its end or to the budget's; pure but for the clock."""
        end = clock() + 60 * config.budget
        for setting in self.settings(config):
            if setting.name in finished:
                continue
            now = clock()
            if now >= end:
                return
            minutes = budget.allowance(config, setting, (end - now) / 60)
            yield self.block(config, setting, report, deadline=now + 60 * minutes)


SWEEP = Reconciliation()

STUDY: Study[Config] = SWEEP.study(
    name="reconcile",
    summary="why the reports disagree: one grid of their settings, a verdict per claim",
    config_type=Config,
    columns=COLUMNS,
    summarise=summarise,
    tables=tables,
    figures=figures,
    check=budget.check,
    may_stop_early=True,
)
