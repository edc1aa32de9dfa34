"""The network of an experiment as pure functions, and what it is trained and tested by.

A network of Flax's that keeps something beside its parameters (batch statistics, the
keys of dropout) carries it from update to update as the memory of a `Task`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.lab.errors import UserError
from seqjax.study.experiment import Data, Experiment
from seqjax.train import Task

Tree = Any


class Tested(NamedTuple):
    """A test of one seed.

    Attributes:
        loss: on the test set.
        score: likewise; NaN where the experiment has none.
    """

    loss: Float[Array, ""]
    score: Float[Array, ""]


class Learner:
    """What all settings of one program learn.

    Args:
        experiment: with the options that these settings have in common.
        setting: what these have in common of the grid.
        data: makes their data.
    """

    def __init__(
        self, experiment: Experiment, setting: Any, data: Callable[[], Data]
    ) -> None:
        self.experiment, self.setting, self.data = experiment, setting, data

    def task(self) -> Task:
        """What `seqjax.train` trains; the memory is what the network keeps."""
        return self._task(self._start)

    def task_of_its_size(self) -> Task:
        """The same with zeros for a start, which are quicker to make."""

        def zeros(key: PRNGKeyArray) -> Any:
            return jax.tree.map(
                lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self._shapes[1:]
            )

        return self._task(zeros)

    def _task(self, start: Callable[[PRNGKeyArray], tuple[Tree, Tree]]) -> Task:
        has_memory = jax.tree.leaves(self._shapes[2])
        return Task(
            lambda key: start(key)[0],
            self._batch,
            self._loss if has_memory else self._loss_without_memory,
            memory=(lambda key: start(key)[1]) if has_memory else None,
        )

    def test(self, state: tuple[Tree, Tree], data: tuple[Tree, Tree]) -> Tested:
        """Loss and score of one seed on the test set.

        The network sees no more examples at once than in training: what fits into
        memory there does so here.

        Args:
            state: parameters, and what else the network keeps.
            data: inputs and targets.
        """
        inputs, targets = data
        size = self.experiment.batch_size
        count = len(jax.tree.leaves(inputs)[0])

        def answers(inputs: Tree) -> Any:
            return self._apply(*state, inputs, training=False)[0]

        def some(chosen: Array) -> Any:
            return answers(jax.tree.map(lambda leaf: leaf[chosen], inputs))

        if count <= size or not _has_leading(jax.eval_shape(answers, inputs), count):
            return self._judged(answers(inputs), targets)
        parts = -(-count // size)
        # The last part is filled up with the last example.
        places = jnp.minimum(jnp.arange(parts * size), count - 1).reshape(parts, size)
        outputs = jax.tree.map(
            lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:count],
            lax.map(some, places),
        )
        return self._judged(outputs, targets)

    @cached_property
    def _shapes(self) -> Any:
        """What `_split` returns, with shapes in place of arrays."""
        found = jax.eval_shape(self._split, jax.random.key(0))
        for leaf in jax.tree.leaves(found[1]):
            if not jnp.issubdtype(leaf.dtype, jnp.floating):
                where = "init" if self.experiment.defines("apply") else "model"
                raise UserError(
                    f"{where} must make parameters of floating numbers, not "
                    f"{leaf.dtype}; what is not learnt is no parameter, or give "
                    "jnp.float32"
                )
        return found

    def _start(self, key: PRNGKeyArray) -> tuple[Tree, Tree]:
        """Parameters of one seed, and what else its network keeps."""
        _, params, rest = self._split(key)
        return params, rest

    def _apply(
        self, params: Tree, rest: Tree, inputs: Tree, *, training: bool
    ) -> tuple[Any, Tree]:
        """Outputs, and what the network keeps after them."""
        if self.experiment.defines("apply"):
            return self.experiment.apply(self.setting, params, inputs), ()
        # Variables of this trace: flax lets no other be changed.
        params, rest = jax.tree.map(lambda leaf: leaf, (params, rest))
        # Of a network that keeps nothing else the memory is an empty tuple.
        kept = nnx.State({}) if rest == () else rest
        model = nnx.merge(self._shapes[0], params, kept)
        model.train() if training else model.eval()
        outputs = model(inputs)
        after: Any = nnx.split(model, nnx.Param, ...)
        return outputs, after[2]

    def _split(self, key: PRNGKeyArray) -> Any:
        """A fresh network: what is no array of it, its parameters, and the rest."""
        if self.experiment.defines("apply"):
            return None, self.experiment.init(self.setting, key), ()
        model = self.experiment.model(self.setting, nnx.Rngs(key))
        if not isinstance(model, nnx.Module):
            raise UserError(
                f"model must return an nnx.Module, not {type(model).__name__}; for a "
                "pure function define init and apply instead"
            )
        return nnx.split(model, nnx.Param, ...)

    def _batch(self, key: PRNGKeyArray, training: Tree) -> Any:
        train = self.data().train
        if callable(train):
            batch: Any = train(key)
            if not isinstance(batch, tuple) or len(batch) != 2:
                raise UserError(
                    "data.train(key) must return a pair of inputs and targets, not "
                    f"{type(batch).__name__}; return inputs, targets"
                )
            return batch
        count = len(jax.tree.leaves(training)[0])
        chosen = jax.random.randint(key, (self.experiment.batch_size,), 0, count)
        return jax.tree.map(lambda leaf: leaf[chosen], training)

    def _loss(
        self, params: Tree, batch: tuple[Tree, Tree], memory: Tree, training: Tree
    ) -> tuple[Array, Array, Tree]:
        outputs, after = self._apply(params, memory, batch[0], training=True)
        found = self._judged(outputs, batch[1])
        return found.loss, found.score, after

    def _loss_without_memory(
        self, params: Tree, batch: tuple[Tree, Tree], training: Tree
    ) -> tuple[Array, Array]:
        return self._loss(params, batch, (), training)[:2]

    def _judged(self, outputs: Any, targets: Tree) -> Tested:
        """Loss and score of outputs."""
        loss = _scalar("loss", self.experiment.loss(outputs, targets))
        if not self.experiment.defines("score"):
            return Tested(loss, jnp.full_like(loss, jnp.nan))
        score = _scalar("score", self.experiment.score(outputs, targets))
        return Tested(loss, score.astype(loss.dtype))


def _scalar(name: str, value: Any) -> Array:
    if not isinstance(value, jax.Array | np.ndarray | np.generic | float | int):
        raise UserError(
            f"{name} must return one floating number, not {type(value).__name__}; "
            "return the mean over the batch"
        )
    found = jnp.asarray(value)
    if found.shape or not jnp.issubdtype(found.dtype, jnp.floating):
        raise UserError(
            f"{name} must return one floating number, not {found.dtype}"
            f"{list(found.shape)}; return the mean over the batch"
        )
    return found


def _has_leading(outputs: Any, count: int) -> bool:
    """Whether all outputs have the examples along the first axis."""
    return all(leaf.shape[:1] == (count,) for leaf in jax.tree.leaves(outputs))
