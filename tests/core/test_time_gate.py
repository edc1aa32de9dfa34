"""The time gate, held against a loop written from the paper, and its derivative."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from seqjax.core.gate_params import (
    PARAMETERS,
    TimeGateParams,
    draw_time_gate,
    time_gate,
    time_gate_params,
)
from seqjax.core.time_gate import TimeGate, openness, phase, share_open
from tests.core import numpy_gated
from tests.core.cases import relative_difference


def gate_of(*units: tuple[float, float, float]) -> TimeGate:
    """A gate from (tau, s, r_on) of every unit."""
    return TimeGate(
        *(
            jnp.asarray(field, jnp.result_type(float))
            for field in zip(*units, strict=True)
        )
    )


# The report's four panels: tau 5, s 1 to 0.2, r_on 1 to 0.5, tau 5 to 1.
PANELS = [(5.0, 0.0, 1.0), (5.0, 0.2, 1.0), (5.0, 0.0, 0.5), (1.0, 0.0, 1.0)]


def draw_gate(units: int, seed: int = 0) -> TimeGate:
    rng = np.random.default_rng(seed)
    return TimeGate(
        jnp.asarray(np.exp(rng.uniform(0, 3, units))),
        jnp.asarray(rng.uniform(-20, 20, units)),
        jnp.asarray(rng.uniform(0.05, 1, units)),
    )


def draw_times(gate: TimeGate, shape: tuple[int, ...], seed: int = 1) -> jax.Array:
    """Times, before and after zero, of which none is near a kink of any unit."""
    rng = np.random.default_rng(seed)
    times = rng.uniform(-60, 120, (*shape, 1000))
    phi = np.asarray(phase(gate, jnp.asarray(times)))
    ratio = np.asarray(gate.open_ratio)
    kinks = np.stack([0 * ratio, ratio / 2, ratio, 0 * ratio + 1])
    near = (np.abs(phi[..., None, :] - kinks) < 1e-3).any((-1, -2))
    assert (~near).any(-1).all()
    first = np.argmin(near, axis=-1)
    return jnp.asarray(np.take_along_axis(times, first[..., None], -1)[..., 0])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("leak", [0.0, 0.001, 0.3])
def test_equals_a_loop_written_from_the_paper(leak: float) -> None:
    gate = draw_gate(30)
    times = jnp.asarray(np.random.default_rng(2).uniform(-1000, 1000, (40, 3)))
    found = jax.jit(openness)(gate, times, leak)
    expected = numpy_gated.gates(times, gate, leak)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    assert ((found >= 0) & (found <= 1)).all()
    closed = np.asarray(phase(gate, times) >= gate.open_ratio)
    assert closed.any()
    assert np.asarray(found == 0)[closed].all() == (leak == 0)


@pytest.mark.usefixtures("x64")
def test_the_panels_of_the_report() -> None:
    times = jnp.array([0.0, 0.2, 1.25, 2.5, 2.7, 3.75, 5.0, -2.5])
    found = openness(gate_of(*PANELS), times, 0.0)
    panels = [
        [0, 0.08, 0.5, 1, 0.92, 0.5, 0, 1],
        [0.08, 0, 0.42, 0.92, 1, 0.58, 0.08, 0.92],
        [0, 0.16, 1, 0, 0, 0, 0, 0],
        [0, 0.4, 0.5, 1, 0.6, 0.5, 0, 1],
    ]
    np.testing.assert_allclose(found, np.array(panels).T, rtol=0, atol=1e-12)


def test_the_peak_is_exactly_one() -> None:
    """At phi = r_on / 2, which the paper's two inequalities leave out."""
    gate = gate_of(
        (4.0, 1.0, 0.5), (8.0, -3.0, 1.0), (1.0, 0.0, 0.25), (2.0, 0.0, 0.125)
    )
    peaks = gate.shift + gate.period * gate.open_ratio / 2
    for turn in (-3, 0, 1, 7):
        k = openness(gate, peaks + turn * gate.period, 0.0)
        assert k.dtype == jnp.float32
        np.testing.assert_array_equal(np.diag(k), 1)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("shape", [(), (5,), (6, 4)])
