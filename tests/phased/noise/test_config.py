"""Settings of the study of noise: what is refused, and what the models start from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.time_gate import TimeGate
from seqjax.phased.noise.config import MODELS, NoiseConfig, learnt_of, start_of
from seqjax.phased.noise.gates import gated_network, selectivity
from seqjax.phased.noise.study import NOISE
from tests.core import numpy_gated
from tests.phased.refusing import COMMON, refused
from tests.registered import CELL_NAMES

ENDS = ("learnt", "held")

REFUSED = {
    **COMMON,
    "--models rigth": f"models must be one of {', '.join(MODELS)}, not 'rigth'; "
    "did you mean 'right'?",
    "--models lstm lstm": "models must not repeat a value, but 'lstm' is there twice; "
    "give it once",
    "--period 1": "period must be an integer of at least 2, not 1; between values that "
    "count there must be one that does not",
    "--period 0": "period must be an integer of at least 2, not 0; between values that "
    "count there must be one that does not",
    "--wrong-period 10": "wrong_period must not be the period, 10, not 10; "
    "give another one",
    "--wrong-period 0": "wrong_period must be a finite number above 0, not 0.0; "
    "give the time from opening to opening",
    "--values 95": "values must be a multiple of the period, 10, not 95; give 100",
    "--noise -1": "noise must be a finite number of at least 0, not -1.0; "
    "give a standard deviation",
    "--off-open-ratio 0": "off_open_ratio must be a finite number above 0 and at most "
    "1, not 0.0; give the share of a period for which the gate is open",
    "--cell lstn": f"cell must be one of {CELL_NAMES}, peephole, not 'lstn'; "
    "did you mean 'lstm'?",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused("noise", words, tmp_path, capsys) == REFUSED[words]


def test_the_work_is_that_of_three_products_per_value_and_gate() -> None:
    config = NoiseConfig(
        models=("lstm", "right"), seeds=2, steps=5, batch_size=50, hidden_size=100
    )
    assert NOISE.block_names(config) == ["lstm", "right"]
    expected = 2 * 5 * 3 * 4 * 1e6 * 100 / 1e9
    assert NOISE.work(config) == pytest.approx({"lstm": expected, "right": expected})


def test_what_is_learnt_is_what_starts_off() -> None:
    assert start_of("period-held") == start_of("period-learnt") == ("period",)
    assert start_of("all-learnt") == ("period", "shift", "open_ratio")
    assert learnt_of("period-learnt") == ("period",)
    for model in ("right", "wrong", "lstm"):
        assert start_of(model) == ()
    for model in MODELS:
        assert learnt_of(model) == (start_of(model) if "learnt" in model else ())


def as_gate(fields: Iterable[Any]) -> TimeGate:
    return TimeGate(*fields)


@pytest.fixture(scope="module")
def gates() -> dict[str, Any]:
    """The gates of many units of every model, as they start."""
    config, found = NoiseConfig(hidden_size=400), {}
    for model in MODELS:
        if model != "lstm" and not model.endswith("-held"):
            network = gated_network(config, model)
            draw = jax.jit(lambda key, of=network: of.gates(of.init(key)))
            (gate,) = draw(jax.random.key(0)).values()
            found[model] = as_gate(np.asarray(field, float) for field in gate)
    return found


def test_the_right_gate_is_open_when_a_value_counts_and_then_alone(
    gates: dict[str, Any],
) -> None:
    k = numpy_gated.gates(np.arange(100), gates["right"], leak=0.0)
    np.testing.assert_allclose(k[::10], 1, atol=1e-4)
    k[::10] = 0
    np.testing.assert_allclose(k, 0, atol=1e-4)


def test_the_wrong_gate_is_closed_at_nearly_all_values_that_count(
    gates: dict[str, Any],
) -> None:
    k = numpy_gated.gates(np.arange(100), gates["wrong"], leak=0.0)
    assert (k[0] > 0.99).all()
    assert k[10::10].max() < 1e-4


@pytest.mark.parametrize("name", ["period", "shift", "open_ratio"])
def test_one_number_starts_off_and_the_others_are_right(
    name: str, gates: dict[str, Any]
) -> None:
    gate, right = gates[f"{name}-learnt"], gates["right"]
    learnt, same = (gated_network(NoiseConfig(), f"{name}-{e}") for e in ENDS)
    assert learnt == same, "what is held starts as what is learnt"
    for field in ("period", "open_ratio"):
        close = np.allclose(getattr(gate, field), getattr(right, field), rtol=1e-5)
        assert close == (field != name)
    if name == "period":
        assert gate.period.min() < 5.2
        assert gate.period.max() > 19
        assert np.median(gate.period) == pytest.approx(10, abs=1)
    if name == "shift":
        assert gate.shift.max() - gate.shift.min() == pytest.approx(10, abs=0.2)
    if name == "open_ratio":
        np.testing.assert_allclose(gate.open_ratio, 0.5, rtol=1e-5)
        # It still is open the most when a value counts.
        k = numpy_gated.gates(np.arange(0, 100, 10), gate, leak=0.0)
        np.testing.assert_allclose(k, 1, atol=1e-4)


def test_selectivity_is_the_share_of_openness_on_what_counts(
    gates: dict[str, Any],
) -> None:
    for model in ("period-learnt", "open_ratio-learnt", "all-learnt", "wrong"):
        gate = as_gate(field[:7].astype(np.float32) for field in gates[model])
        total = counting = 0.0
        for t in range(100):
            k = numpy_gated.gates(np.array([t]), gate, leak=0.0)
            total += k.sum()
            counting += k.sum() if t % 10 == 0 else 0.0
        expected = counting / total
        assert selectivity(gate, 100, 10) == pytest.approx(expected, abs=1e-4)
    right = as_gate(field.astype(np.float32) for field in gates["right"])
    assert selectivity(right, 100, 10) == pytest.approx(1, abs=1e-4)
    wide = as_gate(np.array([v], np.float32) for v in (1e6, -5e5, 1.0))
    assert selectivity(wide, 100, 10) == pytest.approx(0.1, abs=1e-3)
    shut = as_gate(np.array([v], np.float32) for v in (1e3, 500.0, 0.1))
    assert selectivity(shut, 100, 10) == 0
