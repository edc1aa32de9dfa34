"""Training and testing all seeds of one model, in one compiled program."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.core.graphs import GraphWeights
from seqjax.core.keys import seed_keys
from seqjax.core.processes import clock
from seqjax.graphs.classify.answers import Answers, answers, embedding
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.ending import block_of, middle
from seqjax.graphs.classify.fields import Field
from seqjax.graphs.classify.learning import (
    CAPACITY,
    Curves,
    Learner,
    Learning,
    Own,
    Shared,
)
from seqjax.graphs.classify.problem import Targets, graph_of, problem_of
from seqjax.lab.running.training import last_mean
from seqjax.lab.running.tree_arrays import from_arrays, to_arrays
from seqjax.lab.study import Block, Reporter
from seqjax.train import SeedMap

LOOK_EVERY = 0.5
"""Seconds of work between two looks from the host, about."""

FEW_ENTRIES = 10_000
"""Entries of features and edges below which a training is compiled in a hurry. It hangs
on the graph alone, so that a seed is the same whatever the number of seeds."""


class Trainer:
    """All seeds of one model.

    Args:
        config: the study's.
        model: a name in `seqjax.core.graphs.MODELS`.
    """

    def __init__(self, config: ClassifyConfig, model: str) -> None:
        self._config, self._model = config, model
        self._graph = graph_of(config.dataset)
        self._problem = problem_of(config, model)
        inputs = self._problem.whole.features.shape[1]
        learning = Learning(config, model, inputs, self._graph.num_classes)
        count, group = config.seeds, config.seeds_per_device or None
        # What takes no time to train takes long to compile, unless in a hurry too.
        entries = self._problem.whole.features.values.size + self._graph.edges.size
        self._advance = SeedMap(
            learning.advance, count, group=group, run_once=entries < FEW_ENTRIES
        )
        mesh = self._advance.mesh
        self._start = SeedMap(
            learning.init, count, mesh=mesh, group=group, run_once=True
        )
        self._answers = SeedMap(
            self._answer, count, mesh=mesh, group=group, run_once=True
        )

    def run(self, report: Reporter) -> Block:
        """Train, keep what there is to go on from, and test.

        Args:
            report: told of the losses as they come.

        Returns:
            A row and curves per seed.
        """
        config, problem = self._config, self._problem
        report.block(self._model, self._model, float(config.seeds * config.epochs))
        learners, curves, done = self._begin(report.kept())
        report.advance(float(config.seeds * done), {"epoch": done})
        own = self._advance.place(Own(problem.train, problem.validate))
        size = 1
        while done < config.epochs and not self._all(learners.stopped):
            size = min(size, CAPACITY, config.epochs - done)
            started = clock()
            learners, seen = self._advance((learners, own), self._shared(done + size))
            new = Curves(*[metric[:, :size] for metric in self._advance.gather(seen)])
            seconds, done = clock() - started, done + size
            curves = joined(curves, new)
            report.advance(float(config.seeds * size), shown(done, new))
            size = max(1, min(8 * size, int(size * LOOK_EVERY / seconds)))
            if done < config.epochs and report.is_due():
                self._keep(learners, curves, done, report)
        return self._tested(learners, curves)

    def _begin(
        self, arrays: dict[str, np.ndarray] | None
    ) -> tuple[Learner, Curves, int]:
        """The seeds before their first epoch, or where they were kept last."""
        keys = seed_keys(self._config.seed_numbers)
        learners = self._start(self._start.place(keys), None)
        if arrays is None:
            return learners, no_curves(self._config.seeds), 0
        found = from_arrays("learners", self._advance.gather(learners), arrays)
        curves = Curves(*[arrays[name] for name in Curves._fields])
        return self._advance.place(found), curves, int(arrays["epochs"])

    def _keep(
        self, learners: Learner, curves: Curves, done: int, report: Reporter
    ) -> None:
        """Leaves all there is to go on from."""
        arrays = to_arrays("learners", self._advance.gather(learners))
        kept = {name: np.asarray(curve) for name, curve in curves._asdict().items()}
        report.keep(done, {**arrays, **kept, "epochs": np.asarray(done)})

    def _shared(self, until: int) -> Shared:
        config, problem = self._config, self._problem
        return Shared(
            problem.training,
            problem.validation,
            jnp.asarray(config.learning_rate, jnp.float32),
            jnp.asarray(config.weight_decay, jnp.float32),
            jnp.asarray(until, jnp.int32),
        )

    def _all(self, stopped: Any) -> bool:
        return bool(self._advance.gather(stopped).all())

    def _answer(self, own: tuple[GraphWeights, Targets], whole: Field) -> Answers:
        """Test one seed."""
        weights, targets = own
        return answers(whole.logits(self._model, weights), targets)

    def _tested(self, learners: Learner, curves: Curves) -> Block:
        """Rows and history, from the seeds after their last epoch."""
        problem = self._problem
        targets = self._advance.place(problem.test)
        found: Answers = self._answers.gather(
            self._answers((learners.weights, targets), problem.whole)
        )
        ended: Learner = self._advance.gather(learners)
        chosen = GraphWeights(*(layer[middle(found)] for layer in ended.weights))
        return block_of(
            self._config,
            self._model,
            self._graph.labels,
            curves,
            found,
            embedding(self._model, chosen, problem.whole),
            epochs=np.asarray(ended.epoch),
            early=np.asarray(ended.early),
            diverged=np.asarray(ended.diverged),
        )


def no_curves(seeds: int) -> Curves:
    """Curves before the first epoch."""
    nothing = np.zeros((seeds, 0), np.float32)
    return Curves(nothing, nothing, nothing)


def joined(curves: Curves, new: Curves) -> Curves:
    """Curves with more epochs behind."""
    pairs = zip(curves, new, strict=True)
    return Curves(*[np.concatenate([old, more], axis=1) for old, more in pairs])


def shown(done: int, curves: Curves) -> dict[str, int | float | str]:
    """Means over the seeds still training, at the newest epoch."""
    found: dict[str, int | float | str] = {"epoch": done}
    found["loss"] = last_mean(np.asarray(curves.loss))
    validated = last_mean(np.asarray(curves.validation_accuracy))
    return found | ({"validated": validated} if np.isfinite(validated) else {})
