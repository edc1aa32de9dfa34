"""The study of what a gate learns: alone, in pairs, all of it, nothing."""

from collections.abc import Collection, Iterator

from seqjax.lab.study import Block, Reporter, Study
from seqjax.phased.learning.config import LearningConfig
from seqjax.phased.learning.figures import figures
from seqjax.phased.learning.summary import summarise
from seqjax.phased.learning.tables import tables
from seqjax.phased.learning.training import Trainer, gflop_per_update
from seqjax.phased.running import GATE_AXES, ROW


def block_names(config: LearningConfig) -> list[str]:
    """A block per choice."""
    return list(config.choices)


def work(config: LearningConfig) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    each = config.seeds * config.steps * gflop_per_update(config)
    return dict.fromkeys(block_names(config), each)


def run(
    config: LearningConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per choice. Pure but for the report."""
    left = [name for name in config.choices if name not in finished]
    if left:
        trainer = Trainer(config)
        for name in left:
            yield trainer.run(name, report)


LEARNING: Study[LearningConfig] = Study(
    name="phased learning",
    summary="what a time gate learns: tau, s or r_on alone, all three, none",
    config_type=LearningConfig,
    columns={"learnt": str, "seed": int, **ROW},
    history_axes={**GATE_AXES, "test_lengths": ("wave",)},
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)
