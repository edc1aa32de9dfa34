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
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

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


class Best(NamedTuple):
    """The best model that the validation set has seen.

    Attributes:
        params: of that look.
        rest: what else its network kept then.
        loss: on the validation set; infinite before the first look.
        step: update after which it stood; 0: before the first.
        stale: looks since then, none of which was better.
    """

    params: Tree
    rest: Tree
    loss: Float[Array, ""]
    step: Int[Array, ""]
    stale: Int[Array, ""]


class Watched(NamedTuple):
    """Memory of a training that is watched by a validation set.

    Attributes:
        rest: what the network keeps beside its parameters, as it stands.
        best: the model that is kept.
    """

    rest: Tree
    best: Best


class Feed(NamedTuple):
    """What a training is given.

    Attributes:
        train: inputs and targets to draw batches from; None where a function makes
            them.
        validation: inputs and targets; None without.
    """

    train: Tree
    validation: Tree


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
        return self._task(self.state)

    def task_of_its_size(self) -> Task:
        """The same with zeros for a start, which are quicker to make."""

        def zeros(key: PRNGKeyArray) -> Any:
            return jax.tree.map(
                lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self._shapes[1:]
            )

        return self._task(zeros)

    def _task(self, start: Callable[[PRNGKeyArray], tuple[Tree, Tree]]) -> Task:
        if self.is_watched:
            return Task(
                lambda key: start(key)[0],
                self._batch,
                self._watched_loss,
                memory=lambda key: _unwatched(*start(key)),
                watch=self._watch,
                watch_every=self.experiment.validate_every,
            )
        has_memory = jax.tree.leaves(self._shapes[2])
        return Task(
            lambda key: start(key)[0],
            self._batch,
            self._loss if has_memory else self._loss_without_memory,
            memory=(lambda key: start(key)[1]) if has_memory else None,
        )

    @property
    def is_watched(self) -> bool:
        """Whether a validation set chooses the model that is kept."""
        return self.experiment.validate_every > 0

    def test(self, state: tuple[Tree, Tree], data: tuple[Tree, Tree]) -> Tested:
        """Loss and score of one seed on the test set.

        The network sees no more examples at once than in training: what fits into
        memory there does so here.

        Args:
            state: parameters, and what else the network keeps.
            data: inputs and targets.
        """
        inputs, targets = data
        return self._judged(self.answers(state, inputs), targets)

    def answers(self, state: tuple[Tree, Tree], inputs: Tree) -> Any:
        """Outputs of one seed's network as it is tested, a batch at a time.

        Args:
            state: parameters, and what else the network keeps.
            inputs: any number of examples.
        """
        size = self.experiment.batch_size
        count = len(jax.tree.leaves(inputs)[0])

        def outputs_of(inputs: Tree) -> Any:
            return self._apply(*state, inputs, training=False)[0]

        def some(chosen: Array) -> Any:
            return outputs_of(jax.tree.map(lambda leaf: leaf[chosen], inputs))

        if count <= size or not _has_leading(jax.eval_shape(outputs_of, inputs), count):
            return outputs_of(inputs)
        parts = -(-count // size)
        # The last part is filled up with the last example.
        places = jnp.minimum(jnp.arange(parts * size), count - 1).reshape(parts, size)
        return jax.tree.map(
            lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:count],
            lax.map(some, places),
        )

    def state(self, key: PRNGKeyArray) -> tuple[Tree, Tree]:
        """Parameters of a fresh network, and what else it keeps.

        Args:
            key: of one seed.
        """
        return self._split(key)[1:]

    def module(self, params: Tree, rest: Tree) -> nnx.Module:
        """The network of one seed, as it is tested.

        Args:
            params: its parameters.
            rest: what else it keeps.

        Raises:
            UserError: it is a pure function.
        """
        if self.experiment.defines("apply"):
            raise UserError(
                "module must be asked for of an nnx.Module, but the model is a pure "
                "function; use params"
            )
        model = self._merged(params, rest)
        model.eval()
        return model

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

    def _apply(
        self, params: Tree, rest: Tree, inputs: Tree, *, training: bool
    ) -> tuple[Any, Tree]:
        """Outputs, and what the network keeps after them."""
        if self.experiment.defines("apply"):
            return self.experiment.apply(self.setting, params, inputs), ()
        model = self._merged(params, rest)
        model.train() if training else model.eval()
        outputs = model(inputs)
        after: Any = nnx.split(model, nnx.Param, ...)
        return outputs, after[2]

    def _merged(self, params: Tree, rest: Tree) -> Any:
        # Variables of this trace: flax lets no other be changed.
        params, rest = jax.tree.map(lambda leaf: leaf, (params, rest))
        # Of a network that keeps nothing else the memory is an empty tuple.
        kept = nnx.State({}) if rest == () else rest
        return nnx.merge(self._shapes[0], params, kept)

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

    def _watched_loss(
        self, params: Tree, batch: tuple[Tree, Tree], memory: Watched, training: Feed
    ) -> tuple[Array, Array, Watched]:
        loss, score, rest = self._loss(params, batch, memory.rest, training)
        return loss, score, memory._replace(rest=rest)

    def _watch(
        self, params: Tree, memory: Watched, training: Feed
    ) -> tuple[Watched, Bool[Array, ""]]:
        """Keep the model if the validation set finds none better; stop after patience.

        Looks are counted, since a watch is not told the number of the update.
        """
        loss = self.test((params, memory.rest), training.validation).loss
        loss = loss.astype(jnp.float32)
        best = memory.best
        step = best.step + self.experiment.validate_every * (best.stale + 1)
        new = Best(params, memory.rest, loss, step, jnp.zeros_like(best.stale))
        old = best._replace(stale=best.stale + 1)
        best = jax.tree.map(lambda n, o: jnp.where(loss < best.loss, n, o), new, old)
        patience = self.experiment.patience
        stop = jnp.asarray(patience > 0) & (best.stale >= patience)
        return memory._replace(best=best), stop

    def _batch(self, key: PRNGKeyArray, training: Feed | None) -> Any:
        train = self.data().train
        if callable(train):
            batch: Any = train(key)
            if not isinstance(batch, tuple) or len(batch) != 2:
                raise UserError(
                    "data.train(key) must return a pair of inputs and targets, not "
                    f"{type(batch).__name__}; return inputs, targets"
                )
            return batch
        assert training is not None
        count = len(jax.tree.leaves(training.train)[0])
        chosen = jax.random.randint(key, (self.experiment.batch_size,), 0, count)
        return jax.tree.map(lambda leaf: leaf[chosen], training.train)

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


def kept(params: Tree, memory: Tree) -> tuple[Tree, Tree]:
    """The parameters of the model that is kept, and what else its network keeps.

    Args:
        params: after the last update.
        memory: likewise; of one seed or of all.
    """
    if isinstance(memory, Watched):
        return memory.best.params, memory.best.rest
    return params, memory


def _unwatched(params: Tree, rest: Tree) -> Watched:
    """The memory before the first look."""
    zero = jnp.zeros([], jnp.int32)
    return Watched(rest, Best(params, rest, jnp.full([], jnp.inf), zero, zero))


def _has_leading(outputs: Any, count: int) -> bool:
    """Whether all outputs have the examples along the first axis."""
    return all(leaf.shape[:1] == (count,) for leaf in jax.tree.leaves(outputs))
