"""Calibration: whether what has probability p comes true p of the time."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64


class Reliability(NamedTuple):
    """Predictions by how sure they were.

    Attributes:
        edges: of the bins; the last bin has both of its edges.
        confidence: mean probability in each bin, nan where it is empty.
        accuracy: share that came true in each bin, nan where it is empty.
        counts: predictions in each bin.
        error: expected calibration error, sum_b n_b |accuracy_b - confidence_b| / n.
        chance: the error to expect of so many predictions if they are calibrated.
    """

    edges: Float64[np.ndarray, " edges"]
    confidence: Float64[np.ndarray, " bins"]
    accuracy: Float64[np.ndarray, " bins"]
    counts: Int64[np.ndarray, " bins"]
    error: float
    chance: float


def reliability(
    log_probabilities: Float[np.ndarray, " predictions"],
    hits: Bool[np.ndarray, " predictions"],
    bins: int = 10,
) -> Reliability:
    """Compare probabilities with how often they came true (Naeini et al. 2015).

    The predictions may be the likeliest next characters, or every character at every
    place. In a finite text the error of calibrated probabilities is not 0 but about
    sum_b sqrt(2 / pi sum_{i in b} p_i (1 - p_i)) / n, the mean absolute value of normal
    variables of that variance.

    Args:
        log_probabilities: ln p of what is predicted, at most 0.
        hits: whether it came true.
        bins: of equal width, 10 by default.

    Raises:
        ValueError: no prediction, a probability above 1, or no bin.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}; give 10, say")
    if not len(hits):
        raise ValueError("hits must have at least one prediction, not none; make some")
    probability = np.exp(log_probabilities.astype(np.float64))
    # Rounding in float32 may leave a sure prediction a little above 1.
    if not (probability <= 1 + 1e-5).all():
        raise ValueError(
            "log_probabilities must be at most 0, not "
            f"{float(log_probabilities.max()):g}; normalise them with a log-softmax"
        )
    probability = np.minimum(probability, 1)
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum(np.searchsorted(edges, probability, "right") - 1, bins - 1)

    def summed(values: np.ndarray) -> Float64[np.ndarray, " bins"]:
        return np.bincount(place, values, bins)

    counts = np.bincount(place, minlength=bins)
    filled = np.maximum(counts, 1)
    sure, true = summed(probability), summed(hits.astype(np.float64))
    spread = summed(probability * (1 - probability))
    return Reliability(
        edges=edges,
        confidence=np.where(counts > 0, sure / filled, np.nan),
        accuracy=np.where(counts > 0, true / filled, np.nan),
        counts=counts,
        error=float(np.abs(true - sure).sum() / len(hits)),
        chance=float(np.sqrt(2 / np.pi * spread).sum() / len(hits)),
    )
