"""What a study of trees prints: accuracy by depth, and comparisons at the deepest."""

from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.summary import COMPARED, comparisons, measured, outcomes
from seqjax.lab import measures
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table


def tables(config: TreesConfig, results: Results) -> list[Table]:
    """Results by depth; comparisons where there is something to compare."""
    found = [_results(config, results), _comparisons(config, results)]
    return [table for table in found if table.rows]


def _results(config: TreesConfig, results: Results) -> Table:
    return measures.table(
        measured(config),
        outcomes(config, results),
        title=(
            f"Expressions: {counted(config.seeds, 'seed')}, "
            f"{counted(config.hidden_size, 'unit')}, trained on depths 1 to "
            f"{config.train_depth}"
        ),
        axes=("task", "model"),
        caption=(
            "* deeper than trained on. Brackets: 95 % intervals over seeds "
            "({intervals}). Chance: always the most frequent value; from the root: the "
            "best answer that sees the first operator alone. Same mirrored: share of "
            "expressions that get the same answer with all operands in reverse order. "
            f"Tested on {config.evaluation_size} expressions per depth, never trained "
            "on unless marked seen, the same for all."
        ),
        left=2,
    )


def _comparisons(config: TreesConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title=f"Trees against strings at depth {config.test_depth}, on the same seeds",
        axes=("task", "tree", "string"),
        caption=(
            "Sign-flip test on pairs of a seed, which are trained on the same batches; "
            f"Holm over all rows. At {counted(config.seeds, 'seed')} no p-value can be "
            f"below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
        left=3,
    )
