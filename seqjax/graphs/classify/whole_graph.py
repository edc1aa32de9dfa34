"""Training on the whole graph: an epoch is one update on all training nodes."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key, PRNGKeyArray

from seqjax.core.graphs import GraphWeights, init_network
from seqjax.core.keys import seed_keys
from seqjax.core.losses import accuracy, cross_entropy
from seqjax.graphs.classify.classifier import whole_outputs
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.problem import Targets, graph_of, problem_of
from seqjax.graphs.classify.receptive_fields import ReceptiveField
from seqjax.graphs.classify.testing import block_of
from seqjax.graphs.classify.training import (
    ADAM,
    Validation,
    dropout_key,
    half_square,
    shown,
)
from seqjax.lab.running.training import Trained, train
from seqjax.lab.study import Block, Number, Reporter
from seqjax.train import Ensemble, Progress, Task, TrainState, make_hyper

FEW_ENTRIES = 10_000
"""Entries of features and edges below which a training is compiled in a hurry. It hangs
on the graph alone, so that a seed is the same whatever the number of seeds."""


class Shared(NamedTuple):
    """What all seeds share.

    Attributes:
        training: what training nodes see.
        validation: what validation nodes see; None without any.
        weight_decay: factor of `half_square`.
    """

    training: ReceptiveField
    validation: ReceptiveField | None
    weight_decay: Float[Array, ""]


class Memory(NamedTuple):
    """What a seed has beside its weights: nodes of its own, and how it did on them.

    Attributes:
        train: nodes to train on.
        validate: nodes to validate on; None without any.
        validation: how it did on these.
    """

    train: Targets
    validate: Targets | None
    validation: Validation


class WholeGraphTrainer:
    """All seeds of one model, side by side.

    Args:
        config: the study's.
        model: a name in `seqjax.core.graphs.MODELS`.

    Attributes:
        ensemble: trains them.
        shared: what they share.
    """

    def __init__(self, config: ClassifyConfig, model: str) -> None:
        self._config, self._model = config, model
        graph, problem = graph_of(config.dataset), problem_of(config, model)
        unseen = jax.tree.map(
            lambda leaf: jnp.broadcast_to(leaf, (config.seeds, *leaf.shape)),
            Validation.none(config.epochs),
        )
        validation = problem.validation
        memories = Memory(
            problem.train.targets,
            None if validation is None else validation.targets,
            unseen,
        )
        features = problem.test.field.features
        sizes = features.shape[1], config.hidden_size, graph.num_classes
        # All there is to draw for an update is the key of its dropout.
        task = Task(
            lambda key: init_network(key, model, *sizes),
            lambda key, data: key[None],
            self._loss,
            memory=lambda _: jax.tree.map(lambda leaf: leaf[0], memories),
            watch=self._validate,
        )
        group = config.seeds_per_device or None
        # What takes no time to train takes long to compile, unless in a hurry too.
        entries = features.values.size + graph.edges.size
        self.ensemble = Ensemble(
            task, ADAM, config.seeds, group=group, quick_compile=entries < FEW_ENTRIES
        )
        self._keys = seed_keys(config.seed_numbers)
        self._dropout_keys = self.ensemble.place(jax.vmap(dropout_key)(self._keys))
        self._memories = self.ensemble.place(memories)
        decay = jnp.asarray(config.weight_decay, jnp.float32)
        self.shared = Shared(
            problem.train.field, None if validation is None else validation.field, decay
        )
        self._whole = problem.test.field

    def init(self) -> TrainState:
        """All seeds before their first update."""
        states = self.ensemble.init(self._keys)
        return states._replace(key=self._dropout_keys, memory=self._memories)

    def run(self, report: Reporter) -> Block:
        """Train and test; a row and curves per seed."""
        config, cost = self._config, float(self._config.seeds)
        report.block(self._model, self._model, cost * config.epochs)
        trained = train(
            self.ensemble,
            self.init(),
            make_hyper(config.learning_rate, clip_norm=None),
            self.shared,
            config.epochs,
            report,
            cost=cost,
            shown=self._shown,
        )
        return self._tested(trained, report)

    def _loss(
        self,
        weights: GraphWeights,
        keys: Key[Array, " 1"],
        memory: Memory,
        shared: Shared,
    ) -> tuple[Array, Array, Memory]:
        logits = self._logits(weights, shared.training, memory.train, keys[0])
        labels, decay = memory.train.labels, shared.weight_decay
        entropy = cross_entropy(logits, labels, memory.train.weights)
        loss = entropy + decay * half_square(weights)
        return loss, accuracy(logits, labels), memory

    def _validate(
        self, weights: GraphWeights, memory: Memory, shared: Shared
    ) -> tuple[Memory, Bool[Array, ""]]:
        """Look at the validation nodes, and say whether to stop."""
        if shared.validation is None or memory.validate is None:
            return memory, jnp.zeros([], jnp.bool_)
        logits = self._logits(weights, shared.validation, memory.validate)
        labels, decay = memory.validate.labels, shared.weight_decay
        entropy = cross_entropy(logits, labels, memory.validate.weights)
        loss = entropy + decay * half_square(weights)
        validation, stop = memory.validation.after_epoch(
            loss, accuracy(logits, labels), self._config.window
        )
        return memory._replace(validation=validation), stop

    def _logits(
        self,
        weights: GraphWeights,
        field: ReceptiveField,
        targets: Targets,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "nodes classes"]:
        dropout = self._config.dropout
        found = field.logits(self._model, weights, dropout=dropout, key=key)
        return found[targets.places]

    def _shown(self, progress: Progress) -> Mapping[str, Number | str]:
        memory: Memory = progress.states.memory
        return shown(progress, self.ensemble.gather(memory.validation))

    def _tested(self, trained: Trained, report: Reporter) -> Block:
        """Rows and history, from the seeds after their last epoch."""
        ended: TrainState = self.ensemble.gather(trained.states)
        return block_of(
            self._config,
            self._model,
            ended,
            trained.curves("loss", self._config.epochs),
            ended.memory.validation,
            whole_outputs(self._model, self._whole),
            report,
        )
