"""What spreads over a graph: heat, and an epidemic. Series to forecast, by simulation.

Both are drawn on the host, in float64, by NumPy, and by a seed alone; a series begins
after `SETTLED` snapshots that are thrown away, when its start is forgotten.
"""

import numpy as np
from jaxtyping import Float64, Integer, Num
from scipy import sparse

from seqjax.core.checks import check_integer, check_number

Edges = Integer[np.ndarray, "2 edges"]
EdgeWeights = Num[np.ndarray, " edges"]

SETTLED = 200
"""Snapshots before the first that is shown."""


def heat(
    edges: Edges,
    num_nodes: int,
    num_snapshots: int,
    seed: int,
    *,
    weights: EdgeWeights | None = None,
    exchange: int | float = 0.6,
    loss: int | float = 0.02,
    heating: int | float = 1.0,
    noise: int | float = 1.0,
) -> Float64[np.ndarray, "snapshots nodes"]:
    """Temperatures of nodes that are heated at random and warm their neighbours.

    With P = D^-1 A, and u and e standard normal at every node and snapshot:

        x_{t+1} = (1 - loss) (x_t + exchange (P x_t - x_t)) + heating u_t
        y_t = x_t + noise e_t

    of which y is measured. A node without neighbours keeps its heat to itself. Because
    of the noise more than the last snapshot is worth knowing, and because of the
    exchange more than the node itself.

    Args:
        edges: source and target of each.
        num_nodes: N.
        num_snapshots: how many to show.
        seed: 0 or more; the same gives the same series.
        weights: of the edges; None (the default) for 1.
        exchange: share of the difference to its neighbours' mean that a node gives up
            per step, 0 to 1; 0.6 by default.
        loss: share of the heat that is lost per step, above 0 and at most 1, or there
            would be no end to it; 0.02 by default.
        heating: standard deviation of what comes in per step, 1 by default.
        noise: standard deviation of the error of measurement, 1 by default.

    Raises:
        ValueError: on a number that is not allowed.
    """
    _check(num_nodes, num_snapshots, seed)
    check_number("exchange", exchange, minimum=0, maximum=1)
    check_number("loss", loss, minimum=0, maximum=1, exclusive=True)
    check_number("heating", heating, minimum=0)
    check_number("noise", noise, minimum=0)
    random = np.random.default_rng([seed, *b"heat"])
    neighbours = mean_of_neighbours(edges, num_nodes, weights)
    linked = neighbours.sum(axis=1) > 0
    x = np.zeros(num_nodes)
    shown = np.zeros((num_snapshots, num_nodes))
    for step in range(SETTLED + num_snapshots):
        given = exchange * np.where(linked, neighbours @ x - x, 0)
        x = (1 - loss) * (x + given) + heating * random.normal(size=num_nodes)
        error = noise * random.normal(size=num_nodes)
        if step >= SETTLED:
            shown[step - SETTLED] = x + error
    return shown


def epidemic(
    edges: Edges,
    num_nodes: int,
    num_snapshots: int,
    seed: int,
    *,
    weights: EdgeWeights | None = None,
    population: int = 3000,
    transmission: int | float = 1.0,
    mixing: int | float = 0.2,
    recovery: int | float = 0.5,
    waning: int | float = 0.01,
    imported: int | float = 0.01,
) -> Float64[np.ndarray, "snapshots nodes"]:
    """New infections of an SIR epidemic in towns that are joined by a graph.

    With S, I and R of every town, P = D^-1 A and p = population:

        force = transmission ((1 - mixing) I + mixing P I) / p
        infected ~ Binomial(S, 1 - exp(-force)) + Poisson(imported), at most S
        recovered ~ Binomial(I, recovery);  waned ~ Binomial(R, waning)

    and these move from S to I to R and, as immunity wanes, back to S, so that waves
    come again and again; the infected are what is reported. A town without neighbours
    mixes with itself alone.

    Args:
        edges: source and target of each.
        num_nodes: N, towns.
        num_snapshots: how many to show.
        seed: 0 or more; the same gives the same series.
        weights: of the edges; None (the default) for 1.
        population: people of every town, 3000 by default.
        transmission: people whom one infects per step where all are susceptible, 1 by
            default.
        mixing: share of contacts with the neighbouring towns, 0 to 1; 0.2 by default.
        recovery: probability per step, 0.5 by default.
        waning: probability per step that immunity is lost, 0.01 by default.
        imported: cases from elsewhere per town and step, 0.01 by default.

    Raises:
        ValueError: on a number that is not allowed.
    """
    _check(num_nodes, num_snapshots, seed)
    check_integer("population", population, minimum=1)
    check_number("transmission", transmission, minimum=0)
    for name, share in (
        ("mixing", mixing),
        ("recovery", recovery),
        ("waning", waning),
    ):
        check_number(name, share, minimum=0, maximum=1)
    check_number("imported", imported, minimum=0)
    random = np.random.default_rng([seed, *b"epidemic"])
    neighbours = mean_of_neighbours(edges, num_nodes, weights)
    outside = np.where(neighbours.sum(axis=1) > 0, mixing, 0)
    ill = np.full(num_nodes, population // 100, np.int64)
    immune = np.zeros(num_nodes, np.int64)
    shown = np.zeros((num_snapshots, num_nodes))
    for step in range(SETTLED + num_snapshots):
        well = population - ill - immune
        met = (1 - outside) * ill + outside * (neighbours @ ill)
        chance = -np.expm1(-transmission * met / population)
        caught = random.binomial(well, chance) + random.poisson(imported, num_nodes)
        caught = np.minimum(caught, well)
        recovered = random.binomial(ill, recovery)
        waned = random.binomial(immune, waning)
        ill, immune = ill + caught - recovered, immune + recovered - waned
        if step >= SETTLED:
            shown[step - SETTLED] = caught
    return shown


def mean_of_neighbours(
    edges: Edges, num_nodes: int, weights: EdgeWeights | None = None
) -> sparse.csr_array:
    """D^-1 A in float64; the row of a node without neighbours is zero.

    Args:
        edges: source and target of each.
        num_nodes: N.
        weights: of the edges; None (the default) for 1.
    """
    values = np.ones(edges.shape[1]) if weights is None else np.asarray(weights, float)
    places = (edges[1], edges[0])
    adjacency = sparse.csr_array((values, places), (num_nodes, num_nodes))
    degrees = np.asarray(adjacency.sum(axis=1))
    inverse = np.divide(1.0, degrees, out=np.zeros(num_nodes), where=degrees > 0)
    return sparse.csr_array(sparse.diags_array(inverse) @ adjacency)


def _check(num_nodes: int, num_snapshots: int, seed: int) -> None:
    check_integer("num_nodes", num_nodes, minimum=1)
    check_integer("num_snapshots", num_snapshots, minimum=1)
    check_integer("seed", seed, minimum=0)
