"""The silence study: train both models at every length of silence, and test them."""

from typing import Any

import jax.numpy as jnp

from seqjax.core.time_gate import TimeGate
from seqjax.lab.study import Study
from seqjax.phased.gated_sweep import GatedSweep, Stamps
from seqjax.phased.silence.config import Setting, SilenceConfig
from seqjax.phased.silence.figures import figures
from seqjax.phased.silence.summary import summarise
from seqjax.phased.silence.tables import tables
from seqjax.tasks import Network, Trial
from seqjax.tasks.gated_network import GatedNetwork
from seqjax.tasks.silence import IN_FEATURES, OUTPUTS, SilenceTask, num_steps


class Silence(GatedSweep[SilenceConfig]):
    """Every model and length, each with a program of its own."""

    setting = Setting
    told = {"held_out": bool}

    def title(self, config: SilenceConfig, setting: Setting) -> str:
        """``lstm T=63``."""
        return f"{setting.model} T={setting.length}"

    def learner(self, config: SilenceConfig, setting: Setting) -> SilenceTask:
        """A network that copies across one length of silence."""
        network = network_of(config, *setting)
        return SilenceTask(network, config.batch_size, setting.length, config.copied)

    def trial(
        self, config: SilenceConfig, learner: SilenceTask, setting: Setting
    ) -> Trial:
        """Symbols to copy."""
        return learner.trial(config.evaluation_size)

    def gate(self, network: Any, params: Any) -> TimeGate | None:
        """Of the gated model."""
        return network.gate(params) if isinstance(network, GatedNetwork) else None

    def stamps(self, learner: SilenceTask, evaluation: Any) -> Stamps:
        """Times are numbers of steps."""
        steps = num_steps(learner.silence, learner.copied)
        return jnp.arange(steps, dtype=jnp.float32)[:, None], None

    def cost(self, config: SilenceConfig, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        steps = num_steps(setting.length, config.copied)
        return self.gflop(config, "lstm", steps)


def network_of(
    config: SilenceConfig, model: str, length: int
) -> Network | GatedNetwork:
    """The network of a model, for a length of silence."""
    # Of influence on chrono alone, which asks for three steps, as there always are.
    steps = num_steps(length, config.copied)
    if model == "lstm":
        return Network(
            "lstm",
            IN_FEATURES,
            OUTPUTS,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            memory_length=steps,
            every_step=True,
        )
    longest = max(config.shortest_period, config.longest_period * length)
    return GatedNetwork(
        "lstm",
        IN_FEATURES,
        OUTPUTS,
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
        memory_length=steps,
        period=(config.shortest_period, longest),
        shift=(0.0, longest),
        open_ratio=config.open_ratio,
        learnt=config.learnt,
    )


SWEEP = Silence()

SILENCE: Study[SilenceConfig] = SWEEP.study(
    name="phased silence",
    summary="memory across long silence, with a time gate and without",
    config_type=SilenceConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
