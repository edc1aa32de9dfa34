"""Formulas, numbers and a matrix that the reports print, worked out and compared."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import pytest

from seqjax.core.cells import LSTM
from seqjax.core.counting import count_parameters
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Verdict
from seqjax.reports.equations import formulas
from seqjax.reports.judges import paper
from seqjax.reports.judging import Judge
from tests.reports.making import NOTHING, finding, made

VERDICTS = {
    "000-parameters": HOLDS,
    "001-parameters": HOLDS,
    "002-parameters": HOLDS,
    "003-parameters": HOLDS,
    "004-parameters": HOLDS,
    "002-softmax": HOLDS,
    "001-open-ratio": HOLDS,
    "001-keeps": HOLDS,
    "000-tau-1": DOES_NOT,
    "000-tau-100": HOLDS,
    "000-tau-tenth": HOLDS,
    "001-tanh": DOES_NOT,
    "000-adjacency": HOLDS,
    "000-gcn-shortest": HOLDS,
    "000-gcn-path": DOES_NOT,
}


@pytest.mark.parametrize("name", VERDICTS)
def test_what_is_printed_is_judged_without_a_run(name: str) -> None:
    assert finding(name).verdict == VERDICTS[name]


def test_one_number_of_000_is_rounded_wrongly() -> None:
    found = finding("000-tau-1")
    assert found.measured == (
        "softmax of [3, 4, 1] is [0.2595, 0.7054, 0.0351]; printed [0.26, 0.70, 0.04]"
    )


def test_two_shortest_paths_by_the_matrix_of_000() -> None:
    assert finding("000-gcn-path").measured == (
        "by the printed matrix 2 shortest paths of 3 steps from C to E: C-B-A-E, "
        "C-D-F-E"
    )


@pytest.mark.parametrize("sizes", [(1, 128, 10), (3, 5, 7), (10, 16, 2)])
def test_numbers_are_counted_in_the_network(sizes: tuple[int, int, int]) -> None:
    found = count_parameters(LSTM, *sizes)
    assert paper.counted(*sizes) == (found.total - found.projection, found.total)


Formula = Callable[[int, int, int], int]


def without(edge: str) -> tuple[tuple[int, ...], ...]:
    """The printed matrix without an edge."""
    ends = {"ABCDEF".index(each) for each in edge}
    return tuple(
        tuple(0 if {i, j} == ends else entry for j, entry in enumerate(row))
        for i, row in enumerate(formulas.ADJACENCY)
    )


LONE_ARROW = ((1, 1), (0, 1))
NODES = "ABCDEF"


def softmax(tau: float, products: str, printed: str) -> Judge:
    """Of report 000's logits."""
    return made("softmax", tau=tau, products=products.split(), printed=printed.split())


def route(matrix: paper.Matrix, way: str, steps: int, *, only: bool) -> Judge:
    return made("route", matrix, NODES, way, steps, only=only)


def flattened(x: jax.Array) -> jax.Array:
    """Tanh four times as wide and high: its second derivative is a quarter, wider."""
    return 4 * jnp.tanh(x / 4)


WIDE = {"wide": flattened, "tanh": jnp.tanh}


@pytest.mark.parametrize(
    ("judge", "verdict"),
    [
        (made("parameters", lambda d, n, o: 4 * (n**2 + d * n)), DOES_NOT),
        (made("parameters", lambda d, n, o: 4 * (n**2 + n + n)), DOES_NOT),
        (made("parameters", lambda d, n, o: 3 * (n**2 + d * n + n)), DOES_NOT),
        (made("parameters", formulas.lstm_002, formulas.lstm_002), DOES_NOT),
        (made("parameters", lambda d, n, o: 4 * (n * (n + d) + 2 * n)), DOES_NOT),
        (softmax(1.0, "3 4 1", "0.26 0.71 0.04"), HOLDS),
        (softmax(10.0, "300 400 100", "0 1 0"), DOES_NOT),
        (softmax(0.1, "0.3 0.4 0.1", "0.34 0.38 0.27"), DOES_NOT),
        (softmax(0.2, "0.3 0.4 0.1", "0.34 0.38 0.28"), DOES_NOT),
        (made("longest range", "wide", ["tanh"], functions=WIDE), HOLDS),
        (made("longest range", "sigmoid", ["tanh"]), DOES_NOT),
        (made("adjacency", LONE_ARROW, "AB"), DOES_NOT),
        (made("adjacency", ((0, 1), (1, 0)), "AB"), DOES_NOT),
        (made("adjacency", ((1, 2), (2, 1)), "AB"), DOES_NOT),
        (route(without("BC"), "CDFE", 3, only=True), HOLDS),
        (route(without("DF"), "CDFE", 3, only=False), DOES_NOT),
        (route(formulas.ADJACENCY, "CDFAE", 4, only=False), DOES_NOT),
        (route(formulas.ADJACENCY, "CDFE", 4, only=False), DOES_NOT),
    ],
)
def test_another_print_has_another_verdict(judge: Judge, verdict: Verdict) -> None:
    assert judge(NOTHING).verdict == verdict


def test_ranges_of_tanh_by_hand() -> None:
    """1 - tanh^2 is above L up to acosh(1 / sqrt(L)); a sigmoid's slope is 1 / 4."""
    for level in (0.01, 0.1, 0.5):
        found = paper.length_above(jnp.tanh, 1, level)
        assert found == pytest.approx(2 * math.acosh(level**-0.5), abs=2e-3)
    assert paper.length_above(jax.nn.sigmoid, 1, 0.25) == 0
    assert paper.length_above(jax.nn.relu, 1, 0.5) == math.inf
    assert paper.length_above(jax.nn.relu, 2, 0.01) == 0