def test_the_derivative_equals_finite_differences(shape: tuple[int, ...]) -> None:
    gate, leak = draw_gate(12), 0.2
    times = draw_times(gate, shape)
    k_bar = np.random.default_rng(3).normal(size=(*shape, 12))

    def loss(gate: Any, times: Any, leak: Any) -> float:
        return float(np.sum(k_bar * numpy_gated.gates(times, gate, leak)))

    def found_loss(*arguments: Any) -> Any:
        return jnp.sum(k_bar * openness(*arguments))

    found = jax.jit(jax.grad(found_loss, (0, 1, 2)))(gate, times, leak)
    step = 1e-6
    for field in PARAMETERS:
        for unit in range(12):
            slopes = [
                loss(
                    gate._replace(
                        **{field: getattr(gate, field).at[unit].add(sign * step)}
                    ),
                    times,
                    leak,
                )
                for sign in (1, -1)
            ]
            expected = (slopes[0] - slopes[1]) / (2 * step)
            got = float(getattr(found[0], field)[unit])
            assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)
    for place in np.ndindex(*shape):
        slopes = [
            loss(gate, times.at[place].add(sign * step), leak) for sign in (1, -1)
        ]
        expected = (slopes[0] - slopes[1]) / (2 * step)
        assert float(found[1][place]) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    expected = (loss(gate, times, 0.3) - loss(gate, times, 0.1)) / 0.2
    assert float(found[2]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.usefixtures("x64")
def test_the_modulus_has_a_slope_by_its_period() -> None:
    """That of t mod tau is -floor(t / tau): a constant remainder has none."""

    def remainder(period: Any, time: Any) -> Any:
        gate = TimeGate(period[None], jnp.zeros(1), jnp.ones(1))
        return (phase(gate, time) * period)[0]

    for t, tau in ((17.0, 5.0), (-3.0, 5.0), (4.0, 5.0), (100.0, 0.7)):
        slope = jax.grad(remainder)(jnp.asarray(tau), jnp.asarray(t))
        assert float(slope) == pytest.approx(-math.floor(t / tau), abs=1e-9)
        assert float(remainder(jnp.asarray(tau), jnp.asarray(t))) == pytest.approx(
            t % tau, abs=1e-9
        )


@pytest.mark.usefixtures("x64")
def test_at_a_kink_the_slope_is_that_to_its_right() -> None:
    gate = gate_of((4.0, 0.0, 0.5))
    slope = jax.grad(lambda t: openness(gate, t, 0.1)[0])
    for t, expected in ((0.0, 1.0), (1.0, -1.0), (2.0, 0.1 / 4), (4.0, 1.0)):
        assert float(slope(jnp.asarray(t))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.usefixtures("x64")
def test_the_share_of_open_units_is_counted() -> None:
    gate = draw_gate(20)
    rng = np.random.default_rng(4)
    times = jnp.asarray(np.sort(rng.uniform(0, 50, (9, 5)), axis=0))
    lengths = [9, 0, 4, 7, 3]
    whole = share_open(gate, times)
    ragged = jax.jit(share_open)(gate, times, jnp.array(lengths))
    open_ = numpy_gated.gates(times, gate, 0.0) > 0
    for t in range(9):
        taking = [b for b in range(5) if t < lengths[b]]
        assert float(whole[t]) == pytest.approx(open_[t].mean(), abs=1e-12)
        assert float(ragged[t]) == pytest.approx(open_[t, taking].mean(), abs=1e-12)
    none = share_open(gate, times, jnp.zeros(5, jnp.int32))
    np.testing.assert_array_equal(none, 0)


def test_over_time_a_unit_is_open_for_its_share_of_a_period() -> None:
    rng = np.random.default_rng(5)
    ratio, count = 0.05, 20_000
    gate = draw_gate(1)._replace(open_ratio=jnp.full(1, ratio))
    times = jnp.asarray(rng.uniform(0, 1000, (count, 1)), jnp.float32)
    share = float(share_open(gate, times).mean())
    assert abs(share - ratio) < 4 * math.sqrt(ratio * (1 - ratio) / count)


@pytest.mark.usefixtures("x64")
def test_parameters_stand_for_their_gate_and_any_are_valid() -> None:
    gate = draw_gate(50)._replace(
        period=jnp.geomspace(1e-3, 1e3, 50), open_ratio=jnp.linspace(0.001, 1, 50)
    )
    again = time_gate(time_gate_params(gate))
    assert relative_difference(again, gate) < 1e-12
    assert float(again.open_ratio[-1]) == 1
    numbers = jnp.linspace(-30, 30, 61)
    any_gate = time_gate(TimeGateParams(numbers, numbers, numbers))
    assert (any_gate.period > 0).all()
    assert ((any_gate.open_ratio > 0) & (any_gate.open_ratio <= 1)).all()
    np.testing.assert_array_equal(any_gate.shift, numbers)


def test_in_single_precision_too_one_is_kept() -> None:
    gate = gate_of((5.0, 0.2, 1.0), (5.0, 0.2, 0.5))
    again = time_gate(time_gate_params(gate))
    assert again.open_ratio.dtype == jnp.float32
    assert float(again.open_ratio[0]) == 1
    np.testing.assert_allclose(again.period, 5, rtol=1e-6)
    slopes = jax.grad(lambda p: time_gate(p).open_ratio.sum())(time_gate_params(gate))
    assert np.isfinite(slopes.open_ratio).all()
    assert float(slopes.open_ratio[1]) == pytest.approx(0.25, rel=1e-5)


def test_what_gates_start_from() -> None:
    gate = time_gate(jax.jit(draw_time_gate, static_argnums=1)(jax.random.key(0), 4000))
    logs = np.log(np.asarray(gate.period, float))
    assert stats.kstest(logs, stats.uniform(1, 2).cdf).pvalue > 1e-4
    shifts = np.asarray(gate.shift, float)
    assert stats.kstest(shifts, stats.uniform(0, 100).cdf).pvalue > 1e-4
    assert stats.spearmanr(logs, shifts).pvalue > 1e-4
    np.testing.assert_allclose(gate.open_ratio, 0.05, rtol=1e-6)
    fixed = time_gate(
        draw_time_gate(
            jax.random.key(0), 3, period=(5.0, 5.0), shift=(0.2, 0.2), open_ratio=1.0
        )
    )
    np.testing.assert_allclose(fixed.period, 5, rtol=1e-6)
    np.testing.assert_array_equal(fixed.shift, np.float32(0.2))
    np.testing.assert_array_equal(fixed.open_ratio, 1)
