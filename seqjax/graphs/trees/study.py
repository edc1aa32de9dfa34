"""The study of trees: train every reader on every task, test it on deeper ones."""

from collections.abc import Collection, Iterator

from seqjax.core.trees import TREE_CELLS
from seqjax.graphs.trees.config import TreesConfig, block_name, settings
from seqjax.graphs.trees.figures import figures
from seqjax.graphs.trees.summary import summarise
from seqjax.graphs.trees.tables import tables
from seqjax.graphs.trees.training import inputs_of, run_block, sets_of
from seqjax.lab.study import Block, Reporter, Study
from seqjax.tasks.expression_sets import Expressions


def block_names(config: TreesConfig) -> list[str]:
    """Blocks in the order of the results: tasks outside, models inside."""
    return [block_name(*setting) for setting in settings(config)]


def work(config: TreesConfig) -> dict[str, float]:
    """Expected updates of every block, if no seed stops early."""
    return dict.fromkeys(block_names(config), float(config.seeds * config.steps))


def run(
    config: TreesConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    """Train and test; yields a block per setting. Pure but for the report."""
    for task in config.tasks:
        models = [m for m in config.models if block_name(task, m) not in finished]
        if models:
            sets = sets_of(config, task)
            # Both readers of trees share what takes longest to lay out.
            known: dict[bool, tuple[Expressions, Expressions]] = {}
            for model in models:
                kind = model in TREE_CELLS
                if kind not in known:
                    known[kind] = inputs_of(sets, model)
                yield run_block(config, task, model, sets, known[kind], report)


TREES: Study[TreesConfig] = Study(
    name="graphs trees",
    summary="Tree-LSTMs on expressions, beside an LSTM that reads them as strings",
    config_type=TreesConfig,
    columns={
        "task": str,
        "model": str,
        "seed": int,
        "depth": int,
        "accuracy": float,
        "loss": float,
        "same_mirrored": float,
        "chance": float,
        "from_root": float,
        "held_out": bool,
        "steps": int,
        "diverged": bool,
    },
    history_axes={
        "loss": ("seed", "step"),
        "accuracy": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
    },
    block_names=block_names,
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="updates",
)
