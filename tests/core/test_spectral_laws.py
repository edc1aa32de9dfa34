"""Laws of random matrices against draws, integrals, and matrices that break them."""

import math
from functools import cache

import jax
import numpy as np
import pytest
from scipy import integrate

from seqjax.core import spectral_laws
from seqjax.core.initializers import INITIALIZERS
from seqjax.core.spectra import Spectrum, spectrum
from seqjax.core.spectral_laws import (
    ISOMETRIES,
    QUANTITIES,
    certificate,
    entry_deviation,
    laws,
    quarter_circle,
)


@cache
def drawn(name: str, size: int, count: int = 8) -> list[np.ndarray]:
    keys = jax.random.split(jax.random.key(5), count)
    matrices = jax.lax.map(lambda key: INITIALIZERS[name](key, size, size), keys)
    return list(np.asarray(matrices))


def failures(name: str, matrices: list[np.ndarray]) -> set[str]:
    found = certificate(name, [spectrum(w) for w in matrices])
    assert [finding.quantity for finding in found] == list(QUANTITIES)
    return {finding.quantity for finding in found if not finding.holds}


@pytest.mark.parametrize("size", [12, 64])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_what_is_drawn_keeps_every_law(name: str, size: int) -> None:
    assert failures(name, drawn(name, size)) == set()


@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - set(ISOMETRIES)))
def test_standard_deviation_of_an_entry(name: str) -> None:
    entries = np.concatenate([w.ravel() for w in drawn(name, 64)])
    # Five standard errors of a normal's; a uniform's is smaller.
    slack = 5 / math.sqrt(2 * entries.size)
    assert entries.std() / entry_deviation(name, 64) == pytest.approx(1, abs=slack)


@pytest.mark.parametrize(
    ("claimed", "true"),
    [
        ("orthogonal", "xavier"),
        ("he", "xavier"),
        ("normal", "torch"),  # of the same deviation at 133 units
        ("xavier", "orthogonal"),
        ("identity", "torch"),
    ],
)
def test_another_initialiser_is_found_out(claimed: str, true: str) -> None:
    assert {"largest", "deviation"} <= failures(claimed, drawn(true, 40))


def test_nearly_orthogonal_is_not_orthogonal() -> None:
    noise = np.random.default_rng(0).normal(size=(64, 64))
    near = [w + 1e-5 * noise for w in drawn("orthogonal", 64)]
    assert "deviation" in failures("orthogonal", near)


def test_blocks_of_a_fused_orthogonal_matrix_are_not_orthogonal() -> None:
    fused = np.asarray(INITIALIZERS["orthogonal"](jax.random.key(0), 32, 4 * 32))
    np.testing.assert_allclose(fused @ fused.T, np.eye(32), atol=1e-5)
    blocks = np.split(fused, 4, axis=1)
    assert failures("orthogonal", blocks) == set(QUANTITIES)


def test_predictions_at_the_size_of_the_course() -> None:
    he = {name: law.value for name, law in laws("he", 128, 10).items()}
    assert he["radius"] == pytest.approx(math.sqrt(2))
    assert he["largest"] == pytest.approx(2 * math.sqrt(2))
    assert he["deviation"] == pytest.approx(7)
    normal = {name: law.value for name, law in laws("normal", 128, 10).items()}
    assert normal["radius"] == pytest.approx(0.05 * math.sqrt(128))
    # The smallest singular value is further from 1 than the largest.
    assert normal["deviation"] == 1
    orthogonal = laws("orthogonal", 128, 10)
    assert {name: law.value for name, law in orthogonal.items()} == {
        "largest": 1,
        "smallest": 1,
        "condition": 1,
        "radius": 1,
        "deviation": 0,
    }
    for law in orthogonal.values():
        assert law.high - law.low < 1e-4


