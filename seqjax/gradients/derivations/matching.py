"""How results agree with what is expected: as they are, transposed, up to a factor."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from seqjax.gradients.derivations.catalogue import Case, Example

Array = np.ndarray

TOLERANCE = 1e-6
"""Largest error relative to the largest entry; far below what any mistake changes."""
COARSE = 1e-3
"""The same for a result in single precision."""


def relative_error(found: Array, expected: Array) -> float:
    """Largest difference, relative to the largest entry of `expected`."""
    size = float(np.abs(expected).max())
    gap = float(np.abs(found - expected).max())
    return gap / size if size > 0 else (0.0 if gap == 0 else float("inf"))


def agreement(results: Sequence[Array], expected: Sequence[Array]) -> str | None:
    """How all results agree with what is expected: a note, or None if they do not."""
    if all(map(_equal, results, expected)):
        return ""
    turned = [np.atleast_2d(e).T if e.ndim == 1 else e.T for e in expected]
    if all(map(_equal, results, turned)):
        if results[0].ndim == 2 and 1 in results[0].shape:
            return "given as a column"
        return "transposed"
    if all(map(_equal, results, [e[None] for e in expected])):
        return "given as a row"
    return None


def _read(found: Array, like: Array, turned: bool) -> Array | None:
    """A result as it is or transposed, or None where its shape does not fit."""
    if like.ndim == 1:
        return None if turned else found.reshape(like.shape)
    reading = found.T if turned else found
    return reading if reading.shape == like.shape else None


def readings(found: Array, like: Array) -> list[Array]:
    """The one or two ways to read a result."""
    both = (_read(found, like, turned) for turned in (False, True))
    return [reading for reading in both if reading is not None]


def _equal(found: Array, expected: Array) -> bool:
    tolerance = TOLERANCE if found.dtype == np.float64 else COARSE
    same = found.shape == expected.shape
    return same and relative_error(found, expected) < tolerance


def aligned(found: Array, expected: Array) -> bool:
    """Whether one is a multiple of the other, which rules out most mistakes at once."""
    return any(_ratio(f, expected) is not None for f in readings(found, expected))


def _ratio(found: Array, expected: Array) -> float | None:
    """The factor from `expected` to `found`, if there is one."""
    square = float(np.sum(expected**2))
    if found.shape != expected.shape or not np.isfinite(square) or square == 0:
        return None
    ratio = float(np.sum(found * expected)) / square
    return ratio if ratio and _equal(found, ratio * expected) else None


def largest_error(results: Sequence[Array], expected: Sequence[Array]) -> float:
    """Relative to each example's largest entry, in the better of two readings."""
    return max(
        min(relative_error(f, e) for f in readings(found, e))
        for found, e in zip(results, expected, strict=True)
    )


def factor_between(
    results: Sequence[Array], expected: Sequence[Array], cases: Sequence[Case]
) -> str | None:
    """What constant factor stands between results and expectation, if one does."""
    for turned in (False, True):
        ratios = []
        for found, exact in zip(results, expected, strict=True):
            reading = _read(found, exact, turned)
            ratios.append(None if reading is None else _ratio(reading, exact))
        known = [ratio for ratio in ratios if ratio is not None]
        if len(known) == len(ratios):
            says = _said(np.array(known), [case.example for case in cases])
            if says is not None:
                return joined(says, "transposed" if turned else "")
    return None


def _said(ratios: Array, examples: Sequence[Example]) -> str | None:
    """A factor in words: the sign, a number, or a size."""
    close = partial(np.allclose, rtol=COARSE, atol=0.0)
    if close(ratios, -1.0):
        return "the sign is wrong: this is minus the gradient"
    if close(ratios, ratios[0]):
        return f"there is a factor of {ratios[0]:.4g} too many"
    sizes = {
        "T": np.array([s.T for s in examples]),
        "the number of hidden units": np.array([len(s.h[0]) for s in examples]),
        "the number of classes": np.array([len(s.p) for s in examples]),
        "the number of inputs": np.array([len(s.x[0]) for s in examples]),
    }
    for size, values in sizes.items():
        for power, product in ((-1, ratios * values), (1, ratios / values)):
            if close(product, product[0]):
                over = f"{product[0]:.4g} {'/' if power < 0 else '*'} {size}"
                return f"there is a factor of {over} too many"
    return None


def joined(says: str, note: str) -> str:
    """Two clauses, either of which may be empty."""
    return ", ".join(part for part in (says, note) if part)
