"""Random graphs whose edges are drawn one by one: Erdos-Renyi and stochastic blocks."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Num

from seqjax.core.checks import check_integer, check_number
from seqjax.lab.data.graph_data.building import make_drawn
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.data.graph_data.sampling import below_diagonal, distinct, generator


def erdos_renyi(num_nodes: int, probability: float | int, seed: int) -> GraphData:
    """G(n, p): every pair of nodes is joined with the same probability, by itself.

    The mean degree is p (n - 1) (Gilbert 1959). Time and memory go with the edges.

    Args:
        num_nodes: n.
        probability: p.
        seed: 0 or more; the same gives the same graph.

    Raises:
        ValueError: A number that is not allowed.
        UserError: No edge was drawn.
    """
    check_integer("num_nodes", num_nodes, minimum=2)
    check_number("probability", probability, minimum=0, maximum=1)
    random = generator(seed, "erdos-renyi")
    drawn = distinct(random, probability, math.comb(num_nodes, 2))
    return make_drawn("erdos-renyi", below_diagonal(drawn), num_nodes)


def stochastic_block(
    sizes: Sequence[int], probabilities: Num[np.ndarray, "blocks blocks"], seed: int
) -> GraphData:
    """Blocks of nodes; the blocks of a pair decide how probable an edge is.

    The block is the label of a node (Holland, Laskey & Leinhardt 1983). Nodes of one
    block follow each other.

    Args:
        sizes: Nodes of each block.
        probabilities: Of an edge between a node of one block and one of the other; the
            same both ways.
        seed: 0 or more; the same gives the same graph.

    Raises:
        ValueError: Sizes or probabilities that are not allowed.
        UserError: No edge was drawn.
    """
    for size in sizes:
        check_integer("sizes", size, minimum=1)
    table = np.asarray(probabilities, np.float64)
    blocks = len(sizes)
    # NaN is not within the bounds either.
    sound = table.shape == (blocks, blocks) and ((table >= 0) & (table <= 1)).all()
    if not sound or (table != table.T).any() or not blocks:
        raise ValueError(
            f"probabilities must be a table of {blocks} x {blocks} numbers between 0 "
            f"and 1, the same both ways, not {table.tolist()}; give one for each pair "
            "of blocks"
        )
    random = generator(seed, "stochastic-block")
    starts = np.cumsum([0, *sizes])
    found = [np.zeros((2, 0), np.int64)]
    for row in range(blocks):
        for column in range(row):
            drawn = distinct(random, table[row, column], sizes[row] * sizes[column])
            pairs = np.stack(np.divmod(drawn, sizes[column]))
            found.append(pairs + starts[[row, column]][:, None])
        drawn = distinct(random, table[row, row], math.comb(sizes[row], 2))
        found.append(below_diagonal(drawn) + starts[row])
    edges = np.concatenate(found, 1)
    labels = np.repeat(np.arange(blocks, dtype=np.int32), sizes)
    return make_drawn("stochastic-block", edges, int(starts[-1]), labels)
