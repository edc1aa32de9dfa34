"""Layers on a graph, and the network of two that names the class of each node."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from seqjax.core.cells.base import bias
from seqjax.core.checks import check_choice, check_integer, check_number
from seqjax.core.graphs import (
    MODELS,
    READOUTS,
    GraphWeights,
    SparseMatrix,
    apply_network,
    convolve,
    readout,
)
from seqjax.core.graphs.network import init_network, init_weights
from seqjax.nn.linear import Linear
from seqjax.nn.randomness import Dropping, check_rngs


class GraphConvolution(nnx.Module):
    """A layer on a graph, without its activation.

    Args:
        in_features: features of a node before the layer.
        out_features: features after it.
        model: how features pass along the edges, a name in `seqjax.core.graphs.MODELS`;
            "renormalized" by default, which is the GCN of Kipf & Welling (2017).
        initializer: name of the weights' initialiser, "xavier" by default.
        bias: whether to add one; the paper does not, and so by default.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        model: str = "renormalized",
        initializer: str = "xavier",
        bias: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("in_features", in_features, minimum=1)
        check_integer("out_features", out_features, minimum=1)
        check_rngs(rngs)
        check_choice("model", model, MODELS)
        self.model = model
        self.has_bias = bias
        key = rngs.params()
        self.w = nnx.Param(
            init_weights(key, model, in_features, out_features, initializer)
        )
        if bias:
            self.b = nnx.Param(jnp.zeros(out_features))

    def __call__(
        self,
        matrix: SparseMatrix | None,
        x: SparseMatrix | Float[Array, "nodes inputs"] | Any,
    ) -> Float[Array, "nodes outputs"]:
        """Pass the features x along the edges.

        Args:
            matrix: the model's matrix of the graph; None for "mlp". Loops are as the
                function that makes it takes them, see its argument `loops`.
            x: features of the nodes, dense or sparse.

        Raises:
            ValueError: where matrix, features and weights do not fit each other.
        """
        found = convolve(self.model, matrix, x, self.w[...])
        return found + bias(self.b[...], found) if self.has_bias else found


class GraphSAGE(GraphConvolution):
    """X W_0 + mean of neighbours W_1 (Hamilton, Ying & Leskovec 2017), before its relu.

    Their one matrix on both side by side is W_0 above W_1.

    Args:
        in_features: features of a node before the layer.
        out_features: features after it.
        normalize: whether to scale each node's output to length 1, as their algorithm
            does after the activation; not by default. Zero stays zero.
        initializer: name of the weights' initialiser, "xavier" by default.
        bias: whether to add one, not by default.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        normalize: bool = False,
        initializer: str = "xavier",
        bias: bool = False,
        rngs: nnx.Rngs,
    ) -> None:
        super().__init__(
            in_features,
            out_features,
            model="sage-mean",
            initializer=initializer,
            bias=bias,
            rngs=rngs,
        )
        self.normalize = normalize

    def __call__(
        self,
        matrix: SparseMatrix | None,
        x: SparseMatrix | Float[Array, "nodes inputs"] | Any,
    ) -> Float[Array, "nodes outputs"]:
        """Pass the features x along the edges.

        Args:
            matrix: of `seqjax.core.graphs.mean_neighbours`.
            x: features of the nodes, dense or sparse.
        """
        found = super().__call__(matrix, x)
        if not self.normalize:
            return found
        square = jnp.sum(found * found, axis=1, keepdims=True)
        # The root's slope at 0 is infinite.
        length = jnp.sqrt(jnp.where(square > 0, square, 1))
        return found / length


class GraphReadout(nnx.Module):
    """Answers for whole graphs: an affine map of what their nodes are together.

    Args:
        in_features: features of a node.
        out_features: answers for a graph.
        how: "sum", "mean" (the default) or "max" over the nodes of a graph.
        initializer: name of the weights' initialiser, "xavier" by default.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        how: str = "mean",
        initializer: str = "xavier",
        rngs: nnx.Rngs,
    ) -> None:
        check_choice("how", how, READOUTS)
        self.how = how
        self.projection = Linear(
            in_features, out_features, initializer=initializer, rngs=rngs
        )

    def __call__(
        self, x: Float[Array, "nodes inputs"], graph: Any, num_graphs: int
    ) -> Float[Array, "graphs outputs"]:
        """Answers of every graph.

        Args:
            x: features of all nodes.
            graph: the number of each node's graph, as of
                `seqjax.core.graphs.join_graphs`.
            num_graphs: how many graphs there are.

        Raises:
            ValueError: where x, graph and weights do not fit each other.
        """
        return self.projection(readout(x, graph, num_graphs, self.how))


class GraphClassifier(Dropping):
    """Two layers on a graph with a relu between (Kipf & Welling 2017, eq. 9).

    Args:
        in_features: features of a node.
        hidden_size: units between the layers.
        num_classes: number of classes.
        model: how features pass along the edges, a name in `seqjax.core.graphs.MODELS`;
            "renormalized" by default.
        dropout: probability that an input of either layer is dropped in training, 0.5
            by default.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1, a dropout outside [0, 0.999], or an unknown name.
    """

    def __init__(
        self,
        in_features: int,
        hidden_size: int,
        num_classes: int,
        *,
        model: str = "renormalized",
        dropout: int | float = 0.5,
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("in_features", in_features, minimum=1)
        check_integer("hidden_size", hidden_size, minimum=1)
        check_integer("num_classes", num_classes, minimum=1)
        check_number("dropout", dropout, minimum=0.0, maximum=0.999)
        check_rngs(rngs)
        check_choice("model", model, MODELS)
        self.model = model
        self.dropout = dropout
        key = rngs.params()
        drawn = init_network(key, model, in_features, hidden_size, num_classes)
        self.first, self.second = nnx.Param(drawn.first), nnx.Param(drawn.second)
        self.keep_stream(rngs)

    def __call__(
        self,
        matrix: SparseMatrix | None,
        x: SparseMatrix | Float[Array, "nodes inputs"] | Any,
        *,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
    ) -> Float[Array, "nodes classes"]:
        """Logits of every node.

        Args:
            matrix: the model's matrix of the graph; None for "mlp".
            x: features of the nodes, dense or sparse.
            dropout_key: drop inputs of layers with this key; None (default): not.
            rngs: `nnx.Rngs`, a stream of them or a key, which is the same; default:
                after `train()` the module's own, before it none. After `eval()` nothing
                is dropped, whatever is given.

        Raises:
            ValueError: where matrix, features and weights do not fit each other.
        """
        return apply_network(
            self.model,
            GraphWeights(self.first[...], self.second[...]),
            matrix,
            x,
            dropout=self.dropout,
            key=self.key_of_call(dropout_key, rngs),
        )
