"""Sparse products against SciPy in float64, finite differences, and themselves."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from seqjax.core.graphs import make_matrix, product, with_values
from seqjax.core.graphs.layout import WIDEST
from tests.core.graphs.graphs import SHAPES, dense, draw_matrix, made

each_kind = pytest.mark.parametrize("kind", SHAPES)


def draw(*shape: int, dtype: Any = np.float64) -> Any:
    values = np.random.default_rng(5).normal(size=shape)
    return jnp.asarray(values.astype(dtype))


@pytest.mark.usefixtures("x64")
@each_kind
def test_equals_scipy_both_ways(kind: str) -> None:
    theirs = sparse.csr_array(draw_matrix(kind))
    ours = made(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(dense(ours), theirs.toarray(), rtol=0, atol=1e-13)
    x, y_bar = draw(theirs.shape[1], 5), draw(theirs.shape[0], 5)
    y, back = jax.vjp(lambda x: product(ours, x), x)
    np.testing.assert_allclose(y, theirs @ np.asarray(x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        back(y_bar)[0], theirs.T @ np.asarray(y_bar), rtol=0, atol=1e-12
    )


def test_hubs_take_several_levels() -> None:
    theirs = sparse.csr_array(draw_matrix("hubs"))
    lengths = np.diff(theirs.indptr)
    assert lengths.min() == 0
    assert lengths.max() > WIDEST**2
    ours = made(theirs, np.float32)
    assert len(ours.rows.merges) == 2
    assert ours.columns is not None
    filled = sum(block.size for block in ours.rows.columns)
    assert filled < 1.5 * theirs.nnz


@each_kind
def test_single_precision(kind: str) -> None:
    theirs = sparse.csr_array(draw_matrix(kind))
    x = draw(theirs.shape[1], 3, dtype=np.float32)
    y = product(made(theirs, np.float32), x)
    assert y.dtype == jnp.float32
    expected = theirs @ np.asarray(x, np.float64)
    scale = np.abs(theirs) @ np.abs(np.asarray(x, np.float64))
    assert (np.abs(y - expected) <= 2e-6 * scale).all()


@pytest.mark.usefixtures("x64")
def test_derivative_against_finite_differences() -> None:
    ours = made(draw_matrix("wide"))
    x, direction = draw(41, 4), draw(4, 41).T

    def loss(x: Any) -> Any:
        return jnp.sum(jnp.sin(product(ours, x)))

    step = 1e-6
    slope = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
    found = jnp.vdot(jax.grad(loss)(x), direction)
    np.testing.assert_allclose(found, slope, rtol=1e-8)


def test_a_symmetric_matrix_is_laid_out_once() -> None:
    some = sparse.csr_array(draw_matrix("even"))
    both = made(some + some.T)
    assert both.columns is None
    assert made(some).columns is not None
    # The same places are not enough.
    upper = sparse.triu(both_ways := (some + some.T), 1)
    tilted = sparse.coo_array(both_ways + 1e-3 * upper)
    assert made(tilted).columns is not None


@pytest.mark.parametrize("kind", ["even", "hubs"])
def test_order_of_entries_changes_no_bit(kind: str) -> None:
    theirs = draw_matrix(kind)
    # Some stand in three parts, whose sum depends on the order in which it is formed.
    row, column = np.tile(theirs.row, 3), np.tile(theirs.col, 3)
    data = np.concatenate([theirs.data, theirs.data * 1e-7, theirs.data / 3])
    x = draw(theirs.shape[1], 6, dtype=np.float32)
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(data))
        entries = row[order], column[order], data[order]
        found.append(np.asarray(product(make_matrix(*entries, theirs.shape), x)))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.usefixtures("x64")
def test_renumbering_renumbers_the_result() -> None:
    theirs = sparse.csr_array(draw_matrix("even"))
    x = draw(30, 3)
    new = np.random.default_rng(8).permutation(30)
    renumbered = product(made(theirs[new][:, new]), x[new])
    np.testing.assert_allclose(
        renumbered, product(made(theirs), x)[new], rtol=0, atol=1e-13
    )


@pytest.mark.parametrize(
    ("kind", "columns"),
    [("even", 1), ("even", 7), ("even", 16), ("hubs", 3), ("hubs", 33)],
)
def test_many_seeds_equal_each_alone(kind: str, columns: int) -> None:
    """Value and derivative, bit for bit on a CPU."""
    ours = made(draw_matrix(kind), np.float32)
    xs = draw(5, ours.shape[1], columns, dtype=np.float32)

    def both(x: Any) -> Any:
        y, back = jax.vjp(lambda x: product(ours, x), x)
        return y, back(jnp.sin(y))[0]

    each = jax.jit(both)
    together = jax.jit(jax.vmap(both))(xs)
    for seed in range(5):
        jax.tree.map(
            np.testing.assert_array_equal,
            [part[seed] for part in together],
            list(each(xs[seed])),
        )


def test_many_seeds_read_the_indices_once() -> None:
    ours = made(draw_matrix("hubs"), np.float32)

    def gathers(*shape: int) -> int:
        mapped: Any = lambda x: product(ours, x)  # noqa: E731
        for _ in shape[2:]:
            mapped = jax.vmap(mapped, in_axes=2, out_axes=2)
        text = jax.jit(mapped).lower(jnp.zeros(shape)).as_text()
        return text.count("stablehlo.gather")

    alone = gathers(ours.shape[1], 3)
    assert alone > WIDEST
    assert gathers(ours.shape[1], 3, 4) == alone
    assert gathers(ours.shape[1], 3, 4, 2) == alone
    assert "scatter" not in str(
        jax.make_jaxpr(jax.grad(lambda x: product(ours, x).sum()))(
            jnp.zeros((ours.shape[1], 3))
        )
    )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("shared_x", [True, False])
def test_values_of_each_seed(shared_x: bool) -> None:
    """One layout, another matrix per seed, down to two axes of seeds."""
    ours = made(draw_matrix("wide"))
    values = draw(2, 3, len(ours.values))
    xs = draw(41, 4) if shared_x else draw(2, 3, 41, 4)

    def both(values: Any, x: Any) -> Any:
        y, back = jax.vjp(lambda x: product(with_values(ours, values), x), x)
        return y, back(y**2)[0]

    axes = (0, None if shared_x else 0)
    together = jax.vmap(jax.vmap(both, axes), axes)(values, xs)
    places = sparse.csr_array(draw_matrix("wide"))
    places.sort_indices()
    for i in range(2):
        for j in range(3):
            places.data = np.asarray(values[i, j])
            x = np.asarray(xs if shared_x else xs[i, j])
            y = places @ x
            found = [part[i, j] for part in together]
            np.testing.assert_allclose(found[0], y, rtol=0, atol=1e-12)
            np.testing.assert_allclose(found[1], places.T @ y**2, rtol=0, atol=1e-11)


@pytest.mark.usefixtures("x64")
def test_seeds_of_x_inside_and_outside_those_of_values() -> None:
    ours = made(draw_matrix("wide"))
    values, xs = draw(3, len(ours.values)), draw(2, 41, 4)

    def one(values: Any, x: Any) -> Any:
        return product(with_values(ours, values), x)

    over_x = jax.vmap(jax.vmap(one, (0, None)), (None, 0))(values, xs)
    over_values = jax.vmap(jax.vmap(one, (None, 0)), (0, None))(values, xs)
    for i in range(2):
        for j in range(3):
            expected = one(values[j], xs[i])
            np.testing.assert_allclose(over_x[i, j], expected, rtol=0, atol=1e-13)
            np.testing.assert_allclose(over_values[j, i], expected, rtol=0, atol=1e-13)


def test_what_is_not_finite_stays_where_it_belongs() -> None:
    """Slots that only fill up read nothing that the row does not."""
    theirs = sparse.csr_array(draw_matrix("hubs"))
    ours = made(theirs, np.float32)
    for column in (0, 3, 300):
        x = np.ones((theirs.shape[1], 2), np.float32)
        x[column] = np.nan
        touched = np.zeros(theirs.shape[0], bool)
        touched[theirs[:, [column]].tocoo().row] = True
        found = np.isnan(np.asarray(product(ours, jnp.asarray(x))))
        np.testing.assert_array_equal(found, np.stack([touched] * 2, axis=1))


def test_a_matrix_of_nothing_gives_zeros() -> None:
    none = np.zeros(0, np.int64)
    empty = make_matrix(none, none, np.zeros(0), (4, 3))
    y, back = jax.vjp(lambda x: product(empty, x), jnp.ones((3, 2)))
    np.testing.assert_array_equal(y, np.zeros((4, 2)))
    np.testing.assert_array_equal(back(jnp.ones((4, 2)))[0], np.zeros((3, 2)))


def test_shapes_compile_once() -> None:
    """Another graph of the same layout's shapes, or other values, is no new program."""
    traces = []

    @jax.jit
    def run(matrix: Any, x: Any) -> Any:
        traces.append(1)
        return product(matrix, x)

    ours = made(draw_matrix("even"), np.float32)
    x = jnp.ones((30, 2))
    run(ours, x)
    run(with_values(ours, 2 * ours.values), x)
    assert len(traces) == 1


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            ([0, 5], [0, 1], [1, 1], (5, 5)),
            "rows must be from 0 to 4, not 5; correct them, or give a larger shape",
        ),
        (
            ([0, 1], [0, -1], [1, 1], (5, 5)),
            "columns must be from 0 to 4, not -1; correct them, or give a larger shape",
        ),
        (
            ([0, 1], [0, 1], [1], (5, 5)),
            "rows, columns and values must be of one length, not 2, 2 and 1; give one "
            "of each per entry",
        ),
        (
            ([0], [0], [1], (0, 5)),
            "shape's number of rows must be an integer of at least 1, not 0; give 1 or "
            "more",
        ),
    ],
)
def test_what_is_no_matrix_is_refused(entries: Any, message: str) -> None:
    rows, columns, values, shape = entries
    # Without the tests' own checks of shapes, which come first.
    plain = inspect.unwrap(make_matrix)
    with pytest.raises(ValueError, match="must") as caught:
        plain(np.array(rows), np.array(columns), np.array(values), shape)
    assert str(caught.value) == message


def test_what_does_not_fit_is_refused() -> None:
    ours = made(draw_matrix("wide"), np.float32)

    def message(run: Any) -> str:
        with pytest.raises(ValueError, match="must") as caught:
            run()
        return str(caught.value)

    assert message(lambda: product(ours, jnp.ones((40, 2)))) == (
        "x must have a row for each of the matrix's 41 columns, not 40; give one each"
    )
    assert message(lambda: product(ours, jnp.ones((41, 2), jnp.float16))) == (
        "x must have the matrix's dtype float32, not float16; convert it, or make the "
        "matrix with another dtype"
    )

    def by_values(values: Any) -> Any:
        return product(with_values(ours, values), jnp.ones((41, 2))).sum()

    assert message(lambda: jax.grad(by_values)(ours.values)) == (
        "the matrix of a sparse product must not be differentiated; stop the gradient "
        "of its values with jax.lax.stop_gradient"
    )
    layouts = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), ours)
    assert message(
        lambda: jax.vmap(lambda m: product(m, jnp.ones((41, 2))))(layouts)
    ) == (
        "the layout of a sparse matrix must be one for the whole batch; map over its "
        "values by with_values, or make one graph of several by join_graphs"
    )
