"""What a study trains and tests on: a graph, splits, and what their nodes see."""

from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Int32

from seqjax.graphs.classify.config import FEATURES, ClassifyConfig
from seqjax.graphs.classify.receptive_fields import (
    ReceptiveField,
    features_of,
    model_graph,
)
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
        weights: of each in the loss; None where all are alike.
    """

    places: Int32[Array, "*seeds nodes"]
    labels: Int32[Array, "*seeds nodes"]
    weights: Float32[Array, "*seeds nodes"] | None


class Part(NamedTuple):
    """The nodes of a training, of its validation, or of its test.

    Attributes:
        field: what they see.
        targets: of every seed, in this field.
    """

    field: ReceptiveField
    targets: Targets


class Problem(NamedTuple):
    """Everything that trainings of one model read.

    Attributes:
        train: nodes to train on.
        validation: nodes to validate on; None without any.
        test: nodes to test on, in the field of all nodes.
    """

    train: Part
    validation: Part | None
    test: Part


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
    graph = graph_of(config.dataset)
    if graph.features is None and config.features != FEATURES[0]:
        raise UserError(
            f"features must be {FEATURES[0]} for a graph without any, as {graph.name} "
            f"is, not {config.features}; leave out --features"
        )
    features_of(graph, config.features)


def class_weights(
    config: ClassifyConfig, graph: GraphData, split: Split
) -> Float32[np.ndarray, " classes"]:
    """The weight of a node of each class in the loss.

    Balanced, a class of c of the n training nodes has n / (k c), where k classes have
    any; one that has none has 0. The weights of the training nodes have the mean 1.
    """
    found = np.ones(graph.num_classes, np.float32)
    if config.class_weights == "none":
        return found
    counts = np.bincount(graph.labels[split.train], minlength=graph.num_classes)
    present = counts > 0
    found[~present] = 0
    found[present] = counts.sum() / (present.sum() * counts[present])
    return found


def problem_of(config: ClassifyConfig, model: str) -> Problem:
    """What a model trains and is tested on.

    Nodes of a fixed split are the same for all seeds, and only what they see is
    computed in training; of random splits all is, for their nodes lie everywhere.
    """
    graph, splits = graph_of(config.dataset), splits_of(config)
    read = model_graph(graph, model, config.features)
    whole = read.whole()

    def part(name: str) -> Part:
        nodes = np.stack([getattr(split, name) for split in splits])
        field, places = whole, jnp.asarray(nodes)
        if config.split == "fixed" and name != "test":
            # The first nodes of what they see are they themselves.
            field = read.receptive_field(nodes[0])
            first = jnp.arange(nodes.shape[1], dtype=jnp.int32)
            places = jnp.broadcast_to(first, nodes.shape)
        labels = graph.labels[nodes]
        weights = [
            class_weights(config, graph, split)[own]
            for split, own in zip(splits, labels, strict=True)
        ]
        alike = name == "test" or config.class_weights == "none"
        kept = None if alike else jnp.asarray(np.stack(weights))
        return Part(field, Targets(places, jnp.asarray(labels), kept))

    validation = part("validation") if len(splits[0].validation) else None
    return Problem(part("train"), validation, part("test"))
