"""What theory says of the spectra of initial weights, and whether it holds of a draw.

For a square matrix of size n whose entries are independent with standard deviation s,
as n grows: the eigenvalues fill a disc of radius s sqrt(n) (circular law: Girko 1984,
Tao & Vu 2010), the largest singular value tends to 2 s sqrt(n) (Bai & Yin 1993), and
the smallest is of order s / sqrt(n), so that the condition number is of order n
(Edelman 1988, "Eigenvalues and condition numbers of random matrices", for a normal
distribution; Tao & Vu 2010, "Random matrices: the distribution of the smallest singular
values", for all others). An orthogonal matrix has singular values and moduli of 1.

At finite n the largest singular value is off by a share of order n^(-2/3) and spreads
by 0.4 n^(-2/3) (Johnstone 2001), the radius by shares of order n^(-1/2) (Rider &
Sinclair 2014). That, and four standard errors of the mean over so many matrices, is
what a draw may deviate.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from seqjax.core.checks import check_choice, check_integer
from seqjax.core.initializers import INITIALIZERS
from seqjax.core.spectra import Spectrum

ISOMETRIES = ("orthogonal", "identity")
"""Initialisers whose square matrices keep the length of every vector."""

QUANTITIES = ("largest", "smallest", "condition", "radius", "deviation")
"""Properties of a `Spectrum` that the laws speak of."""

STANDARD_ERRORS = 4

# Edelman (1988), of a normal matrix: sqrt(n) smallest / s has the distribution function
# 1 - exp(-t^2 / 2 - t), hence this mean and standard deviation; the logarithm of the
# condition number has mean log n + 1.537, and a standard deviation of 1.1235.
SMALLEST, SMALLEST_SPREAD = 0.6557, 0.5087
LOG_CONDITION, LOG_CONDITION_SPREAD = 1.537, 1.1235


class Law(NamedTuple):
    """What theory predicts of one quantity, averaged over several matrices.

    Attributes:
        formula: in s and n.
        value: predicted.
        low: least average that agrees with it.
        high: largest average that agrees with it.
    """

    formula: str
    value: float
    low: float
    high: float


class Finding(NamedTuple):
    """A law, and what was found.

    Attributes:
        quantity: one of `QUANTITIES`.
        law: what theory says.
        measured: mean over the matrices; of the condition number the geometric mean,
            since its arithmetic mean is infinite.
        least: smallest over the matrices.
        most: largest over the matrices.
        holds: the mean agrees with the law.
    """

    quantity: str
    law: Law
    measured: float
    least: float
    most: float
    holds: bool


def entry_deviation(initializer: str, size: int) -> float:
    """Standard deviation s of an entry of a square matrix with independent entries.

    Raises:
        ValueError: if the initialiser's entries are not independent.
    """
    variances = {
        "normal": 0.05**2,
        "xavier": 1 / size,
        "he": 2 / size,
        "torch": 1 / (3 * size),
    }
    check_choice("initializer", initializer, variances)
    return math.sqrt(variances[initializer])


def laws(initializer: str, size: int, count: int) -> dict[str, Law]:
    """What theory says of the mean over `count` square matrices.

    Args:
        initializer: a name in `seqjax.core.initializers.INITIALIZERS`.
        size: n, rows and columns.
        count: number of matrices that are averaged over.

    Returns:
        A law for each of `QUANTITIES`.

    Raises:
        ValueError: on an unknown name, or a number below 1.
    """
    check_choice("initializer", initializer, INITIALIZERS)
    check_integer("size", size, minimum=1)
    check_integer("count", count, minimum=1)
    if initializer in ISOMETRIES:
        return _isometry(0.0 if initializer == "identity" else 1e-6 * math.sqrt(size))
    return _independent(entry_deviation(initializer, size), size, count)


def _isometry(rounding: float) -> dict[str, Law]:
    """Of a matrix in single precision that is orthogonal up to `rounding`."""
    one = Law("1", 1.0, 1 - rounding, 1 + rounding)
    return {name: one for name in QUANTITIES[:-1]} | {
        "deviation": Law("0", 0.0, 0.0, 3 * rounding)
    }


def _independent(s: float, n: int, count: int) -> dict[str, Law]:
    """Of a matrix with independent entries of standard deviation s."""
    errors = STANDARD_ERRORS / math.sqrt(count)
    edge, disc = n ** (-2 / 3), n**-0.5
    largest = _about("2 s sqrt(n)", 2 * s * math.sqrt(n), edge * (1 + 0.4 * errors))
    smallest = _about(
        "0.66 s / sqrt(n)",
        SMALLEST * s / math.sqrt(n),
        disc + SMALLEST_SPREAD / SMALLEST * errors,
    )
    factor = math.exp(disc + LOG_CONDITION_SPREAD * errors)
    typical = n * math.exp(LOG_CONDITION)
    return {
        "largest": largest,
        "smallest": smallest,
        "condition": Law("4.65 n", typical, typical / factor, typical * factor),
        "radius": _about("s sqrt(n)", s * math.sqrt(n), disc * (1 + 0.5 * errors)),
        # Whichever end of the singular values is further from 1.
        "deviation": Law(
            "max(4 s^2 n - 1, 1)",
            max(largest.value**2 - 1, 1.0),
            max(largest.low**2 - 1, 1 - smallest.high**2),
            max(largest.high**2 - 1, 1.0),
        ),
    }


def _about(formula: str, value: float, share: float) -> Law:
    """A positive value, give or take a share of it."""
    return Law(formula, value, max(0.0, value * (1 - share)), value * (1 + share))


def quarter_circle(
    share_of_largest: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " points"]:
    """Share of the singular values below a given share r of the largest, as n grows.

    For independent entries: 2 / pi (r sqrt(1 - r^2) + arcsin r) (Marchenko & Pastur
    1967, for a square matrix).
    """
    r = np.clip(share_of_largest, 0, 1)
    return 2 / np.pi * (r * np.sqrt(1 - r**2) + np.arcsin(r))


def certificate(initializer: str, spectra: Sequence[Spectrum]) -> list[Finding]:
    """Whether drawn matrices are what their initialiser promises.

    Args:
        initializer: by which they were drawn.
        spectra: of matrices of one size, drawn independently.

    Returns:
        A finding for each of `QUANTITIES`.

    Raises:
        ValueError: on an unknown name, or if there are no spectra.
    """
    if not spectra:
        raise ValueError("spectra must hold at least one spectrum, not none; give more")
    predicted = laws(initializer, len(spectra[0].singular_values), len(spectra))
    findings = []
    for quantity, law in predicted.items():
        values = np.array([getattr(each, quantity) for each in spectra])
        if quantity == "condition":
            measured = float(np.exp(np.mean(np.log(values))))
        else:
            measured = float(np.mean(values))
        holds = law.low <= measured <= law.high
        findings.append(
            Finding(
                quantity,
                law,
                measured,
                float(values.min()),
                float(values.max()),
                bool(holds),
            )
        )
    return findings
