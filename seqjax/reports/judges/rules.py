"""The optimisers' rules as the reports write them: run, and held against what is right.

Arithmetic, no seed: paths on the ravine (x^2 + 100 y^2) / 2, and updates on a gradient
that stays the same. What is counted was set before it was computed, and all numbers are
in the file of data, ``seqjax/reports/claims/rules.toml``; the transcriptions are in
`seqjax.reports.equations.optimisers`.
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


def _verdict(right: bool) -> Verdict:
    return HOLDS if right else DOES_NOT


def _down(rule: Rule, rate: Number, steps: int, left: Number) -> tuple[bool, str]:
    """Whether a rule goes down the ravine to a share of its height, and how far."""
    path = descend(rule, float(rate), steps, START)
    values = ravine_values(path)
    first = values[0]
    lost = np.flatnonzero(~np.isfinite(values))
    if lost.size:
        return False, f"f, {first:.3g} at first, is NaN after update {lost[0]}"
    down = bool(values[-1] <= left * first)
    return down, f"f goes from {first:.3g} to {values[-1]:.2g} in {steps} updates"


def _apart(rule: Rule, name: str, flavor: str, rate: Number, steps: int) -> float:
    """The largest distance between a rule's path and that of ours, of the way to go."""
    path = descend(rule, float(rate), steps, START)
    ours = reference(name, flavor, float(rate), steps, START)
    with np.errstate(invalid="ignore"):
        gap = float(np.max(np.abs(path - ours)) / np.max(np.abs(START)))
    return gap if np.isfinite(gap) else float("inf")


def as_ours(
    optimiser: Rule,
    name: str,
    flavor: str,
    *,
    rate: Number,
    steps: int,
    left: Number,
    same: Number,
) -> Judge:
    """Whether a rule goes down a ravine, and goes the way of ours of the same name.

    Args:
        optimiser: as the report has it.
        name: of ours, see `seqjax.train.optimizers`.
        flavor: whose constants both have.
        rate: learning rate.
        steps: updates.
        left: share of the first height that may be left.
        same: paths are the same whose points lie less apart, of the way to go.
    """

    def compute() -> Finding:
        down, told = _down(optimiser, rate, steps, left)
        apart = _apart(optimiser, name, flavor, rate, steps)
        gap = f"less than {same:g}" if apart < same else f"{apart:.2g}"
        measured = (
            f"on a ravine at rate {rate:g} {told}; from {flavor}'s {name} its points "
            f"are {gap} of the way apart"
        )
        return Finding(_verdict(down and apart < same), measured)

    return exact(compute)


def adam_without_correction(
    optimiser: Rule, *, rate: Number, steps: int, left: Number
) -> Judge:
    """Whether a rule called Adam goes down a ravine; that it is biased is told.

    From the ravine's own start, and from one so near to the minimum that epsilon keeps
    the root of a negative average real.

    Args:
        optimiser: as the report has it.
        rate: learning rate.
        steps: updates.
        left: share of the first height that may be left.
    """

    def compute() -> Finding:
        down, told = _down(optimiser, rate, steps, left)
        near = ravine_values(descend(optimiser, float(rate), 1, START * 1e-5))
        went = "up" if near[1] > near[0] else "down" if near[1] < near[0] else "nowhere"
        mended = moves(ADAM_003_SIGNS, 1.0, float(rate), 1)[0, 0] / rate
        measured = (
            f"on a ravine at rate {rate:g} {told}; where epsilon outweighs the average "
            f"its first update leads {went} (f from {near[0]:.2g} to {near[1]:.2g}); "
            f"with a plus inside both averages that update would be {mended:.2f} "
            "rates, for want of bias correction"
        )
        return Finding(_verdict(down), measured)

    return exact(compute)


def adam_is_more_than_rmsprop(
    optimiser: Rule, rmsprop: Rule, *, rate: Number, steps: int, same: Number
) -> Judge:
    """Whether a rule is Adam's, and RMSProp's is not.

    Args:
        optimiser: RMSProp with momentum and bias correction, as the report has it.
        rmsprop: RMSProp alone.
        rate: learning rate.
        steps: updates.
        same: paths are the same whose points lie less apart, of the way to go.
    """

    def compute() -> Finding:
        apart = _apart(optimiser, "adam", "torch", rate, steps)
        without = _apart(rmsprop, "adam", "torch", rate, steps)
        begins = [
            moves(each, 1.0, float(rate), 1)[0, 0] / rate
            for each in (optimiser, rmsprop)
        ]
        gap = f"less than {same:g}" if apart < same else f"{apart:.2g}"
        measured = (
            f"on a ravine at rate {rate:g} its points are {gap} of the way from those "
            f"of torch's adam, RMSProp's {without:.2g}; its first update is "
            f"{begins[0]:.2f} rates, RMSProp's {begins[1]:.2f}"
        )
        return Finding(_verdict(apart < same < without), measured)

    return exact(compute)


