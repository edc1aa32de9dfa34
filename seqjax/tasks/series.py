"""A series cut in time for forecasting: parts, scale, and what is read for what."""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Float64, Shaped

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
        varies: where the training part has two different values. What does not vary has
            no deviation of its own: it is read in that of the others, and is neither
            learnt from nor scored.
    """

    mean: Float64[np.ndarray, "nodes features"]
    deviation: Float64[np.ndarray, "nodes features"]
    varies: Bool[np.ndarray, "nodes features"]


class Snapshots(NamedTuple):
    """What is read at each time, and what is to be forecast.

    Attributes:
        inputs: the last values of each node, the newest last.
        targets: the values one step later; 0 where they are not scored.
        scored: which targets are learnt from and scored; None: all of them.
    """

    inputs: Float[Array | np.ndarray, "time nodes inputs"]
    targets: Float[Array | np.ndarray, "time nodes features"]
    scored: Bool[Array | np.ndarray, "time nodes features"] | None = None


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

    Args:
        values: NaN where one is missing.
        train: snapshots of the training part.

    Raises:
        ValueError: no node has two different values there.
    """
    exact = values[:train].astype(np.float64)
    known = ~np.isnan(exact)
    low, high = (
        getattr(np, name)(exact, axis=0, initial=bound, where=known)
        for name, bound in (("min", np.inf), ("max", -np.inf))
    )
    varies = np.asarray(high > low)
    if not varies.any():
        raise ValueError(
            f"the series must vary in its training part, the first {train} times, but "
            "no node has two different values there; give another one, or a larger "
            "train_share"
        )
    if known.all():
        mean, deviation = exact.mean(axis=0), exact.std(axis=0)
    else:
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.sum(exact, axis=0, where=known) / count
        square = np.sum((exact - mean) ** 2, axis=0, where=known)
        deviation = np.sqrt(square / count)
        # Of what is never known there, nothing better is known than of the others.
        seen = np.asarray(known.any(axis=0))
        mean = np.where(seen, mean, _over_nodes(mean, seen))
    deviation = np.where(varies, deviation, np.sqrt(_over_nodes(deviation**2, varies)))
    return Scale(mean, deviation, varies)


def _over_nodes(
    found: Float64[np.ndarray, "nodes features"],
    of: Bool[np.ndarray, "nodes features"],
) -> Float64[np.ndarray, " features"]:
    """The mean over some nodes; over all features where a feature has none."""
    each = np.sum(found, axis=0, where=of) / np.maximum(of.sum(axis=0), 1)
    return np.where(of.any(axis=0), each, np.mean(found[of]))


def parts(
    values: Float[np.ndarray, "time nodes features"],
    scale: Scale,
    places: Cuts,
    lags: int,
) -> Parts:
    """What is read and what is to be forecast, in units of the scale.

    A part has the snapshots whose target lies in it; the first ones of a part read
    values of the part before, which are known by then. Where a value is missing, the
    last one known before it is read, and the mean before the first; it is not scored.

    Args:
        values: the series, NaN where a value is missing.
        scale: of its training part.
        places: where it is cut.
        lags: snapshots that are read at a time.

    Raises:
        ValueError: a part without any value that could be scored.
    """
    scaled = ((values - scale.mean) / scale.deviation).astype(np.float32)
    known = ~np.isnan(scaled)
    scored = known & scale.varies
    complete = bool(scored.all())
    if not known.all():
        scaled = _last_known(scaled, known)
    steps = len(scaled) - lags
    read = [scaled[lag : lag + steps] for lag in range(lags)]
    inputs, targets = np.concatenate(read, axis=-1), scaled[lags:]
    targets = np.where(scored[lags:], targets, np.float32(0))
    bounds = (lags, places.validation, places.test, places.end)
    stretches = [slice(a - lags, b - lags) for a, b in itertools.pairwise(bounds)]
    if not complete:
        for name, stretch in zip(Parts._fields, stretches, strict=True):
            if not scored[lags:][stretch].any():
                raise ValueError(
                    f"the {name} part of the series must have values of nodes that "
                    f"vary, but from time {stretch.start + lags} to "
                    f"{stretch.stop + lags - 1} all are missing; give other shares"
                )
    return Parts(
        *(
            Snapshots(inputs[s], targets[s], None if complete else scored[lags:][s])
            for s in stretches
        )
    )


def check_horizon(test: Snapshots, horizon: int) -> None:
    """Raise ValueError unless something is scored at every number of steps ahead.

    Args:
        test: the test part.
        horizon: most steps ahead.
    """
    if test.scored is None:
        return
    scored = ahead(test.scored, horizon).any(axis=(0, 2, 3))
    if not scored.all():
        raise ValueError(
            "the test part of the series must have values that can be scored, but has "
            f"none {int(np.argmin(scored)) + 1} steps ahead; give other shares, or a "
            "smaller horizon"
        )


def _last_known(
    scaled: Float[np.ndarray, "time nodes features"],
    known: Bool[np.ndarray, "time nodes features"],
) -> Float[np.ndarray, "time nodes features"]:
    """The last known value at every time; 0, the mean, before the first."""
    times = np.arange(len(scaled))[:, None, None]
    last = np.maximum.accumulate(np.where(known, times, -1), axis=0)
    found = np.take_along_axis(scaled, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, found, np.float32(0))


def ahead(
    targets: Shaped[np.ndarray | Array, "time nodes features"], horizon: int
) -> Shaped[np.ndarray | Array, "origins horizon nodes features"]:
    """The next `horizon` targets from every time on that has so many."""
    origins = np.arange(len(targets) - horizon + 1)
    return targets[origins[:, None] + np.arange(horizon)]
