"""One optimiser that is any of several: which one is a number, and the number traced.

A comparison of optimisers is then a single compiled program, in which the optimiser is
a hyper-parameter like the learning rate. Each model carries its number in its own
optimiser state, so that models of one `Ensemble` may have different optimisers.

The state holds the number and a union of arrays that all the optimisers share: for each
shape and dtype as many as the one that needs most of them. Memory is that of the
hungriest optimiser, not the sum over all.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

from seqjax.train.ensemble import Ensemble
from seqjax.train.loop import TrainState
from seqjax.train.optimizers import Direction, Optimizer, as_direction

Tree = Any
Kind = tuple[tuple[int, ...], Any]  # the shape and dtype of an array


class SwitchState(NamedTuple):
    """State of whichever optimiser is chosen.

    Attributes:
        number: which of the optimisers this is, counted from 0.
        slots: arrays of the union; those that this optimiser has no use for stay as
            they are.
    """

    number: Int[Array, ""]
    slots: tuple[Array, ...]


def switch(
    optimizers: Sequence[Optimizer],
) -> Direction:
    """An optimiser that acts as number `state.number` of `optimizers`.

    `lax.switch` runs the chosen one alone; only where models are vmapped (side by side
    on an accelerator) does XLA compute all of them and select, which costs a few
    passes over the parameters.

    Args:
        optimizers: directions or optax transformations, whose states are arrays of
            numbers.

    Returns:
        A direction whose `init` chooses the first; see `chosen` and `choose`.

    Raises:
        ValueError: if there is no optimiser, or what is none.
    """
    optimizers = tuple(map(as_direction, optimizers))
    if not optimizers:
        raise ValueError(
            "optimizers must hold at least one transformation, not none; give one"
        )

    def init(params: Tree) -> SwitchState:
        return chosen(optimizers, params, jnp.zeros([], jnp.int32))

    def direction(
        grads: Tree, state: SwitchState, params: Tree | None = None, **known: Any
    ) -> tuple[Tree, SwitchState]:
        like = grads if params is None else params
        union = _Union(optimizers, like)

        def act(number: int) -> Any:
            def run(
                grads: Tree, slots: tuple[Array, ...], params: Tree | None
            ) -> tuple[Tree, tuple[Array, ...]]:
                own = union.take(number, slots)
                updates, own = optimizers[number].direction(grads, own, params, **known)
                return _as_strong(updates), union.put(number, own, slots)

            return run

        branches = [act(number) for number in range(len(optimizers))]
        updates, slots = lax.switch(state.number, branches, grads, state.slots, params)
        return updates, SwitchState(state.number, slots)

    return Direction(init, direction)


def chosen(
    optimizers: Sequence[Optimizer],
    params: Tree,
    index: Int[Array, ""],
) -> SwitchState:
    """State of `switch(optimizers)` before the first update of number `index`."""
    union = _Union(optimizers, params)

    def start(number: int) -> Any:
        def run(params: Tree) -> tuple[Array, ...]:
            return union.put(number, optimizers[number].init(params), union.zeros())

        return run

    branches = [start(number) for number in range(len(optimizers))]
    return SwitchState(index, lax.switch(index, branches, params))


def choose(
    ensemble: Ensemble,
    states: TrainState,
    optimizers: Sequence[Optimizer],
    indices: Int[Array | np.ndarray, " models"],
) -> TrainState:
    """Give each model of an ensemble its optimiser, before the first update.

    Args:
        ensemble: made with `switch(optimizers)`.
        states: from `ensemble.init`.
        optimizers: the same as the ensemble's.
        indices: one number per model.

    Returns:
        The states, placed like those given.

    Raises:
        ValueError: if an index is that of no optimiser.
    """
    last = len(optimizers) - 1
    for index in np.asarray(indices):
        if not 0 <= index <= last:  # lax.switch would take the nearest
            raise ValueError(
                f"indices must be between 0 and {last}, not {index}; "
                "they count the optimizers from 0"
            )
    placed = ensemble.place(jnp.asarray(indices, jnp.int32))
    fresh = _chosen_each(tuple(optimizers), states.params, placed)
    return states._replace(optimizer=ensemble.place(fresh))


@partial(jax.jit, static_argnums=0)
def _chosen_each(
    optimizers: tuple[Optimizer, ...], params: Tree, indices: Array
) -> SwitchState:
    return jax.vmap(lambda params, index: chosen(optimizers, params, index))(
        params, indices
    )


class _Union:
    """Which slots of the union each optimiser uses, from shapes alone."""

    def __init__(self, optimizers: Sequence[Optimizer], params: Tree) -> None:
        states = [jax.eval_shape(optimizer.init, params) for optimizer in optimizers]
        kinds = [[_kind(leaf) for leaf in jax.tree.leaves(state)] for state in states]
        self._trees = [jax.tree.structure(state) for state in states]
        most: Counter[Kind] = Counter()
        for own in kinds:
            most |= Counter(own)
        self._kinds = list(most.elements())
        # The n-th leaf of a kind lies in the n-th slot of that kind.
        self._places = [self._place(own) for own in kinds]

    def _place(self, kinds: list[Kind]) -> list[int]:
        free = list(enumerate(self._kinds))
        places = []
        for kind in kinds:
            entry = next(pair for pair in free if pair[1] == kind)
            free.remove(entry)
            places.append(entry[0])
        return places

    def zeros(self) -> tuple[Array, ...]:
        """The union before it is used."""
        return tuple(jnp.zeros(shape, dtype) for shape, dtype in self._kinds)

    def take(self, number: int, slots: tuple[Array, ...]) -> Tree:
        """The state of an optimiser, out of its slots."""
        leaves = [slots[place] for place in self._places[number]]
        return jax.tree.unflatten(self._trees[number], leaves)

    def put(
        self, number: int, state: Tree, slots: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """The slots with an optimiser's state in its own."""
        new = list(slots)
        leaves = jax.tree.leaves(state)
        for place, leaf in zip(self._places[number], leaves, strict=True):
            new[place] = jnp.asarray(leaf, self._kinds[place][1])
        return tuple(new)


def _kind(leaf: jax.ShapeDtypeStruct) -> Kind:
    return leaf.shape, leaf.dtype


def _as_strong(tree: Tree) -> Tree:
    """Without weak types, in which branches could differ."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, leaf.dtype), tree)
