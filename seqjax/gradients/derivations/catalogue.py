"""The cells whose gradients can be checked: their names, shapes and exact answers."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqjax.gradients.derivations import lstm, lstm_mistakes, rnn, rnn_mistakes
from seqjax.gradients.derivations.examples import SIZES, draw_lstm, draw_rnn
from seqjax.gradients.derivations.mistakes import Mistake, combined

Example = Any  # an RNNExample or an LSTMExample, as its cell has it


class CellGradients(NamedTuple):
    """A cell, as far as derivations are concerned.

    Attributes:
        name: as the command line has it.
        title: as the reader has it.
        equations: of the forward pass, one a line.
        states: arrays over time beside x, with what they are.
        derivations: names of the functions, each the gradient of the parameter that
            it is called after: `dW_hh` of `W_hh`.
        draw: a random example from a seed and sizes.
        gradients: all gradients by name; with mistakes, those of the mistaken.
        cut: saturates an example at step t, so that nothing passes further back.
        mistakes: the known ones.
    """

    name: str
    title: str
    equations: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    derivations: tuple[str, ...]
    draw: Callable[..., Example]
    gradients: Callable[..., dict[str, np.ndarray]]
    cut: Callable[[Example, int], Example]
    mistakes: Sequence[Mistake]


_OUTPUT = ("p = W_ph h_T + b_p", "y = softmax(p)", "L = - sum_k target_k log y_k")

CELLS = {
    "rnn": CellGradients(
        "rnn",
        "the vanilla RNN",
        ("h_t = tanh(W_hx x_t + W_hh h_{t-1} + b_h)      t = 1, ..., T", *_OUTPUT),
        (("h", "hidden states; h[0] is the state before the first step"),),
        ("dW_ph", "dW_hh", "dW_hx", "db_h", "db_p"),
        draw_rnn,
        rnn.gradients,
        rnn.cut,
        rnn_mistakes.MISTAKES,
    ),
    "lstm": CellGradients(
        "lstm",
        "the LSTM",
        (
            "g_t = tanh(W_gx x_t + W_gh h_{t-1} + b_g)         t = 1, ..., T",
            "i_t = sigmoid(W_ix x_t + W_ih h_{t-1} + b_i)",
            "f_t = sigmoid(W_fx x_t + W_fh h_{t-1} + b_f)",
            "o_t = sigmoid(W_ox x_t + W_oh h_{t-1} + b_o)",
            "c_t = g_t * i_t + c_{t-1} * f_t",
            "h_t = tanh(c_t) * o_t",
            *_OUTPUT,
        ),
        (
            ("h", "hidden states; h[0] is the state before the first step"),
            ("c", "memory; c[0] is the one before the first step"),
            ("g", "candidates; g[0] is zero and belongs to no step"),
            ("i", "input gates, likewise"),
            ("f", "forget gates, likewise"),
            ("o", "output gates, likewise"),
        ),
        (
            *(f"dW_{gate}{of}" for gate in lstm.GATES for of in "xh"),
            *(f"db_{gate}" for gate in lstm.GATES),
            "dW_ph",
            "db_p",
        ),
        draw_lstm,
        lstm.gradients,
        lstm.cut,
        lstm_mistakes.MISTAKES,
    ),
}


class Case(NamedTuple):
    """One example and the right answers."""

    example: Example
    exact: dict[str, np.ndarray]


def cases(cell: CellGradients, seed: int, *, from_zero: bool = False) -> list[Case]:
    """Random examples of different sizes, with their exact gradients.

    Args:
        cell: which cell.
        seed: of the examples.
        from_zero: start at a zero state, which is otherwise random.
    """
    examples = [cell.draw(seed, size, from_zero=from_zero) for size in SIZES]
    return [Case(example, cell.gradients(example)) for example in examples]


class Mutant(NamedTuple):
    """Mistakes made together, and the wrong gradients that come of them."""

    made: tuple[Mistake, ...]
    found: dict[str, np.ndarray]


@functools.cache
def mutants(cell: str, seed: int) -> tuple[Mutant, ...]:
    """Every known mistake, and every two that can be made at once, on one example.

    Kept, for those who judge many files in one process.

    Args:
        cell: name of the cell.
        seed: of the examples, of whose `cases` this is the first.
    """
    chosen = CELLS[cell]
    example = chosen.draw(seed, SIZES[0])
    with np.errstate(all="ignore"):
        return tuple(
            Mutant(made, chosen.gradients(example, made))
            for made in combined(chosen.mistakes)
        )
