"""Forecasting the next values of a graph's nodes from those before.

The training part is read from its first snapshot to its last, the state of the network
carried along; then the validation part, from the state that this has led to; then the
test part. The network is never told that a part has ended.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core.graphs import SparseMatrix
from seqjax.core.keys import named_keys
from seqjax.tasks.forecast_network import ForecastNetwork
from seqjax.tasks.series import Parts, Snapshots
from seqjax.tasks.trial import evaluation_key
from seqjax.train import Task

Tree = Any


class ForecastData(NamedTuple):
    """A graph, and the parts of its series.

    Attributes:
        matrix: the model's matrix of the graph.
        parts: what is read and forecast; arrays of JAX.
    """

    matrix: SparseMatrix | None
    parts: Parts


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
        as if it were measured, from a copy of the state.

        Args:
            params: of the network.
            data: a graph and its series.
            horizon: how many steps.
        """
        apply = partial(self.network.apply, params, data.matrix)
        keys = named_keys(evaluation_key(0), Parts._fields)
        carry: Tree = None
        for name in ("train", "validation"):
            inputs = getattr(data.parts, name).inputs
            _, carry = apply(inputs[self._order(keys[name], len(inputs))], carry)
        reached = carry

        def read(carry: Tree, x: Array) -> tuple[Tree, Array]:
            first, carry = apply(x[None], reached if self.shuffled else carry)

            def on(state: Tree, _: object) -> tuple[Tree, Array]:
                x, y, carry = state
                x = jnp.concatenate([x[:, self.network.features :], y], axis=1)
                (y,), carry = apply(x[None], carry)
                return (x, y, carry), y

            _, further = lax.scan(on, (x, first[0], carry), length=horizon - 1)
            return carry, jnp.concatenate([first, further])

        _, found = lax.scan(read, carry, jnp.asarray(data.parts.test.inputs))
        return found

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
        apply = partial(self.network.apply, matrix=data.matrix)
        found, carry = apply(params, inputs=train.inputs[order])
        loss = _mean_square(found, train.targets[order])
        # Nothing is learnt from the validation part.
        fixed, carry = lax.stop_gradient((params, carry))
        if self.shuffled:
            alone = jax.vmap(lambda x: apply(fixed, inputs=x[None], carry=carry)[0][0])
            found = alone(seen.inputs)
        else:
            found, _ = apply(fixed, inputs=jnp.asarray(seen.inputs), carry=carry)
        return loss, self._closer(found, seen), _watch(memory, fixed, found, seen)

    def _closer(self, found: Array, seen: Snapshots) -> Array:
        """The share of forecasts that are closer than the last value."""
        last = seen.inputs[..., -self.network.features :]
        closer = jnp.abs(found - seen.targets) < jnp.abs(last - seen.targets)
        return jnp.mean(closer.astype(jnp.float32))


def _watch(memory: Watched, params: Tree, found: Array, seen: Snapshots) -> Watched:
    """Keep the parameters if they are the best so far; a NaN never is."""
    loss = _mean_square(found, seen.targets).astype(jnp.float32)
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


def _mean_square(found: Array, wanted: Any) -> Array:
    return jnp.mean((found - wanted) ** 2)