def test_more_matrices_are_held_to_a_narrower_law() -> None:
    few, many = (laws("xavier", 64, count) for count in (2, 200))
    for quantity in QUANTITIES:
        assert few[quantity].low <= many[quantity].low <= many[quantity].value
        assert many[quantity].value <= many[quantity].high <= few[quantity].high


def test_constants_are_moments_of_edelmans_distribution() -> None:
    def survival(t: float) -> float:
        return math.exp(-(t**2) / 2 - t)

    def density(t: float) -> float:
        return (t + 1) * survival(t)

    def moment(power: int) -> float:
        return float(integrate.quad(lambda t: t**power * density(t), 0, 40)[0])

    def log_moment(power: int) -> float:
        # In u = log t, where the integrand has no singularity.
        def integrand(u: float) -> float:
            return u**power * density(math.exp(u)) * math.exp(u)

        return float(integrate.quad(integrand, -40, 4, limit=200)[0])

    assert moment(0) == pytest.approx(1)
    assert pytest.approx(moment(1), abs=1e-4) == spectral_laws.SMALLEST
    deviation = math.sqrt(moment(2) - moment(1) ** 2)
    assert deviation == pytest.approx(spectral_laws.SMALLEST_SPREAD, abs=1e-4)
    # The condition number is 2 s sqrt(n) over the smallest: 2 n / t.
    log_condition = math.log(2) - log_moment(1)
    assert log_condition == pytest.approx(spectral_laws.LOG_CONDITION, abs=1e-3)
    log_spread = math.sqrt(log_moment(2) - log_moment(1) ** 2)
    assert log_spread == pytest.approx(spectral_laws.LOG_CONDITION_SPREAD, abs=1e-3)


def test_quarter_circle_is_the_distribution_of_singular_values() -> None:
    r = np.linspace(0, 1, 2001)
    share = quarter_circle(r)
    middle = (r[1:] + r[:-1]) / 2
    density = 4 / math.pi * np.sqrt(1 - middle**2)
    np.testing.assert_allclose(np.diff(share) / np.diff(r), density, atol=0.03)
    assert (share[0], share[-1]) == pytest.approx((0, 1))
    (w,) = drawn("xavier", 300, count=1)
    values = np.sort(np.linalg.svd(w, compute_uv=False))
    empirical = (np.arange(300) + 0.5) / 300
    np.testing.assert_allclose(quarter_circle(values / 2), empirical, atol=0.02)


def test_measured_are_means_and_of_the_condition_number_the_geometric_one() -> None:
    spectra = [
        Spectrum(np.array([2.0, 1.0]), np.array([1.5 + 0j, 1.0])),
        Spectrum(np.array([4.0, 0.5]), np.array([-2.5 + 0j, 1.0])),
    ]
    found = {finding.quantity: finding for finding in certificate("he", spectra)}
    assert found["largest"].measured == 3
    assert found["radius"].measured == 2
    assert found["deviation"].measured == pytest.approx((3 + 15) / 2)
    assert found["condition"].measured == pytest.approx(4)
    assert (found["condition"].least, found["condition"].most) == (2, 8)


def test_refusals() -> None:
    cases = {
        "initializer must be one of normal, xavier, he, orthogonal, identity, torch, "
        "not 'orthogonl'; did you mean 'orthogonal'?": lambda: laws("orthogonl", 8, 1),
        "initializer must be one of normal, xavier, he, torch, not 'orthogonal'": (
            lambda: entry_deviation("orthogonal", 8)
        ),
        "size must be an integer of at least 1, not 0; give 1 or more": (
            lambda: laws("he", 0, 1)
        ),
        "count must be an integer of at least 1, not 0; give 1 or more": (
            lambda: laws("he", 8, 0)
        ),
        "spectra must hold at least one spectrum, not none; give more": (
            lambda: certificate("he", [])
        ),
    }
    for words, call in cases.items():
        with pytest.raises(ValueError, match=".") as caught:
            call()
        assert str(caught.value) == words
