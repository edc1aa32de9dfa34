"""Networks around `torch.nn.RNN`, `LSTM` and `GRU`: fused, and cuDNN on a GPU."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.contenders.problem import CLASSES


class Network(nn.Module):
    """A recurrent layer of torch's and a projection of its last hidden state.

    torch adds two biases where the equations have one. RMSProp would move their sum
    twice as far, so the second one stays at zero; of the GRU's the part beside the
    reset gate is a parameter in its own right and learns.
    """

    def __init__(self, cell: str, hidden: int) -> None:
        super().__init__()
        self.layer: nn.RNNBase = getattr(nn, cell.upper())(1, hidden)
        self.projection = nn.Linear(hidden, CLASSES)
        second = self.layer.bias_hh_l0
        if cell == "gru":
            learns = torch.arange(3 * hidden) >= 2 * hidden
            second.register_hook(lambda grad: grad * learns.to(grad.device))
        else:
            second.requires_grad_(False)

    def forward(self, xs: Tensor) -> Tensor:
        """Logits (batch, classes) from digits (time, batch, 1)."""
        ys, _ = self.layer(xs)
        logits: Tensor = self.projection(ys[-1])
        return logits


def to_torch(cell: str, params: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """A state dictionary from `Problem.params` of one model; gates in torch's order."""
    second = np.zeros_like(params["b"])
    if "b_hn" in params:
        second[-len(params["b_hn"]) :] = params["b_hn"]
    own = {
        "layer.weight_ih_l0": params["w_x"].T,
        "layer.weight_hh_l0": params["w_h"].T,
        "layer.bias_ih_l0": params["b"],
        "layer.bias_hh_l0": second,
        "projection.weight": params["w_p"].T,
        "projection.bias": params["b_p"],
    }
    return {name: torch.tensor(value) for name, value in own.items()}


def from_torch(cell: str, state: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Back from a state dictionary to the fused matrices."""
    own = {name: value.detach().cpu().numpy() for name, value in state.items()}
    fused = {
        "w_x": own["layer.weight_ih_l0"].T,
        "w_h": own["layer.weight_hh_l0"].T,
        "b": own["layer.bias_ih_l0"],
        "w_p": own["projection.weight"].T,
        "b_p": own["projection.bias"],
    }
    if cell == "gru":
        fused["b_hn"] = own["layer.bias_hh_l0"][-len(fused["w_h"]) :]
    return fused
