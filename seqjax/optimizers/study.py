"""The optimiser study: choose each optimiser's rate, then compare on fresh seeds."""

from collections.abc import Collection, Iterator

import numpy as np

from seqjax.lab.study import Block, Reporter, Study
from seqjax.optimizers.config import Config
from seqjax.optimizers.figures import figures
from seqjax.optimizers.landscape import LANDSCAPE_STUDY
from seqjax.optimizers.selection import best_rate
from seqjax.optimizers.summary import summarise
from seqjax.optimizers.tables import tables
from seqjax.optimizers.training import Trainer


def block_names(config: Config) -> list[str]:
    """A block per optimiser."""
    return list(config.optimizers)


def work(config: Config) -> dict[str, float]:
    """Updates of every block, if no model stops early."""
    models = len(config.tuning_models) + config.test_seeds
    return dict.fromkeys(config.optimizers, float(models * config.steps))


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train and test; yields a block per optimiser. Pure but for the report."""
    wanted = [name for name in config.optimizers if name not in finished]
    if not wanted:
        return
    trainer = Trainer(config)
    for name in wanted:
        report.block(name, name, work(config)[name])
        tuned = trainer.train(name, config.tuning_models, report)
        rate = best_rate(tuned.rows, config.learning_rates, config.steps)
        models = config.test_models(rate)
        tested = trainer.train(name, models, report, [tuned.training])
        rows = [
            {"stage": stage, **row}
            for stage, found in (("tune", tuned), ("test", tested))
            for row in found.rows
        ]
        grid = (len(config.learning_rates), config.seeds, config.steps)
        history: dict[str, np.ndarray] = {
            "tune_loss": tuned.loss.reshape(grid),
            "tune_accuracy": tuned.accuracy.reshape(grid),
            "test_loss": tested.loss,
            "test_accuracy": tested.accuracy,
        }
        yield Block(name, rows, history)


STUDY: Study[Config] = Study(
    name="optimizers",
    summary="which optimiser learns palindromes fastest, each at its own best rate",
    config_type=Config,
    columns={
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
    },
    history_axes={
        "tune_loss": ("learning_rate", "seed", "step"),
        "tune_accuracy": ("learning_rate", "seed", "step"),
        "test_loss": ("seed", "step"),
        "test_accuracy": ("seed", "step"),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="updates",
)

STUDIES = (STUDY, LANDSCAPE_STUDY)
