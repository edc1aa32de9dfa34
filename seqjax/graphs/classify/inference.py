"""Outputs of all nodes of a graph that does not fit, some nodes at a time."""

import numpy as np
from jaxtyping import Float32
from scipy import sparse

from seqjax.core.graphs import MODELS, GraphWeights


def infer_by_blocks(
    model: str,
    weights: GraphWeights,
    features: sparse.csr_array,
    matrix: sparse.csr_array | None,
    *,
    block: int,
) -> tuple[Float32[np.ndarray, "all units"], Float32[np.ndarray, "all classes"]]:
    """Hidden units and logits of all nodes, some nodes at a time, on the host.

    Nothing is sampled, and no array is larger than a number for each node and unit, or
    the features of a block of nodes.

    Args:
        model: a name in `MODELS` that looks at most one step.
        weights: of both layers.
        features: of all nodes.
        matrix: the model's; None for "mlp".
        block: nodes at a time.
    """
    first, second = (np.asarray(layer, np.float32) for layer in weights)
    # Of a seed that diverged what comes may be infinite, and that is no news.
    with np.errstate(over="ignore", invalid="ignore"):
        hidden = _layer(model, first, features, matrix, block)
        np.maximum(hidden, 0, out=hidden)
        return hidden, _layer(model, second, hidden, matrix, block)


def _layer(
    model: str,
    weights: Float32[np.ndarray, "terms inputs outputs"],
    x: sparse.csr_array | Float32[np.ndarray, "all inputs"],
    matrix: sparse.csr_array | None,
    block: int,
) -> Float32[np.ndarray, "all outputs"]:
    starts = range(0, x.shape[0], block)
    side_by_side = np.concatenate(list(weights), axis=1)
    made = np.concatenate([x[i : i + block] @ side_by_side for i in starts])
    if matrix is None:
        return made
    each = np.split(made, len(weights), axis=1)
    found = np.concatenate([matrix[i : i + block] @ each[-1] for i in starts])
    return found + each[0] if MODELS[model].own_term else found
