"""Many trees laid out level by level, so that a level of all of them is one step.

The level of a node is its height: leaves are level 0, and any other node is one above
its highest child. All nodes of a level, of all trees, take one step together, after one
gather of their children's states. Shapes depend on the levels' widths alone, so that
batches which are filled up to the same widths share a program.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import Params
from seqjax.core.trees.cells import TreeCell, TreeState

Tree: TypeAlias = tuple[Any, ...]
"""A symbol, then its children, which are trees: `(5, (1,), (0,))`."""


class Forest(NamedTuple):
    """Trees in levels. Nodes are numbered through all levels from 1; 0 is no node.

    Attributes:
        symbols: of each level, the nodes' symbols.
        children: of each level but the first, the nodes' children, 0 for none.
        roots: the node that is each tree's root.
    """

    symbols: tuple[Int[Array | np.ndarray, " nodes"], ...]
    children: tuple[Int[Array | np.ndarray, "nodes arity"], ...]
    roots: Int[Array | np.ndarray, " trees"]


def evaluate(
    cell: TreeCell, params: Params, forest: Forest
) -> Float[Array, "trees hidden"]:
    """The output h at the root of every tree.

    Args:
        cell: which cell.
        params: of the cell.
        forest: the trees.
    """
    hidden = params.b.shape[0] // 4
    numbers = 1 + sum(len(symbols) for symbols in forest.symbols)
    # Memory and output side by side: one gather for both. Row 0 stays zero.
    states = jnp.zeros((numbers, 2 * hidden), params.b.dtype)
    first = 1
    for level, symbols in enumerate(forest.symbols):
        children = None
        if level:
            found = _rows(states, forest.children[level - 1])
            children = TreeState(found[..., :hidden], found[..., hidden:])
        state = cell.step(params, children, jnp.asarray(symbols))
        new = jnp.concatenate([state.c, state.h], axis=-1)
        states = lax.dynamic_update_slice_in_dim(states, new, first, axis=0)
        first += len(symbols)
    return _rows(states, forest.roots)[:, hidden:]


def pack(
    trees: Sequence[Tree], arity: int = 2, widths: Sequence[int] | None = None
) -> Forest:
    """Lay out trees.

    Args:
        trees: at least one, each with at least one node.
        arity: most children of a node, 2 by default.
        widths: nodes of each level, filled up with nodes that nothing refers to; None
            (the default) for as many as there are.

    Raises:
        ValueError: on a node of more children, or more nodes than a level is wide.
    """
    levels: list[list[tuple[int, list[tuple[int, int]]]]] = []
    roots = [_place(tree, arity, levels) for tree in trees]
    counts = [len(level) for level in levels]
    if widths is None:
        widths = counts
    if len(widths) < len(counts) or any(
        width < count for width, count in zip(widths, counts, strict=False)
    ):
        raise ValueError(
            f"widths must be at least the levels' numbers of nodes, {counts}, not "
            f"{list(widths)}; give those of widths_of"
        )
    starts = np.cumsum([1, *widths])
    symbols = [np.zeros(width, np.int32) for width in widths]
    children = [np.zeros((width, arity), np.int32) for width in widths]
    for level, nodes in enumerate(levels):
        for slot, (symbol, places) in enumerate(nodes):
            symbols[level][slot] = symbol
            for k, (below, place) in enumerate(places):
                children[level][slot, k] = starts[below] + place
    numbers = np.array([starts[level] + slot for level, slot in roots], np.int32)
    return Forest(tuple(symbols), tuple(children[1:]), numbers)


def widths_of(batches: Sequence[Sequence[Tree]]) -> list[int]:
    """Nodes of each level, in the batch of trees that has most of them.

    Args:
        batches: each some trees.
    """
    most: list[int] = []
    for trees in batches:
        heights = [height for tree in trees for height in _heights(tree)]
        # As long as `most`, or longer.
        counts = np.bincount(heights, minlength=len(most)).tolist()
        so_far = most + [0] * (len(counts) - len(most))
        most = [max(pair) for pair in zip(counts, so_far, strict=True)]
    return most


def _place(tree: Tree, arity: int, levels: list[Any]) -> tuple[int, int]:
    """Put a tree's nodes on their levels; where its root is."""
    places = [_place(child, arity, levels) for child in tree[1:]]
    if len(places) > arity:
        raise ValueError(
            f"a node must have at most {arity} children, not {len(places)}; give a "
            "larger arity"
        )
    height = 1 + max((level for level, _ in places), default=-1)
    while len(levels) <= height:
        levels.append([])
    levels[height].append((tree[0], places))
    return height, len(levels[height]) - 1


def _heights(tree: Tree) -> Iterator[int]:
    """The height of every node, that of the root last."""
    height = 0
    for child in tree[1:]:
        below = 0
        for below in _heights(child):
            yield below
        height = max(height, below + 1)
    yield height


def _rows(states: Array, numbers: Any) -> Array:
    # Without a test for negative numbers, which costs as much as the gather.
    return states.at[numbers].get(mode="promise_in_bounds", wrap_negative_indices=False)
