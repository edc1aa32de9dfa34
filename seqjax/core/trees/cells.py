"""Long short-term memory on trees (Tai, Socher & Manning 2015), many nodes at once.

Both cells give every child a forget gate of its own, and read a symbol at every node,
leaves and inner ones, as the paper's dependency trees do. Gates in the order i, f, g, o
(the paper's u is g).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import Params, bias, project, sigmoid
from seqjax.core.cells.lstm import LSTMParams
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.initializers import FORGET_BIASES, INITIALIZERS
from seqjax.core.keys import named_keys


class TreeState(NamedTuple):
    """The memory `c` and the output `h` of nodes, or of all children of nodes."""

    c: Float[Array, "nodes *children hidden"]
    h: Float[Array, "nodes *children hidden"]


class NaryParams(NamedTuple):
    """Parameters of the N-ary cell.

    Attributes:
        w_x: blocks i, f, g, o.
        w_h: rows are the children's outputs side by side; blocks i, f_1 .. f_N, g, o.
        b: blocks i, f, g, o.
    """

    w_x: Float[Array, "inputs 4*hidden"]
    w_h: Float[Array, "children*hidden gates"]
    b: Float[Array, " 4*hidden"]


def child_sum_step(
    params: LSTMParams,
    children: TreeState | None,
    x: Float[Array, "nodes inputs"] | Int[Array, " nodes"],
) -> TreeState:
    """One step of the child-sum cell (their eq. 2 to 8), for nodes of any arity.

    With a = x w_x + b, s the sum of the children's h, and w_h in four blocks:

        i, o = sigmoid(a_i + s w_i), sigmoid(a_o + s w_o);  g = tanh(a_g + s w_g)
        f_k = sigmoid(a_f + h_k w_f)
        c = g * i + sum over k of c_k * f_k
        h = tanh(c) * o

    The order of the children is lost. A chain, of one child each, is an LSTM.

    Args:
        params: weights and bias; those of an LSTM.
        children: of every node, zeros where there is none; None for leaves.
        x: input features, or an index that stands for its one-hot vector.
    """
    a = project(x, params.w_x)
    a = a + bias(params.b, a)
    a_i, a_f, a_g, a_o = jnp.split(a, 4, axis=-1)
    kept: Any = 0
    if children is not None:
        w_i, w_f, w_g, w_o = jnp.split(params.w_h, 4, axis=1)
        together = children.h.sum(axis=1) @ jnp.concatenate([w_i, w_g, w_o], axis=1)
        s_i, s_g, s_o = jnp.split(together, 3, axis=-1)
        a_i, a_g, a_o = a_i + s_i, a_g + s_g, a_o + s_o
        f = sigmoid(a_f[:, None] + children.h @ w_f)
        kept = jnp.sum(children.c * f, axis=1)
    c = jnp.tanh(a_g) * sigmoid(a_i) + kept
    return TreeState(c, jnp.tanh(c) * sigmoid(a_o))


def nary_step(
    params: NaryParams,
    children: TreeState | None,
    x: Float[Array, "nodes inputs"] | Int[Array, " nodes"],
) -> TreeState:
    """One step of the N-ary cell (their eq. 9 to 14): each place has its own weights.

    As `child_sum_step`, but all gates, those of forgetting too, see every child through
    a matrix of its own; all f_k share what they have of x and their bias.

    Args:
        params: weights and bias.
        children: of every node, N of them, zeros where there is none; None for leaves.
        x: input features, or an index that stands for its one-hot vector.
    """
    a = project(x, params.w_x)
    a = a + bias(params.b, a)
    a_i, a_f, a_g, a_o = jnp.split(a, 4, axis=-1)
    kept: Any = 0
    if children is not None:
        nodes, arity, hidden = children.h.shape
        seen = children.h.reshape(nodes, arity * hidden) @ params.w_h
        s_i, s_f, s_g, s_o = jnp.split(
            seen, [hidden, (1 + arity) * hidden, (2 + arity) * hidden], axis=-1
        )
        a_i, a_g, a_o = a_i + s_i, a_g + s_g, a_o + s_o
        f = sigmoid(a_f[:, None] + s_f.reshape(nodes, arity, hidden))
        kept = jnp.sum(children.c * f, axis=1)
    c = jnp.tanh(a_g) * sigmoid(a_i) + kept
    return TreeState(c, jnp.tanh(c) * sigmoid(a_o))


class TreeCell(NamedTuple):
    """A cell of a tree as a value.

    Attributes:
        name: as the command line calls it.
        params: the NamedTuple type of its parameters.
        step: `(params, children, x) -> state`; pure, many nodes at once.
        ordered: whether it tells one place among the children from another.
    """

    name: str
    params: type[Any]
    step: Callable[[Params, TreeState | None, Any], TreeState]
    ordered: bool


TREE_CELLS = {
    "child-sum": TreeCell("child-sum", LSTMParams, child_sum_step, ordered=False),
    "binary": TreeCell("binary", NaryParams, nary_step, ordered=True),
}
"""By name."""


def initialize_tree_cell(
    key: Array,
    cell: TreeCell,
    inputs: int,
    hidden: int,
    *,
    arity: int = 2,
    initializer: str = "xavier",
    forget_bias: str = "zero",
) -> Params:
    """Draw a cell's parameters, every gate's block by itself; biases start at zero.

    Args:
        key: a typed key.
        cell: which cell.
        inputs: number of input features (or of distinct indices).
        hidden: hidden size.
        arity: places for children, 2 by default; of no influence on "child-sum".
        initializer: a name in `INITIALIZERS`, "xavier" by default.
        forget_bias: "zero" (the default) or "one".

    Raises:
        ValueError: on an unknown name or a size below 1.
    """
    check_integer("inputs", inputs, minimum=1)
    check_integer("hidden", hidden, minimum=1)
    check_integer("arity", arity, minimum=1)
    check_choice("initializer", initializer, INITIALIZERS)
    check_choice("forget_bias", forget_bias, FORGET_BIASES[:2])
    draw, keys = INITIALIZERS[initializer], named_keys(key, ("w_x", "w_h"))

    def blocks(key: Array, count: int, rows: int) -> Array:
        drawn = jax.vmap(lambda each: draw(each, rows, hidden))
        return jnp.concatenate(list(drawn(jax.random.split(key, count))), axis=1)

    w_x = blocks(keys["w_x"], 4, inputs)
    if cell.ordered:
        each = jax.random.split(keys["w_h"], arity)
        w_h = jnp.concatenate([blocks(k, 3 + arity, hidden) for k in each])
    else:
        w_h = blocks(keys["w_h"], 4, hidden)
    b = jnp.zeros((4, hidden)).at[1].set(1 if forget_bias == "one" else 0)
    return cell.params(w_x, w_h, b.reshape(-1))
