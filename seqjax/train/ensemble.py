"""Many seeds of one training, side by side on all devices."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array

from seqjax.core.boundary import check_key, check_shape
from seqjax.core.checks import check_integer
from seqjax.core.processes import agreed
from seqjax.train import loop
from seqjax.train.gradient import Sharding
from seqjax.train.loop import Metrics, TrainState
from seqjax.train.optimizers import Optimizer, as_direction
from seqjax.train.schedules import Schedule, as_schedule
from seqjax.train.seed_map import PARTS, SeedMap, default_parts, seed_mesh
from seqjax.train.task import Hyper, Task

Tree = Any


class Progress(NamedTuple):
    """Where an ensemble stands after a chunk of updates.

    Attributes:
        states: all seeds' states on their devices (padded; see `SeedMap.gather`).
        metrics: NumPy arrays (seeds, updates of this chunk), NaN where none was tried.
        updates: updates of the furthest seed so far.
        done: every seed has stopped or reached the last update.
    """

    states: TrainState
    metrics: Metrics
    updates: int
    done: bool


class Ensemble:
    """Trains many seeds of one task side by side.

    Compiles once for all hyper-parameters and all `data` of one shape.

    Args:
        task: what is learnt.
        optimizer: gradients to direction, see `seqjax.train.optimizers`, or one of
            optax, whose updates are added, times the learning rate (give 1).
        num_seeds: number of models.
        capacity: most updates between two looks from the host.
        mesh: devices; default all.
        group: seeds side by side inside a device; default by the backend.
        parts: cut every batch into so many parts and add up their gradients. They are
            spread over devices where the mesh has an axis for them; the numbers
            depend on `parts`, but not on where they are computed.
        schedule: factor of the learning rate, see `schedules`, or one of optax; 1 by
            default.
        quick_compile: optimise the program less; for what trains in less time than it
            takes to compile.

    Raises:
        ValueError: if the mesh spreads a batch over another number of devices, or on
            what is no optimiser, no schedule, or a size below 1.
    """

    def __init__(
        self,
        task: Task,
        optimizer: Optimizer | Any,
        num_seeds: int,
        *,
        capacity: int = 100,
        mesh: Mesh | None = None,
        group: int | None = None,
        parts: int = 1,
        schedule: Schedule | Any = None,
        quick_compile: bool = False,
    ) -> None:
        optimizer, schedule = as_direction(optimizer), as_schedule(schedule)
        check_integer("num_seeds", num_seeds, minimum=1)
        check_integer("capacity", capacity, minimum=1)
        check_integer("parts", parts, minimum=1)
        if mesh is None:
            count = len(jax.devices())
            mesh = seed_mesh(parts=default_parts(parts, num_seeds, count))
        spread = mesh.shape[PARTS]
        if spread not in (1, parts):
            raise ValueError(
                f"mesh must have one device or all {parts} for the parts of a batch, "
                f"not {spread}; make it by seed_mesh(parts={parts})"
            )
        sharding = Sharding(parts, PARTS if spread > 1 else None)

        def advance(
            own: tuple[TrainState, Hyper], shared: tuple[Tree, Array]
        ) -> tuple[TrainState, Metrics]:
            return loop.advance(
                task,
                optimizer,
                *own,
                *shared,
                capacity=capacity,
                sharding=sharding,
                schedule=schedule,
            )

        self.mesh = mesh
        self.capacity = capacity
        self._task, self._optimizer, self._group = task, optimizer, group
        self._advance = SeedMap(
            advance, num_seeds, mesh=mesh, group=group, run_once=quick_compile
        )
        self._start = self.starter(task.init)

    def init(self, keys: Array) -> TrainState:
        """States before the first update, from keys of shape (seeds,).

        Raises ValueError on what are no keys, or another number of them.
        """
        return self._start(keys)

    def starter(self, init: Callable[[Array], Tree]) -> Callable[[Array], TrainState]:
        """Another `Ensemble.init`: for `resume`, with parameters from another `init`.

        So trainings that differ in nothing but their initial weights share a program.

        Args:
            init: key to parameters, of the shapes of the task's own.

        Returns:
            From keys to states; compiles once. It raises ValueError as `init` does.
        """
        task = self._task._replace(init=init)

        def start(key: Array, shared: None) -> TrainState:
            return loop.init(task, self._optimizer, key)

        starts = SeedMap(
            start,
            self._advance.num_seeds,
            mesh=self.mesh,
            group=self._group,
            run_once=True,
        )

        def init_all(keys: Array) -> TrainState:
            check_key("keys", keys, (self._advance.num_seeds,))
            return starts(starts.place(keys), None)

        return init_all

    def place(self, tree: Tree) -> Tree:
        """Lay leaves with a leading seed axis over the devices, as states are.

        Raises ValueError where the axis is of another length.
        """
        return self._advance.place(tree)

    def gather(self, tree: Tree) -> Tree:
        """The real seeds' leaves of anything mapped, see `SeedMap.gather`."""
        return self._advance.gather(tree)

    def advance(
        self, states: TrainState, hyper: Hyper, data: Tree, until: int
    ) -> tuple[TrainState, Metrics]:
        """Update all seeds up to update number `until`, at most `capacity` of them.

        Args:
            states: from `init`, or an earlier call.
            hyper: scalars that all models share, or arrays of one number per model.
            data: shared by all models.
            until: number of the last update wanted.

        Returns:
            The new states, and metrics of shape (seeds, capacity), NaN where no update
            was tried; both on their devices and padded, see `gather`.

        Raises:
            ValueError: on an array of `hyper` of another length than there are models.
        """
        seeds = self._advance.num_seeds
        for name, leaf in hyper._asdict().items():
            if leaf is not None:
                check_shape(f"hyper.{name}", jnp.shape(leaf), [(), (seeds,)])
        each = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, seeds), hyper)
        shared = (data, jnp.asarray(until, jnp.int32))
        return self._advance((states, self.place(each)), shared)

    def run(
        self,
        keys: Array,
        hyper: Hyper,
        data: Tree,
        *,
        num_updates: int,
        look_every: float = 0.5,
    ) -> Iterator[Progress]:
        """Train all seeds from the start; look in after every chunk of updates.

        Args:
            keys: one typed key per seed.
            hyper: scalars that all models share, or arrays of one number per model.
            data: whatever the task's batches want; shared by all seeds.
            num_updates: updates per seed.
            look_every: seconds of work that a chunk should hold (at most `capacity`
                updates). It has no influence on the numbers.

        Yields:
            The state of things after each chunk.

        Raises:
            ValueError: on another number of keys than there are models.
        """
        yield from self.resume(
            self.init(keys), hyper, data, num_updates=num_updates, look_every=look_every
        )

    def resume(
        self,
        states: TrainState,
        hyper: Hyper | Callable[[int], Hyper],
        data: Tree,
        *,
        num_updates: int,
        look_every: float = 0.5,
    ) -> Iterator[Progress]:
        """As `run`, from given states: other initial weights, or a training broken off.

        Args:
            states: of all seeds, placed as `init` and `place` leave them.
            hyper: scalars that all models share, or arrays of one number per model; or
                a function that gives them after so many updates.
            data: whatever the task's batches want; shared by all seeds.
            num_updates: updates per seed, counted from the first of all.
            look_every: seconds of work that a chunk should hold.

        Yields:
            The state of things after each chunk.

        Raises:
            ValueError: on a number of updates below 0.
        """
        check_integer("num_updates", num_updates, minimum=0)
        updates, done, size = int(self.gather(states.step).max()), False, 1
        while not done:
            size = max(0, min(size, self.capacity, num_updates - updates))
            steered = hyper(updates) if callable(hyper) else hyper
            before, started = updates, time.monotonic()
            states, kept = self.advance(states, steered, data, updates + size)
            steps, stopped, curves = self.gather((states.step, states.stopped, kept))
            # Where the last seed stops within a chunk, this is not the chunk's end.
            updates = int(steps.max())
            metrics = jax.tree.map(partial(_first, updates - before), curves)
            done = updates >= num_updates or bool(stopped.all())
            # The first process's, by which all go on; here a signal stops them too.
            seconds = agreed(time.monotonic() - started)
            size = max(1, min(8 * size, int(size * look_every / seconds)))
            yield Progress(states, metrics, updates, done)


def _first(size: int, metric: np.ndarray) -> np.ndarray:
    return metric[:, :size]
