"""Reliability, against a loop over bins and against predictions made to be right."""

import re

import numpy as np
import pytest

from seqjax.charlm.measures import reliability


def predictions(
    seed: int, count: int, distortion: float
) -> tuple[np.ndarray, np.ndarray]:
    """What comes true with probability p, called p ** distortion."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.02, 0.98, count)
    return distortion * np.log(true), rng.random(count) < true


@pytest.mark.parametrize("bins", [1, 4, 10])
def test_bins_are_those_of_a_loop(bins: int) -> None:
    logs, hits = predictions(0, 500, 1.5)
    logs[:3] = np.log([0.5, 1.0, 0.25])  # on the edges: to the bin above, if there is
    found = reliability(logs, hits, bins)
    probability = np.exp(logs)
    error = 0.0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        inside = (probability >= low) & (probability < high)
        inside |= (probability == 1) & (b == bins - 1)
        assert found.counts[b] == inside.sum()
        assert found.confidence[b] == pytest.approx(probability[inside].mean())
        assert found.accuracy[b] == pytest.approx(hits[inside].mean())
        error += abs(hits[inside].mean() - probability[inside].mean()) * inside.mean()
    assert found.error == pytest.approx(error)
    assert found.counts.sum() == 500


def test_an_empty_bin_is_not_a_number_and_costs_nothing() -> None:
    found = reliability(np.log([0.9, 0.9]), np.array([True, False]), 2)
    assert np.isnan([found.confidence[0], found.accuracy[0]]).all()
    assert found.counts.tolist() == [0, 2]
    assert found.error == pytest.approx(0.4)


def test_calibrated_predictions_have_the_error_of_chance() -> None:
    errors, chances = [], []
    for seed in range(200):
        found = reliability(*predictions(seed, 2000, 1.0))
        errors.append(found.error)
        chances.append(found.chance)
    # 200 errors of relative spread 0.25 or so have a mean within 6 % (3 sigma).
    assert np.mean(errors) == pytest.approx(np.mean(chances), rel=0.06)
    assert np.std(errors) / np.mean(errors) < 0.35


def test_distorted_predictions_have_more() -> None:
    over = reliability(*predictions(0, 20_000, 0.5))
    under = reliability(*predictions(0, 20_000, 2.0))
    assert over.error > 10 * over.chance
    assert under.error > 10 * under.chance
    assert (over.confidence > over.accuracy)[over.counts > 100].all()
    assert (under.confidence < under.accuracy)[under.counts > 100].all()


def test_what_is_sure_and_true_has_no_error() -> None:
    sure = np.full(5, 1e-7, np.float32)  # rounded a little above ln 1
    found = reliability(sure, np.ones(5, np.bool_))
    assert (found.error, found.chance) == (0, 0)


def test_what_is_no_probability_is_refused() -> None:
    cases = {
        "log_probabilities must be at most 0, not 0.5; normalise them with a "
        "log-softmax": (np.array([-1.0, 0.5]), np.array([True, True]), 10),
        "hits must have at least one prediction, not none; make some": (
            np.zeros(0),
            np.zeros(0, np.bool_),
            10,
        ),
        "bins must be at least 1, not 0; give 10, say": (
            np.zeros(1),
            np.ones(1, np.bool_),
            0,
        ),
    }
    for message, arguments in cases.items():
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            reliability(*arguments)
