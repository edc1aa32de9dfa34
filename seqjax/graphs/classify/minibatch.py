"""Training by mini-batches with sampled neighbours, for graphs that do not fit.

An epoch is one pass over the training nodes in an order of its own, with a step of Adam
for each batch; then the validation loss is taken, on mini-batches too. Batches are made
on the host. Memory is that of the graph there, and of one batch on the device.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int64, Key, PRNGKeyArray

from seqjax.core import processes
from seqjax.core.graphs import MODELS, GraphWeights, drop, init_network
from seqjax.core.keys import named_keys, seed_keys
from seqjax.graphs.classify.classifier import block_outputs
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.problem import class_weights, graph_of, splits_of
from seqjax.graphs.classify.receptive_fields import ModelGraph, model_graph
from seqjax.graphs.classify.sampling import Batch, BatchMaker, Table
from seqjax.graphs.classify.testing import block_of
from seqjax.graphs.classify.training import (
    ADAM,
    Validation,
    dropout_key,
    half_square,
    shown,
)
from seqjax.lab.data.graph_data import GraphData, Split
from seqjax.lab.data.graph_data.sampling import generator
from seqjax.lab.running.training import Trained, train
from seqjax.lab.study import Block, Number, Reporter
from seqjax.train import Hyper, Metrics, Progress, Task, TrainState, loop, make_hyper

Tree = Any


class MiniBatches:
    """Trains one seed at a time; `lab.running.training.train` takes it for an ensemble.

    An update of it is an epoch.

    Args:
        config: the study's.
        graph: to train on.
        read: the same as a model reads it.
        model: which; one that looks one step at most.
    """

    def __init__(
        self, config: ClassifyConfig, graph: GraphData, read: ModelGraph, model: str
    ) -> None:
        self._config, self._model, self._graph = config, model, graph
        fan_outs = config.fan_out[0], config.fan_out[-1]
        self._maker = BatchMaker(read.features, read.matrix, graph.labels, fan_outs)
        sizes = read.features.shape[1], config.hidden_size, graph.num_classes
        # What the task draws for a batch is the key of its dropout.
        task = Task(
            lambda key: init_network(key, model, *sizes),
            lambda key, data: key[None],
            self._loss,
            memory=lambda _: Validation.none(config.epochs),
        )
        self._init = jax.jit(partial(loop.init, task, ADAM))
        self._update = jax.jit(partial(loop.update, task, ADAM))
        self._seen = jax.jit(self._sums)
        self._after_epoch = jax.jit(Validation.after_epoch, static_argnums=3)

    def init(self, key: PRNGKeyArray) -> TrainState:
        """A seed before its first update; `key` is its whole randomness."""
        return self._init(key)._replace(key=dropout_key(key))

    def place(self, tree: Tree) -> Tree:
        """One seed, of arrays with a leading axis of one seed."""
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[0], tree)

    def gather(self, tree: Tree) -> Tree:
        """Arrays on the host with a leading axis of one seed; keys stay JAX's."""
        return jax.tree.map(lambda leaf: leaf[None], processes.fetch(tree))

    def resume(
        self,
        states: TrainState,
        hyper: Hyper,
        data: tuple[int, Split],
        *,
        num_updates: int,
    ) -> Iterator[Progress]:
        """Train one seed to so many epochs, counted from the first; yields each."""
        done = False
        while not done:
            states, metrics = self.epoch(states, hyper, *data)
            updates = int(states.step)
            done = updates >= num_updates or bool(states.stopped)
            yield Progress(states, metrics, updates, done)

    def epoch(
        self, state: TrainState, hyper: Hyper, seed: int, split: Split
    ) -> tuple[TrainState, Metrics]:
        """One pass over the training nodes, and a look at those for validation.

        Returns:
            The state after it, and means over its batches of shape (1, 1).
        """
        random = generator(seed, f"minibatch {int(state.step)}")
        # The batches of an epoch are counted from 0, and have a stream of their own.
        stream = jax.random.fold_in(state.key, state.step)
        new = state._replace(key=stream, step=jnp.zeros_like(state.step))
        found: list[Metrics] = []
        decay = jnp.asarray(self._config.weight_decay, jnp.float32)
        nodes = random.permutation(np.asarray(split.train, np.int64))
        weights = class_weights(self._config, self._graph, split)
        for batch in self._batches(nodes, random, weights):
            new, metrics = self._update(new, hyper, (batch, decay))
            found.append(jax.tree.map(float, metrics))
            if new.stopped:
                break
        loss, right = self._validate(new.params, split, random)
        validation, stop = self._after_epoch(
            new.memory, jnp.float32(loss), jnp.float32(right), self._config.window
        )
        new = new._replace(
            key=state.key,
            step=state.step + 1,
            memory=validation,
            stopped=new.stopped | stop,
        )
        return new, jax.tree.map(
            lambda *each: np.full((1, 1), np.mean(each), np.float32), *found
        )

    def _validate(
        self, weights: GraphWeights, split: Split, random: np.random.Generator
    ) -> tuple[float, float]:
        """Loss and accuracy on the validation nodes; NaN without any."""
        nodes = np.asarray(split.validation, np.int64)
        if not len(nodes):
            return float("nan"), float("nan")
        total, counts = np.zeros(2), np.zeros(2)
        of_classes = class_weights(self._config, self._graph, split)
        for batch in self._batches(nodes, random, of_classes):
            total += np.asarray(self._seen(weights, batch))
            counts += batch.weights.sum(), batch.counts.sum()
        loss, right = total / counts
        decay = self._config.weight_decay * float(half_square(weights))
        return float(loss) + decay, float(right)

    def _loss(
        self,
        weights: GraphWeights,
        keys: Key[Array, " 1"],
        validation: Validation,
        data: tuple[Batch, Array],
    ) -> tuple[Array, Array, Validation]:
        """Of one batch; an epoch's validation is left alone."""
        batch, decay = data
        counts = jnp.stack([batch.weights.sum(), batch.counts.sum()])
        loss, right = self._sums(weights, batch, keys[0]) / counts
        return loss + decay * half_square(weights), right, validation

    def _sums(
        self, weights: GraphWeights, batch: Batch, key: PRNGKeyArray | None = None
    ) -> Float[Array, " 2"]:
        """Of weighted cross-entropies, and of nodes that are right; a key drops."""
        dropout = self._config.dropout
        found = logits(self._model, weights, batch, dropout=dropout, key=key)
        labels = jnp.asarray(batch.labels)
        log_p = jax.nn.log_softmax(found)
        chosen = jnp.take_along_axis(log_p, labels[:, None], axis=1)[:, 0]
        right = (jnp.argmax(found, axis=1) == labels).astype(jnp.float32)
        factors = jnp.stack([batch.weights, batch.counts])
        return jnp.sum(jnp.stack([-chosen, right]) * factors, axis=1)

    def _batches(
        self,
        nodes: Int64[np.ndarray, " nodes"],
        random: np.random.Generator,
        weights: Float32[np.ndarray, " classes"],
    ) -> Iterator[Batch]:
        """Batches of all of these nodes, which weigh by their classes."""
        size = min(self._config.batch_size, len(nodes))
        for first in range(0, len(nodes), size):
            processes.clock()  # here the program can stop
            yield self._maker.make(nodes[first : first + size], size, random, weights)


