"""The optimisers' rules as the reports write them, judged by running them."""

import dataclasses

import numpy as np
import pytest

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Verdict
from seqjax.reports.claims import CLAIMS, ENTRIES
from seqjax.reports.equations import optimisers
from seqjax.reports.equations.descending import (
    START,
    arrival,
    descend,
    moves,
    ravine_values,
    reference,
)
from seqjax.reports.equations.optimisers import Array, Memory, Rule
from seqjax.reports.judging import Judge
from tests.reports.making import NOTHING, finding, made

VERDICTS = {
    "000-momentum-boosts": HOLDS,
    "000-rmsprop-scales": HOLDS,
    "000-adam": HOLDS,
    "001-ravine-speed": HOLDS,
    "001-ravine-damps": DOES_NOT,
    "001-rule-momentum": HOLDS,
    "001-rule-adagrad": HOLDS,
    "001-rule-rmsprop": HOLDS,
    "001-rule-adam": HOLDS,
    "001-adagrad-dies": HOLDS,
    "001-rmsprop-rescales": HOLDS,
    "002-undershoot": HOLDS,
    "002-adam": HOLDS,
    "003-momentum-damps": DOES_NOT,
    "003-adaptive": HOLDS,
    "003-rmsprop": HOLDS,
    "003-adam": DOES_NOT,
}


@pytest.mark.parametrize("name", VERDICTS)
def test_rules_are_judged_without_a_run(name: str) -> None:
    found = finding(name)
    assert found.verdict == VERDICTS[name]
    assert found.seeds is None
    assert found.measured


def test_rmsprop_of_003_is_right() -> None:
    """F2: equations (19) and (20) go down a ravine, as Keras's RMSProp does."""
    found = finding("003-rmsprop")
    assert found.verdict == HOLDS
    assert "f goes from 12.5 to " in found.measured
    assert "are less than 1e-09 of the way apart" in found.measured
    # By hand: v = 0.1 g^2 after the first update, and epsilon is inside the root.
    first = descend(optimisers.RMSPROP_003, 0.02, 1, START)[1]
    slope = np.array([1.0, 100.0]) * START
    by_hand = START - 0.02 / np.sqrt(0.1 * slope**2 + 1e-7) * slope
    np.testing.assert_allclose(first, by_hand, rtol=1e-14)


def test_adam_of_003_takes_the_root_of_a_negative_number() -> None:
    """F2: two signs inside the averages; NaN at the first update, and no descent."""
    found = finding("003-adam")
    assert found.verdict == DOES_NOT
    assert "f, 12.5 at first, is NaN after update 1" in found.measured
    assert "its first update leads up" in found.measured
    assert "would be 3.16 rates, for want of bias correction" in found.measured
    # s = -(1 - b2) g^2 outweighs epsilon from |g| = sqrt(1e-8 / 1e-3) on.
    limit = (1e-8 / 1e-3) ** 0.5
    for gradient, real in ((0.99 * limit, True), (1.01 * limit, False)):
        moved = moves(optimisers.ADAM_003, gradient, 0.02, 1)
        assert bool(np.isfinite(moved).all()) == real


def test_003_writes_no_rule_of_momentum() -> None:
    """F2: what was attributed to it is gone."""
    names = {each.id for each in CLAIMS if each.report == "003"}
    assert {"003-rmsprop", "003-adam"} <= names
    assert not names & {"003-rules", "003-rule-momentum"}


def test_momentum_damps_near_the_limit_of_sgd_alone() -> None:
    """F9: at most rates at which SGD bounces it goes a longer way across."""
    assert finding("001-ravine-damps").measured == (
        finding("003-momentum-damps").measured
    )
    (bouncing,) = (
        entry.numbers["rates"] for entry in ENTRIES if entry.id == "001-ravine-damps"
    )
    for rate in bouncing:
        ways = [
            np.abs(np.diff(descend(rule, rate / 100, 1000, START)[:, 1])).sum()
            for rule in (optimisers.MOMENTUM_001, optimisers.SGD)
        ]
        # A step of SGD multiplies y by 1 - r k, one of momentum by sqrt(0.9).
        assert (ways[0] < ways[1]) == (rate > 1 + 0.9**0.5)
        assert ways[1] == pytest.approx(0.4 * rate / (2 - rate))


def turned(rule: Rule) -> Rule:
    """The rule with the sign of its step turned: a plus for the minus."""

    def step(
        theta: Array, gradient: Array, memory: Memory, rate: float, update: int
    ) -> tuple[Array, Memory]:
        found, kept = rule.step(theta, gradient, memory, rate, update)
        return 2 * theta - found, kept

    return Rule(step, rule.memories)


def stopped(rule: Rule) -> Rule:
    """The rule as it is at its first update, whatever the number of the update."""

    def step(
        theta: Array, gradient: Array, memory: Memory, rate: float, update: int
    ) -> tuple[Array, Memory]:
        return rule.step(theta, gradient, memory, rate, 1)

    return Rule(step, rule.memories)


