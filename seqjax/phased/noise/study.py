"""The study of periodic noise: train every model, and test it."""

from collections.abc import Collection, Iterator

from seqjax.lab.study import Block, Reporter, Study
from seqjax.phased.noise.config import PLAIN, NoiseConfig
from seqjax.phased.noise.figures import figures
from seqjax.phased.noise.summary import summarise
from seqjax.phased.noise.tables import tables
from seqjax.phased.noise.training import Trainer, gflop_per_update
from seqjax.phased.running import GATE_AXES, ROW


def block_names(config: NoiseConfig) -> list[str]:
    """A block per model."""
    return list(config.models)


def work(config: NoiseConfig) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    each = config.seeds * config.steps * gflop_per_update(config)
    return dict.fromkeys(block_names(config), each)


def run(
    config: NoiseConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per model. Pure but for the report."""
    left = [name for name in config.models if name not in finished]
    for gated in (True, False):
        models = [name for name in left if (name != PLAIN) == gated]
        if models:
            trainer = Trainer(config, gated)
            for name in models:
                yield trainer.run(name, report)


NOISE: Study[NoiseConfig] = Study(
    name="phased noise",
    summary="a signal once a period between noise: gates right, wrong, learnt",
    config_type=NoiseConfig,
    columns={
        "model": str,
        "seed": int,
        **ROW,
        "selectivity_before": float,
        "selectivity": float,
    },
    history_axes=GATE_AXES,
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)