class MinibatchTrainer:
    """All seeds of one model, by mini-batches, one after another.

    Args:
        config: the study's.
        model: one that looks one step at most.
    """

    def __init__(self, config: ClassifyConfig, model: str) -> None:
        self._config, self._model = config, model
        graph = graph_of(config.dataset)
        self._read = model_graph(graph, model, config.features)
        self.batches = MiniBatches(config, graph, self._read, model)

    def run(self, report: Reporter) -> Block:
        """Train, and test on the whole graph; a row and curves per seed."""
        config, batches = self._config, self.batches
        report.block(self._model, self._model, float(config.seeds * config.epochs))
        splits = splits_of(config)
        trained: list[Trained] = []
        for seed, key, split in zip(
            config.seed_numbers, seed_keys(config.seed_numbers), splits, strict=True
        ):
            trained.append(
                train(
                    batches,
                    batches.init(key),
                    make_hyper(config.learning_rate, clip_norm=None),
                    (seed, split),
                    config.epochs,
                    report,
                    cost=1.0,
                    before=trained,
                    shown=partial(self._shown, seed),
                )
            )
        return self._tested(trained, report)

    def _shown(self, seed: int, progress: Progress) -> Mapping[str, Number | str]:
        validation = self.batches.gather(progress.states.memory)
        return {"seed": seed, **shown(progress, validation)}

    def _tested(self, trained: list[Trained], report: Reporter) -> Block:
        """Rows and history, from the seeds after their last epoch."""
        config = self._config
        states: list[TrainState] = [each.states for each in trained]
        ended = processes.fetch(jax.tree.map(lambda *each: jnp.stack(each), *states))
        return block_of(
            config,
            self._model,
            ended,
            np.concatenate([each.curves("loss", config.epochs) for each in trained]),
            ended.memory,
            block_outputs(self._model, self._read, config.block_size),
            report,
        )


def logits(
    model: str,
    weights: GraphWeights,
    batch: Batch,
    *,
    dropout: int | float = 0.0,
    key: Array | None = None,
) -> Float[Array, "nodes classes"]:
    """Logits of the nodes of a batch.

    Args:
        model: a name in `MODELS` that looks at most one step.
        weights: of both layers.
        batch: as `BatchMaker` makes it for that model.
        dropout: share of each layer's inputs that is dropped, none by default.
        key: drop with this key; None (the default) drops nothing.
    """
    features = batch.features
    if key is not None:
        keys = named_keys(key, ("features", "hidden"))
        values = drop(keys["features"], jnp.asarray(features.values), dropout)
        features = features._replace(values=values)
    found = features.times(jnp.concatenate(list(weights.first), axis=1))
    hidden = jax.nn.relu(_passed(model, batch.outer, found, len(weights.first)))
    if key is not None:
        hidden = drop(keys["hidden"], hidden, dropout)
    found = hidden @ jnp.concatenate(list(weights.second), axis=1)
    return _passed(model, batch.inner, found, len(weights.second))


def _passed(
    model: str, table: Table | None, x: Float[Array, "sources columns"], terms: int
) -> Float[Array, "nodes outputs"]:
    """One layer, from features already multiplied by the weights of all its terms."""
    if table is None:
        return x
    each = jnp.split(x, terms, axis=1)
    found = jnp.einsum("nk,nko->no", jnp.asarray(table.weights), each[-1][table.places])
    if MODELS[model].own_term:
        found = found + each[0][: len(found)]
    return found
