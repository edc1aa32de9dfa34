"""Three functions of two variables on which optimisers show what they are made for.

Each has one difficulty of training in its purest form: curvatures far apart, a point of
rest that is no minimum, a slope too faint to follow. They are analytic, so that what an
optimiser does on them can be worked out on paper; none is a network.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

STEEPNESS = 100.0
"""Curvature across the ravine; along it is 1."""

FAINTNESS = 0.05
"""Curvature along the saddle's way down, taken positive; across it is 1."""


class Landscape(NamedTuple):
    """A function of two variables to minimise.

    Attributes:
        value: `point -> loss`.
        start: where every optimiser begins.
        minimum: the least value there is.
        minimisers: the points that have it.
        limit: the rate above which gradient descent leaves every minimiser: 2 over the
            largest curvature there.
        extent: the part of the plane worth drawing: least and largest x, then y.
        formula: the function as text.
    """

    value: Callable[[Float[Array, "2"]], Float[Array, ""]]
    start: tuple[float, float]
    minimum: float
    minimisers: tuple[tuple[float, float], ...]
    limit: float
    extent: tuple[float, float, float, float]
    formula: str


def ravine(point: Float[Array, "2"]) -> Float[Array, ""]:
    """(x^2 + 100 y^2) / 2: a valley a hundred times as steep across as along.

    With curvature k and rate r, a step of gradient descent multiplies a coordinate by
    1 - r k: to get on along x, r must be so large that y changes its sign at every
    step, and at the best rate, 2 / (1 + 100), both shrink by 99/101 only. With momentum
    b (heavy ball) the factors are the roots of z^2 - (1 + b - r k) z + b = 0: complex
    for (1 - sqrt(b))^2 < r k < (1 + sqrt(b))^2, and then of modulus sqrt(b), which is
    0.949 for b = 0.9. So it damps the oscillation of gradient descent where
    r k > 1 + sqrt(b), near the limit r k = 2; at smaller rates it prolongs it.
    """
    x, y = point
    return (x**2 + STEEPNESS * y**2) / 2


def saddle(point: Float[Array, "2"]) -> Float[Array, ""]:
    """x^2 / 2 + 0.05 (y^4 / 4 - y^2 / 2): at rest in 0, downhill along y.

    The minima are (0, 1) and (0, -1). Near the saddle, gradient descent leaves the axis
    y = 0 by a factor of 1 + 0.05 r a step, and r < 2 or it diverges along x.
    """
    x, y = point
    return x**2 / 2 + FAINTNESS * (y**4 / 4 - y**2 / 2)


def plateau(point: Float[Array, "2"]) -> Float[Array, ""]:
    """1 - exp(-(x^2 + y^2) / 2): flat far out, a well of curvature 1 in the middle.

    At distance d the gradient is d exp(-d^2 / 2), and r < 2 or gradient descent does
    not stay in the well: from d it needs about exp(d^2 / 2) / (r d^2) steps.
    """
    x, y = point
    return -jnp.expm1(-(x**2 + y**2) / 2)


LANDSCAPES: dict[str, Landscape] = {
    "ravine": Landscape(
        ravine,
        (-3.0, 0.4),
        0.0,
        ((0.0, 0.0),),
        2 / STEEPNESS,
        (-3.4, 1.0, -0.7, 0.7),
        "(x² + 100 y²) / 2",
    ),
    "saddle": Landscape(
        saddle,
        (-1.0, 0.001),
        -FAINTNESS / 4,
        ((0.0, 1.0), (0.0, -1.0)),
        2.0,
        (-1.2, 0.8, -0.4, 1.5),
        "x² / 2 + 0.05 (y⁴ / 4 - y² / 2)",
    ),
    "plateau": Landscape(
        plateau,
        (-3.5, 2.3),
        0.0,
        ((0.0, 0.0),),
        2.0,
        (-4.2, 2.0, -2.0, 3.0),
        "1 - exp(-(x² + y²) / 2)",
    ),
}
