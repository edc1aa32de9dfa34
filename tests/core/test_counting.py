"""Parameter counts against formulas, and torch's modules where torch is installed."""

import inspect
from typing import Any

import numpy as np
import pytest

from seqjax.core.cells import GRU, LSTM, RNN, Cell
from seqjax.core.counting import count_parameters, gflop_per_update
from tests.core.cases import MINIMAL, cell_id

SIZES = [(1, 1, 1), (1, 128, 10), (10, 128, 10), (3, 5, 2), (87, 256, 87)]


@pytest.mark.parametrize(("d", "n", "k"), SIZES)
def test_formula_of_the_reports(d: int, n: int, k: int) -> None:
    count = count_parameters(LSTM, d, n, k)
    assert count.total == 4 * n * (d + n + 1) + k * (n + 1)
    assert count.torch == 4 * (d * n + n**2 + 2 * n) + k * (n + 1)
    parts = (count.input, count.recurrent, count.bias, count.projection)
    assert parts == (4 * d * n, 4 * n * n, 4 * n, k * n + k)


@pytest.mark.parametrize(("d", "n", "k"), SIZES)
def test_other_cells(d: int, n: int, k: int) -> None:
    assert count_parameters(RNN, d, n).total == n * (d + n + 1)
    assert count_parameters(MINIMAL, d, n).total == 2 * n * (d + n + 1)
    # The GRU's candidate has a second bias.
    assert count_parameters(GRU, d, n).total == 3 * n * (d + n + 1) + n
    assert count_parameters(GRU, d, n, k).projection == k * (n + 1)


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU], ids=cell_id)
@pytest.mark.parametrize(("d", "n", "k"), SIZES)
def test_torch(d: int, n: int, k: int, cell: Cell) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for num_layers in (1, 2, 3):
        for bidirectional in (False, True):
            options: dict[str, Any] = {
                "num_layers": num_layers,
                "bidirectional": bidirectional,
            }
            layers = getattr(torch.nn, cell.name.upper())(d, n, **options)
            linear = torch.nn.Linear(n * (1 + bidirectional), k)
            held = [*layers.parameters(), *linear.parameters()]
            found = count_parameters(cell, d, n, k, **options)
            assert found.torch == sum(p.numel() for p in held)


def test_explains_itself() -> None:
    assert count_parameters(GRU, 2, 3, 4, num_layers=2).explain() == (
        "139 = 45 input + 54 recurrent + 24 bias + 16 projection "
        "(torch, with two biases per gate: 151)"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"inputs": 0},
            "inputs must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"hidden": 0},
            "hidden must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"classes": -1},
            "classes must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            {"num_layers": 0},
            "num_layers must be an integer of at least 1, not 0; give 1 or more",
        ),
    ],
)
def test_errors(wrong: dict[str, int], message: str) -> None:
    arguments = {"inputs": 1, "hidden": 1} | wrong
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(count_parameters)(LSTM, **arguments)
    assert str(caught.value) == message


def test_the_arithmetic_of_an_update_counts_every_product() -> None:
    total = 0
    for _layer, _step, _gate in np.ndindex(2, 5, 4):
        for _pass in ("forward", "backward", "weights"):
            total += 2 * 3 * 6 * 6  # batch 3, 6 units: a multiplication, an addition
    assert gflop_per_update(LSTM, 3, 6, 5, 2) == pytest.approx(total / 1e9)
