"""A series cut in time for forecasting: parts, scale, and what is read for what."""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Float64

from seqjax.core.checks import check_integer, check_number


class Cuts(NamedTuple):
    """Where the parts of a series begin, in snapshots; the training part is first.

    Attributes:
        validation: first snapshot to validate on.
        test: first snapshot to test on.
        end: number of snapshots.
    """

    validation: int
    test: int
    end: int


class Scale(NamedTuple):
    """What every node is measured by, from the training part alone.

    Attributes:
        mean: of each node and feature.
        deviation: standard deviation of the same.
    """

    mean: Float64[np.ndarray, "nodes features"]
    deviation: Float64[np.ndarray, "nodes features"]


class Snapshots(NamedTuple):
    """What is read at each time, and what is to be forecast.

    Attributes:
        inputs: the last values of each node, the newest last.
        targets: the values one step later.
    """

    inputs: Float[Array | np.ndarray, "time nodes inputs"]
    targets: Float[Array | np.ndarray, "time nodes features"]


class Parts(NamedTuple):
    """The snapshots of every part, in the order of time.

    Attributes:
        train: learnt from.
        validation: the update to keep is chosen on it.
        test: measured on at the end.
    """

    train: Snapshots
    validation: Snapshots
    test: Snapshots


def cuts(
    num_snapshots: int,
    lags: int,
    horizon: int,
    train_share: int | float = 0.6,
    validation_share: int | float = 0.2,
) -> Cuts:
    """Cut a series into three stretches, one after the other.

    Args:
        num_snapshots: how many there are.
        lags: snapshots that are read for a forecast.
        horizon: steps to forecast.
        train_share: of the training part, 0.6 by default.
        validation_share: of what is validated on, 0.2 by default; the rest is tested
            on.

    Raises:
        ValueError: on numbers that are not allowed, or parts that are too short: one
            to forecast in each, and `horizon` in the test.
    """
    check_integer("lags", lags, minimum=1)
    check_integer("horizon", horizon, minimum=1)
    for name, share in (
        ("train_share", train_share),
        ("validation_share", validation_share),
    ):
        check_number(
            name,
            share,
            minimum=0.0,
            exclusive=True,
            hint="give the part of the series, such as 0.2",
        )
    if train_share + validation_share >= 1:
        raise ValueError(
            "train_share and validation_share must leave something to test on, but add "
            f"up to {train_share + validation_share:g}; give less"
        )
    first = round(train_share * num_snapshots)
    second = round((train_share + validation_share) * num_snapshots)
    shortest = min(first - lags, second - first, num_snapshots - second - horizon + 1)
    # Over fewer than two values nothing varies.
    if shortest < 1 or first < 2:
        raise ValueError(
            f"the series must be long enough for lags of {lags} and a horizon of "
            f"{horizon}, but has {num_snapshots} snapshots, cut into {first}, "
            f"{second - first} and {num_snapshots - second}; give a longer one, or "
            "fewer lags or steps"
        )
    return Cuts(first, second, num_snapshots)


def scale_of(values: Float[np.ndarray, "time nodes features"], train: int) -> Scale:
    """Mean and standard deviation of every node's first `train` values.

    Raises:
        ValueError: a node has the same value all the time.
    """
    exact = values[:train].astype(np.float64)
    constant = np.argwhere(np.ptp(exact, axis=0) == 0)
    if len(constant):
        node, feature = constant[0]
        raise ValueError(
            "the series must vary at every node in its training part, but node "
            f"{node} has {exact[0, node, feature]:g} throughout; leave it out, or give "
            "a larger train_share"
        )
    return Scale(exact.mean(axis=0), exact.std(axis=0))


def parts(
    values: Float[np.ndarray, "time nodes features"],
    scale: Scale,
    places: Cuts,
    lags: int,
) -> Parts:
    """What is read and what is to be forecast, in units of the scale.

    A part has the snapshots whose target lies in it; the first ones of a part read
    values of the part before, which are known by then.

    Args:
        values: the series.
        scale: of its training part.
        places: where it is cut.
        lags: snapshots that are read at a time.
    """
    scaled = ((values - scale.mean) / scale.deviation).astype(np.float32)
    steps = len(scaled) - lags
    read = [scaled[lag : lag + steps] for lag in range(lags)]
    inputs, targets = np.concatenate(read, axis=-1), scaled[lags:]
    bounds = (lags, places.validation, places.test, places.end)
    stretches = [slice(a - lags, b - lags) for a, b in itertools.pairwise(bounds)]
    return Parts(*(Snapshots(inputs[s], targets[s]) for s in stretches))


def ahead(
    targets: Float[np.ndarray | Array, "time nodes features"], horizon: int
) -> Float[np.ndarray | Array, "origins horizon nodes features"]:
    """The next `horizon` targets from every time on that has so many."""
    origins = np.arange(len(targets) - horizon + 1)
    return targets[origins[:, None] + np.arange(horizon)]
