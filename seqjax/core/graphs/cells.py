"""Recurrent cells on a graph: every matrix product becomes a graph convolution.

The rows of a cell's arrays are then the nodes, and a step is one snapshot of the graph
(Seo et al. 2018, whose convolution is Chebyshev's, and whose LSTM has peepholes). The
gates stay what they are: `a_x = x w_x + b` and `a_h = h_prev w_h`, of which a cell is
made, become convolutions of x and h_prev.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.boundary import as_inputs
from seqjax.core.cells.base import Carry, Cell, Params, bias, project
from seqjax.core.checks import check_choice
from seqjax.core.graphs.matrix import SparseMatrix
from seqjax.core.graphs.models import MODELS, check_matrix, check_nodes
from seqjax.core.graphs.snapshots import MatrixSeries, each_snapshot
from seqjax.core.initializers import initialize_cell
from seqjax.core.recurrence import run_cell


def graph_cell(cell: Cell, model: str, matrix: SparseMatrix | None) -> Cell:
    """The cell on a graph; with the model "mlp", that without one: a cell per node.

    It is run as any other cell. Its parameters are of the cell's own type; in `w_x`
    (inputs, terms * gates * hidden) and `w_h` (hidden, terms * gates * hidden) the
    matrices of the model's terms lie side by side, each with the gates in it, and all
    nodes share them.

    Args:
        cell: with an adjoint, which splits its step into products and gates.
        model: how features pass along the edges, a name in `MODELS`.
        matrix: the model's matrix of the graph, None for "mlp". Where it is traced (an
            argument of a jitted function) use `recur` with the method "scan" or
            "unrolled": the rule of "adjoint" must not close over traced arrays.

    Raises:
        ValueError: on an unknown model, or a cell without an adjoint.
    """
    projected = _projected_cell(cell, model, matrix)

    def step(
        params: Params,
        carry: Carry,
        x: Float[Array, "nodes inputs"] | Int[Array, " nodes"],
    ) -> tuple[Carry, Float[Array, "nodes hidden"]]:
        a_x = _passed(model, matrix, project(x, params.w_x))
        return projected.step(params, carry, _with_bias(a_x, params))

    return projected._replace(step=step)


def recur_on_graph(
    cell: Cell,
    model: str,
    params: Params,
    matrix: SparseMatrix | MatrixSeries | None,
    xs: Float[Array, "time nodes inputs"] | Int[Array, "time nodes"] | Any,
    carry: Carry | None = None,
) -> tuple[Carry, Float[Array, "time nodes hidden"]]:
    """Run `graph_cell` over snapshots of the graph.

    As `recur` with the method "scan", but what the inputs pass along the edges is
    computed for all snapshots at once, before the loop.

    Args:
        cell: the plain cell, with an adjoint.
        model: a name in `MODELS`.
        params: as of `initialize_graph_cell`.
        matrix: the model's matrix of the graph, or of each snapshot where edges come
            and go; None for "mlp". It may be traced.
        xs: features of every node at every time.
        carry: the carry before the first snapshot; zeros by default.

    Returns:
        The final carry, and the outputs.

    Raises:
        ValueError: as `graph_cell` and `recur`, or if the graph has other nodes.
    """

    def share(matrix: SparseMatrix | None, x: Array) -> Array:
        return _with_bias(_passed(model, matrix, project(x, params.w_x)), params)

    xs = as_inputs("xs", xs, params.w_x.shape[0], params.w_h.dtype, ("time", "nodes"))
    one = matrix.matrix if isinstance(matrix, MatrixSeries) else matrix
    projected = _projected_cell(cell, model, one)
    check_nodes(one, xs.shape[1])
    shares = each_snapshot(share, matrix, xs)
    if not isinstance(matrix, MatrixSeries):
        return run_cell(projected, params, shares, carry, method="scan")

    def step(params: Params, carry: Carry, at: Any) -> tuple[Carry, Array]:
        a_x, changing = at
        own = _projected_cell(cell, model, matrix.holding(changing).matrix)
        return own.step(params, carry, a_x)

    inputs = shares, matrix.changing
    return run_cell(projected._replace(step=step), params, inputs, carry, method="scan")


def _projected_cell(cell: Cell, model: str, matrix: SparseMatrix | None) -> Cell:
    """The cell on a graph whose input is its share of the preactivations, `a_x`."""
    check_choice("model", model, MODELS)
    check_matrix(model, matrix)
    if cell.adjoint is None:
        raise ValueError(
            "cell must have an adjoint, which splits its step into products and gates, "
            f"but {cell.name!r} has none; use rnn, lstm or gru"
        )
    forward = cell.adjoint.forward

    def step(
        params: Params, carry: Carry, a_x: Float[Array, "nodes gates"]
    ) -> tuple[Carry, Float[Array, "nodes hidden"]]:
        a_h = _passed(model, matrix, carry.h @ params.w_h)
        new, _ = forward(params, carry, a_x, a_h)
        return new, new.h

    return Cell(
        name=f"{model} {cell.name}",
        gates=cell.gates,
        params=cell.params,
        step=step,
        initial_carry=cell.initial_carry,
    )


def _with_bias(a_x: Array, params: Params) -> Array:
    return a_x + bias(params.b, a_x)


def _passed(
    model: str, matrix: SparseMatrix | None, a: Float[Array, "nodes columns"]
) -> Float[Array, "nodes gates"]:
    """The sum over the model's terms, whose products lie side by side in `a`."""
    terms = jnp.split(a, MODELS[model].terms, axis=1)
    return MODELS[model].combine(matrix, terms)


def initialize_graph_cell(
    key: Array,
    cell: Cell,
    model: str,
    inputs: int,
    hidden: int,
    *,
    initializer: str = "xavier",
    forget_bias: str = "zero",
) -> Params:
    """Draw the parameters of `graph_cell`, every term and every gate by itself.

    A model of one term has the parameters that the plain cell draws from the key.

    Args:
        key: a typed key.
        cell: the plain cell.
        model: a name in `MODELS`.
        inputs: features of a node.
        hidden: units of a node.
        initializer: a name in `INITIALIZERS`; "xavier" by default, as in layers on
            graphs.
        forget_bias: "zero" (the default) or "one", see `initialize_cell`.

    Raises:
        ValueError: on an unknown name or a size below 1.
    """
    check_choice("model", model, MODELS)
    terms = MODELS[model].terms
    keys = [key, *jax.random.split(key, terms - 1)] if terms > 1 else [key]
    drawn = [
        initialize_cell(
            each,
            cell,
            inputs,
            hidden,
            initializer=initializer,
            forget_bias=forget_bias,
        )
        for each in keys
    ]
    return drawn[0]._replace(
        w_x=jnp.concatenate([params.w_x for params in drawn], axis=1),
        w_h=jnp.concatenate([params.w_h for params in drawn], axis=1),
    )
