"""The frequency study: train every model in every regime, then count and compare."""

from collections.abc import Collection, Iterator

import numpy as np

from seqjax.core.processes import clock
from seqjax.lab.study import Block, Reporter, Study
from seqjax.phased.frequency.config import FrequencyConfig, block_name, settings
from seqjax.phased.frequency.figures import figures
from seqjax.phased.frequency.networks import gflop_per_update
from seqjax.phased.frequency.pace import affordable_epochs
from seqjax.phased.frequency.summary import summarise
from seqjax.phased.frequency.tables import tables
from seqjax.phased.frequency.training import EPOCHS, Trainer


def block_names(config: FrequencyConfig) -> list[str]:
    """Blocks in the order of the results: regimes outside, models inside."""
    return [block_name(*setting) for setting in settings(config)]


def work(config: FrequencyConfig) -> dict[str, float]:
    """Expected GFLOP of every block, if the budget allows all epochs."""
    updates = config.seeds * config.epochs * config.updates_per_epoch
    return {
        block_name(regime, model): updates * gflop_per_update(config, regime)
        for regime, model in settings(config)
    }


def run(
    config: FrequencyConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; a block per setting. Pure but for the report and a budget."""
    start = clock()
    left = [s for s in settings(config) if block_name(*s) not in finished]
    if config.budget is None or not left:
        for setting in left:
            yield Trainer(config, *setting).run(config.epochs, report)
        return
    trainers = [Trainer(config, *setting) for setting in left]
    epochs = _epochs(config, config.budget, trainers, start, report)
    for trainer in trainers:
        yield trainer.run(epochs, report)


def _epochs(
    config: FrequencyConfig,
    budget: float,
    trainers: list[Trainer],
    start: float,
    report: Reporter,
) -> int:
    """The same number for all models, timed once for a run and all its resumptions."""
    # With the block that is finished last, whose checkpoints live the longest.
    report.block(trainers[-1].name, "how long an epoch takes", 0)
    kept = report.kept()
    if kept is not None:
        return int(kept[EPOCHS])
    paces = []
    for trainer in trainers:
        paces.append(trainer.pace())
        seconds = paces[-1].epoch(config.updates_per_epoch)
        report.advance(0, {"timed": trainer.name, "seconds_per_epoch": seconds})
    spent = clock() - start
    epochs = affordable_epochs(config, budget, paces, spent)
    # Older than any checkpoint of a training, which holds it too.
    report.keep(0, {EPOCHS: np.array(epochs)})
    return epochs


FREQUENCY: Study[FrequencyConfig] = Study(
    name="phased frequency",
    summary="a wave's period: a time-gated LSTM, a batch-normalised and a plain one",
    config_type=FrequencyConfig,
    columns={
        "regime": str,
        "model": str,
        "seed": int,
        "accuracy": float,
        "loss": float,
        "solved": bool,
        "solved_epoch": int,
        "epochs": int,
        "steps": int,
        "diverged": bool,
        "share_open": float,
    },
    history_axes={
        "loss": ("seed", "step"),
        "accuracy": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
        "test_loss": ("seed", "epoch"),
        "test_accuracy": ("seed", "epoch"),
        "test_lengths": ("wave",),
        "test_labels": ("wave",),
        "period": ("seed", "start_and_end", "unit"),
        "shift": ("seed", "start_and_end", "unit"),
        "open_ratio": ("seed", "start_and_end", "unit"),
        "share_open": ("seed", "epoch"),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)
