"""What every statistic returns, and the checks that every statistic makes."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy.typing import ArrayLike

from seqjax.core.checks import check_number


class Interval(NamedTuple):
    """A closed interval; both ends `nan` where the data support none."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A number with its confidence interval.

    Attributes:
        value: the point estimate, in the unit of the data.
        low: lower end of the interval, `nan` where the data support no interval.
        high: upper end of the interval, `nan` where the data support no interval.
        confidence: nominal coverage of the interval, in (0, 1).
        n: number of seeds that the estimate rests on.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int

    @property
    def interval(self) -> Interval:
        """The two ends as an `Interval`."""
        return Interval(self.low, self.high)


def finite_values(name: str, values: ArrayLike) -> Float64[np.ndarray, " seeds"]:
    """Return `values` as a float64 vector after checking that it is usable.

    Args:
        name: the argument's name, for the messages.
        values: one number per seed.

    Raises:
        ValueError: not one-dimensional, empty, not real numbers, or not all finite. A
            diverged seed is a failure that counts: it is never dropped here.
    """
    array = _vector(name, np.asarray(values))
    if not (
        np.issubdtype(array.dtype, np.floating)
        or np.issubdtype(array.dtype, np.integer)
    ):
        raise ValueError(
            f"{name} must hold real numbers, not dtype {array.dtype}; convert it"
            " with astype(float) if that is what you mean"
        )
    array = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise ValueError(
            f"{name} must be finite, not {array[bad[0]]} at index {bad[0]}; a diverged"
            " seed counts: map it to the value of a failure (chance level, say) first"
        )
    return array


def flags(name: str, values: ArrayLike) -> Bool[np.ndarray, " seeds"]:
    """Return `values` as a boolean vector after checking that it is one.

    Args:
        name: the argument's name, for the messages.
        values: one boolean per seed.

    Raises:
        ValueError: not one-dimensional, empty, or not boolean.
    """
    return boolean(name, _vector(name, np.asarray(values)))


def boolean(name: str, array: np.ndarray) -> np.ndarray:
    """Return `array` unchanged.

    Raises:
        ValueError: its dtype is not boolean; a rate or an accuracy passed for a flag
            would otherwise count as a success whenever it is not 0.
    """
    if array.dtype != np.bool_:
        raise ValueError(
            f"{name} must be boolean, not dtype {array.dtype}; compare first, as in"
            " accuracy >= 0.99"
        )
    return array


def check_fraction(name: str, value: float) -> None:
    """Raise a `ValueError` unless `value` lies strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(
            f"{name} must lie strictly between 0 and 1, not {value}; give a fraction,"
            " not a percentage"
        )


def check_range(values: Float64[np.ndarray, " seeds"], low: float, high: float) -> None:
    """Raise a `ValueError` unless all `values` lie from `low` to `high`."""
    for name, end in (("low", low), ("high", high)):
        check_number(name, end, hint="give the range that values cannot leave")
    if not low < high:
        raise ValueError(
            f"high must exceed low = {low}, not {high}; give the range that values"
            " cannot leave"
        )
    outside = values[(values < low) | (values > high)]
    if outside.size:
        raise ValueError(
            f"values must lie in [{low}, {high}], not {outside[0]}; give the range that"
            " they cannot leave"
        )


def _vector(name: str, array: np.ndarray) -> np.ndarray:
    """Return `array` if it is one-dimensional and not empty."""
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"{name} must be a vector with at least one entry, not of shape"
            f" {array.shape}; pass one entry per seed"
        )
    return array
