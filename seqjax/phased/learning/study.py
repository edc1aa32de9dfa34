"""The study of what a gate learns: alone, in pairs, all of it, nothing."""

from collections.abc import Mapping

import numpy as np

from seqjax.lab.study import Study
from seqjax.lab.sweep import Ended
from seqjax.phased.gated_sweep import GatedSweep
from seqjax.phased.learning.config import LEARNT, LearningConfig, Setting
from seqjax.phased.learning.figures import figures
from seqjax.phased.learning.summary import summarise
from seqjax.phased.learning.tables import tables
from seqjax.tasks import SAMPLINGS, FrequencyTask, GatedDiscriminator, Trial
from seqjax.tasks.choosing import choice, choosing
from seqjax.train import Task


class Learning(GatedSweep[LearningConfig]):
    """Every choice; all of them share a program."""

    setting = Setting
    axes = {**GatedSweep.axes, "test_lengths": ("wave",)}

    def settings(self, config: LearningConfig) -> list[Setting]:
        """A setting per choice."""
        return [Setting(name) for name in config.choices]

    def title(self, config: LearningConfig, setting: Setting) -> str:
        """``shift learnt``."""
        return f"{setting.learnt} learnt"

    def program(self, setting: Setting) -> None:
        """One for all."""

    def learner(self, config: LearningConfig, setting: Setting) -> FrequencyTask:
        """A gated network that tells waves apart."""
        network = GatedDiscriminator(
            config.cell,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            open_ratio=config.open_ratio,
        )
        return FrequencyTask(
            network, config.batch_size, SAMPLINGS["standard"], config.longest
        )

    def task(self, learner: FrequencyTask) -> Task:
        """What is learnt of the gates comes with the data."""
        return choosing(learner.task())

    def trial(
        self, config: LearningConfig, learner: FrequencyTask, setting: Setting
    ) -> Trial:
        """Waves, and what is learnt."""
        trial = learner.trial(config.longest, config.evaluation_size)
        return trial._replace(training=choice(trial.training, LEARNT[setting.learnt]))

    def cost(self, config: LearningConfig, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return self.gflop(config, "lstm", config.longest)

    def history(
        self, config: LearningConfig, setting: Setting, ended: Ended
    ) -> Mapping[str, np.ndarray]:
        """With the lengths of the waves of the test."""
        lengths = np.asarray(ended.trial.evaluation[0].lengths)
        return {**super().history(config, setting, ended), "test_lengths": lengths}


SWEEP = Learning()

LEARNING: Study[LearningConfig] = SWEEP.study(
    name="phased learning",
    summary="what a time gate learns: tau, s or r_on alone, all three, none",
    config_type=LearningConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