def rate_dies(
    dying: Rule, cure: Rule, *, rate: Number, updates: int, short: Number, near: Number
) -> Judge:
    """Whether one rule's own rate falls to nothing before a minimum, another's not.

    The gradient is 1 for ever: the rate falls as 1 / sqrt(t) if its product with
    sqrt(t) stays, and the cure's stays at the rate itself or above. Then on |x|, from
    ``updates`` / 10 rates away: one stops short of 0 and the other is near.

    Args:
        dying: Adagrad as the report has it.
        cure: RMSProp likewise.
        rate: learning rate.
        updates: after which a rate that dies has become small.
        short: rates from 0 that the first is short of, at least.
        near: rates from 0 that the other is, at most.
    """

    def compute() -> Finding:
        falls, stays = (
            moves(each, 1.0, float(rate), updates)[:, 0] / rate
            for each in (dying, cure)
        )
        product = falls * np.sqrt(np.arange(1, updates + 1))
        dies = bool(np.ptp(product) < 1e-6 * product[0])
        cured = bool(stays.min() > 1 - 1e-6)
        start = np.array([updates / 10 * rate])
        ends = [
            abs(float(descend(each, float(rate), updates, start, np.sign)[-1, 0]))
            / rate
            for each in (dying, cure)
        ]
        looks = (1, 100, updates)
        measured = (
            "where the gradient stays 1, rates left after 1, 100 and 10 000 updates: "
            f"Adagrad {_at(falls, looks)}, RMSProp {_at(stays, looks)}; on |x| from "
            f"{updates / 10:g} rates away they are {ends[0]:.0f} and {ends[1]:.0f} "
            f"rates from 0 after {updates} updates"
        )
        right = dies and cured and ends[1] <= near and ends[0] > short
        return Finding(_verdict(right), measured)

    return exact(compute)


def _at(rates: Sequence[float] | np.ndarray, looks: Sequence[int]) -> str:
    return ", ".join(f"{rates[update - 1]:.3g}" for update in looks)


def boosts_small_and_damps_large(
    optimiser: Rule, *, rate: Number, updates: int, power: int
) -> Judge:
    """Whether updates are larger than SGD's on faint slopes, smaller on steep ones.

    At the same rate, on a gradient that stays the same; one of 1 lies between.

    Args:
        optimiser: RMSProp, as the report has it.
        rate: learning rate.
        updates: after which the update is looked at.
        power: gradients go from 10 ** -power to 10 ** power.
    """

    def compute() -> Finding:
        gradients = [10.0**each for each in range(-power, power + 1) if each]
        factors = [
            float(moves(optimiser, each, float(rate), updates)[-1, 0] / (rate * each))
            for each in gradients
        ]
        right = all(
            factor > 1 if gradient < 1 else factor < 1
            for gradient, factor in zip(gradients, factors, strict=True)
        )
        shown = (gradients[0], 0.1, 10.0, gradients[-1])
        told = ", ".join(
            f"{factor:.2g} at |g| = {gradient:g}"
            for gradient, factor in zip(gradients, factors, strict=True)
            if gradient in shown
        )
        measured = f"its update as a multiple of SGD's at the same rate: {told}"
        return Finding(_verdict(right), measured)

    return exact(compute)


def quicker_along(
    optimiser: Rule, *, rates: Sequence[Number], updates: int, left: Number
) -> Judge:
    """Whether momentum gets along the valley in fewer updates than SGD, at every rate.

    Args:
        optimiser: momentum, as the report has it.
        rates: rates times the curvature across, at which SGD jumps from side to side:
            1 to 2.
        updates: most of a path.
        left: share of the way that may be left.
    """

    def compute() -> Finding:
        pairs = [
            tuple(
                arrival(
                    descend(each, rate / STEEPNESS, updates, START)[:, 0], float(left)
                )
                for each in (optimiser, SGD)
            )
            for rate in rates
        ]
        right = all(
            own is not None and (sgd is None or own < sgd) for own, sgd in pairs
        )
        told = ", ".join(
            f"{own or 'never'} against {sgd or 'never'} at r k = {rate:g}"
            for rate, (own, sgd) in zip(rates, pairs, strict=True)
            if rate in (rates[0], rates[-1])
        )
        measured = (
            f"updates until {100 * left:g} % of the way along is left, SGD beside it: "
            f"{told}"
        )
        return Finding(_verdict(right), measured)

    return exact(compute)


def damps_across(optimiser: Rule, *, rates: Sequence[Number], updates: int) -> Judge:
    """Whether momentum damps what SGD does across the valley, wherever SGD bounces.

    On the ravine: the way gone across, there and back. One rate at which that is not
    shorter is enough for it not to hold.

    Args:
        optimiser: momentum, as the report has it.
        rates: rates times the curvature across, at which SGD jumps from side to side.
        updates: of a path.
    """

    def compute() -> Finding:
        ways = [
            [_way_across(each, rate / STEEPNESS, updates) for each in (optimiser, SGD)]
            for rate in rates
        ]
        told = ", ".join(
            f"{own:.3g} against {sgd:.3g} at r k = {rate:g}"
            for rate, (own, sgd) in zip(rates, ways, strict=True)
        )
        measured = (
            f"way across, gone there and back, SGD beside it: {told} (with discount "
            f"{GAMMA:g} the factor a step is {GAMMA**0.5:.3f}, SGD's r k - 1)"
        )
        return Finding(_verdict(all(own < sgd for own, sgd in ways)), measured)

    return exact(compute)


def _way_across(rule: Rule, rate: float, updates: int) -> float:
    """How far a rule goes across the ravine, there and back."""
    across = descend(rule, rate, updates, START)[:, 1]
    with np.errstate(all="ignore"):
        return float(np.abs(np.diff(across)).sum())
