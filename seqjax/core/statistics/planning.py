"""How many seeds a question needs, before they are trained."""

import math

import scipy

from seqjax.core.checks import check_number
from seqjax.core.statistics.estimate import check_fraction

# From here on t is normal to five digits; far beyond, scipy's t takes no such counts.
_NEARLY_NORMAL = 100_000


def seeds_needed(
    p1: float, p2: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Seeds per setting to tell two success rates apart.

    For a two-sided comparison of two independent groups of equal size by Fisher's exact
    test, through the normal approximation with continuity correction. It errs on the
    safe side by a few seeds; the uncorrected formula would promise that two seeds each
    separate "never" from "always", which no exact test can do.

    Args:
        p1: expected success rate of one setting, in [0, 1].
        p2: expected success rate of the other, in [0, 1], different from `p1`.
        power: wanted probability of finding the difference, in (0, 1).
        alpha: two-sided level of the test, in (0, 1).

    Returns:
        The number of seeds for each of the two settings.

    Raises:
        ValueError: a rate outside [0, 1], equal rates, or a `power` or `alpha` outside
            (0, 1) or with `power` <= `alpha`.

    Source: Fleiss, Tytun & Ury (1980), "A simple approximation for calculating sample
    sizes for comparing independent proportions", Biometrics 36; Fleiss, Levin & Paik
    (2003), "Statistical methods for rates and proportions", equations 4.14 and 4.19.
    """
    for name, rate in (("p1", p1), ("p2", p2)):
        hint = "give a rate, not a percentage"
        check_number(name, rate, minimum=0.0, maximum=1.0, hint=hint)
    if p1 == p2:
        raise ValueError(
            f"p2 must differ from p1, not {p2} for both; no number of seeds separates"
            " equal rates"
        )
    _check_power(power, alpha)
    distance, centre = abs(p1 - p2), (p1 + p2) / 2.0
    null: float = scipy.stats.norm.isf(alpha / 2.0) * math.sqrt(
        2.0 * centre * (1.0 - centre)
    )
    other: float = scipy.stats.norm.isf(1.0 - power) * math.sqrt(
        p1 * (1.0 - p1) + p2 * (1.0 - p2)
    )
    uncorrected = ((null + other) / distance) ** 2
    correction = (1.0 + math.sqrt(1.0 + 4.0 / (uncorrected * distance))) ** 2 / 4.0
    return math.ceil(uncorrected * correction)


def seeds_needed_for_means(
    difference: float, sd: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Seeds per setting to tell two means apart.

    For a two-sided two-sample t test of two independent groups of equal size and equal
    spread, by the exact noncentral t distribution. Pairing the settings by seed needs
    fewer where the seeds matter; results in two groups (`bimodality`) are no case for a
    t test: plan them with `seeds_needed`.

    Args:
        difference: between the means that should be found, not 0.
        sd: pooled standard deviation over seeds, positive, in the same unit.
        power: wanted probability of finding the difference, in (0, 1).
        alpha: two-sided level of the test, in (0, 1).

    Returns:
        The number of seeds for each of the two settings, at least 2.

    Raises:
        ValueError: `difference` is 0 or not finite, `sd` is not positive and finite,
            or a `power` or `alpha` outside (0, 1) or with `power` <= `alpha`.

    Source: Cohen (1988), "Statistical power analysis for the behavioral sciences",
    section 2.4.
    """
    check_number("difference", difference)
    if difference == 0.0:
        raise ValueError(
            f"difference must differ from 0, not {difference}; no number of seeds"
            " separates equal means"
        )
    hint = "take the pooled standard deviation of a pilot run over seeds"
    check_number("sd", sd, minimum=0.0, exclusive=True, hint=hint)
    _check_power(power, alpha)
    effect = abs(difference) / sd

    def reached(n: int) -> bool:
        return _t_test_power(effect, n, alpha) >= power

    # Power grows with n: double, then bisect.
    short, enough = 1, 2
    while not reached(enough):
        short, enough = enough, 2 * enough
    while enough - short > 1:
        middle = (short + enough) // 2
        if reached(middle):
            enough = middle
        else:
            short = middle
    return enough


def _t_test_power(effect: float, n: int, alpha: float) -> float:
    freedom = 2 * n - 2
    shift = effect * math.sqrt(n / 2.0)
    # The lower tail by symmetry: under -shift, beyond +critical.
    if n > _NEARLY_NORMAL:
        critical = scipy.stats.norm.isf(alpha / 2.0)
        upper, lower = scipy.stats.norm.sf([critical - shift, critical + shift])
    else:
        critical = scipy.stats.t.isf(alpha / 2.0, freedom)
        upper, lower = scipy.stats.nct.sf(critical, freedom, [shift, -shift])
    return float(upper + lower)


def _check_power(power: float, alpha: float) -> None:
    check_fraction("power", power)
    check_fraction("alpha", alpha)
    if power <= alpha:
        raise ValueError(
            f"power must exceed alpha = {alpha}, not {power}; a test without any data"
            " has power alpha"
        )
