"""Training by mini-batches with sampled neighbours, for graphs that do not fit.

The protocol is that of `seqjax.graphs.classify.learning` but for the batches: an epoch
is one pass over the training nodes in an order of its own, the validation loss is taken
on mini-batches too (without dropout), and Adam makes a step for each batch. Memory is
that of the graph on the host, and of one batch on the device.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int64, PRNGKeyArray

from seqjax.core.graphs import GraphWeights
from seqjax.graphs.classify.batches import Batch, Maker, logits
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.learning import Learner, Learning, descended, half_square
from seqjax.lab.data.graph_data import Split
from seqjax.lab.data.graph_data.sampling import generator


class MiniBatches:
    """How seeds of a model learn by mini-batches.

    Args:
        config: the study's.
        model: one that looks one step at most.
        learning: makes and describes learners.
        maker: of batches.
    """

    def __init__(
        self, config: ClassifyConfig, model: str, learning: Learning, maker: Maker
    ) -> None:
        self._config, self._model, self._maker = config, model, maker
        self.init = jax.jit(learning.init)
        self._step = jax.jit(self._update)
        self._look = jax.jit(self._seen)

    def epoch(
        self, learner: Learner, split: Split, seed: int
    ) -> tuple[Learner, tuple[float, float, float]]:
        """One pass over the training nodes, and a look at those for validation.

        Args:
            learner: one seed's.
            split: its nodes.
            seed: its number.

        Returns:
            The learner after it; its loss (mean over batches), and the validation's
            loss and accuracy, NaN without any.
        """
        done, config = int(learner.epoch), self._config
        random = generator(seed, f"minibatch {done}")
        losses = []
        train = np.asarray(split.train, np.int64)
        stream = jax.random.fold_in(learner.key, done)
        for number, nodes in enumerate(self._cut(random.permutation(train))):
            batch = self._maker.make(nodes, self._size(train), random)
            key = jax.random.fold_in(stream, number)
            learner, loss = self._step(learner, batch, key)
            losses.append(float(loss))
            if learner.diverged:
                break
        seen, right = self._validated(learner, split, random)
        early = (
            bool(config.window)
            and done > config.window
            and seen > float(jnp.mean(learner.losses))
            and not bool(learner.diverged)
        )
        learner = learner._replace(
            epoch=learner.epoch + 1,
            losses=jnp.append(learner.losses[1:], jnp.float32(seen)),
            early=jnp.asarray(early),
            stopped=jnp.asarray(early) | learner.diverged,
        )
        return learner, (float(np.mean(losses)), seen, right)

    def _validated(
        self, learner: Learner, split: Split, random: np.random.Generator
    ) -> tuple[float, float]:
        nodes = np.asarray(split.validation, np.int64)
        if not len(nodes):
            return float("nan"), float("nan")
        total = np.zeros(2)
        for some in self._cut(nodes):
            batch = self._maker.make(some, self._size(nodes), random)
            total += np.asarray(self._look(learner.weights, batch))
        loss, right = total / len(nodes)
        decay = self._config.weight_decay * float(half_square(learner.weights))
        return float(loss) + decay, float(right)

    def _size(self, nodes: Int64[np.ndarray, " nodes"]) -> int:
        return min(self._config.batch_size, len(nodes))

    def _cut(
        self, nodes: Int64[np.ndarray, " nodes"]
    ) -> list[Int64[np.ndarray, " some"]]:
        size = self._size(nodes)
        return [nodes[i : i + size] for i in range(0, len(nodes), size)]

    def _update(
        self, learner: Learner, batch: Batch, key: PRNGKeyArray
    ) -> tuple[Learner, Float[Array, ""]]:
        """One step of Adam."""
        decay = jnp.float32(self._config.weight_decay)

        def loss_of(weights: GraphWeights) -> Float[Array, ""]:
            dropout = self._config.dropout
            found = logits(self._model, weights, batch, dropout=dropout, key=key)
            each = _cross_entropies(found, batch)
            return each.sum() / batch.counts.sum() + decay * half_square(weights)

        loss, grads = jax.value_and_grad(loss_of)(learner.weights)
        rate = jnp.float32(self._config.learning_rate)
        return descended(learner, loss, grads, rate), loss

    def _seen(
        self, weights: GraphWeights, batch: Batch
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Sums over the nodes of a batch: of cross-entropies, and of those right."""
        found = logits(self._model, weights, batch)
        right = (jnp.argmax(found, axis=1) == batch.labels).astype(jnp.float32)
        return _cross_entropies(found, batch).sum(), (right * batch.counts).sum()


def _cross_entropies(
    found: Float[Array, "nodes classes"], batch: Batch
) -> Float[Array, " nodes"]:
    """Of every node; 0 for what only fills up."""
    log_p = jax.nn.log_softmax(found)
    chosen = jnp.take_along_axis(log_p, jnp.asarray(batch.labels)[:, None], axis=1)
    return -chosen[:, 0] * batch.counts
