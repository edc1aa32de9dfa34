"""How many parameters a recurrent classifier has, and how much arithmetic it takes."""

from typing import NamedTuple

from seqjax.core.cells.base import Cell
from seqjax.core.checks import check_integer


class ParameterCount(NamedTuple):
    """Numbers of trainable scalars, by where they stand.

    Attributes:
        input: in the matrices from the input, d * n per gate.
        recurrent: in the matrices from the hidden state, n * n per gate.
        bias: n per gate, and n more for a GRU (its candidate has a bias inside the
            reset gate too).
        projection: n * k weights and k biases from the last layer to k classes.
        torch: what `torch.nn` modules of the same shape hold: two biases per gate.
    """

    input: int
    recurrent: int
    bias: int
    projection: int
    torch: int

    @property
    def total(self) -> int:
        """All parameters of ours."""
        return self.input + self.recurrent + self.bias + self.projection

    def explain(self) -> str:
        """One line: the sum with its terms, and torch's count beside it."""
        return (
            f"{self.total} = {self.input} input + {self.recurrent} recurrent + "
            f"{self.bias} bias + {self.projection} projection "
            f"(torch, with two biases per gate: {self.torch})"
        )


def count_parameters(
    cell: Cell,
    inputs: int,
    hidden: int,
    classes: int = 0,
    *,
    num_layers: int = 1,
    bidirectional: bool = False,
) -> ParameterCount:
    """Count the parameters of layers of `cell` with a projection to `classes`.

    One LSTM layer has 4 (d n + n^2 + n), and n k + k with the projection: the formula
    4 n (d + n + 1) + k (n + 1) of the course's reports. torch has 4 (d n + n^2 + 2 n).

    Args:
        cell: which cell.
        inputs: number of input features d.
        hidden: hidden size n, per direction.
        classes: number of classes k; 0 leaves the projection out.
        num_layers: layers on top of each other.
        bidirectional: two cells per layer; the next layer sees both outputs.

    Raises:
        ValueError: on a size below 1 (classes: below 0).

    Example:
        >>> from seqjax.core.cells import LSTM
        >>> print(count_parameters(LSTM, 1, 128, 10).explain())
        67850 = 512 input + 65536 recurrent + 512 bias + 1290 projection \
(torch, with two biases per gate: 68362)
    """
    check_integer("inputs", inputs, minimum=1)
    check_integer("hidden", hidden, minimum=1)
    check_integer("classes", classes, minimum=0)
    check_integer("num_layers", num_layers, minimum=1)
    gates, directions = len(cell.gates), 2 if bidirectional else 1
    features = [inputs] + [hidden * directions] * (num_layers - 1)
    cells = num_layers * directions
    projection = (hidden * directions + 1) * classes
    weights_in = sum(features) * hidden * gates * directions
    recurrent = cells * gates * hidden * hidden
    extra_biases = len(cell.params._fields) - 3
    return ParameterCount(
        input=weights_in,
        recurrent=recurrent,
        bias=cells * (gates + extra_biases) * hidden,
        projection=projection,
        torch=weights_in + recurrent + cells * 2 * gates * hidden + projection,
    )


def gflop_per_update(
    cell: Cell, batch_size: int, hidden_size: int, steps: int, num_layers: int = 1
) -> float:
    """Arithmetic of one training update of one model in GFLOP: recurrent products only.

    Forward, backward and weight gradient are one product each per step in time, of
    batch x hidden by hidden x (gates * hidden).

    Args:
        cell: which cell.
        batch_size: sequences per update.
        hidden_size: units of a layer.
        steps: in time.
        num_layers: layers on top of each other; default 1.
    """
    product = 2 * batch_size * hidden_size**2 * len(cell.gates)
    return 3 * num_layers * product * steps / 1e9