def forgetting(rule: Rule) -> Rule:
    """The rule without a memory."""

    def step(
        theta: Array, gradient: Array, memory: Memory, rate: float, update: int
    ) -> tuple[Array, Memory]:
        found, kept = rule.step(theta, gradient, memory, rate, update)
        return found, tuple(np.zeros_like(each) for each in kept)

    return Rule(step, rule.memories)


def light(
    theta: Array, gradient: Array, memory: Memory, rate: float, update: int
) -> tuple[Array, Memory]:
    """Momentum with so small a discount that it damps wherever SGD bounces."""
    step = rate * gradient + 1e-4 * memory[0]
    return theta - step, (step,)


@pytest.mark.parametrize(
    ("judge", "verdict"),
    [
        (made("as ours", turned(optimisers.RMSPROP_003), "rmsprop", "keras"), DOES_NOT),
        (made("as ours", optimisers.RMSPROP_001, "rmsprop", "keras"), DOES_NOT),
        (
            made("as ours", forgetting(optimisers.RMSPROP_003), "rmsprop", "keras"),
            DOES_NOT,
        ),
        (made("adam without correction", optimisers.ADAM_003_SIGNS), HOLDS),
        (made("adam without correction", turned(optimisers.ADAM_003_SIGNS)), DOES_NOT),
        (made("as ours", optimisers.SGD, "momentum", "torch", rate=0.005), DOES_NOT),
        (
            made(
                "as ours",
                turned(optimisers.MOMENTUM_001),
                "momentum",
                "torch",
                rate=0.005,
            ),
            DOES_NOT,
        ),
        (
            made(
                "as ours",
                forgetting(optimisers.ADAGRAD_001),
                "adagrad",
                "torch",
                rate=1.0,
            ),
            DOES_NOT,
        ),
        (made("as ours", optimisers.ADAGRAD_001, "rmsprop", "torch"), DOES_NOT),
        (made("as ours", stopped(optimisers.ADAM_WORDS), "adam", "torch"), DOES_NOT),
        (made("as ours", optimisers.ADAM_003_SIGNS, "adam", "torch"), DOES_NOT),
        (
            made(
                "adam is more than rmsprop",
                optimisers.ADAM_003_SIGNS,
                optimisers.RMSPROP_001,
            ),
            DOES_NOT,
        ),
        (
            made(
                "adam is more than rmsprop",
                optimisers.ADAM_WORDS,
                optimisers.ADAM_WORDS,
            ),
            DOES_NOT,
        ),
        (made("rate dies", optimisers.RMSPROP_001, optimisers.ADAGRAD_001), DOES_NOT),
        (made("rate dies", optimisers.ADAGRAD_001, optimisers.ADAGRAD_001), DOES_NOT),
        (made("rate dies", optimisers.SGD, optimisers.RMSPROP_001), DOES_NOT),
        (made("boosts small, damps large", optimisers.SGD), DOES_NOT),
        (made("boosts small, damps large", optimisers.ADAGRAD_001), DOES_NOT),
        (made("quicker along", optimisers.SGD), DOES_NOT),
        (made("quicker along", turned(optimisers.MOMENTUM_001)), DOES_NOT),
        (made("damps across", Rule(light, 1)), HOLDS),
    ],
)
def test_another_rule_has_another_verdict(judge: Judge, verdict: Verdict) -> None:
    """F2: a plus for a minus, a memory less, a sign mended: no verdict is constant."""
    assert judge(NOTHING).verdict == verdict


def test_paths_of_ours_are_those_of_training() -> None:
    """Momentum on the ravine in closed form: z^2 - (1 + b - r k) z + b = 0."""
    rate, steps = 0.005, 60
    found = reference("momentum", "torch", rate, steps, START)
    for axis, curvature in enumerate((1.0, 100.0)):
        points = [START[axis], START[axis] * (1 - rate * curvature)]
        while len(points) <= steps:
            points.append((1.9 - rate * curvature) * points[-1] - 0.9 * points[-2])
        np.testing.assert_allclose(found[:, axis], points, rtol=0, atol=1e-12)
    heights = ravine_values(found)
    assert heights[0] == pytest.approx((9 + 100 * 0.16) / 2)


def test_arrival_is_for_good() -> None:
    assert arrival(np.array([4.0, 0.01, 2.0, 0.02, -0.03]), 0.01) == 3
    assert arrival(np.array([4.0, 1.0]), 0.01) is None
    assert arrival(np.array([4.0, float("nan")]), 0.01) is None


def test_exact_claims_take_no_run_and_are_never_open() -> None:
    exact = [
        entry.sentence for entry in ENTRIES if entry.rule and not entry.sentence.job
    ]
    assert {each.id for each in exact} >= set(VERDICTS)
    for each in exact:
        changed = dataclasses.replace(NOTHING, reasons={"landscape": "no time"})
        assert each.finding(changed) == each.finding(NOTHING)
        assert each.finding(NOTHING).verdict in (HOLDS, DOES_NOT)
