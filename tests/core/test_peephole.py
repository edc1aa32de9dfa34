"""The LSTM with peepholes: its equations, its derivative, and the LSTM inside it."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import LSTM, PEEPHOLE_LSTM, LSTMParams
from seqjax.core.recurrence import recur
from tests.core import numpy_cells
from tests.core.cases import draw_case, relative_difference

LENGTHS = [5, 2, 4]


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("method", ["adjoint", "scan"])
def test_equals_numpy_loop(method: str) -> None:
    case = draw_case(PEEPHOLE_LSTM, "features", 5, 3)
    lengths = jnp.array(LENGTHS, jnp.int32)
    final, ys = jax.jit(
        lambda *case: recur(PEEPHOLE_LSTM, *case, lengths=lengths, method=method)
    )(*case)
    expected, expected_ys = numpy_cells.run("peephole", *case, LENGTHS)
    np.testing.assert_allclose(ys, expected_ys, rtol=0, atol=1e-12)
    for name in ("c", "h"):
        np.testing.assert_allclose(
            getattr(final, name), expected[name], rtol=0, atol=1e-12
        )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("kind", ["features", "indices"])
def test_the_adjoint_equals_autodiff_of_scan(kind: str) -> None:
    case = draw_case(PEEPHOLE_LSTM, kind, 7, 3)
    bars = np.random.default_rng(0).normal(size=(7, 3, 4))
    wanted = (0, 2) if kind == "indices" else (0, 1, 2)

    def slopes(method: str, first: bool) -> Any:
        def loss(params: Any, xs: Any, carry: Any) -> Any:
            start = carry if first else None
            lengths = jnp.array([7, 0, 4], jnp.int32)
            final, ys = recur(
                PEEPHOLE_LSTM, params, xs, start, lengths=lengths, method=method
            )
            return jnp.sum(ys * bars) + jnp.sum(final.c**2)

        return jax.jit(jax.grad(loss, wanted if first else wanted[:-1]))(*case)

    for first in (True, False):
        found = slopes("adjoint", first)
        assert relative_difference(found, slopes("scan", first)) < 1e-12
        assert all(np.any(leaf) for leaf in jax.tree.leaves(found[0]))


@pytest.mark.usefixtures("x64")
def test_without_peepholes_it_is_the_lstm() -> None:
    case = draw_case(PEEPHOLE_LSTM, "features", 5, 3)
    none = jnp.zeros(4)
    params = case.params._replace(w_ci=none, w_cf=none, w_co=none)
    found = recur(PEEPHOLE_LSTM, params, case.xs, case.carry)
    plain = recur(LSTM, LSTMParams(*params[:3]), case.xs, case.carry)
    assert relative_difference(found, plain) < 1e-14
    with_them = recur(PEEPHOLE_LSTM, *case)
    assert relative_difference(with_them, plain) > 0.01
