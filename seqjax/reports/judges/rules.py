"""The optimisers' rules as the reports write them, on paper's own example.

f(x) = x^2 / 2 from x = 1, where every rule has to go down: a sign that is turned
climbs, and Adam without the correction of its start begins with another step. Exact
arithmetic, no seed.
"""

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding
from seqjax.lab.study import Number
from seqjax.reports.judging import Evidence

RATE, STEPS = 0.1, 10


def descend(rule: str, *, sign: Number = -1, corrected: bool = True) -> list[float]:
    """The values of f on the way.

    Args:
        rule: momentum, rmsprop or adam.
        sign: of the step; -1 is right.
        corrected: whether Adam's means are corrected for their start at 0.
    """
    x, m, v = 1.0, 0.0, 0.0
    values = [x * x / 2]
    for step in range(1, STEPS + 1):
        gradient = x
        if rule == "momentum":
            m = 0.9 * m + gradient
            direction = m
        elif rule == "rmsprop":
            v = 0.99 * v + 0.01 * gradient**2
            direction = gradient / (v**0.5 + 1e-8)
        else:
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
            first = 1 - 0.9**step if corrected else 1.0
            second = 1 - 0.999**step if corrected else 1.0
            direction = (m / first) / ((v / second) ** 0.5 + 1e-8)
        x += sign * RATE * direction
        values.append(x * x / 2)
    return values


def first_step(*, corrected: bool) -> float:
    """Adam's first step, in learning rates.

    Args:
        corrected: whether its means are.
    """
    value = descend("adam", corrected=corrected)[1]
    return abs(1 - (2 * value) ** 0.5) / RATE


def as_written_by_003(evidence: Evidence) -> Finding:
    """Two signs turned, and no bias correction."""
    told = [
        f"{rule} {descend(rule, sign=1)[-1]:.3g}"
        for rule in ("momentum", "rmsprop", "adam")
    ]
    measured = (
        f"with the sign of the step turned f climbs from 0.5 within {STEPS} steps: "
        f"{', '.join(told)}; Adam's first step is {first_step(corrected=False):.2f} "
        f"rates without bias correction, {first_step(corrected=True):.2f} with it"
    )
    climbs = all(descend(r, sign=1)[-1] > 0.5 for r in ("momentum", "rmsprop", "adam"))
    return Finding(DOES_NOT if climbs else HOLDS, measured)


def adam_as_000_says(evidence: Evidence) -> Finding:
    """Adam: momentum, RMSProp's scale, and bias correction."""
    values = descend("adam")
    first = first_step(corrected=True)
    measured = (
        f"Kingma & Ba's algorithm 1: with bias correction the first step is "
        f"{first:.2f} rates, without it {first_step(corrected=False):.2f}"
    )
    right = abs(first - 1) < 1e-6 and values[1] < values[0]
    return Finding(HOLDS if right else DOES_NOT, measured)
