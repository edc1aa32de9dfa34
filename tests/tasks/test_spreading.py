"""Simulations against their equations, written out node by node."""

from typing import Any

import numpy as np
import pytest

from seqjax.tasks.spreading import SETTLED, epidemic, heat, mean_of_neighbours

# Node 5 has no neighbours.
EDGES = np.array([[0, 1, 1, 2, 2, 0, 2, 3, 3, 4], [1, 0, 2, 1, 0, 2, 3, 2, 4, 3]])
WEIGHTS = np.array([1.0, 1, 2, 2, 3, 3, 1, 1, 5, 5])
NODES = 6


def neighbours_mean(x: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """By a loop; 0 without neighbours."""
    found = np.zeros(NODES)
    for node in range(NODES):
        near = [
            (x[a], 1.0 if weights is None else weights[i])
            for i, (a, b) in enumerate(EDGES.T)
            if b == node
        ]
        if near:
            found[node] = sum(v * w for v, w in near) / sum(w for _, w in near)
    return found


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_mean_of_neighbours(weights: np.ndarray | None) -> None:
    x = np.random.default_rng(0).normal(size=NODES)
    found = mean_of_neighbours(EDGES, NODES, weights) @ x
    np.testing.assert_allclose(found, neighbours_mean(x, weights), atol=1e-14)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_what_is_left_of_heat_is_what_came_in(weights: np.ndarray | None) -> None:
    """The equation solved for u: standard normal, and independent of everything."""
    x = heat(
        EDGES,
        NODES,
        3000,
        1,
        weights=weights,
        exchange=0.7,
        loss=0.1,
        heating=2,
        noise=0,
    )
    u = np.zeros((len(x) - 1, NODES))
    for t in range(len(x) - 1):
        away = neighbours_mean(x[t], weights) - x[t]
        away[5] = 0
        u[t] = (x[t + 1] - 0.9 * (x[t] + 0.7 * away)) / 2
    assert np.abs(u.mean(axis=0)).max() < 0.08
    assert np.abs(np.cov(u.T) - np.eye(NODES)).max() < 0.1
    assert np.abs(u[1:].T @ u[:-1] / len(u)).max() < 0.08
    assert np.abs(u.T @ x[:-1] / len(u)).max() < 0.5  # x itself is several times u


def test_noise_is_added_to_what_is_measured_alone() -> None:
    clean = heat(EDGES, NODES, 2000, 3, noise=0)
    error = (heat(EDGES, NODES, 2000, 3, noise=0.25) - clean) / 0.25
    assert np.abs(np.cov(error.T) - np.eye(NODES)).max() < 0.12
    assert np.abs(np.corrcoef(error.ravel(), clean.ravel())[0, 1]) < 0.03
    assert not heat(EDGES, NODES, 9, 3, noise=0, heating=0).any()


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_a_large_epidemic_is_the_mean_field_loop(weights: np.ndarray | None) -> None:
    people = 10**12
    options: dict[str, Any] = {
        "transmission": 1.3,
        "mixing": 0.4,
        "recovery": 0.6,
        "waning": 0.03,
    }
    found = epidemic(
        EDGES,
        NODES,
        40,
        0,
        weights=weights,
        population=people,
        imported=0.0,
        **options,
    )
    ill, immune = np.full(NODES, people / 100), np.zeros(NODES)
    for step in range(SETTLED + 40):
        met = 0.6 * ill + 0.4 * neighbours_mean(ill, weights)
        met[5] = ill[5]
        caught = (people - ill - immune) * (1 - np.exp(-1.3 * met / people))
        if step >= SETTLED:
            np.testing.assert_allclose(found[step - SETTLED], caught, rtol=1e-3)
        ill, immune = (
            ill + caught - 0.6 * ill,
            immune + 0.6 * ill - 0.03 * immune,
        )


def test_an_epidemic_needs_contacts_or_imports() -> None:
    assert not epidemic(EDGES, NODES, 50, 0, imported=0.0, transmission=0.0).any()
    found = epidemic(EDGES, NODES, 4000, 0, imported=0.5, transmission=0.0)
    assert found.mean() == pytest.approx(0.5, abs=0.03)
    # Nobody can be infected who is ill or immune for ever.
    small = epidemic(
        EDGES, NODES, 300, 0, population=30, imported=9.0, waning=0.0, recovery=1.0
    )
    assert not small.any()
    assert epidemic(EDGES, NODES, 300, 0, population=30, imported=9.0).max() <= 30


@pytest.mark.parametrize("simulate", [heat, epidemic])
def test_a_seed_is_all_there_is_to_chance(simulate: Any) -> None:
    first = simulate(EDGES, NODES, 30, 7)
    assert first.shape == (30, NODES)
    np.testing.assert_array_equal(simulate(EDGES, NODES, 50, 7)[:30], first)
    assert np.abs(simulate(EDGES, NODES, 30, 8) - first).max() > 0.1


SHARE = "must be a finite number between 0 and 1, not"


@pytest.mark.parametrize(
    ("simulate", "options", "message"),
    [
        (heat, {"num_nodes": 0}, "num_nodes must be an integer of at least 1, not 0; "
         "give 1 or more"),
        (heat, {"num_snapshots": 0}, "num_snapshots must be an integer of at least 1, "
         "not 0; give 1 or more"),
        (epidemic, {"seed": -1}, "seed must be an integer of at least 0, not -1; give "
         "0 or more"),
        (heat, {"exchange": 1.5}, f"exchange {SHARE} 1.5"),
        (heat, {"loss": 0}, "loss must be a finite number above 0 and at most 1, not "
         "0"),
        (heat, {"heating": -1}, "heating must be a finite number of at least 0, not "
         "-1"),
        (heat, {"noise": -1}, "noise must be a finite number of at least 0, not -1"),
        (epidemic, {"population": 0}, "population must be an integer of at least 1, "
         "not 0; give 1 or more"),
        (epidemic, {"transmission": -1}, "transmission must be a finite number of at "
         "least 0, not -1"),
        (epidemic, {"mixing": 2}, f"mixing {SHARE} 2"),
        (epidemic, {"recovery": 2}, f"recovery {SHARE} 2"),
        (epidemic, {"waning": 2}, f"waning {SHARE} 2"),
        (epidemic, {"imported": -1}, "imported must be a finite number of at least 0, "
         "not -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    simulate: Any, options: dict[str, Any], message: str
) -> None:
    given = {"num_nodes": NODES, "num_snapshots": 3, "seed": 0} | options
    with pytest.raises(ValueError, match="must") as caught:
        simulate(EDGES, **given)
    assert str(caught.value) == message
