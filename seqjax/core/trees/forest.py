"""Many trees laid out level by level, so that a level of all of them is one step.

The level of a node is its height: leaves are level 0, and any other node is one above
its highest child. All nodes of a level, of all trees, take one step together, after one
gather of their children's states. Shapes depend on the levels' widths alone, so that
batches which are filled up to the same widths share a program. Many levels of one width
in a row, as chains have, are one loop, not a step each in the program.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from seqjax.core.boundary import check_indices
from seqjax.core.cells.base import Params
from seqjax.core.checks import check_integer
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


LOOPED = 16
"""So many levels of one width in a row, or more, are a loop: fewer compile as fast."""


def evaluate(
    cell: TreeCell, params: Params, forest: Forest | Any
) -> Float[Array, "trees hidden"]:
    """The output h at the root of every tree.

    Args:
        cell: which cell.
        params: of the cell.
        forest: the trees.

    Raises:
        ValueError: on what is no forest, or a symbol known to be another's.
    """
    if not isinstance(forest, Forest):
        raise ValueError(
            f"forest must be a Forest, not {type(forest).__name__}; make it with "
            "seqjax.core.trees.pack"
        )
    for level in forest.symbols:
        check_indices("forest.symbols", level, params.w_x.shape[0])
    hidden = params.b.shape[0] // 4
    widths = [len(symbols) for symbols in forest.symbols]

    def step(states: Array, symbols: Any, children: Any, first: Any) -> Array:
        below = None
        if children is not None:
            found = _rows(states, children)
            below = TreeState(found[..., :hidden], found[..., hidden:])
        state = cell.step(params, below, jnp.asarray(symbols))
        new = jnp.concatenate([state.c, state.h], axis=-1)
        return lax.dynamic_update_slice_in_dim(states, new, first, axis=0)

    # Memory and output side by side: one gather for both. Row 0 stays zero.
    states = jnp.zeros((1 + sum(widths), 2 * hidden), params.b.dtype)
    states = step(states, forest.symbols[0], None, 1)
    starts = np.cumsum([1, *widths])
    for _, run in itertools.groupby(range(1, len(widths)), lambda k: widths[k]):
        levels = list(run)
        inner = slice(levels[0], levels[-1] + 1)
        symbols = forest.symbols[inner]
        children = forest.children[levels[0] - 1 : levels[-1]]
        firsts = starts[inner]
        if len(levels) < LOOPED:
            for each in zip(symbols, children, firsts, strict=True):
                states = step(states, *each)
            continue
        stacked = (
            *(jnp.stack(list(map(jnp.asarray, x))) for x in (symbols, children)),
        )
        states, _ = lax.scan(
            lambda states, level: (step(states, *level), None),
            states,
            (*stacked, jnp.asarray(firsts, jnp.int32)),
        )
    return _rows(states, forest.roots)[:, hidden:]


def pack(
    trees: Sequence[Tree | Any], arity: int = 2, widths: Sequence[int] | None = None
) -> Forest:
    """Lay out trees.

    Args:
        trees: at least one, each a tuple or list of a symbol, a whole number from 0,
            and of any depth.
        arity: most children of a node, 2 by default.
        widths: nodes of each level, filled up with nodes that nothing refers to; None
            (the default) for as many as there are.

    Raises:
        ValueError: on what is no tree, a node of more children, or more nodes than a
            level is wide.
    """
    check_integer("arity", arity, minimum=1)
    if not len(trees):
        raise ValueError("trees must be at least one, not none; give some")
    levels: list[list[tuple[int, list[tuple[int, int]]]]] = []
    roots = []
    for number, tree in enumerate(trees):
        places: list[tuple[int, int]] = []
        for height, symbol, below in _nodes(tree, number):
            if len(below) > arity:
                raise ValueError(
                    f"a node must have at most {arity} children, not {len(below)}; "
                    "give a larger arity"
                )
            if height == len(levels):
                levels.append([])
            places.append((height, len(levels[height])))
            levels[height].append((symbol, [places[child] for child in below]))
        roots.append(places[-1])
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
        for slot, (symbol, own) in enumerate(nodes):
            symbols[level][slot] = symbol
            for k, (under, place) in enumerate(own):
                children[level][slot, k] = starts[under] + place
    numbers = np.array([starts[level] + slot for level, slot in roots], np.int32)
    return Forest(tuple(symbols), tuple(children[1:]), numbers)


def widths_of(batches: Sequence[Sequence[Tree | Any]]) -> list[int]:
    """Nodes of each level, in the batch of trees that has most of them.

    Args:
        batches: each some trees.

    Raises:
        ValueError: on what is no tree.
    """
    most: list[int] = []
    for trees in batches:
        heights = [
            node[0]
            for number, tree in enumerate(trees)
            for node in _nodes(tree, number)
        ]
        # As long as `most`, or longer.
        counts = np.bincount(heights, minlength=len(most)).tolist()
        so_far = most + [0] * (len(counts) - len(most))
        most = [max(pair) for pair in zip(counts, so_far, strict=True)]
    return most


def _nodes(tree: Any, number: int) -> list[tuple[int, int, list[int]]]:
    """Every node after its children: height, symbol, and where these stand in the list.

    The root is last. Without recursion, which ends at a thousand levels.
    """
    found: list[tuple[int, int, list[int]]] = []
    # A node, how many of its children were begun, and where these are.
    open_nodes: list[tuple[Any, list[int]]] = [(_checked(tree, number), [])]
    while open_nodes:
        node, below = open_nodes[-1]
        if len(below) + 1 < len(node):
            open_nodes.append((_checked(node[len(below) + 1], number), []))
            continue
        open_nodes.pop()
        height = 1 + max((found[child][0] for child in below), default=-1)
        found.append((height, int(node[0]), below))
        if open_nodes:
            open_nodes[-1][1].append(len(found) - 1)
    return found


def _checked(node: Any, number: int) -> Any:
    """A node, if it is one as far as can be seen without its children."""
    symbol = node[0] if isinstance(node, tuple | list) and len(node) else None
    if (
        isinstance(symbol, bool)
        or not isinstance(symbol, int | np.integer)
        or not 0 <= symbol < 2**31
    ):
        shown = repr(node)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        raise ValueError(
            "a tree must be a symbol, a whole number from 0, and its subtrees, as (5, "
            f"(1,), (0,)), but tree {number} has {shown} for one; write a leaf as (7,)"
        )
    return node


def _rows(states: Array, numbers: Any) -> Array:
    # Without a test for negative numbers, which costs as much as the gather.
    return states.at[numbers].get(mode="promise_in_bounds", wrap_negative_indices=False)
