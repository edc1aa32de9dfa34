"""Language models in the layout of torch's state dictionaries, as NumPy arrays.

How their recurrent layers differ from ours is told in `seqjax.nn.conversion`.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from seqjax.core.cells import CELLS
from seqjax.core.cells.base import Cell
from seqjax.nn.conversion import (
    cell_of_torch,
    params_from_torch,
    params_to_torch,
    torch_names,
)
from seqjax.nn.language_network import LanguageNetwork

Arrays = Mapping[str, np.ndarray]
Params = Any  # an nnx.State of arrays

_INPUT = re.compile(r"(.*)weight_ih_l0")


def to_torch(
    network: LanguageNetwork,
    params: Params,
    *,
    recurrent: str = "rnn.",
    embedding: str = "embedding.",
    projection: str = "linear.",
) -> dict[str, np.ndarray]:
    """The state dictionary of a torch module with the same outputs.

    Its recurrent part is an `nn.RNN`, `nn.LSTM` or `nn.GRU` of `layers` layers, its
    `nn.Embedding` is there if the network has one, and it ends in an `nn.Linear`. Our
    bias becomes the input's, and the recurrent one is zero but for the GRU's n.

    Args:
        network: What the model is made from.
        params: Its numbers.
        recurrent: What stands before the names of the recurrent part.
        embedding: The same for the embedding.
        projection: The same for the projection.
    """
    arrays = network.to_arrays(params)
    state = {}
    if network.embedding_size is not None:
        state[f"{embedding}weight"] = arrays["embedding"]
    cell = CELLS[network.cell]
    for layer in range(network.layers):
        ours = f"recurrent.layer_{layer}."
        own = cell.params(*(arrays[ours + field] for field in cell.params._fields))
        values = params_to_torch(cell, own)
        for name, value in zip(torch_names(layer), values, strict=True):
            state[recurrent + name] = value
    state[f"{projection}weight"] = arrays["projection.w"].T
    state[f"{projection}bias"] = arrays["projection.b"]
    return {name: np.ascontiguousarray(value) for name, value in state.items()}


def from_torch(state: Arrays) -> tuple[LanguageNetwork, Params]:
    """The network and parameters of a torch module's state dictionary.

    The parts are found by their shapes, whatever they are called: `nn.RNN` (with its
    tanh; a state does not say if it was relu), `nn.LSTM` or `nn.GRU` in one direction,
    with or without biases; the `nn.Linear`, which has one; and the `nn.Embedding`,
    which has none, where there is one.

    Args:
        state: Arrays by name; `{k: v.numpy() for k, v in module.state_dict().items()}`.

    Raises:
        ValueError: When a part is missing, of another kind, or does not fit the others.
    """
    rest = dict(state)
    prefixes = [match[1] for name in state if (match := _INPUT.fullmatch(name))]
    if len(prefixes) != 1:
        raise ValueError(
            "state must have one recurrent part, with a weight_ih_l0, not "
            f"{len(prefixes)}; give the state of a module with one nn.LSTM, GRU or RNN"
        )
    prefix = prefixes[0]
    inputs = rest[f"{prefix}weight_ih_l0"].shape[-1]
    name = f"{prefix}weight_hh_l0"
    cell = cell_of_torch(name, rest[name].shape if name in rest else ())
    hidden = rest[name].shape[1]
    arrays: dict[str, np.ndarray] = {}
    layers = 0
    while f"{prefix}weight_ih_l{layers}" in rest:
        arrays |= _layer(rest, prefix, layers, cell)
        layers += 1
    w, b = _projection(rest)
    arrays |= {"projection.w": w.T, "projection.b": b}
    embedding_size = None
    if len(rest) == 1 and next(iter(rest)).endswith("weight"):
        (arrays["embedding"],) = rest.values()
        rest.clear()
        embedding_size = inputs
    if rest:
        raise ValueError(
            "state must hold recurrent layers in one direction, one embedding at most "
            f"and one linear layer, but also has {', '.join(sorted(rest))}; "
            "leave that out"
        )
    network = LanguageNetwork(
        cell.name, len(b), hidden, layers=layers, embedding_size=embedding_size
    )
    single = {
        name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()
    }
    return network, network.from_arrays(single)


def _layer(
    rest: dict[str, np.ndarray], prefix: str, layer: int, cell: Cell
) -> dict[str, np.ndarray]:
    """One layer's parameters by our names; they are taken out of `rest`."""
    names = [prefix + name for name in torch_names(layer)]
    missing = [name for name in names[:2] if name not in rest]
    if missing:
        raise ValueError(
            f"state must hold {missing[0]}, but does not; give a whole state"
        )
    weights, biases = (
        [rest.pop(n) for n in names[:2]],
        [rest.pop(n, None) for n in names[2:]],
    )
    params = params_from_torch(cell, *weights, *biases)
    ours = f"recurrent.layer_{layer}."
    return {ours + name: value for name, value in params._asdict().items()}


def _projection(
    rest: dict[str, np.ndarray],
) -> tuple[Float[np.ndarray, "vocab hidden"], Float[np.ndarray, " vocab"]]:
    """The linear layer, taken out of `rest`: what has a weight and a bias."""
    found = [
        name.removesuffix("bias")
        for name in rest
        if name.endswith("bias") and name.removesuffix("bias") + "weight" in rest
    ]
    if len(found) != 1:
        raise ValueError(
            f"state must have one linear layer with a bias, not {len(found)}; "
            "give the state of a module that ends in one nn.Linear"
        )
    return rest.pop(f"{found[0]}weight"), rest.pop(f"{found[0]}bias")
