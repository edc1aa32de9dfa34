"""What trained weights say of the nodes: tests of all seeds, and one seed's picture."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Int32
from scipy import stats

from seqjax.core.graphs import GraphWeights
from seqjax.graphs.classify.classifier import NodeClassifier, Origin, Outputs
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.predictions import (
    NodePredictions,
    Poll,
    class_names,
    csv_text,
    label_names,
    log_softmax,
    node_names,
    parts_of,
)
from seqjax.graphs.classify.problem import graph_of, splits_of
from seqjax.graphs.classify.receptive_fields import scales_of
from seqjax.graphs.classify.training import Validation
from seqjax.lab.data.graph_data import read_history
from seqjax.lab.study import Block, Reporter, Results
from seqjax.train import TrainState


class Answers(NamedTuple):
    """How one seed answered its test nodes.

    Attributes:
        loss: mean cross-entropy, in nats.
        confusion: how many nodes of each class (first axis) were given which.
        auc: area under the curve of true against false positives of class 1 where
            there are two classes, which ranks nodes by its logit less that of class 0;
            None where there are not two, or one has no test node.
    """

    loss: float
    confusion: Int32[np.ndarray, "classes classes"]
    auc: float | None


def answers(
    logits: Float[np.ndarray, "nodes classes"], labels: Int[np.ndarray, " nodes"]
) -> Answers:
    """How one seed's logits of its test nodes answer their labels."""
    with np.errstate(all="ignore"):
        loss = -np.mean(log_softmax(logits)[np.arange(len(labels)), labels])
    confusion = np.zeros((logits.shape[1],) * 2, np.int32)
    np.add.at(confusion, (labels, logits.argmax(axis=1)), 1)
    auc = None
    if logits.shape[1] == 2 and np.isfinite(logits).all():
        score = logits[:, 1].astype(np.float64) - logits[:, 0]
        auc = area_under_curve(score, labels == 1)
    return Answers(float(loss), confusion, auc)


def area_under_curve(
    score: Float64[np.ndarray, " nodes"], positive: Bool[np.ndarray, " nodes"]
) -> float | None:
    """The probability that a positive scores above a negative, ties counted half.

    Mann & Whitney (1947), by ranks; None where there are no positives or no negatives.
    """
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return None
    ranks = stats.rankdata(score)[positive].sum()
    return float((ranks - count * (count + 1) / 2) / (count * others))


