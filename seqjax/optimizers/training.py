"""Models of one optimiser in an ensemble that has room for more."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from seqjax.optimizers.config import Model

LAST = 100
"""Updates at the end over which the training accuracy is averaged."""


class Stage(NamedTuple):
    """Models of one optimiser that are trained at once.

    Attributes:
        optimizer: which.
        stage: tune or test.
        models: learning rate and seed of each.
        room: places of the ensemble.
    """

    optimizer: str
    stage: str
    models: tuple[Model, ...]
    room: int

    @property
    def places(self) -> Int[np.ndarray, " models"]:
        """Where in the ensemble the models lie."""
        return spread(len(self.models), self.room)

    def placed(self, values: Any, otherwise: Any) -> Shaped[np.ndarray, " room"]:
        """One value per place: those of the models, and another where there is none."""
        found = np.full(self.room, otherwise)
        found[self.places] = values
        return found


def spread(models: int, places: int) -> Int[np.ndarray, " models"]:
    """Distinct places for models, such that neighbours lie far apart.

    Seeds of one rate take about as long as each other, and devices share out the places
    in order: multiples of the golden ratio give each device its part of every rate.
    """
    ranks = np.argsort(np.argsort(np.arange(models) * ((5**0.5 - 1) / 2) % 1.0))
    return ranks * places // models


def at_the_end(curve: Float[np.ndarray, " updates"]) -> float:
    """Mean of the last `LAST` finite values of a curve; NaN where there is none."""
    tried = curve[np.isfinite(curve)][-LAST:]
    return float(tried.mean()) if tried.size else float("nan")
