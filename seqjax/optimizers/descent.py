"""The paths of optimisers over a landscape, many rates at once."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from seqjax.core.landscapes import Landscape
from seqjax.train.optimizers import Direction, direction
from seqjax.train.switch import SwitchState, chosen, switch

TRIED = tuple(round(10 ** (k / 10), -(k // 10) + 2) for k in range(-40, 11))
"""Rates tried where none is given: ten a decade from 1e-4 to 10, in three digits."""


class Path(NamedTuple):
    """Where an optimiser went; the first point is the start."""

    points: Float[np.ndarray, "points 2"]
    losses: Float[np.ndarray, " points"]


def paths(
    landscape: Landscape,
    optimizers: Sequence[str],
    flavor: str,
    rates: Sequence[float],
    steps: int,
) -> dict[tuple[str, float], Path]:
    """The path of every optimiser at every rate; one compiled program for all."""
    pairs = [(name, rate) for name in optimizers for rate in rates]
    transforms = tuple(direction(name, flavor) for name in optimizers)
    indices = jnp.asarray([optimizers.index(name) for name, _ in pairs], jnp.int32)
    each = jnp.asarray([rate for _, rate in pairs], jnp.float32)
    points, losses = _descend(
        landscape.value, landscape.start, transforms, steps, indices, each
    )
    return {
        pair: Path(np.asarray(points[i]), np.asarray(losses[i]))
        for i, pair in enumerate(pairs)
    }


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _descend(
    value: Callable[[Array], Array],
    start: tuple[float, float],
    transforms: tuple[Direction, ...],
    steps: int,
    indices: Int[Array, " paths"],
    rates: Float[Array, " paths"],
) -> tuple[Float[Array, "paths points 2"], Float[Array, "paths points"]]:
    optimizer = switch(transforms)

    def path(index: Array, rate: Array) -> tuple[Array, Array]:
        def step(
            carry: tuple[Array, SwitchState], _: None
        ) -> tuple[tuple[Array, SwitchState], Array]:
            point, state = carry
            move, state = optimizer.direction(jax.grad(value)(point), state, point)
            return (point - rate * move, state), point

        first = jnp.asarray(start, jnp.float32)
        begin = (first, chosen(transforms, first, index))
        _, points = lax.scan(step, begin, length=steps + 1)
        return points, jax.vmap(value)(points)

    return jax.vmap(path)(indices, rates)


def steps_needed(path: Path, minimum: float, target: float) -> int | None:
    """Steps until the loss is below the target for good; None if it never is.

    Args:
        path: of an optimiser.
        minimum: the least loss there is.
        target: share of the way from the first loss to the least that is to be left.
    """
    level = minimum + target * (float(path.losses[0]) - minimum)
    with np.errstate(invalid="ignore"):
        above = np.flatnonzero(~(path.losses <= level))
    first = int(above[-1]) + 1 if above.size else 0
    return first if first < len(path.losses) else None


def fastest(candidates: dict[float, Path], minimum: float, target: float) -> float:
    """The rate that needs the fewest steps, and not by luck, see `steps_needed`.

    A path may happen to jump into the minimum at one rate and miss it at the next. So a
    rate counts for the worst of itself and its two neighbours in the grid. Ties go to
    the fewest steps at the rate itself, then to the smallest loss at the end, which
    also decides where no rate gets there, then to the smallest rate.
    """
    grid = sorted(candidates)
    counts = [steps_needed(candidates[rate], minimum, target) for rate in grid]
    needed = [math.inf if count is None else float(count) for count in counts]

    def order(i: int) -> tuple[float, float, float, float]:
        last = float(candidates[grid[i]].losses[-1])
        worst = max(needed[max(i - 1, 0) : i + 2])
        return worst, needed[i], last if math.isfinite(last) else math.inf, grid[i]

    return grid[min(range(len(grid)), key=order)]


def reversals(path: Path) -> int:
    """Steps that go back against the one before: at more than a right angle to it."""
    moves = _moves(path)
    return int((np.sum(moves[1:] * moves[:-1], axis=1) < 0).sum())


def distance(path: Path) -> float:
    """Length of the way gone."""
    moves = _moves(path)
    return float(np.hypot(moves[:, 0], moves[:, 1]).sum())


def _moves(path: Path) -> Float[np.ndarray, "steps 2"]:
    """The steps, as far as they are finite."""
    finite = path.points[np.isfinite(path.points).all(axis=1)]
    return np.diff(finite.astype(float), axis=0)
