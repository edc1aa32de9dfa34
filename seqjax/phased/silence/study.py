"""The silence study: train both models at every length of silence, and test them."""

from collections.abc import Collection, Iterator

from seqjax.lab.study import Block, Reporter, Study
from seqjax.phased.running import GATE_AXES, ROW
from seqjax.phased.silence.config import SilenceConfig, block_name, settings
from seqjax.phased.silence.figures import figures
from seqjax.phased.silence.summary import summarise
from seqjax.phased.silence.tables import tables
from seqjax.phased.silence.training import gflop_per_update, run_block


def block_names(config: SilenceConfig) -> list[str]:
    """Blocks in the order of the results: models outside, lengths inside."""
    return [block_name(*setting) for setting in settings(config)]


def work(config: SilenceConfig) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    updates = config.seeds * config.steps
    return {
        block_name(model, length): updates * gflop_per_update(config, length)
        for model, length in settings(config)
    }


def run(
    config: SilenceConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per setting. Pure but for the report."""
    for model, length in settings(config):
        if block_name(model, length) not in finished:
            yield run_block(config, model, length, report)


SILENCE: Study[SilenceConfig] = Study(
    name="phased silence",
    summary="memory across long silence, with a time gate and without",
    config_type=SilenceConfig,
    columns={"model": str, "length": int, "seed": int, **ROW, "held_out": bool},
    history_axes=GATE_AXES,
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)
