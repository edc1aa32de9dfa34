"""One layer on a graph: the propagation models that Kipf & Welling (2017) compare.

Every model is a polynomial in one matrix P, with weights of its own for some of its
terms (their Table 3). Features are multiplied by the weights first, which leaves fewer
columns to pass along the edges.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from seqjax.core.boundary import as_inputs, check_features
from seqjax.core.checks import check_choice
from seqjax.core.graphs.matrix import SparseMatrix
from seqjax.core.graphs.product import product
from seqjax.core.graphs.propagation import (
    KINDS,
    mean_neighbours,
    normalized,
    renormalized,
    scaled_laplacian,
)

Terms = Sequence[Array]


class GraphModel(NamedTuple):
    """How a layer passes features along the edges.

    Attributes:
        terms: how many matrices of weights W_0, W_1, ... it has.
        matrix: P of a graph; None where edges are left out.
        combine: from P and X W_0, X W_1, ... to the layer's output.
        reach: edges that one layer carries a message over; 1 by default.
        own_term: X W_0 is added to what is passed along the edges; False by default.
    """

    terms: int
    matrix: Callable[..., SparseMatrix] | None
    combine: Callable[[SparseMatrix | None, Terms], Array]
    reach: int = 1
    own_term: bool = False


def _none(matrix: SparseMatrix | None, terms: Terms) -> Array:
    """X W."""
    return terms[0]


def _passed(matrix: SparseMatrix | None, terms: Terms) -> Array:
    """P X W."""
    return product(_given(matrix), terms[0])


def _single(matrix: SparseMatrix | None, terms: Terms) -> Array:
    """(I + P) X W."""
    return terms[0] + product(_given(matrix), terms[0])


def _first_order(matrix: SparseMatrix | None, terms: Terms) -> Array:
    """X W_0 + P X W_1."""
    return terms[0] + product(_given(matrix), terms[1])


def _chebyshev(matrix: SparseMatrix | None, terms: Terms) -> Array:
    """Sum of T_k(P) X W_k, by Clenshaw's recurrence: a product for each term but one.

    T_0 = I, T_1 = P, T_k = 2 P T_{k-1} - T_{k-2}.
    """
    given = _given(matrix)
    after = jnp.zeros_like(terms[-1])
    here = terms[-1]
    for term in terms[-2:0:-1]:
        here, after = term + 2 * product(given, here) - after, here
    return terms[0] + product(given, here) - after


MODELS: dict[str, GraphModel] = {
    "renormalized": GraphModel(1, renormalized, _passed),
    "chebyshev-2": GraphModel(3, scaled_laplacian, _chebyshev, reach=2),
    "chebyshev-3": GraphModel(4, scaled_laplacian, _chebyshev, reach=3),
    "first-order": GraphModel(2, normalized, _first_order, own_term=True),
    "single-parameter": GraphModel(1, normalized, _single, own_term=True),
    "first-order-term": GraphModel(1, normalized, _passed),
    "mlp": GraphModel(1, None, _none, reach=0),
    "sage-mean": GraphModel(2, mean_neighbours, _first_order, own_term=True),
}
"""By name: the rows of Table 3, and GraphSAGE with the mean. "chebyshev-K" has K + 1
terms, as the sum from 0 to K of eq. 5; "first-order-term" is the term with edges."""


def convolve(
    model: str,
    matrix: SparseMatrix | Any,
    x: SparseMatrix | Float[Array, "nodes inputs"] | Any,
    weights: Float[Array, "terms inputs outputs"],
) -> Float[Array, "nodes outputs"]:
    """One layer without bias and without its activation.

    Args:
        model: a name in `MODELS`.
        matrix: the model's matrix of the graph; None for "mlp".
        x: features of the nodes, dense or sparse.
        weights: one matrix for each of the model's terms.

    Raises:
        ValueError: on an unknown name, another number of terms or of features, a matrix
            of other nodes, or none where the model needs one.
    """
    check_choice("model", model, MODELS)
    check_matrix(model, matrix)
    terms = MODELS[model].terms
    if not isinstance(x, SparseMatrix):
        x = as_inputs(
            *("x", x, weights.shape[1], weights.dtype, ("nodes",)), may_be_indices=False
        )
    check_features("x", x.shape[1], weights.shape[1])
    check_nodes(matrix, x.shape[0])
    if weights.shape[0] != terms:
        raise ValueError(
            f"weights must be {terms} for the model {model!r}, not {weights.shape[0]}; "
            "give one matrix for each term"
        )
    # All terms at once: one pass over x.
    side_by_side = jnp.concatenate(list(weights), axis=1)
    if isinstance(x, SparseMatrix):
        if x.values.dtype != weights.dtype:
            raise ValueError(
                f"x must have the weights' dtype {weights.dtype} where it is sparse, "
                f"not {x.values.dtype}; make it with dtype={weights.dtype}"
            )
        found = product(x, side_by_side)
    else:
        found = x @ side_by_side
    if matrix is not None and matrix.values.dtype != found.dtype:
        of_x = x.values.dtype if isinstance(x, SparseMatrix) else x.dtype
        raise ValueError(
            f"matrix must have the dtype {found.dtype} of features ({of_x}) times "
            f"weights ({weights.dtype}), not {matrix.values.dtype}; make it with "
            f"dtype={found.dtype}, or convert these"
        )
    return MODELS[model].combine(matrix, jnp.split(found, terms, axis=1))


def check_matrix(model: str, matrix: Any) -> None:
    """Raise ValueError for what is no matrix, or known to be that of another model.

    Args:
        model: a name in `MODELS`.
        matrix: of the graph; None passes.
    """
    if matrix is None:
        return
    if not isinstance(matrix, SparseMatrix):
        raise ValueError(
            f"matrix must be a SparseMatrix, not {type(matrix).__name__}; make it with "
            "MODELS[model].matrix"
        )
    kind, wanted = KINDS.get(MODELS[model].matrix, (matrix.kind, ""))
    if matrix.kind is not None and type(matrix.kind) is not type(kind):
        names = {type(each): name for each, name in reversed(KINDS.values())}
        found = names[type(matrix.kind)]
        raise ValueError(
            f"matrix must be of {wanted} for the model {model!r}, not of {found}; make "
            f"it with MODELS[{model!r}].matrix"
        )


def check_nodes(matrix: SparseMatrix | None, nodes: int) -> None:
    """Raise ValueError if a graph's matrix is given, and of another number of nodes.

    Args:
        matrix: of the graph; None passes.
        nodes: of the features.
    """
    if matrix is None:
        return
    if matrix.shape[1] != nodes:
        raise ValueError(
            f"matrix must be of the {nodes} nodes that the features are of, not of "
            f"{matrix.shape[1]}; give that of their graph"
        )


def _given(matrix: SparseMatrix | None) -> SparseMatrix:
    if matrix is None:
        raise ValueError(
            "matrix must be given, for only the model 'mlp' has none; make it with "
            "MODELS[model].matrix"
        )
    return matrix
