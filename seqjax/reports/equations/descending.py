"""Running a rule: on the ravine of `seqjax.core.landscapes`, on slopes, on a gradient.

In float64, as on paper: no seed, and the same numbers everywhere.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Float64

from seqjax.core.landscapes import LANDSCAPES, STEEPNESS
from seqjax.reports.equations.optimisers import Rule
from seqjax.train.optimizers import direction

Point = Float64[np.ndarray, " coordinates"]
Path = Float64[np.ndarray, "points coordinates"]
Slope = Callable[[Point], Point]

START = np.array(LANDSCAPES["ravine"].start)
"""Where paths on the ravine begin: x along it, y across."""

CURVATURES = np.array([1.0, STEEPNESS])
"""Of the ravine (x^2 + 100 y^2) / 2, along and across."""


def ravine_slope(point: Point) -> Point:
    """The gradient of the ravine.

    Args:
        point: x and y.
    """
    return CURVATURES * point


def ravine_values(path: Path) -> Float64[np.ndarray, " points"]:
    """The ravine's height at every point of a path.

    Args:
        path: its points.
    """
    with np.errstate(over="ignore"):
        return (CURVATURES * path**2).sum(-1) / 2


def descend(
    rule: Rule, rate: float, steps: int, start: Point, slope: Slope = ravine_slope
) -> Path:
    """The path of a rule, its start included.

    Args:
        rule: the optimiser.
        rate: its learning rate.
        steps: updates.
        start: where it begins.
        slope: the gradient at a point; default: the ravine's.
    """
    point = np.array(start, np.float64)
    memory = (np.zeros_like(point),) * rule.memories
    points = [point]
    # A rule may climb without end, or take the root of a negative number: inf and NaN
    # are what comes of it, and no warning.
    with np.errstate(all="ignore"):
        for update in range(1, steps + 1):
            point, memory = rule.step(point, slope(point), memory, rate, update)
            points.append(point)
    return np.stack(points)


def reference(name: str, flavor: str, rate: float, steps: int, start: Point) -> Path:
    """The path on the ravine of an optimiser that seqjax trains with.

    Args:
        name: of the optimiser, see `seqjax.train.optimizers`.
        flavor: whose constants it has.
        rate: its learning rate.
        steps: updates.
        start: where it begins.
    """
    # optax raises numbers to the count of updates, an integer: not so strictly typed.
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
        transform = direction(name, flavor)
        curvatures = jnp.asarray(CURVATURES)

        def step(
            carry: tuple[Array, optax.OptState], _: None
        ) -> tuple[tuple[Array, optax.OptState], Array]:
            point, state = carry
            move, state = transform.direction(curvatures * point, state, point)
            point = point - rate * move
            return (point, state), point

        first = jnp.asarray(start, jnp.float64)
        _, points = lax.scan(step, (first, transform.init(first)), length=steps)
        return np.concatenate([start[None], np.asarray(points)])


def moves(rule: Rule, gradient: float, rate: float, steps: int) -> Path:
    """How far a rule goes at every update where the gradient is always the same.

    Args:
        rule: the optimiser.
        gradient: the number that it is.
        rate: its learning rate.
        steps: updates.
    """
    path = descend(rule, rate, steps, np.zeros(1), lambda _: np.array([gradient]))
    return np.abs(np.diff(path, axis=0))


def arrival(coordinate: Float64[np.ndarray, " points"], share: float) -> int | None:
    """Updates until so much of the way to 0 is left at most, for good; None: never.

    Args:
        coordinate: one coordinate of a path.
        share: of its first value.
    """
    above = np.flatnonzero(~(np.abs(coordinate) <= share * abs(coordinate[0])))
    first = int(above[-1]) + 1 if above.size else 0
    return first if first < len(coordinate) else None
