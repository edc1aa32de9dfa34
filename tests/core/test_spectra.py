"""Spectra against other formulations of the same numbers, in float64."""

import math

import numpy as np
import pytest

from seqjax.core.cells import LSTM
from seqjax.core.spectra import gate_spectra, spectrum

RNG = np.random.default_rng(0)
SQUARE = RNG.normal(size=(9, 9))


def test_singular_values_are_roots_of_the_gram_matrix() -> None:
    found = spectrum(SQUARE)
    gram = np.linalg.eigvalsh(SQUARE.T @ SQUARE)[::-1]
    np.testing.assert_allclose(found.singular_values, np.sqrt(gram), rtol=1e-9)
    assert found.largest == pytest.approx(np.linalg.norm(SQUARE, 2))
    assert found.smallest == pytest.approx(1 / np.linalg.norm(np.linalg.inv(SQUARE), 2))
    assert found.condition == pytest.approx(np.linalg.cond(SQUARE))


def test_eigenvalues_have_the_trace_the_determinant_and_the_growth() -> None:
    found = spectrum(SQUARE)
    assert found.eigenvalues.sum() == pytest.approx(np.trace(SQUARE))
    assert np.prod(found.eigenvalues) == pytest.approx(np.linalg.det(SQUARE))
    moduli = np.abs(found.eigenvalues)
    assert (np.diff(moduli) <= 1e-12).all()
    # Gelfand: the radius is the limit of |W^k|^(1/k).
    power = np.linalg.matrix_power(SQUARE / found.radius, 2000)
    assert np.linalg.norm(power, 2) ** (1 / 2000) == pytest.approx(1, abs=3e-3)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_deviation_is_the_norm_of_the_gram_matrix_less_the_identity(
    scale: float,
) -> None:
    w = scale * SQUARE
    expected = np.linalg.norm(w.T @ w - np.eye(9), 2)
    assert spectrum(w).deviation == pytest.approx(expected)


def test_a_scaled_rotation() -> None:
    angle = 0.3
    turn = np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    found = spectrum(2 * turn)
    np.testing.assert_allclose(found.singular_values, 2)
    pair = 2 * np.exp([1j * angle, -1j * angle])
    np.testing.assert_allclose(np.sort(found.eigenvalues), np.sort(pair))
    assert (found.radius, found.condition) == pytest.approx((2, 1))
    assert found.deviation == pytest.approx(3)


def test_real_eigenvalues_are_complex_numbers_too() -> None:
    found = spectrum(np.diag([1.0, -3.0, 0.0]))
    np.testing.assert_array_equal(found.eigenvalues, [-3, 1, 0])
    assert found.eigenvalues.dtype == np.complex128
    assert found.condition == math.inf


def test_single_precision_is_measured_in_double() -> None:
    w = SQUARE.astype(np.float32)
    np.testing.assert_array_equal(
        spectrum(w).singular_values, spectrum(w.astype(np.float64)).singular_values
    )


def test_every_gate_has_its_own_block() -> None:
    blocks = [RNG.normal(size=(5, 5)) for _ in LSTM.gates]
    found = gate_spectra(np.concatenate(blocks, axis=1), LSTM.gates)
    assert tuple(found) == LSTM.gates
    for block, gate in zip(blocks, LSTM.gates, strict=True):
        alone = np.linalg.svd(block, compute_uv=False)
        np.testing.assert_allclose(found[gate].singular_values, alone)


def test_what_is_no_recurrent_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match=".") as caught:
        gate_spectra(np.zeros((3, 9)), LSTM.gates)
    assert str(caught.value) == (
        "w_h must have 4 square blocks (i, f, g, o), not the shape (3, 9); "
        "give the cell's own gates"
    )
    with pytest.raises(ValueError, match=".") as caught:
        spectrum(np.array([[1.0, np.nan], [np.inf, 1.0]]))
    assert str(caught.value) == (
        "w must be finite, but 2 of its 4 entries are not; look at a model before it "
        "diverged"
    )
