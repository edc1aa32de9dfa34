"""The numbers of a study of trees that are worth quoting."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.core.trees import TREE_CELLS
from seqjax.graphs.trees.config import TreesConfig
from seqjax.lab import measures
from seqjax.lab.comparisons import SHARES, Against, against
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, or_chance, outcome, rows_of
from seqjax.lab.study import Results
from seqjax.tasks.expression_task import TreeNetwork, make_network
from seqjax.tasks.expressions import GRAMMARS
from seqjax.tasks.network import Network


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    task: str
    model: str

    @classmethod
    def all(cls, config: TreesConfig) -> list["Setting"]:
        """In the order of the results: tasks outside, models inside."""
        return [cls(task, model) for task in config.tasks for model in config.models]


class Place(NamedTuple):
    """Where a setting is tested."""

    task: str
    model: str
    depth: int


class Pair(NamedTuple):
    """A reader of trees and one of strings, on the same seeds and expressions."""

    task: str
    tree: str
    other: str


COMPARED = measures.difference("accuracy_gained", "accuracy gained", "{:+.3f}")
"""What is told of two readers."""


def outcome_of(
    config: TreesConfig, results: Results, task: str, model: str, depth: int
) -> Outcome:
    """How the seeds of one task and model fared at one depth."""
    place = Place(task, model, depth)
    rows, least = rows_of(results, place), config.success_accuracy
    return outcome(rows, rows[0]["chance"], least, setting=place)


def outcomes(config: TreesConfig, results: Results) -> list[Outcome]:
    """Those of all settings at all depths."""
    return [
        outcome_of(config, results, *setting, depth)
        for setting in Setting.all(config)
        for depth in config.depths
    ]


def measured(config: TreesConfig) -> list[Measure]:
    """What is told of a setting at a depth."""

    def share(key: str, heading: str, value: Callable[[Outcome], float]) -> Measure:
        return Measure(key, heading, value, lambda found, _: f"{found:.3f}")

    return [
        Measure(
            "",
            "depth",
            lambda o: o.setting.depth,
            lambda depth, _: f"{depth} *" if depth > config.train_depth else f"{depth}",
        ),
        measures.accuracy(measures.seen),
        share("chance_accuracy", "chance", lambda o: o.rows[0]["chance"]),
        share("accuracy_from_root", "from the root", lambda o: o.rows[0]["from_root"]),
        measures.success(config.success_accuracy),
        share(
            "same_answer_mirrored",
            "same mirrored",
            # Who guesses always gives the same answer.
            lambda o: float(np.mean(or_chance(o.rows, 1.0, "same_mirrored"))),
        ),
        measures.DIVERGED,
        measures.HELD_OUT,
    ]


def network_of(config: TreesConfig, task: str, model: str) -> TreeNetwork | Network:
    """The network of a model that reads a task's expressions."""
    return make_network(
        model,
        GRAMMARS[task],
        config.hidden_size,
        config.initializer,
        config.forget_bias,
    )


def parameters(config: TreesConfig, task: str, model: str) -> int:
    """Numbers that a model learns."""
    shapes = jax.eval_shape(network_of(config, task, model).init, jax.random.key(0))
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(shapes))


def comparisons(config: TreesConfig, results: Results) -> list[Against]:
    """Every reader of trees against every reader of strings, at the deepest depth."""

    def deepest(task: str, model: str) -> np.ndarray:
        return outcome_of(config, results, task, model, config.test_depth).accuracy

    return against(
        {
            Pair(task, tree, other): (deepest(task, tree), deepest(task, other))
            for task in config.tasks
            for tree in config.models
            for other in config.models
            if tree in TREE_CELLS and other not in TREE_CELLS
        },
        SHARES,
    )


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
            measures.numbers(measured(config), each)
            for each in outcomes(config, results)
        ],
        "comparisons_at_the_deepest": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
    }
