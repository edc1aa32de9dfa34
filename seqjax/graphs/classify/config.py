"""Settings of the study of node classes."""

from dataclasses import dataclass

from seqjax.core.checks import check_choice, check_choices, check_integer, check_number
from seqjax.core.graphs import MODELS
from seqjax.lab.option_groups import LearningRate, Seeds

SPLITS = ("fixed", "random")
FEATURES = ("rows", "given", "columns")
CLASS_WEIGHTS = ("none", "balanced")
FIRST = "renormalized"
"""The model with which all others are compared: the GCN."""


@dataclass(frozen=True)
class ClassifyConfig(LearningRate, Seeds):
    """One study of node classes: every model on one graph, over many seeds.

    Attributes:
        dataset: Graph with labels: karate, cora, citeseer, pubmed, or a folder with
            edges.csv and nodes.csv (id, label, split, features) or with files
            ind.NAME.* as Planetoid has them, or a file (npz, GraphML, JSON).
        features: How features are read: rows (each divided by its sum, as published),
            given (as they are), or columns (each of mean 0 and standard deviation 1).
        split: Nodes to train and test on: fixed (the data set's own), or random, where
            every seed draws nodes of its own.
        model: How layers pass features along the edges, among {graph_models};
            renormalized is the GCN, with which the others are compared.
        class_weights: Weights of the nodes in the loss of training and validation: none
            (all alike), or balanced, where each class of the training nodes counts as
            much as every other, however few of them it has.
        epochs: Most updates of one model, each on all training nodes.
        hidden_size: Units between the two layers.
        dropout: Share of the inputs of either layer that is dropped in training (0 to
            0.999).
        weight_decay: Factor of half the sum of the squared weights of the first layer,
            which is added to the loss.
        window: Stop a seed whose validation loss exceeds the mean of so many before it;
            0: never.
        per_class: Training nodes of each class of a random split.
        validation_size: Validation nodes of a random split.
        test_size: Test nodes of a random split.
        minibatch: Train on batches with sampled neighbours, in bounded memory, instead
            of on the whole graph; an epoch is then one pass over the training nodes.
        batch_size: Training nodes of a mini-batch.
        fan_out: Neighbours sampled for a node of a mini-batch, of the layer next to the
            classes first; one number per layer, or one for both.
        block_size: Nodes whose layers are computed at a time after a training by
            mini-batches.
    """

    dataset: str = "karate"
    features: str = "rows"
    split: str = "fixed"
    model: tuple[str, ...] = (FIRST,)
    class_weights: str = "none"
    epochs: int = 200
    hidden_size: int = 16
    learning_rate: float = 0.01
    dropout: float = 0.5
    weight_decay: float = 5e-4
    window: int = 10
    per_class: int = 20
    validation_size: int = 500
    test_size: int = 1000
    minibatch: bool = False
    batch_size: int = 512
    fan_out: tuple[int, ...] = (10, 10)
    block_size: int = 65_536

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_choice("split", self.split, SPLITS)
        check_choice("features", self.features, FEATURES)
        check_choice("class_weights", self.class_weights, CLASS_WEIGHTS)
        check_choices("model", self.model, MODELS)
        super().__post_init__()
        for name in ("epochs", "per_class", "test_size", "block_size"):
            check_integer(name, getattr(self, name), minimum=1)
        for name in ("window", "validation_size"):
            check_integer(name, getattr(self, name), minimum=0)
        check_number("dropout", self.dropout, minimum=0.0, maximum=0.999)
        check_number("weight_decay", self.weight_decay, minimum=0.0, hint="try 5e-4")
        for fan_out in self.fan_out:
            check_integer("fan_out", fan_out, minimum=1)
        if self.minibatch:
            for model in self.model:
                check_sampled(model)
        if len(self.fan_out) not in (1, 2):
            raise ValueError(
                "fan_out must have one value or one per layer (2), not "
                f"{len(self.fan_out)}; give one to use it for both"
            )


def check_sampled(model: str) -> None:
    """Raise ValueError for a model that cannot be trained by mini-batches."""
    reach = MODELS[model].reach
    if reach > 1:
        raise ValueError(
            f"model must look one step at most with minibatch, not {reach} as "
            f"{model} does; choose another model, or leave out minibatch"
        )
