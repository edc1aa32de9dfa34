"""What a study trains and tests on: a graph, splits, and what their nodes see."""

from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32

from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.receptive_fields import ReceptiveField, model_graph
from seqjax.lab.data.graph_data import (
    GraphData,
    Split,
    load_graph,
    random_split,
    require_split,
)
from seqjax.lab.errors import UserError


class Targets(NamedTuple):
    """Nodes whose class is asked for; of every seed, or of one.

    Attributes:
        places: where they stand in the receptive field.
        labels: their classes.
    """

    places: Int32[Array, "*seeds nodes"]
    labels: Int32[Array, "*seeds nodes"]


class Problem(NamedTuple):
    """Everything that trainings of one model read.

    Attributes:
        training: what training nodes see.
        validation: what validation nodes see; None without any.
        whole: what all nodes see.
        train: targets of the seeds in `training`.
        validate: targets of the seeds in `validation`; none of them without any.
        test: targets of the seeds in `whole`.
    """

    training: ReceptiveField
    validation: ReceptiveField | None
    whole: ReceptiveField
    train: Targets
    validate: Targets
    test: Targets


@lru_cache(maxsize=1)
def graph_of(dataset: str) -> GraphData:
    """The graph that a word names, read once."""
    return load_graph(dataset)


def splits_of(config: ClassifyConfig) -> list[Split]:
    """The split of every seed: all the same, or each its own.

    Raises:
        UserError: a graph that cannot be had, or has no such split.
    """
    graph = graph_of(config.dataset)
    if config.split == "fixed":
        split = require_split(graph)
        if not len(split.test):
            raise UserError(
                f"the graph {graph.name} must have test nodes, but has none; draw a "
                "random split by --split random"
            )
        return [split] * config.seeds
    return [
        random_split(
            graph,
            seed,
            per_class=config.per_class,
            validation=config.validation_size,
            test=config.test_size,
        )
        for seed in config.seed_numbers
    ]


def check(config: ClassifyConfig) -> None:
    """Raise a UserError where a study could not begin."""
    splits_of(config)


def problem_of(config: ClassifyConfig, model: str) -> Problem:
    """What a model trains and is tested on.

    Nodes of a fixed split are the same for all seeds, and only what they see is
    computed in training; of random splits all is, for their nodes lie everywhere.
    """
    graph, splits = graph_of(config.dataset), splits_of(config)
    read = model_graph(graph, model)
    whole = read.whole()
    labels = graph.labels
    tested = _targets(labels, [split.test for split in splits])
    trained = _targets(labels, [split.train for split in splits])
    validated = _targets(labels, [split.validation for split in splits])
    fields: list[ReceptiveField | None] = [whole, whole]
    if config.split == "fixed":
        fields = []
        for nodes in (splits[0].train, splits[0].validation):
            fields.append(read.receptive_field(nodes) if len(nodes) else None)
        trained, validated = _first(trained), _first(validated)
    if not validated.labels.shape[1]:
        fields[1] = None
    training = fields[0] or whole
    return Problem(training, fields[1], whole, trained, validated, tested)


def _targets(
    labels: Int32[np.ndarray, " all"], nodes: list[Int32[np.ndarray, " nodes"]]
) -> Targets:
    chosen = np.stack(nodes)
    return Targets(jnp.asarray(chosen), jnp.asarray(labels[chosen]))


def _first(targets: Targets) -> Targets:
    """Targets that come first in their receptive field."""
    count = targets.labels.shape[1]
    places = jnp.broadcast_to(jnp.arange(count, dtype=jnp.int32), targets.labels.shape)
    return Targets(places, targets.labels)
