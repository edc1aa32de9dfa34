"""Language models in the layout of torch's state dictionaries, as NumPy arrays.

Ours is `x @ w`, with a bias per gate; torch's `nn.RNN`, `nn.LSTM` and `nn.GRU` compute
`W x` and have two biases that are added, except before the GRU's n, where the second
one stands inside the product with the reset gate (our `b_hn`). The gates are in the
same order, i, f, g, o and r, z, n.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from seqjax.core.cells import CELLS
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
    for layer in range(network.layers):
        ours = f"recurrent.layer_{layer}."
        b = arrays[f"{ours}b"]
        b_hh = np.zeros_like(b)
        if network.cell == "gru":
            b_hh[2 * network.hidden_size :] = arrays[f"{ours}b_hn"]
        values = (arrays[f"{ours}w_x"].T, arrays[f"{ours}w_h"].T, b, b_hh)
        for name, value in zip(_names(layer), values, strict=True):
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
    cell, hidden = _cell(rest, prefix)
    arrays: dict[str, np.ndarray] = {}
    layers = 0
    while f"{prefix}weight_ih_l{layers}" in rest:
        arrays |= _layer(rest, prefix, layers, cell, hidden)
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
        cell, len(b), hidden, layers=layers, embedding_size=embedding_size
    )
    single = {
        name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()
    }
    return network, network.from_arrays(single)


def _names(layer: int) -> tuple[str, str, str, str]:
    """What torch calls a layer's two weights and two biases."""
    return (
        f"weight_ih_l{layer}",
        f"weight_hh_l{layer}",
        f"bias_ih_l{layer}",
        f"bias_hh_l{layer}",
    )


def _cell(state: Arrays, prefix: str) -> tuple[str, int]:
    """The name of the cell and the hidden size, from the first layer's weights."""
    name = f"{prefix}weight_hh_l0"
    shape = state[name].shape if name in state else ()
    if len(shape) == 2:
        for cell in CELLS.values():
            if shape[0] == len(cell.gates) * shape[1]:
                return cell.name, shape[1]
    raise ValueError(
        f"{name} must have 1, 3 or 4 times as many rows as columns, not shape {shape}; "
        "give the state of an nn.RNN, nn.GRU or nn.LSTM without projections"
    )


def _layer(
    rest: dict[str, np.ndarray], prefix: str, layer: int, cell: str, hidden: int
) -> dict[str, np.ndarray]:
    """One layer's parameters by our names; they are taken out of `rest`."""
    missing = [name for name in _names(layer)[:2] if prefix + name not in rest]
    if missing:
        raise ValueError(
            f"state must hold {prefix}{missing[0]}, but does not; give a whole state"
        )
    w_ih, w_hh, b_ih, b_hh = (rest.pop(prefix + n, None) for n in _names(layer))
    assert w_ih is not None
    assert w_hh is not None
    none = np.zeros(len(w_hh), w_hh.dtype)
    b_ih, b_hh = none if b_ih is None else b_ih, none if b_hh is None else b_hh
    ours = f"recurrent.layer_{layer}."
    arrays = {f"{ours}w_x": w_ih.T, f"{ours}w_h": w_hh.T}
    if cell == "gru":
        added = b_hh.copy()
        added[2 * hidden :] = 0
        return arrays | {f"{ours}b": b_ih + added, f"{ours}b_hn": b_hh[2 * hidden :]}
    return arrays | {f"{ours}b": b_ih + b_hh}


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
