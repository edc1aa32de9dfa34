"""The optimisers' rules as the reports write them: run, and held against what is right.

Arithmetic, no seed: paths on the ravine (x^2 + 100 y^2) / 2, and updates on a gradient
that stays the same. What is counted was set before it was computed; the transcriptions
are in `seqjax.reports.equations.optimisers`.
"""

from collections.abc import Sequence

import numpy as np

from seqjax.core.landscapes import STEEPNESS
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding, Verdict
from seqjax.lab.study import Number
from seqjax.reports.equations.descending import (
    START,
    arrival,
    descend,
    moves,
    ravine_values,
    reference,
)
from seqjax.reports.equations.optimisers import ADAM_003_SIGNS, GAMMA, SGD, Rule
from seqjax.reports.judging import Judge, exact

RATE, STEPS = 0.02, 400
"""Of the paths on the ravine, where nothing else is said."""

DOWN = 0.01
"""Share of the first height that is left at most where a path goes down."""

SAME = 1e-9
"""Paths are the same whose points lie less apart, as a share of the way to go."""

BOUNCING = (1.1, 1.3, 1.5, 1.7, 1.85, 1.98)
"""Rates times the curvature across, at which SGD jumps from side to side: 1 to 2."""

LONG = 10_000
"""Updates after which a rate that dies has become small."""


def _verdict(right: bool) -> Verdict:
    return HOLDS if right else DOES_NOT


def _down(rule: Rule, rate: Number) -> tuple[bool, str]:
    """Whether a rule goes down the ravine, and how far."""
    path = descend(rule, float(rate), STEPS, START)
    values = ravine_values(path)
    first = values[0]
    lost = np.flatnonzero(~np.isfinite(values))
    if lost.size:
        return False, f"f, {first:.3g} at first, is NaN after update {lost[0]}"
    down = bool(values[-1] <= DOWN * first)
    return down, f"f goes from {first:.3g} to {values[-1]:.2g} in {STEPS} updates"


def _apart(rule: Rule, name: str, flavor: str, rate: Number) -> float:
    """The largest distance between a rule's path and that of ours, of the way to go."""
    path = descend(rule, float(rate), STEPS, START)
    ours = reference(name, flavor, float(rate), STEPS, START)
    with np.errstate(invalid="ignore"):
        gap = float(np.max(np.abs(path - ours)) / np.max(np.abs(START)))
    return gap if np.isfinite(gap) else float("inf")


def as_ours(rule: Rule, name: str, flavor: str, rate: Number = RATE) -> Judge:
    """Whether a rule goes down a ravine, and goes the way of ours of the same name.

    Args:
        rule: as the report has it.
        name: of ours, see `seqjax.train.optimizers`.
        flavor: whose constants both have.
        rate: learning rate; default: `RATE`.
    """

    def compute() -> Finding:
        down, told = _down(rule, rate)
        apart = _apart(rule, name, flavor, rate)
        gap = f"less than {SAME:g}" if apart < SAME else f"{apart:.2g}"
        measured = (
            f"on a ravine at rate {rate:g} {told}; from {flavor}'s {name} its points "
            f"are {gap} of the way apart"
        )
        return Finding(_verdict(down and apart < SAME), measured)

    return exact(compute)


def adam_without_correction(rule: Rule) -> Judge:
    """Whether a rule called Adam goes down a ravine; that it is biased is told.

    From the ravine's own start, and from one so near to the minimum that epsilon keeps
    the root of a negative average real.

    Args:
        rule: as the report has it.
    """

    def compute() -> Finding:
        down, told = _down(rule, RATE)
        near = ravine_values(descend(rule, RATE, 1, START * 1e-5))
        went = "up" if near[1] > near[0] else "down" if near[1] < near[0] else "nowhere"
        mended = moves(ADAM_003_SIGNS, 1.0, RATE, 1)[0, 0] / RATE
        measured = (
            f"on a ravine at rate {RATE:g} {told}; where epsilon outweighs the average "
            f"its first update leads {went} (f from {near[0]:.2g} to {near[1]:.2g}); "
            f"with a plus inside both averages that update would be {mended:.2f} "
            "rates, for want of bias correction"
        )
        return Finding(_verdict(down), measured)

    return exact(compute)


def adam_is_more_than_rmsprop(rule: Rule, rmsprop: Rule) -> Judge:
    """Whether a rule is Adam's, and RMSProp's is not.

    Args:
        rule: RMSProp with momentum and bias correction, as the report has it.
        rmsprop: RMSProp alone.
    """

    def compute() -> Finding:
        apart = _apart(rule, "adam", "torch", RATE)
        without = _apart(rmsprop, "adam", "torch", RATE)
        begins = [moves(each, 1.0, RATE, 1)[0, 0] / RATE for each in (rule, rmsprop)]
        gap = f"less than {SAME:g}" if apart < SAME else f"{apart:.2g}"
        measured = (
            f"on a ravine at rate {RATE:g} its points are {gap} of the way from those "
            f"of torch's adam, RMSProp's {without:.2g}; its first update is "
            f"{begins[0]:.2f} rates, RMSProp's {begins[1]:.2f}"
        )
        return Finding(_verdict(apart < SAME < without), measured)

    return exact(compute)


