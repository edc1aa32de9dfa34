"""Forecasting the next values of a graph's nodes from those before.

The training part is read from its first snapshot to its last, the state of the network
carried along; then the validation part, from the state that this has led to; then the
test part. The network is never told that a part has ended.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core.graphs import MatrixSeries, SparseMatrix
from seqjax.core.keys import named_keys
from seqjax.tasks.forecast_network import ForecastNetwork
from seqjax.tasks.series import Parts, Snapshots
from seqjax.tasks.trial import evaluation_key
from seqjax.train import Task

Tree = Any


class ForecastData(NamedTuple):
    """A graph, and the parts of its series.

    Attributes:
        matrix: the model's matrix of the graph; where its edges come and go, that of
            every snapshot that is the newest of an input, in the order of the parts.
        parts: what is read and forecast; arrays of JAX.
    """

    matrix: SparseMatrix | MatrixSeries | None
    parts: Parts

    def graph(self, part: str, order: Any = slice(None)) -> Any:
        """The matrix, or those of a part's snapshots.

        Args:
            part: its name in `Parts`.
            order: numbers of snapshots of the part; by default all.
        """
        if not isinstance(self.matrix, MatrixSeries):
            return self.matrix
        number = Parts._fields.index(part)
        lengths = [len(each.inputs) for each in self.parts]
        first = sum(lengths[:number])
        return self.matrix.at(slice(first, first + lengths[number])).at(order)


class Watched(NamedTuple):
    """The parameters that have forecast the validation part best, and all its errors.

    Attributes:
        params: of the update with the least error.
        loss: that error, the mean square; infinite before the first update.
        update: number of updates made before it, or -1.
        seen: updates so far.
        curve: the error before every update, NaN from here on.
    """

    params: Tree
    loss: Float[Array, ""]
    update: Int[Array, ""]
    seen: Int[Array, ""]
    curve: Float[Array, " updates"]


class ForecastTask(NamedTuple):
    """Forecast one step ahead, all snapshots of the training part in every update.

    Attributes:
        network: what forecasts.
        num_updates: most updates of a training; fixes the length of a curve.
        shuffled: a control: snapshots in random order, a new one for every update, each
            with its own lags and target, so that the state is one of other times. To
            validate and to test, every snapshot is read from the state that the parts
            before, shuffled, have led to: if the part itself were read in random order,
            the state would know of what is still to come.
    """

    network: ForecastNetwork
    num_updates: int
    shuffled: bool = False

    def task(self) -> Task:
        """What `seqjax.train` needs.

        Its data is a `ForecastData`, its memory a `Watched`. The loss is the mean
        square error of the training part; in the place of the accuracy stands the share
        of the validation part's values that are forecast closer than by persistence.
        """
        return Task(self.network.init, self._batch, self._loss, memory=self._unseen)

    def forecasts(
        self, params: Tree, data: ForecastData, horizon: int
    ) -> Float[Array, "time horizon nodes features"]:
        """Forecasts of the test part, up to `horizon` steps ahead of every snapshot.

        One step ahead is the answer to the snapshot; for the next, the forecast is read
        as if it were measured, from a copy of the state, and on the edges of the
        snapshot, for those of later ones are not known yet.

        Args:
            params: of the network.
            data: a graph and its series.
            horizon: how many steps.
        """
        apply = partial(self.network.apply, params)
        keys = named_keys(evaluation_key(0), Parts._fields)
        carry: Tree = None
        for name in ("train", "validation"):
            inputs = getattr(data.parts, name).inputs
            order = self._order(keys[name], len(inputs))
            _, carry = apply(data.graph(name, order), inputs[order], carry)
        reached = carry

        def read(carry: Tree, now: tuple[Array, Any]) -> tuple[Tree, Array]:
            x, own = now
            first, carry = apply(own, x[None], reached if self.shuffled else carry)

            def on(state: Tree, _: object) -> tuple[Tree, Array]:
                x, y, carry = state
                x = jnp.concatenate([x[:, self.network.features :], y], axis=1)
                (y,), carry = apply(own, x[None], carry)
                return (x, y, carry), y

            _, further = lax.scan(on, (x, first[0], carry), length=horizon - 1)
            return carry, jnp.concatenate([first, further])

        test = jnp.asarray(data.parts.test.inputs)
        return _scan(read, carry, test, data.graph("test"))

    def _batch(self, key: PRNGKeyArray, data: ForecastData) -> Int[Array, " time"]:
        return self._order(key, len(data.parts.train.targets))

    def _order(self, key: PRNGKeyArray, length: int) -> Int[Array, " time"]:
        """The order in which so many snapshots are read."""
        if self.shuffled:
            return jax.random.permutation(key, length)
        return jnp.arange(length)

    def _unseen(self, key: PRNGKeyArray) -> Watched:
        shapes = jax.eval_shape(self.network.init, key)
        return Watched(
            jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes),
            jnp.asarray(jnp.inf, jnp.float32),
            jnp.asarray(-1, jnp.int32),
            jnp.asarray(0, jnp.int32),
            jnp.full(self.num_updates, jnp.nan, jnp.float32),
        )

    def _loss(
        self,
        params: Tree,
        order: Int[Array, " time"],
        memory: Watched,
        data: ForecastData,
    ) -> tuple[Array, Array, Watched]:
        train, seen, _ = data.parts
        apply = self.network.apply
        found, carry = apply(params, data.graph("train", order), train.inputs[order])
        loss = _mean_square(found, train, order)
        # Nothing is learnt from the validation part.
        fixed, carry = lax.stop_gradient((params, carry))
        if self.shuffled:

            def alone(_: None, now: tuple[Array, Any]) -> tuple[None, Array]:
                x, own = now
                return None, apply(fixed, own, x[None], carry)[0][0]

            found = _scan(
                alone,
                None,
                jnp.asarray(seen.inputs),
                data.graph("validation"),
                vmap=True,
            )
        else:
            inputs = jnp.asarray(seen.inputs)
            found, _ = apply(fixed, data.graph("validation"), inputs, carry)
        return loss, self._closer(found, seen), _watch(memory, fixed, found, seen)

    def _closer(self, found: Array, seen: Snapshots) -> Array:
        """The share of forecasts that are closer than the last value."""
        last = seen.inputs[..., -self.network.features :]
        closer = jnp.abs(found - seen.targets) < jnp.abs(last - seen.targets)
        return over_scored(closer.astype(jnp.float32), seen.scored)


def _watch(memory: Watched, params: Tree, found: Array, seen: Snapshots) -> Watched:
    """Keep the parameters if they are the best so far; a NaN never is."""
    loss = _mean_square(found, seen).astype(jnp.float32)
    better = loss < memory.loss
    kept = jax.tree.map(
        lambda new, old: jnp.where(better, new, old), params, memory.params
    )
    return Watched(
        kept,
        jnp.where(better, loss, memory.loss),
        jnp.where(better, memory.seen, memory.update),
        memory.seen + 1,
        memory.curve.at[memory.seen].set(loss),
    )


def over_scored(
    numbers: Float[Array, "*times nodes features"],
    scored: Any,
    axis: tuple[int, ...] | None = None,
) -> Array:
    """The mean of the numbers whose targets are scored.

    Args:
        numbers: finite, one for each target.
        scored: of the same shape; None: all are.
        axis: over which to take it; None (the default) for all axes.
    """
    if scored is None:
        return jnp.mean(numbers, axis)
    total = jnp.sum(jnp.where(scored, numbers, 0), axis)
    return total / jnp.sum(scored, axis, dtype=numbers.dtype)


def _mean_square(found: Array, part: Snapshots, order: Any = slice(None)) -> Array:
    scored = None if part.scored is None else part.scored[order]
    return over_scored((found - part.targets[order]) ** 2, scored)


def _scan(
    step: Callable[[Tree, Any], tuple[Tree, Array]],
    carry: Tree,
    inputs: Array,
    matrix: Any,
    *,
    vmap: bool = False,
) -> Array:
    """What a step finds at every snapshot, given its inputs and its matrix."""
    changing = matrix.changing if isinstance(matrix, MatrixSeries) else None

    def at(carry: Tree, now: tuple[Array, Any]) -> tuple[Tree, Array]:
        x, own = now
        if own is None:
            return step(carry, (x, matrix))
        one = matrix.holding(jax.tree.map(lambda leaf: leaf[None], own))
        return step(carry, (x, one))

    if vmap:
        return jax.vmap(lambda now: at(carry, now)[1])((inputs, changing))
    return lax.scan(at, carry, (inputs, changing))[1]
