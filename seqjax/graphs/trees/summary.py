"""The numbers of a study of trees that are worth quoting."""

from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.core.statistics import (
    Comparison,
    mean,
    paired_comparisons,
    success_rate,
)
from seqjax.core.trees import TREE_CELLS
from seqjax.graphs.trees.config import TreesConfig, settings
from seqjax.lab.study import Results
from seqjax.tasks.expression_task import make_network
from seqjax.tasks.expressions import GRAMMARS

Rows = list[dict[str, Any]]


class Against(NamedTuple):
    """A reader of trees against one of strings, on the same seeds and expressions.

    Attributes:
        task: on which they are compared.
        tree: the reader of trees.
        other: the reader of strings.
        accuracy: the comparison, at the deepest depth.
        p_value: after Holm, over all comparisons of the study.
    """

    task: str
    tree: str
    other: str
    accuracy: Comparison
    p_value: float


def select(results: Results, task: str, model: str, depth: int) -> Rows:
    """The rows of a task, model and depth."""
    wanted = (task, model, depth)
    return [r for r in results.rows if (r["task"], r["model"], r["depth"]) == wanted]


def accuracies(rows: Rows) -> np.ndarray:
    """Accuracy of every seed; chance where it diverged."""
    return np.array([r["chance"] if r["diverged"] else r["accuracy"] for r in rows])


def successes(config: TreesConfig, rows: Rows) -> np.ndarray:
    """Which seeds succeeded; a diverged one did not, whatever it got right."""
    least = config.success_accuracy
    return np.array([r["accuracy"] >= least and not r["diverged"] for r in rows])


def parameters(config: TreesConfig, task: str, model: str) -> int:
    """Numbers that a model learns."""
    network = make_network(
        model, GRAMMARS[task], config.hidden_size, config.initializer
    )
    shapes = jax.eval_shape(network.init, jax.random.key(0))
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(shapes))


def comparisons(config: TreesConfig, results: Results) -> list[Against]:
    """Every reader of trees against every reader of strings, at the deepest depth."""
    pairs = [
        (task, tree, other)
        for task in config.tasks
        for tree in config.models
        for other in config.models
        if tree in TREE_CELLS and other not in TREE_CELLS
    ]

    def deepest(task: str, model: str) -> np.ndarray:
        return accuracies(select(results, task, model, config.test_depth))

    adjusted = paired_comparisons(
        [(deepest(task, tree), deepest(task, other)) for task, tree, other in pairs]
    )
    return [Against(*pair, *each) for pair, each in zip(pairs, adjusted, strict=True)]


def summarise(config: TreesConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: accuracy by depth beside chance, and comparisons."""
    return {
        "success_accuracy": config.success_accuracy,
        "trained_to_depth": config.train_depth,
        "parameters": {
            task: {model: parameters(config, task, model) for model in config.models}
            for task in config.tasks
        },
        "settings": [
            _setting(config, select(results, task, model, depth))
            for task, model in settings(config)
            for depth in config.depths
        ],
        "comparisons_at_the_deepest": [
            {
                "task": found.task,
                "tree": found.tree,
                "other": found.other,
                "accuracy_gained": found.accuracy.difference._asdict(),
                "p_value_holm": found.p_value,
            }
            for found in comparisons(config, results)
        ],
    }


def _setting(config: TreesConfig, rows: Rows) -> dict[str, Any]:
    first = rows[0]
    return {
        "task": first["task"],
        "model": first["model"],
        "depth": first["depth"],
        "accuracy": mean(accuracies(rows))._asdict(),
        "chance_accuracy": first["chance"],
        "accuracy_from_root": first["from_root"],
        "success_rate": success_rate(successes(config, rows))._asdict(),
        "same_answer_mirrored": float(np.mean([r["same_mirrored"] for r in rows])),
        "diverged": sum(row["diverged"] for row in rows),
        "held_out": first["held_out"],
    }
