"""The network of a forecast, as plain functions of its parameters."""

from typing import Any, NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core.graphs import MatrixSeries, SparseMatrix
from seqjax.nn.graph_recurrent import GraphForecaster

Tree = Any


class ForecastNetwork(NamedTuple):
    """A network that forecasts the values of the nodes one step ahead.

    Attributes:
        cell: name of the cell that remembers; None for one without memory.
        features: values of a node in a snapshot.
        lags: snapshots that are read at a time.
        hidden_size: units of a node.
        model: how features pass along the edges, see `seqjax.core.graphs.MODELS`.
        encoder: whether the first layer is on the graph.
        readout: whether the last is.
        change: whether the change of the last value is forecast, or the value itself.
        initializer: of all matrices.
        forget_bias: of the LSTM at the start: zero or one.
    """

    cell: str | None
    features: int
    lags: int
    hidden_size: int
    model: str = "first-order"
    encoder: bool = True
    readout: bool = False
    change: bool = True
    initializer: str = "xavier"
    forget_bias: str = "zero"

    def init(self, key: PRNGKeyArray) -> Tree:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self._module(key), nnx.Param)[1]

    def apply(
        self,
        params: Tree,
        matrix: SparseMatrix | MatrixSeries | None,
        inputs: Float[Array, "time nodes inputs"],
        carry: Tree = None,
    ) -> tuple[Float[Array, "time nodes features"], Tree]:
        """Forecasts one step ahead after each snapshot, and the final carry.

        Args:
            params: of the network.
            matrix: the model's matrix of the graph, or of each snapshot.
            inputs: what is read, see `Snapshots`.
            carry: of the snapshots before; zeros by default.
        """
        definition, _ = jax.eval_shape(
            lambda key: nnx.split(self._module(key), nnx.Param), jax.random.key(0)
        )
        found, carry = nnx.merge(definition, params)(matrix, inputs, carry)
        last = inputs[..., -self.features :]
        return (last + found if self.change else found), carry

    def _module(self, key: PRNGKeyArray) -> GraphForecaster:
        return GraphForecaster(
            self.features * self.lags,
            self.hidden_size,
            self.features,
            cell=self.cell,
            model=self.model,
            encoder=self.encoder,
            readout=self.readout,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            rngs=nnx.Rngs(params=key),
        )