def rate_dies(dying: Rule, cure: Rule) -> Judge:
    """Whether one rule's own rate falls to nothing before a minimum, another's not.

    The gradient is 1 for ever: the rate falls as 1 / sqrt(t) if its product with
    sqrt(t) stays, and the cure's stays at the rate itself or above. Then on |x|, from
    `LONG` / 10 rates away: one stops short of 0 and the other is within two rates.

    Args:
        dying: Adagrad as the report has it.
        cure: RMSProp likewise.
    """

    def compute() -> Finding:
        falls, stays = (
            moves(each, 1.0, RATE, LONG)[:, 0] / RATE for each in (dying, cure)
        )
        product = falls * np.sqrt(np.arange(1, LONG + 1))
        dies = bool(np.ptp(product) < 1e-6 * product[0])
        cured = bool(stays.min() > 1 - 1e-6)
        start = np.array([LONG / 10 * RATE])
        ends = [
            abs(float(descend(each, RATE, LONG, start, np.sign)[-1, 0])) / RATE
            for each in (dying, cure)
        ]
        measured = (
            "where the gradient stays 1, rates left after 1, 100 and 10 000 updates: "
            f"Adagrad {_at(falls)}, RMSProp {_at(stays)}; on |x| from {LONG / 10:g} "
            f"rates away they are {ends[0]:.0f} and {ends[1]:.0f} rates from 0 after "
            f"{LONG} updates"
        )
        return Finding(
            _verdict(dies and cured and ends[1] <= 2 and ends[0] > 100), measured
        )

    return exact(compute)


def _at(rates: Sequence[float] | np.ndarray) -> str:
    return ", ".join(f"{rates[update - 1]:.3g}" for update in (1, 100, LONG))


def boosts_small_and_damps_large(rule: Rule) -> Judge:
    """Whether updates are larger than SGD's on faint slopes, smaller on steep ones.

    At the same rate, after 1000 updates of a gradient that stays the same, from 1e-6 to
    1e6; a gradient of 1 lies between.

    Args:
        rule: RMSProp, as the report has it.
    """

    def compute() -> Finding:
        gradients = [10.0**power for power in range(-6, 7) if power]
        factors = [
            float(moves(rule, each, RATE, 1000)[-1, 0] / (RATE * each))
            for each in gradients
        ]
        right = all(
            factor > 1 if gradient < 1 else factor < 1
            for gradient, factor in zip(gradients, factors, strict=True)
        )
        told = ", ".join(
            f"{factor:.2g} at |g| = {gradient:g}"
            for gradient, factor in zip(gradients, factors, strict=True)
            if gradient in (1e-6, 0.1, 10.0, 1e6)
        )
        measured = f"its update as a multiple of SGD's at the same rate: {told}"
        return Finding(_verdict(right), measured)

    return exact(compute)


def quicker_along(rule: Rule) -> Judge:
    """Whether momentum gets along the valley in fewer updates than SGD.

    On the ravine, at every rate of `BOUNCING`: updates until 1 % of the way is left.

    Args:
        rule: momentum, as the report has it.
    """

    def compute() -> Finding:
        pairs = [
            tuple(
                arrival(descend(each, rate / STEEPNESS, 1000, START)[:, 0], 0.01)
                for each in (rule, SGD)
            )
            for rate in BOUNCING
        ]
        right = all(
            own is not None and (sgd is None or own < sgd) for own, sgd in pairs
        )
        told = ", ".join(
            f"{own or 'never'} against {sgd or 'never'} at r k = {rate:g}"
            for rate, (own, sgd) in zip(BOUNCING, pairs, strict=True)
            if rate in (BOUNCING[0], BOUNCING[-1])
        )
        measured = f"updates until 1 % of the way along is left, SGD beside it: {told}"
        return Finding(_verdict(right), measured)

    return exact(compute)


def damps_across(rule: Rule) -> Judge:
    """Whether momentum damps what SGD does across the valley, wherever SGD bounces.

    On the ravine, at every rate of `BOUNCING`: the way gone across, there and back. One
    rate at which that is not shorter is enough for it not to hold.

    Args:
        rule: momentum, as the report has it.
    """

    def compute() -> Finding:
        ways = [
            [_way_across(each, rate / STEEPNESS) for each in (rule, SGD)]
            for rate in BOUNCING
        ]
        told = ", ".join(
            f"{own:.3g} against {sgd:.3g} at r k = {rate:g}"
            for rate, (own, sgd) in zip(BOUNCING, ways, strict=True)
        )
        measured = (
            f"way across, gone there and back, SGD beside it: {told} (with discount "
            f"{GAMMA:g} the factor a step is {GAMMA**0.5:.3f}, SGD's r k - 1)"
        )
        return Finding(_verdict(all(own < sgd for own, sgd in ways)), measured)

    return exact(compute)


def _way_across(rule: Rule, rate: float) -> float:
    """How far a rule goes across the ravine, there and back."""
    across = descend(rule, rate, 1000, START)[:, 1]
    with np.errstate(all="ignore"):
        return float(np.abs(np.diff(across)).sum())
