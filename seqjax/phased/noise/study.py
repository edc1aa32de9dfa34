"""The study of periodic noise: train every model, and test it."""

from collections.abc import Callable, Hashable
from typing import Any

from jaxtyping import Array

from seqjax.core.time_gate import TimeGate
from seqjax.lab.study import Study
from seqjax.lab.sweep import Ended
from seqjax.phased.gated_sweep import GatedSweep, Gates, Stamps
from seqjax.phased.noise.config import PLAIN, NoiseConfig, Setting, learnt_of
from seqjax.phased.noise.figures import figures
from seqjax.phased.noise.gates import gated_network, selectivity
from seqjax.phased.noise.summary import summarise, tables
from seqjax.tasks import PlainDiscriminator, Trial, Waves
from seqjax.tasks.choosing import choice, choosing
from seqjax.tasks.periodic import PeriodicTask
from seqjax.train import Task


class Noise(GatedSweep[NoiseConfig]):
    """Every model; those with gates share a program."""

    setting = Setting
    ending = {**GatedSweep.ending, "selectivity_before": float, "selectivity": float}

    def settings(self, config: NoiseConfig) -> list[Setting]:
        """A setting per model."""
        return [Setting(model) for model in config.models]

    def program(self, setting: Setting) -> bool:
        """With gates, or without."""
        return setting.model != PLAIN

    def learner(self, config: NoiseConfig, setting: Setting) -> PeriodicTask:
        """A network that tells the sign of the signal."""
        network = (
            PlainDiscriminator(
                "lstm",
                config.hidden_size,
                initializer=config.initializer,
                forget_bias=config.forget_bias,
            )
            if setting.model == PLAIN
            else gated_network(config, setting.model)
        )
        return PeriodicTask(network, config.batch_size, config.values, config.noise)

    def task(self, learner: PeriodicTask) -> Task:
        """What is learnt of the gates comes with the data."""
        return choosing(learner.task())

    def trial(
        self, config: NoiseConfig, learner: PeriodicTask, setting: Setting
    ) -> Trial:
        """Sequences, and what is learnt."""
        trial = learner.trial(config.period, config.evaluation_size)
        return trial._replace(training=choice(trial.training, learnt_of(setting.model)))

    def initial(
        self, config: NoiseConfig, learner: PeriodicTask, setting: Setting
    ) -> tuple[Hashable, Callable[[Array], Any]] | None:
        """Each model's gates start elsewhere; what is held starts as what is learnt."""
        if setting.model == PLAIN:
            return None
        network = gated_network(config, setting.model)
        return network, network.init

    def stamps(self, learner: PeriodicTask, evaluation: Waves) -> Stamps:
        """All sequences are of one length."""
        return evaluation.times, None

    def cost(self, config: NoiseConfig, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        return self.gflop(config, "lstm", config.values)

    def rows(
        self, config: NoiseConfig, setting: Setting, ended: Ended
    ) -> list[dict[str, Any]]:
        """With the selectivity of the gates before and after."""

        def picked(gates: Gates | None, seed: int) -> float | None:
            if gates is None:
                return None
            gate = TimeGate(*(getattr(gates, name)[seed] for name in TimeGate._fields))
            return selectivity(gate, config.values, config.period)

        return [
            {
                **row,
                "selectivity_before": picked(ended.untrained.gates, i),
                "selectivity": picked(ended.tested.gates, i),
            }
            for i, row in enumerate(super().rows(config, setting, ended))
        ]


SWEEP = Noise()

NOISE: Study[NoiseConfig] = SWEEP.study(
    name="phased noise",
    summary="a signal once a period between noise: gates right, wrong, learnt",
    config_type=NoiseConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
