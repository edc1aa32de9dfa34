"""The reconciliation: every setting as far as the budget goes, then the verdicts."""

from collections.abc import Collection, Iterator

from seqjax.core.processes import clock
from seqjax.lab.study import Block, Reporter, Study
from seqjax.reconcile.budget import allowance, plan, work
from seqjax.reconcile.config import Config
from seqjax.reconcile.figures import figures
from seqjax.reconcile.summary import summarise, tables
from seqjax.reconcile.training import Trainer


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train every setting to its end or to the budget's; pure but for the clock."""
    end = clock() + 60 * config.budget
    expected = work(config)
    settings = plan(config)
    longest = max(setting.length for setting in settings)
    trainers: dict[tuple[object, ...], Trainer] = {}
    for setting, updates in settings.items():
        if setting.name in finished:
            continue
        now = clock()
        left = max(0.0, end - now) / 60
        if not left:
            return
        report.block(setting.name, setting.name, expected[setting.name])
        program = (
            setting.cell,
            setting.encoding,
            setting.batch_size,
            setting.optimizer,
        )
        if program not in trainers:
            trainers[program] = Trainer(config, longest, setting)
        deadline = now + 60 * allowance(config, setting, left)
        yield trainers[program].run(setting, updates, deadline, report)


COLUMNS: dict[str, type] = {
    "cell": str,
    "length": int,
    "encoding": str,
    "initializer": str,
    "forget_bias": str,
    "learning_rate": float,
    "optimizer": str,
    "batch_size": int,
    "stop": str,
    "updates_wanted": int,
    "seed": int,
    "accuracy": float,
    "loss": float,
    "accuracy_at_steps": float,
    "left_chance_at": int,
    "equal_losses_at": int,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
    "cut_short": bool,
}

STUDY: Study[Config] = Study(
    name="reconcile",
    summary="why the reports disagree: one grid of their settings, a verdict per claim",
    config_type=Config,
    columns=COLUMNS,
    history_axes={"loss": ("seed", "step"), "accuracy": ("seed", "step")},
    block_names=lambda config: [setting.name for setting in plan(config)],
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="minutes",
    may_stop_early=True,
)
