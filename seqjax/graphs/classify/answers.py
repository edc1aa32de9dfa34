"""What trained weights say of the nodes: tests of all seeds, and one seed's picture."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int32

from seqjax.core.graphs import GraphWeights
from seqjax.core.losses import cross_entropy
from seqjax.graphs.classify.fields import Field
from seqjax.graphs.classify.problem import Targets


class Answers(NamedTuple):
    """How test nodes were answered, of one seed or of all.

    Attributes:
        loss: mean cross-entropy.
        confusion: how many nodes of each class (first axis) were given which.
    """

    loss: Float[Array | np.ndarray, "*seeds"]
    confusion: Int32[Array | np.ndarray, "*seeds classes classes"]

    @property
    def accuracy(self) -> Float[np.ndarray, "*seeds"]:
        """Share of the nodes that were given their class."""
        counts = np.asarray(self.confusion, np.float64)
        right = np.trace(counts, axis1=-2, axis2=-1)
        return np.asarray(right / counts.sum(axis=(-2, -1)))


def answers(logits: Float[Array, "nodes classes"], targets: Targets) -> Answers:
    """How one seed's logits answer the targets."""
    chosen = logits[targets.places]
    classes = jnp.arange(logits.shape[1])
    given = (jnp.argmax(chosen, axis=1)[:, None] == classes).astype(jnp.int32)
    true = (targets.labels[:, None] == classes).astype(jnp.int32)
    return Answers(cross_entropy(chosen, targets.labels), true.T @ given)


def counted_answers(
    logits: Float[np.ndarray, "nodes classes"], labels: Int32[np.ndarray, " nodes"]
) -> Answers:
    """As `answers`, on the host."""
    targets = Targets(jnp.arange(len(labels), dtype=jnp.int32), jnp.asarray(labels))
    found = answers(jnp.asarray(logits), targets)
    return Answers(np.asarray(found.loss), np.asarray(found.confusion))


class Embedding(NamedTuple):
    """Hidden units of all nodes, seen from where they spread the most.

    Attributes:
        places: along the first two principal components.
        share: of the variance, that each of them holds.
    """

    places: Float[np.ndarray, "nodes 2"]
    share: Float[np.ndarray, " 2"]


def embedding(model: str, weights: GraphWeights, whole: Field) -> Embedding:
    """Hidden units of one seed without dropout, along their principal components."""
    run = jax.jit(Field.hidden, static_argnums=1)
    return principal(np.asarray(run(whole, model, weights)))


def principal(x: Float[np.ndarray, "nodes units"]) -> Embedding:
    """The first two principal components, with the largest loading of each positive."""
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = (
        axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    )
    total = float(np.sum(sizes**2)) or 1.0
    # Fewer than two units, or nodes, leave the rest of the plane empty.
    places = np.zeros((len(x), 2), np.float32)
    share = np.zeros(2, np.float32)
    found = (centred @ axes.T)[:, :2]
    places[:, : found.shape[1]] = found
    share[: len(sizes)] = (sizes**2 / total)[:2]
    return Embedding(places, share)
