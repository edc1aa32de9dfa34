"""Tree-LSTMs level by level, against a recursion in float64 written from the paper."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import LSTM
from seqjax.core.cells.lstm import LSTMParams
from seqjax.core.recurrence import recur
from seqjax.core.trees import (
    TREE_CELLS,
    Forest,
    Tree,
    evaluate,
    initialize_tree_cell,
    pack,
    widths_of,
)
from tests.variants import and_slow

SYMBOLS, HIDDEN = 6, 4


def random_tree(random: np.random.Generator, depth: int, arity: int) -> Tree:
    """Of any depth up to this, with 1 to `arity` children of inner nodes."""
    symbol = int(random.integers(SYMBOLS))
    if depth == 0 or random.random() < 0.2:
        return (symbol,)
    count = int(random.integers(1, arity + 1))
    return (symbol, *(random_tree(random, depth - 1, arity) for _ in range(count)))


def drawn(seed: int = 0, arity: int = 2, count: int = 7) -> list[Tree]:
    random = np.random.default_rng(seed)
    return [(3,), *(random_tree(random, 5, arity) for _ in range(count - 1))]


def params_of(name: str, arity: int = 2) -> Any:
    """In float64, and with biases that are not 0."""
    with jax.enable_x64(True):
        found = initialize_tree_cell(
            jax.random.key(1), TREE_CELLS[name], SYMBOLS, HIDDEN, arity=arity
        )
        noise = jax.random.normal(jax.random.key(2), found.b.shape)
        return found._replace(b=noise)


def sigma(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def recursive(name: str, params: Any, tree: Tree, arity: int) -> Any:
    """c and h of a tree: eq. 2 to 8, or 9 to 14, of Tai et al. (2015)."""
    w_x, w_h, b = (np.asarray(each) for each in params)
    below = [recursive(name, params, child, arity) for child in tree[1:]]
    x = {
        gate: w_x[tree[0], k * HIDDEN : (k + 1) * HIDDEN]
        + b[k * HIDDEN : (k + 1) * HIDDEN]
        for k, gate in enumerate("ifgo")
    }

    def block(rows: int, column: int) -> np.ndarray:
        return w_h[
            rows * HIDDEN : (rows + 1) * HIDDEN,
            column * HIDDEN : (column + 1) * HIDDEN,
        ]

    if name == "child-sum":
        total = sum((h for _, h in below), np.zeros(HIDDEN))
        a = {gate: x[gate] + total @ block(0, k) for k, gate in enumerate("ifgo")}
        forget = [sigma(x["f"] + h @ block(0, 1)) for _, h in below]
    else:
        columns = {"i": 0, "g": 1 + arity, "o": 2 + arity}
        a = {}
        for gate, column in columns.items():
            a[gate] = x[gate] + sum(
                (h @ block(place, column) for place, (_, h) in enumerate(below)),
                np.zeros(HIDDEN),
            )
        forget = [
            sigma(x["f"] + sum(h @ block(p, 1 + k) for p, (_, h) in enumerate(below)))
            for k in range(len(below))
        ]
    kept = sum((c * f for (c, _), f in zip(below, forget, strict=True)), 0.0)
    c = np.tanh(a["g"]) * sigma(a["i"]) + kept
    return c, np.tanh(c) * sigma(a["o"])


def evaluated(name: str, params: Any, forest: Forest) -> np.ndarray:
    with jax.enable_x64(True):
        function = jax.jit(lambda p, f: evaluate(TREE_CELLS[name], p, f))
        return np.asarray(function(params, forest))


@pytest.mark.parametrize("name", TREE_CELLS)
@pytest.mark.parametrize("arity", [2, 3])
def test_level_by_level_equals_the_recursion(name: str, arity: int) -> None:
    trees, params = drawn(arity=arity), params_of(name, arity)
    found = evaluated(name, params, pack(trees, arity))
    expected = [recursive(name, params, tree, arity)[1] for tree in trees]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", TREE_CELLS)
def test_filling_up_and_the_other_trees_make_no_difference(name: str) -> None:
    trees, params = drawn(), params_of(name)
    tight = evaluated(name, params, pack(trees))
    wide = [width + 3 for width in widths_of([trees])] + [2, 1]
    np.testing.assert_allclose(
        evaluated(name, params, pack(trees, widths=wide)), tight, rtol=1e-13
    )
    order = [4, 0, 6, 2]
    alone = evaluated(name, params, pack([trees[i] for i in order]))
    np.testing.assert_allclose(alone, tight[order], rtol=1e-13)


@pytest.mark.parametrize("name", and_slow(["child-sum"], ["binary"]))
def test_gradients_are_finite_differences(name: str) -> None:
    forest, params = pack(drawn(3)), params_of(name)
    with jax.enable_x64(True):
        weight = jax.random.normal(jax.random.key(5), (7, HIDDEN))

        @jax.jit
        def loss(params: Any) -> jax.Array:
            return jnp.sum(weight * evaluate(TREE_CELLS[name], params, forest))

        grads = jax.grad(loss)(params)
        for field in params._fields:
            way = jax.random.normal(jax.random.key(6), getattr(params, field).shape)
            moved = [getattr(params, field) + s * way for s in (-1e-6, 1e-6)]
            ends = [float(loss(params._replace(**{field: w}))) for w in moved]
            slope = float(jnp.sum(way * getattr(grads, field)))
            assert slope == pytest.approx((ends[1] - ends[0]) / 2e-6, rel=1e-6)


def reversed_tree(tree: Tree) -> Tree:
    return (tree[0], *(reversed_tree(child) for child in reversed(tree[1:])))


def test_child_sum_does_not_see_the_order_of_children_and_binary_does() -> None:
    trees = drawn(4, arity=3)
    images = [reversed_tree(tree) for tree in trees]
    changed = [tree != image for tree, image in zip(trees, images, strict=True)]
    assert any(changed)
    apart = {}
    for name in TREE_CELLS:
        params = params_of(name, 3)
        both = [evaluated(name, params, pack(each, 3)) for each in (trees, images)]
        apart[name] = np.abs(both[0] - both[1]).max(axis=1)
    assert apart["child-sum"].max() < 1e-15
    assert (apart["binary"][changed] > 1e-6).all()


def test_a_chain_is_an_lstm() -> None:
    """A child-sum cell whose nodes have one child each reads from the leaf up."""
    with jax.enable_x64(True):
        params: LSTMParams = params_of("child-sum")
        symbols = [2, 5, 0, 3, 3, 1]
        carry, _ = recur(LSTM, params, jnp.array(symbols, jnp.int32)[:, None])
    chain: Tree = (symbols[0],)
    for symbol in symbols[1:]:
        chain = (symbol, chain)
    found = evaluated("child-sum", params, pack([chain]))
    np.testing.assert_allclose(found, carry.h, rtol=1e-12)


@pytest.mark.parametrize("name", and_slow(["binary"], ["child-sum"]))
def test_chains_may_be_of_any_depth(name: str) -> None:
    """Beyond what Python's own stack holds; their value and slope by a loop."""
    chains: list[Any] = []
    symbols = np.random.default_rng(2).integers(0, SYMBOLS, (2, 1500))
    for each in symbols.tolist():
        tree: Any = [each[0]]
        for symbol in each[1:]:
            tree = [symbol, tree]
        chains.append(tree)
    assert widths_of([chains]) == [2] * 1500
    params = params_of(name)
    found, slope = value_and_slope(name, params, pack(chains))
    with jax.enable_x64(True):
        cell = TREE_CELLS[name]

        @jax.jit
        def loop(params: Any) -> jax.Array:
            first = cell.step(params, None, jnp.asarray(symbols[:, 0]))

            def step(state: Any, x: Any) -> tuple[Any, None]:
                nodes = jax.tree.map(
                    lambda leaf: jnp.stack([leaf, jnp.zeros_like(leaf)], axis=1), state
                )
                return cell.step(params, nodes, x), None

            last, _ = jax.lax.scan(step, first, jnp.asarray(symbols[:, 1:].T))
            return jnp.sum(last.h * jnp.arange(1.0, 1 + HIDDEN))

        expected, wanted = jax.value_and_grad(loop)(params)
    assert float(found) == pytest.approx(float(expected), rel=1e-12)
    for one, other in zip(slope, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def value_and_slope(name: str, params: Any, forest: Any) -> Any:
    """A sum over what stands at the roots, and its slope."""
    with jax.enable_x64(True):

        @jax.jit
        def value(params: Any) -> jax.Array:
            roots = evaluate(TREE_CELLS[name], params, forest)
            return jnp.sum(roots * jnp.arange(1.0, 1 + HIDDEN))

        return jax.value_and_grad(value)(params)


def test_one_program_serves_all_batches_of_the_same_widths() -> None:
    batches = [drawn(seed) for seed in range(4)]
    widths, params = widths_of(batches), params_of("binary")
    traces = 0

    def counted(params: Any, forest: Forest) -> jax.Array:
        nonlocal traces
        traces += 1
        return evaluate(TREE_CELLS["binary"], params, forest)

    function = jax.jit(counted)
    with jax.enable_x64(True):
        for batch in batches:
            found = function(params, pack(batch, widths=widths))
            expected = [recursive("binary", params, tree, 2)[1] for tree in batch]
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert traces == 1


def test_widths_are_the_most_nodes_of_each_height() -> None:
    small: Tree = (0, (1,), (2,))
    tall: Tree = (0, (1, small), (2,))
    assert widths_of([[small, small], [tall]]) == [4, 2, 1, 1]
    assert widths_of([[tall], [small, small, (5,)]]) == [5, 2, 1, 1]


def test_every_node_is_laid_out_once_above_its_children() -> None:
    trees = drawn(7)
    forest = pack(trees)
    numbers = [n for level in forest.children for n in level.ravel().tolist() if n]
    numbers += forest.roots.tolist()
    total = sum(len(level) for level in forest.symbols)
    assert sorted(numbers) == list(range(1, total + 1)), "each has one parent or none"
    starts = np.cumsum([1] + [len(level) for level in forest.symbols])
    for level, children in enumerate(forest.children, 1):
        assert (children.max(axis=1) >= starts[level - 1]).all()
        assert (children < starts[level]).all()


def test_what_is_refused() -> None:
    message = "a node must have at most 2 children, not 3; give a larger arity"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack([(0, (1,), (2,), (3,))])
    message = (
        "widths must be at least the levels' numbers of nodes, [2, 1], not [1, 1]; "
        "give those of widths_of"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack([(0, (1,), (2,))], widths=[1, 1])
    message = "trees must be at least one, not none; give some"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack([])
    for bad, shown in (
        ((), "()"),
        (7, "7"),
        (None, "None"),
        ("ab", "'ab'"),
        ((1, 2), "2"),
        ((-1,), "(-1,)"),
        ((True,), "(True,)"),
        (((1,), (2,)), "((1,), (2,))"),
        ((0, (1,), (2.5, (3,))), "(2.5, (3,))"),
        ((2**31,), "(2147483648,)"),
        (("x" * 99,), f"('{'x' * 55}..."),
    ):
        message = (
            "a tree must be a symbol, a whole number from 0, and its subtrees, as (5, "
            f"(1,), (0,)), but tree 1 has {shown} for one; write a leaf as (7,)"
        )
        for read in (pack, lambda trees: widths_of([trees])):
            with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
                read([(0,), bad])
    for name in TREE_CELLS:
        message = (
            "forest.symbols must be indices from 0 to 5, not 99; give others, a layer "
            "for more of them, or numbers as floats"
        )
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            evaluate(TREE_CELLS[name], params_of(name), pack([(1, (99,))]))
    message = "forest must be a Forest, not list; make it with seqjax.core.trees.pack"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        evaluate(TREE_CELLS["binary"], params_of("binary"), [(1,)])
    message = "forget_bias must be one of zero, one, not 'chrono'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        initialize_tree_cell(
            jax.random.key(0), TREE_CELLS["binary"], 3, 2, forget_bias="chrono"
        )


@pytest.mark.parametrize("name", TREE_CELLS)
def test_blocks_are_drawn_by_themselves_and_biases_are_as_told(name: str) -> None:
    params = initialize_tree_cell(
        jax.random.key(0),
        TREE_CELLS[name],
        SYMBOLS,
        8,
        initializer="orthogonal",
        forget_bias="one",
    )
    np.testing.assert_array_equal(params.b, np.repeat([0, 1, 0, 0], 8))
    rows = params.w_h.shape[0] // 8
    for i in range(rows):
        for j in range(params.w_h.shape[1] // 8):
            block = np.asarray(params.w_h[8 * i : 8 * i + 8, 8 * j : 8 * j + 8])
            np.testing.assert_allclose(block @ block.T, np.eye(8), atol=1e-5)
    assert params.w_h.shape == ((16, 40) if name == "binary" else (8, 32))
