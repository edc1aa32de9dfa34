"""Recurrent layers on a graph, and the network that forecasts the values of its nodes.

State belongs to a node, and stays from one snapshot of the graph to the next: what a
call returns as the carry is what the next call is to be given.
"""

from typing import Any, NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Float

from seqjax.core import cells
from seqjax.core.boundary import as_inputs
from seqjax.core.cells.base import Carry
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.graphs import (
    MatrixSeries,
    SparseMatrix,
    initialize_graph_cell,
    recur_on_graph,
)
from seqjax.core.graphs.snapshots import each_snapshot
from seqjax.nn.graph import GraphConvolution
from seqjax.nn.randomness import check_rngs


class NoCarry(NamedTuple):
    """The carry of a network without memory."""


class GraphRecurrent(nnx.Module):
    """A cell on a graph, over time; all nodes share its weights.

    Args:
        cell: a name in `seqjax.core.cells.CELLS`, such as "lstm".
        in_features: features of a node.
        hidden_size: units of a node.
        model: how features pass along the edges, a name in `seqjax.core.graphs.MODELS`;
            "renormalized" by default; with "mlp" every node is by itself.
        initializer: name of the weights' initialiser, "xavier" by default.
        forget_bias: "zero" (the default) or "one".
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        cell: str,
        in_features: int,
        hidden_size: int,
        *,
        model: str = "renormalized",
        initializer: str = "xavier",
        forget_bias: str = "zero",
        rngs: nnx.Rngs,
    ) -> None:
        check_choice("cell", cell, cells.CELLS)
        check_integer("in_features", in_features, minimum=1)
        check_integer("hidden_size", hidden_size, minimum=1)
        check_rngs(rngs)
        self.cell = cells.CELLS[cell]
        self.model = model
        self.hidden_size = hidden_size
        params = initialize_graph_cell(
            rngs.params(),
            self.cell,
            model,
            in_features,
            hidden_size,
            initializer=initializer,
            forget_bias=forget_bias,
        )
        for name, value in params._asdict().items():
            setattr(self, name, nnx.Param(value))

    def initial_carry(self, nodes: int, dtype: Any = None) -> Carry:
        """The zero carry of so many nodes, by default in the weights' dtype."""
        dtype = self.w_h.dtype if dtype is None else dtype  # type: ignore[attr-defined]
        return self.cell.initial_carry(nodes, self.hidden_size, dtype)

    def __call__(
        self,
        matrix: SparseMatrix | MatrixSeries | None,
        xs: Float[Array, "time nodes inputs"] | Any,
        carry: Carry | None = None,
    ) -> tuple[Float[Array, "time nodes hidden"], Carry]:
        """Read snapshots of the graph.

        Args:
            matrix: the model's matrix of the graph, or of each snapshot; None for
                "mlp".
            xs: features of every node at every time.
            carry: of the snapshots before; zeros by default.

        Returns:
            Outputs after every snapshot, and the final carry.

        Raises:
            ValueError: where graph, features, carry and weights do not fit each other.
        """
        fields = self.cell.params._fields
        params = self.cell.params(*(getattr(self, name)[...] for name in fields))
        final, ys = recur_on_graph(self.cell, self.model, params, matrix, xs, carry)
        return ys, final


class GraphForecaster(nnx.Module):
    """A layer with memory or without, and a convolution that reads the answer off it.

    Args:
        in_features: features of a node.
        hidden_size: units of a node.
        out_features: values that are forecast for a node.
        cell: the cell that remembers, a name in `seqjax.core.cells.CELLS`; None (the
            default) for a graph convolution and a relu, which remember nothing.
        model: how features pass along the edges, a name in `seqjax.core.graphs.MODELS`;
            "renormalized" by default.
        encoder: whether the first layer is on the graph (the default), or every node is
            by itself in it.
        readout: the same of the last layer, which is not on the graph by default.
        initializer: name of the weights' initialiser, "xavier" by default.
        forget_bias: "zero" (the default) or "one".
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        hidden_size: int,
        out_features: int,
        *,
        cell: str | None = None,
        model: str = "renormalized",
        encoder: bool = True,
        readout: bool = False,
        initializer: str = "xavier",
        forget_bias: str = "zero",
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("out_features", out_features, minimum=1)
        check_rngs(rngs)
        self.in_features = in_features
        self.remembers = cell is not None
        first, last = (model if on_graph else "mlp" for on_graph in (encoder, readout))
        if cell is None:
            self.encoder: Any = GraphConvolution(
                in_features,
                hidden_size,
                model=first,
                initializer=initializer,
                bias=True,
                rngs=rngs,
            )
        else:
            self.encoder = GraphRecurrent(
                cell,
                in_features,
                hidden_size,
                model=first,
                initializer=initializer,
                forget_bias=forget_bias,
                rngs=rngs,
            )
        self.readout = GraphConvolution(
            hidden_size,
            out_features,
            model=last,
            initializer=initializer,
            bias=True,
            rngs=rngs,
        )

    def initial_carry(self, nodes: int, dtype: Any = None) -> Carry:
        """The carry before the first snapshot, by default in the weights' dtype."""
        if not self.remembers:
            return NoCarry()
        return self.encoder.initial_carry(nodes, dtype)

    def __call__(
        self,
        matrix: SparseMatrix | MatrixSeries | None,
        xs: Float[Array, "time nodes inputs"] | Any,
        carry: Carry | None = None,
    ) -> tuple[Float[Array, "time nodes outputs"], Carry]:
        """Answers after every snapshot, and the final carry.

        Args:
            matrix: the model's matrix of the graph, or of each snapshot; None where no
                layer is on it.
            xs: features of every node at every time.
            carry: of the snapshots before; zeros by default.

        Raises:
            ValueError: where graph, features, carry and weights do not fit each other.
        """
        if self.remembers:
            hidden, carry = self.encoder(matrix, xs, carry)
        else:
            xs = as_inputs(
                *("xs", xs, self.in_features, self.readout.w.dtype, ("time", "nodes")),
                may_be_indices=False,
            )
            hidden = jax.nn.relu(each_snapshot(self.encoder, matrix, xs))
            carry = NoCarry()
        return each_snapshot(self.readout, matrix, hidden), carry
