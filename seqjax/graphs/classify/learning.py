"""Training on the whole graph, as Kipf & Welling (2017) and their program do it.

One update takes all training nodes. The loss is their mean cross-entropy, and half the
sum of squares of the first layer's weights times the weight decay, which so is part of
the gradient that Adam scales; Adam is that of TensorFlow 1, where epsilon stands beside
the uncorrected moment. After an update the loss on the validation nodes is taken
without dropout, weight decay included; a seed stops once that exceeds the mean of the
`window` losses before it, and keeps the weights that it has then.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seqjax.core.graphs import GraphWeights, init_network
from seqjax.core.keys import named_keys
from seqjax.core.losses import accuracy, cross_entropy
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.fields import Field
from seqjax.graphs.classify.problem import Targets
from seqjax.train import direction

CAPACITY = 50
"""Most epochs between two looks from the host."""

ADAM = direction("adam", "tf1")


class Learner(NamedTuple):
    """One seed in training.

    Attributes:
        weights: of both layers.
        moments: Adam's.
        key: the stream of the dropout.
        epoch: updates so far.
        losses: the last validation losses, the newest last.
        stopped: no further update will be tried.
        early: its validation loss had risen.
        diverged: a loss or gradient was not finite; its last weights are kept.
    """

    weights: GraphWeights
    moments: Any
    key: PRNGKeyArray
    epoch: Int[Array, ""]
    losses: Float[Array, " window"]
    stopped: Bool[Array, ""]
    early: Bool[Array, ""]
    diverged: Bool[Array, ""]


class Curves(NamedTuple):
    """What each epoch reports; NaN where there was none, or nothing to validate on.

    Attributes:
        loss: on the training nodes, with dropout and weight decay.
        validation_loss: after the update, without dropout, with weight decay.
        validation_accuracy: after the update.
    """

    loss: Float[Array | np.ndarray, "*epochs"]
    validation_loss: Float[Array | np.ndarray, "*epochs"]
    validation_accuracy: Float[Array | np.ndarray, "*epochs"]


class Own(NamedTuple):
    """What is one seed's own.

    Attributes:
        train: nodes to train on.
        validate: nodes to validate on, perhaps none.
    """

    train: Targets
    validate: Targets


class Shared(NamedTuple):
    """What all seeds share.

    Attributes:
        training: what training nodes see.
        validation: what validation nodes see; None without any.
        rate: Adam's step size.
        decay: weight decay.
        until: number of the last epoch wanted.
    """

    training: Field
    validation: Field | None
    rate: Float[Array, ""]
    decay: Float[Array, ""]
    until: Int[Array, ""]


class Learning:
    """How one seed of a model learns, as pure functions.

    Args:
        config: the study's.
        model: a name in `seqjax.core.graphs.MODELS`.
        inputs: features of a node.
        classes: how many there are.
    """

    def __init__(
        self, config: ClassifyConfig, model: str, inputs: int, classes: int
    ) -> None:
        self._config, self._model = config, model
        self._sizes = inputs, config.hidden_size, classes

    def init(self, key: PRNGKeyArray, shared: None = None) -> Learner:
        """A seed before its first update; `key` is its whole randomness."""
        keys = named_keys(key, ("params", "dropout"))
        weights = init_network(keys["params"], self._model, *self._sizes)
        no = jnp.zeros([], jnp.bool_)
        losses = jnp.full(max(1, self._config.window), jnp.inf, jnp.float32)
        zero = jnp.zeros([], jnp.int32)
        moments = ADAM.init(weights)
        return Learner(weights, moments, keys["dropout"], zero, losses, no, no, no)

    def advance(
        self, own: tuple[Learner, Own], shared: Shared
    ) -> tuple[Learner, Curves]:
        """Learn until epoch `shared.until`, a stop, or for `CAPACITY` epochs."""
        learner, mine = own
        first = learner.epoch
        last = jnp.minimum(shared.until, first + CAPACITY)

        def going(carry: tuple[Learner, Curves]) -> Array:
            return ~carry[0].stopped & (carry[0].epoch < last)

        def body(carry: tuple[Learner, Curves]) -> tuple[Learner, Curves]:
            new, seen = self.update(carry[0], mine, shared)
            place = carry[0].epoch - first
            kept = jax.tree.map(lambda b, m: b.at[place].set(m), carry[1], seen)
            return new, kept

        empty = Curves(*[jnp.full(CAPACITY, jnp.nan, jnp.float32) for _ in range(3)])
        return lax.while_loop(going, body, (learner, empty))

    def update(
        self, learner: Learner, mine: Own, shared: Shared
    ) -> tuple[Learner, Curves]:
        """One update, and a look at the validation nodes."""
        key = jax.random.fold_in(learner.key, learner.epoch)
        loss, grads = jax.value_and_grad(self.loss)(
            learner.weights, shared.training, mine.train, shared.decay, key
        )
        moved = descended(learner, loss, grads, shared.rate)
        seen, right = self._validated(moved.weights, mine.validate, shared)
        # As many losses before this one, none of which is that before any update.
        early = (learner.epoch > self._config.window) & (
            seen > jnp.mean(learner.losses)
        )
        if not self._config.window:
            early = jnp.zeros([], jnp.bool_)
        new = moved._replace(
            epoch=learner.epoch + 1,
            losses=jnp.append(learner.losses[1:], seen),
            stopped=early | moved.diverged,
            early=early & ~moved.diverged,
        )
        return new, Curves(loss, seen, right)

    def loss(
        self,
        weights: GraphWeights,
        field: Field,
        targets: Targets,
        decay: Float[Array, ""],
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, ""]:
        """Mean cross-entropy of the targets, with weight decay; a key drops."""
        logits = self._logits(weights, field, targets, key)
        return cross_entropy(logits, targets.labels) + decay * half_square(weights)

    def _validated(
        self, weights: GraphWeights, targets: Targets, shared: Shared
    ) -> tuple[Array, Array]:
        """Loss and accuracy on the validation nodes; NaN without any."""
        if shared.validation is None:
            nothing = jnp.full([], jnp.nan, jnp.float32)
            return nothing, nothing
        logits = self._logits(weights, shared.validation, targets)
        loss = cross_entropy(logits, targets.labels) + shared.decay * half_square(
            weights
        )
        return loss, accuracy(logits, targets.labels)

    def _logits(
        self,
        weights: GraphWeights,
        field: Field,
        targets: Targets,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "nodes classes"]:
        dropout = self._config.dropout
        return field.logits(self._model, weights, dropout=dropout, key=key)[
            targets.places
        ]


def descended(
    learner: Learner,
    loss: Float[Array, ""],
    grads: GraphWeights,
    rate: Float[Array, ""],
) -> Learner:
    """A seed after one step of Adam; as it was where loss or gradient is not finite.

    Args:
        learner: before it.
        loss: of its weights.
        grads: of its weights.
        rate: step size.
    """
    step, moments = ADAM.update(grads, learner.moments, learner.weights)
    weights = jax.tree.map(lambda w, d: w - rate * d, learner.weights, step)
    diverged = ~(jnp.isfinite(loss) & jnp.isfinite(optax.tree.norm(grads)))
    weights, moments = jax.tree.map(
        lambda new, old: jnp.where(diverged, old, new),
        (weights, moments),
        (learner.weights, learner.moments),
    )
    return learner._replace(weights=weights, moments=moments, diverged=diverged)


def half_square(weights: GraphWeights) -> Float[Array, ""]:
    """Half the sum of squares of the first layer's weights."""
    return jnp.sum(weights.first**2) / 2
