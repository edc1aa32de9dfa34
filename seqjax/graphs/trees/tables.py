"""What a study of trees prints: accuracy by depth, and comparisons at the deepest."""

import numpy as np

from seqjax.core.statistics import mean, success_rate
from seqjax.graphs.trees.config import TreesConfig, settings
from seqjax.graphs.trees.summary import (
    accuracies,
    comparisons,
    select,
    successes,
)
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table


def tables(config: TreesConfig, results: Results) -> list[Table]:
    """Results by depth; comparisons where there is something to compare."""
    found = [_results(config, results), _comparisons(config, results)]
    return [table for table in found if table.rows]


def _results(config: TreesConfig, results: Results) -> Table:
    body = []
    for task, model in settings(config):
        for depth in config.depths:
            rows = select(results, task, model, depth)
            seen = "" if rows[0]["held_out"] else " (seen)"
            beyond = " *" if depth > config.train_depth else ""
            same = float(np.mean([row["same_mirrored"] for row in rows]))
            body.append(
                [
                    task,
                    model,
                    f"{depth}{beyond}",
                    estimate_text(mean(accuracies(rows)), "{:.3f}") + seen,
                    f"{rows[0]['chance']:.3f}",
                    f"{rows[0]['from_root']:.3f}",
                    estimate_text(success_rate(successes(config, rows)), "{:.2f}"),
                    f"{same:.3f}",
                    str(sum(row["diverged"] for row in rows)),
                ]
            )
    return Table(
        title=(
            f"Expressions: {counted(config.seeds, 'seed')}, "
            f"{counted(config.hidden_size, 'unit')}, trained on depths 1 to "
            f"{config.train_depth}"
        ),
        columns=(
            "task",
            "model",
            "depth",
            "mean accuracy",
            "chance",
            "from the root",
            f"success (accuracy >= {config.success_accuracy:g})",
            "same mirrored",
            "diverged",
        ),
        rows=body,
        left=2,
        caption=(
            "* deeper than trained on. Brackets: 95 % intervals over seeds (mean: "
            "bootstrap; success: Wilson). Chance: always the most frequent value; from "
            "the root: the best answer that sees the first operator alone. Same "
            "mirrored: share of expressions that get the same answer with all operands "
            f"in reverse order. Tested on {config.evaluation_size} expressions per "
            "depth, never trained on unless marked seen, the same for all."
        ),
    )


def _comparisons(config: TreesConfig, results: Results) -> Table:
    return Table(
        title=f"Trees against strings at depth {config.test_depth}, on the same seeds",
        columns=("task", "tree", "string", "accuracy gained", "p (Holm)"),
        rows=[
            [
                found.task,
                found.tree,
                found.other,
                estimate_text(found.accuracy.difference, "{:+.3f}"),
                f"{found.p_value:.3f}",
            ]
            for found in comparisons(config, results)
        ],
        left=3,
        caption=(
            "Sign-flip test on pairs of a seed, which are trained on the same batches; "
            f"Holm over all rows. At {counted(config.seeds, 'seed')} no p-value can be "
            f"below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )
