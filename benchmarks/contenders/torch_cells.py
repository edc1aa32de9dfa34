"""Recurrent networks in torch the way the reports write them.

The course's starter code asks for one matrix per gate and a loop over time in Python:
`W_gx, W_gh, b_g`, and so on. Nothing is fused or fed in advance.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contenders.problem import CLASSES, GATES


def matrix(rows: int, columns: int) -> nn.Parameter:
    """Drawn by He's rule: normal of variance 2 / rows."""
    return nn.Parameter(math.sqrt(2 / rows) * torch.randn(rows, columns))


def bias(columns: int) -> nn.Parameter:
    """Zeros."""
    return nn.Parameter(torch.zeros(columns))


class RNN(nn.Module):
    """h = tanh(W_hx x + W_hh h + b_h)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.W_hx, self.W_hh, self.b_h = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_ph, self.b_p = matrix(hidden, CLASSES), bias(CLASSES)

    def forward(self, xs: Tensor) -> Tensor:
        """Logits (batch, classes) from digits (time, batch, 1)."""
        h = xs.new_zeros(xs.shape[1], self.hidden)
        for x in xs:
            h = torch.tanh(x @ self.W_hx + h @ self.W_hh + self.b_h)
        return h @ self.W_ph + self.b_p


class LSTM(nn.Module):
    """g, i, f, o each by matrices of its own; c = g i + c f; h = tanh(c) o."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.W_gx, self.W_gh, self.b_g = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_ix, self.W_ih, self.b_i = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_fx, self.W_fh, self.b_f = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_ox, self.W_oh, self.b_o = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_ph, self.b_p = matrix(hidden, CLASSES), bias(CLASSES)

    def forward(self, xs: Tensor) -> Tensor:
        """Logits (batch, classes) from digits (time, batch, 1)."""
        h = xs.new_zeros(xs.shape[1], self.hidden)
        c = xs.new_zeros(xs.shape[1], self.hidden)
        for x in xs:
            g = torch.tanh(x @ self.W_gx + h @ self.W_gh + self.b_g)
            i = torch.sigmoid(x @ self.W_ix + h @ self.W_ih + self.b_i)
            f = torch.sigmoid(x @ self.W_fx + h @ self.W_fh + self.b_f)
            o = torch.sigmoid(x @ self.W_ox + h @ self.W_oh + self.b_o)
            c = g * i + c * f
            h = torch.tanh(c) * o
        return h @ self.W_ph + self.b_p


class GRU(nn.Module):
    """r, z, n each by matrices of its own; h = (1 - z) n + z h."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.W_rx, self.W_rh, self.b_r = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_zx, self.W_zh, self.b_z = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.W_nx, self.W_nh, self.b_n = (
            matrix(1, hidden),
            matrix(hidden, hidden),
            bias(hidden),
        )
        self.b_hn = bias(hidden)
        self.W_ph, self.b_p = matrix(hidden, CLASSES), bias(CLASSES)

    def forward(self, xs: Tensor) -> Tensor:
        """Logits (batch, classes) from digits (time, batch, 1)."""
        h = xs.new_zeros(xs.shape[1], self.hidden)
        for x in xs:
            r = torch.sigmoid(x @ self.W_rx + h @ self.W_rh + self.b_r)
            z = torch.sigmoid(x @ self.W_zx + h @ self.W_zh + self.b_z)
            n = torch.tanh(x @ self.W_nx + self.b_n + r * (h @ self.W_nh + self.b_hn))
            h = (1 - z) * n + z * h
        return h @ self.W_ph + self.b_p


CELLS: dict[str, type[RNN] | type[LSTM] | type[GRU]] = {
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
}


def to_torch(cell: str, params: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """A state dictionary from `Problem.params` of one model."""
    own = {"W_ph": params["w_p"], "b_p": params["b_p"]}
    if "b_hn" in params:
        own["b_hn"] = params["b_hn"]
    gates = GATES[cell]
    for short, name in (("W_{}x", "w_x"), ("W_{}h", "w_h"), ("b_{}", "b")):
        blocks = np.split(params[name], len(gates), axis=-1)
        own |= {short.format(g): b for g, b in zip(gates, blocks, strict=True)}
    return {name: torch.tensor(value) for name, value in own.items()}


def from_torch(cell: str, state: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Back from a state dictionary to the fused matrices."""
    own = {name: value.detach().cpu().numpy() for name, value in state.items()}
    fused = {
        name: np.concatenate([own[short.format(g)] for g in GATES[cell]], axis=-1)
        for short, name in (("W_{}x", "w_x"), ("W_{}h", "w_h"), ("b_{}", "b"))
    }
    fused |= {"w_p": own["W_ph"], "b_p": own["b_p"]}
    return fused | ({"b_hn": own["b_hn"]} if "b_hn" in own else {})
