"""What trained weights say of the nodes: tests of all seeds, and one seed's picture."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Float32, Float64, Int, Int32
from scipy import sparse

from seqjax.core.graphs import MODELS, GraphWeights
from seqjax.core.losses import cross_entropy
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.problem import Targets, graph_of
from seqjax.graphs.classify.receptive_fields import ReceptiveField
from seqjax.graphs.classify.training import Validation
from seqjax.lab.data.graph_data import read_history
from seqjax.lab.study import Block
from seqjax.train import TrainState


class Answers(NamedTuple):
    """How test nodes were answered, of one seed or of all.

    Attributes:
        loss: mean cross-entropy.
        confusion: how many nodes of each class (first axis) were given which.
    """

    loss: Float[Array | np.ndarray, "*seeds"]
    confusion: Int32[Array | np.ndarray, "*seeds classes classes"]


def answers(logits: Float[Array, "nodes classes"], targets: Targets) -> Answers:
    """How one seed's logits answer the targets."""
    chosen = logits[targets.places]
    classes = jnp.arange(logits.shape[1])
    given = (jnp.argmax(chosen, axis=1)[:, None] == classes).astype(jnp.int32)
    true = (targets.labels[:, None] == classes).astype(jnp.int32)
    return Answers(cross_entropy(chosen, targets.labels), true.T @ given)


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


def infer_by_blocks(
    model: str,
    weights: GraphWeights,
    features: sparse.csr_array,
    matrix: sparse.csr_array | None,
    *,
    block: int,
) -> tuple[Float32[np.ndarray, "all units"], Float32[np.ndarray, "all classes"]]:
    """Hidden units and logits of all nodes, some nodes at a time, on the host.

    Nothing is sampled, and no array is larger than a number for each node and unit, or
    the features of a block of nodes.

    Args:
        model: a name in `MODELS` that looks at most one step.
        weights: of both layers.
        features: of all nodes.
        matrix: the model's; None for "mlp".
        block: nodes at a time.
    """
    first, second = (np.asarray(layer, np.float32) for layer in weights)
    # Of a seed that diverged what comes may be infinite, and that is no news.
    with np.errstate(over="ignore", invalid="ignore"):
        hidden = _layer(model, first, features, matrix, block)
        np.maximum(hidden, 0, out=hidden)
        return hidden, _layer(model, second, hidden, matrix, block)


def _layer(
    model: str,
    weights: Float32[np.ndarray, "terms inputs outputs"],
    x: sparse.csr_array | Float32[np.ndarray, "all inputs"],
    matrix: sparse.csr_array | None,
    block: int,
) -> Float32[np.ndarray, "all outputs"]:
    starts = range(0, x.shape[0], block)
    side_by_side = np.concatenate(list(weights), axis=1)
    made = np.concatenate([x[i : i + block] @ side_by_side for i in starts])
    if matrix is None:
        return made
    each = np.split(made, len(weights), axis=1)
    found = np.concatenate([matrix[i : i + block] @ each[-1] for i in starts])
    return found + each[0] if MODELS[model].own_term else found


class Embedding(NamedTuple):
    """Hidden units of all nodes, seen from where they spread the most.

    Attributes:
        places: along the first two principal components.
        share: of the variance, that each of them holds.
    """

    places: Float[np.ndarray, "nodes 2"]
    share: Float[np.ndarray, " 2"]


def embedding(model: str, weights: GraphWeights, whole: ReceptiveField) -> Embedding:
    """Hidden units of one seed without dropout, along their principal components."""
    run = jax.jit(ReceptiveField.hidden, static_argnums=1)
    return principal(np.asarray(run(whole, model, weights)))


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
    answers: Answers,
    picture: Callable[[int], Embedding],
) -> Block:
    """The block of a model.

    Args:
        config: the study's.
        model: which.
        ended: all seeds after their last epoch, on the host.
        loss: of all seeds, NaN after a seed has stopped.
        validation: of all seeds.
        answers: of all seeds.
        picture: of the seed at a place; asked for that of median accuracy, the lower
            of two.
    """
    confusion = np.asarray(answers.confusion)
    accuracy = shares_right(confusion)
    counted = shares_right(with_failures(confusion, np.asarray(ended.diverged)))
    median = int(np.argsort(counted, kind="stable")[(len(counted) - 1) // 2])
    embedding = picture(median)
    rows = [
        {
            "model": model,
            "seed": seed,
            "accuracy": float(accuracy[i]),
            "loss": float(answers.loss[i]),
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
    }
    return Block(model, rows, history)


def _last(curve: Float[Any, " epochs"], epochs: Any) -> float | None:
    """The value after so many epochs; None for one that is no number."""
    value = float(curve[epochs - 1])
    return value if np.isfinite(value) else None