def macro_f1(
    confusion: Int[np.ndarray, "*seeds classes classes"],
) -> Float64[np.ndarray, "*seeds"]:
    """Mean over the classes of 2 TP / (2 TP + FP + FN); 0 for a class without any.

    A class of which there is no node, and which no node is given, is left out.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)
    both = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    score = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    return np.asarray(score.sum(axis=-1) / (both > 0).sum(axis=-1))


def with_failures(
    confusion: Int[np.ndarray, "seeds classes classes"],
    diverged: Bool[np.ndarray, " seeds"],
) -> Int[np.ndarray, "seeds classes classes"]:
    """The same, but seeds that diverged have given all nodes the most frequent class.

    Args:
        confusion: nodes of each class (second axis) that were given which.
        diverged: which seeds have failed.
    """
    found = confusion.copy()
    for i in np.flatnonzero(diverged):
        nodes = confusion[i].sum(axis=1)
        found[i] = 0
        found[i][:, nodes.argmax()] = nodes
    return found


def shares_right(
    confusion: Int[np.ndarray, "*seeds classes classes"],
) -> Float64[np.ndarray, "*seeds"]:
    """Share of the nodes that were given their class."""
    right = np.trace(confusion, axis1=-2, axis2=-1)
    return np.asarray(right / confusion.sum(axis=(-2, -1)))


class Embedding(NamedTuple):
    """Hidden units of all nodes, seen from where they spread the most.

    Attributes:
        places: along the first two principal components.
        share: of the variance, that each of them holds.
    """

    places: Float[np.ndarray, "nodes 2"]
    share: Float[np.ndarray, " 2"]


def principal(x: Float[np.ndarray, "nodes units"]) -> Embedding:
    """The first two principal components, with the largest loading of each positive.

    All places are 0 where what a seed that diverged has left is too large for them.
    """
    places = np.zeros((len(x), 2), np.float32)
    share = np.zeros(2, np.float32)
    largest = np.linalg.norm(x.astype(np.float64), axis=1).max()
    if not largest < np.finfo(np.float32).max / 2:
        return Embedding(places, share)
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = (
        axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    )
    total = float(np.sum(sizes**2)) or 1.0
    # Fewer than two units, or nodes, leave the rest of the plane empty.
    found = (centred @ axes.T)[:, :2]
    places[:, : found.shape[1]] = found
    share[: len(sizes)] = (sizes**2 / total)[:2]
    return Embedding(places, share)


def block_of(
    config: ClassifyConfig,
    model: str,
    ended: TrainState,
    loss: Float32[np.ndarray, "seeds epochs"],
    validation: Validation,
    outputs: Outputs,
    report: Reporter,
) -> Block:
    """The block of a model; the model itself is given to the report.

    Args:
        config: the study's.
        model: which.
        ended: all seeds after their last epoch, on the host.
        loss: of all seeds, NaN after a seed has stopped.
        validation: of all seeds.
        outputs: hidden units and logits of all nodes, of a seed's weights.
        report: keeps the model.
    """
    graph, splits = graph_of(config.dataset), splits_of(config)
    kept = classifier_of(config, model, ended)
    poll, tested = Poll(graph.num_nodes, graph.num_classes), []
    for i, split in enumerate(splits):
        logits = outputs(GraphWeights(*(layer[i] for layer in kept.weights)))[1]
        poll.add(logits, kept.diverged[i])
        tested.append(answers(logits[split.test], graph.labels[split.test]))
    confusion = np.stack([each.confusion for each in tested])
    accuracy = shares_right(confusion)
    counted = shares_right(with_failures(confusion, np.asarray(ended.diverged)))
    # Of median accuracy, the lower of two.
    median = int(np.argsort(counted, kind="stable")[(len(counted) - 1) // 2])
    hidden = outputs(GraphWeights(*(layer[median] for layer in kept.weights)))[0]
    embedding = principal(hidden)
    rows = [
        {
            "model": model,
            "seed": seed,
            "accuracy": float(accuracy[i]),
            "auc": tested[i].auc,
            "loss": tested[i].loss,
            "validation_accuracy": _last(validation.accuracy[i], epochs),
            "validation_loss": _last(validation.loss[i], epochs),
            "epochs": int(epochs),
            "stopped_early": bool(ended.stopped[i] & ~ended.diverged[i]),
            "diverged": bool(ended.diverged[i]),
        }
        for i, (seed, epochs) in enumerate(
            zip(config.seed_numbers, ended.step, strict=True)
        )
    ]
    graph = graph_of(config.dataset)
    history = {
        "loss": loss,
        "validation_loss": np.asarray(validation.loss),
        "validation_accuracy": np.asarray(validation.accuracy),
        "confusion": confusion,
        "embedding": embedding.places,
        "embedding_share": embedding.share,
        "embedding_seed": np.asarray(config.seed_numbers[median]),
        "labels": graph.labels,
        **read_history(graph),
        "nodes": node_names(graph),
        "classes": np.array(kept.classes, str),
        "split": parts_of(graph, config.split),
        "probability": poll.probability,
        "agreement": poll.agreement,
    }
    report.model(model, kept)
    return Block(model, rows, history)


def classifier_of(
    config: ClassifyConfig, model: str, ended: TrainState
) -> NodeClassifier:
    """The model of all seeds after their last epoch, on the host."""
    graph = graph_of(config.dataset)
    scaled = config.features == "columns"
    layers: Any = [np.asarray(layer) for layer in ended.params]
    return NodeClassifier(
        model,
        "none" if graph.features is None else config.features,
        class_names(graph),
        config.block_size if config.minibatch else 0,
        tuple(config.seed_numbers),
        tuple(bool(each) for each in ended.diverged),
        Origin(config.dataset, config.split),
        GraphWeights(*layers),
        scales_of(graph) if scaled else None,
    )


def predictions_of(results: Results, model: str) -> NodePredictions:
    """What the seeds of a model say of every node, from the results alone."""
    history = {
        name: results.history[f"{model}/{name}"]
        for name in ("nodes", "labels", "split", "classes", "probability", "agreement")
    }
    history["labels"] = label_names(history["labels"], history["classes"].tolist())
    return NodePredictions(**history)


def texts(config: ClassifyConfig, results: Results) -> dict[str, str]:
    """The table of predictions, model after model."""
    each = [(model, predictions_of(results, model)) for model in config.model]
    return {"predictions.csv": csv_text(each)}


def _last(curve: Float[Any, " epochs"], epochs: Any) -> float | None:
    """The value after so many epochs; None for one that is no number."""
    value = float(curve[epochs - 1])
    return value if np.isfinite(value) else None
