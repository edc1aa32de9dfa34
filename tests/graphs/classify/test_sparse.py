"""Sparse matrices as SciPy has them, laid out and back, and changed entry by entry."""

import jax
import numpy as np
import pytest

from seqjax.core.graphs import drop_entries
from seqjax.graphs.classify.sparse import from_scipy, to_scipy, two_sided
from tests.core.graphs.graphs import SHAPES, dense, draw_matrix, made, transposed


def test_a_symmetric_matrix_gets_both_layouts() -> None:
    a = draw_matrix("even").todense()
    plain = made(a + a.T, np.float32)
    assert plain.columns is None
    run = jax.jit(drop_entries, static_argnums=2)
    found = run(jax.random.key(0), two_sided(plain), 0.5)
    rows = dense(found)
    np.testing.assert_array_equal(transposed(found).T, rows)
    assert (rows != rows.T).any()


@pytest.mark.parametrize("kind", SHAPES)
def test_a_matrix_laid_out_comes_back(kind: str) -> None:
    given = draw_matrix(kind).tocsr().astype(np.float32)
    for matrix in (given, given @ given.T):
        found = to_scipy(from_scipy(matrix))
        np.testing.assert_array_equal(found.todense(), matrix.todense())
