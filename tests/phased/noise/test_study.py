"""The study of periodic noise from end to end at toy size."""

import numpy as np
import pytest

from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.noise.config import NoiseConfig, learnt_of
from seqjax.phased.noise.study import NOISE
from tests.core import numpy_gated

MODELS = ("lstm", "right", "all-learnt")

TINY = NoiseConfig(
    models=MODELS,
    period=4,
    wrong_period=7.0,
    values=12,
    seeds=2,
    steps=4,
    batch_size=6,
    hidden_size=4,
    evaluation_size=40,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(NOISE.run(TINY, (), SilentReporter()))


def test_a_row_per_model_and_seed(results: Results) -> None:
    found = {(row["block"], row["seed"]): row for row in results.rows}
    assert set(found) == {(model, seed) for model in MODELS for seed in range(2)}
    for row in results.rows:
        assert set(row) == {"block", *NOISE.columns}
        assert (row["steps"], row["diverged"]) == (4, False)
        assert (row["selectivity"] is None) == (row["model"] == "lstm")


def test_only_what_is_learnt_moves(results: Results) -> None:
    for model in MODELS[1:]:
        for field in ("period", "shift", "open_ratio"):
            start, end = np.moveaxis(results.history[f"{model}/{field}"], 1, 0)
            assert np.array_equal(start, end) == (field not in learnt_of(model))


def test_selectivities_are_those_of_the_gates(results: Results) -> None:
    for row in results.rows:
        if row["model"] == "lstm":
            continue
        for end, column in enumerate(("selectivity_before", "selectivity")):
            gate = [
                results.history[f"{row['model']}/{field}"][row["seed"], end]
                for field in ("period", "shift", "open_ratio")
            ]
            k = numpy_gated.gates(np.arange(12), gate, leak=0.0)
            expected = k[::4].sum() / k.sum()
            assert row[column] == pytest.approx(expected, abs=1e-4)
        if row["model"] == "right":
            assert row["selectivity"] == pytest.approx(1, abs=1e-4)
