"""Two layers on a graph that name the class of each node, as pure functions.

softmax(P relu(P X W_0) W_1) for the renormalised model (Kipf & Welling 2017, eq. 9),
the same with another model's layer for the others; no bias.
"""

from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Float

from seqjax.core.boundary import as_inputs, check_key
from seqjax.core.checks import check_choice, check_integer, check_number
from seqjax.core.graphs.dropout import drop, drop_entries
from seqjax.core.graphs.matrix import SparseMatrix
from seqjax.core.graphs.models import MODELS, convolve
from seqjax.core.initializers import INITIALIZERS
from seqjax.core.keys import named_keys


class GraphWeights(NamedTuple):
    """Weights of both layers, a matrix for each term of the model.

    Attributes:
        first: from features to hidden units.
        second: from hidden units to classes.
    """

    first: Float[Array, "terms inputs hidden"]
    second: Float[Array, "terms hidden classes"]


def init_weights(
    key: Array, model: str, inputs: int, outputs: int, initializer: str = "xavier"
) -> Float[Array, "terms inputs outputs"]:
    """Weights of one layer, each term's matrix by itself.

    Args:
        key: a typed key.
        model: a name in `MODELS`.
        inputs: features before the layer.
        outputs: features after it.
        initializer: a name in `INITIALIZERS`; "xavier" by default, as in the paper.

    Raises:
        ValueError: on an unknown name or a size below 1.
    """
    check_choice("model", model, MODELS)
    check_choice("initializer", initializer, INITIALIZERS)
    check_integer("inputs", inputs, minimum=1)
    check_integer("outputs", outputs, minimum=1)
    draw = INITIALIZERS[initializer]
    keys = jax.random.split(key, MODELS[model].terms)
    return jax.vmap(lambda each: draw(each, inputs, outputs))(keys)


def init_network(
    key: Array, model: str, inputs: int, hidden: int, classes: int
) -> GraphWeights:
    """Weights of both layers.

    Args:
        key: a typed key.
        model: a name in `MODELS`.
        inputs: features of a node.
        hidden: units between the layers.
        classes: how many classes there are.

    Raises:
        ValueError: on an unknown name or a size below 1.
    """
    keys = named_keys(key, ("first", "second"))
    return GraphWeights(
        init_weights(keys["first"], model, inputs, hidden),
        init_weights(keys["second"], model, hidden, classes),
    )


def apply_network(
    model: str,
    weights: GraphWeights,
    matrix: SparseMatrix | None,
    x: SparseMatrix | Float[Array, "nodes inputs"] | Any,
    *,
    dropout: int | float = 0.5,
    key: Array | None = None,
) -> Float[Array, "nodes classes"]:
    """Logits of every node.

    Args:
        model: a name in `MODELS`.
        weights: of both layers.
        matrix: the model's matrix of the graph; None for "mlp".
        x: features of the nodes, dense or sparse.
        dropout: probability that an input of either layer is dropped in training.
        key: drop with this key; None (evaluation, the default) drops nothing.

    Raises:
        ValueError: as `convolve` and `drop`.
    """
    check_number("dropout", dropout, minimum=0, maximum=0.999)
    if not isinstance(x, SparseMatrix):
        first = weights.first
        x = as_inputs(
            *("x", x, first.shape[1], first.dtype, ("nodes",)), may_be_indices=False
        )
    if key is not None:
        check_key("key", key)
        keys = named_keys(key, ("features", "hidden"))
        if isinstance(x, SparseMatrix):
            x = drop_entries(keys["features"], x, dropout)
        else:
            x = drop(keys["features"], x, dropout)
    hidden = jax.nn.relu(convolve(model, matrix, x, weights.first))
    if key is not None:
        hidden = drop(keys["hidden"], hidden, dropout)
    return convolve(model, matrix, hidden, weights.second)
