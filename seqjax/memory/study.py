"""The memory study: train every cell on every task at every length, and test it."""

from seqjax.lab.study import Study
from seqjax.lab.sweep import Sweep
from seqjax.memory.config import CHRONO_STEPS, Config
from seqjax.memory.figures import figures
from seqjax.memory.summary import Setting, summarise, tables
from seqjax.tasks import MEMORY_TASKS, Network, Trainable


class Memory(Sweep[Config]):
    """Every task, cell and length; all lengths of a task and cell share a program."""

    setting = Setting
    told = {"held_out": bool}

    def title(self, config: Config, setting: Setting) -> str:
        """``copying lstm T=5``."""
        return f"{setting.task} {setting.cell} T={setting.length}"

    def program(self, setting: Setting) -> tuple[str, str]:
        """Task and cell."""
        return setting.task, setting.cell

    def learner(self, config: Config, setting: Setting) -> Trainable:
        """A cell that learns a task."""
        known = MEMORY_TASKS[setting.task]
        longest = max(config.lengths(setting.task))
        network = Network(
            setting.cell,
            known.in_features,
            known.outputs,
            config.hidden_size,
            config.layers,
            config.initializer,
            config.forget_bias,
            # Of influence on chrono alone, for which the config asks for enough steps.
            memory_length=max(CHRONO_STEPS, known.num_steps(longest)),
            every_step=known.every_step,
        )
        return known.make(network, config.batch_size, longest)

    def cost(self, config: Config, setting: Setting) -> float:
        """GFLOP of one update of one seed."""
        steps = MEMORY_TASKS[setting.task].num_steps(setting.length)
        return self.gflop(config, setting.cell, steps)


SWEEP = Memory()

STUDY: Study[Config] = SWEEP.study(
    name="memory",
    summary="how long recurrent networks remember: copying, adding and recall",
    config_type=Config,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
