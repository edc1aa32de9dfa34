"""Recurrent layers from and to torch and flax: the same numbers in other places.

Ours is `x @ w`, with a bias per gate. torch's `nn.RNN`, `nn.LSTM` and `nn.GRU` compute
`W x` and have two biases that are added, except before the GRU's n, where the second
one stands inside the product with the reset gate (our `b_hn`); flax's GRU has none
there. The gates are in the same order everywhere: i, f, g, o and r, z, n.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx

from seqjax.core.cells import GRU, LSTM, RNN
from seqjax.core.cells.base import Cell, Params
from seqjax.nn.recurrent import Recurrent

Arrays = Mapping[str, np.ndarray]

_SHARED = (RNN, GRU, LSTM)
_NAMES = "rnn, gru or lstm"
_TORCH = re.compile(r"(weight|bias)_(ih|hh)_l(\d+)(_reverse)?")


def to_torch(layers: Recurrent) -> dict[str, np.ndarray]:
    """The state dictionary of torch's `nn.RNN`, `nn.LSTM` or `nn.GRU`, as NumPy arrays.

    Our bias becomes the input's, and the recurrent one is zero but for the GRU's n.
    `module.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})`.

    Args:
        layers: of one of these three cells.

    Raises:
        ValueError: for another cell, which torch does not have.
    """
    if layers.cell not in _SHARED:
        raise ValueError(f"layers must be of {_NAMES}, not of {layers.cell.name}")
    state = {}
    for name, params in layers.params().items():
        number, _, reverse = name.removeprefix("layer_").partition("_")
        for torch_name, array in zip(
            torch_names(int(number), backwards=bool(reverse)),
            params_to_torch(layers.cell, params),
            strict=True,
        ):
            state[torch_name] = array
    return state


def from_torch(state: Arrays) -> Recurrent:
    """Layers with the numbers of a torch `nn.RNN`, `nn.LSTM` or `nn.GRU`.

    An `nn.RNN` counts as one with tanh: its state does not say if it is another.

    Args:
        state: `{k: v.numpy() for k, v in module.state_dict().items()}`; with biases or
            without, in one direction or both.

    Raises:
        ValueError: where a name or a shape is none of these layers'.
    """
    if unknown := [name for name in state if not _TORCH.fullmatch(name)]:
        raise ValueError(
            f"state must hold the weights and biases of one recurrent layer, but also "
            f"has {', '.join(sorted(unknown))}; leave that out"
        )
    if "weight_hh_l0" not in state:
        raise ValueError("state must hold weight_hh_l0, but does not; give a whole one")
    cell = cell_of_torch("weight_hh_l0", state["weight_hh_l0"].shape)
    num_layers = 1 + max(int(_TORCH.fullmatch(name)[3]) for name in state)  # type: ignore[index]
    both = "weight_hh_l0_reverse" in state
    found = {}
    for number in range(num_layers):
        for backwards in (False, True) if both else (False,):
            names = torch_names(number, backwards)
            for name in names[:2]:
                if name not in state:
                    raise ValueError(
                        f"state must hold {name}, but does not; give a whole one"
                    )
            ours = f"layer_{number}" + ("_reverse" if backwards else "")
            arrays = [state.get(name) for name in names]
            found[ours] = params_from_torch(cell, *arrays)  # type: ignore[arg-type]
    return _filled(cell, found, num_layers, both)


def from_flax(cells: nnx.Module | Sequence[nnx.Module]) -> Recurrent:
    """Layers with the numbers of flax's recurrent cells.

    Args:
        cells: `nnx.SimpleCell`, `nnx.LSTMCell`, `nnx.OptimizedLSTMCell`, `nnx.GRUCell`
            or an `nnx.RNN` of one of them; several of a kind for layers on top of each
            other.

    Raises:
        ValueError: for another cell, or one with other functions than tanh and sigmoid.
    """
    given = [cells] if isinstance(cells, nnx.Module) else list(cells)
    pairs = [_params_of_flax(getattr(each, "cell", each)) for each in given]
    kinds = {cell.name for cell, _ in pairs}
    if len(kinds) != 1:
        raise ValueError(
            f"cells must be one or more of one kind, got {', '.join(sorted(kinds))}"
            if kinds
            else "cells must be one or more of one kind, got none"
        )
    found = {f"layer_{i}": params for i, (_, params) in enumerate(pairs)}
    return _filled(pairs[0][0], found, len(pairs), both=False)


def torch_names(number: int, backwards: bool = False) -> tuple[str, str, str, str]:
    """What torch calls a layer's two weights and two biases.

    Args:
        number: of the layer, from 0.
        backwards: of the direction back in time.
    """
    end = f"l{number}" + ("_reverse" if backwards else "")
    return f"weight_ih_{end}", f"weight_hh_{end}", f"bias_ih_{end}", f"bias_hh_{end}"


def cell_of_torch(name: str, shape: tuple[int, ...]) -> Cell:
    """The cell whose recurrent weights have this shape in torch.

    Args:
        name: of the weights, for the error.
        shape: (gates * hidden, hidden).

    Raises:
        ValueError: it is that of no cell.
    """
    if len(shape) == 2:
        for cell in _SHARED:
            if shape[0] == len(cell.gates) * shape[1]:
                return cell
    raise ValueError(
        f"{name} must have 1, 3 or 4 times as many rows as columns, not shape {shape}; "
        "give the state of an nn.RNN, nn.GRU or nn.LSTM without projections"
    )


def params_to_torch(cell: Cell, params: Params) -> tuple[np.ndarray, ...]:
    """One layer's two weights and two biases as torch has them.

    Args:
        cell: RNN, LSTM or GRU.
        params: its own.
    """
    # Copies, as torch takes no array that may not be written to.
    arrays = {k: np.array(v) for k, v in params._asdict().items()}
    b_hh = np.zeros_like(arrays["b"])
    if cell.name == GRU.name:
        b_hh[-len(arrays["b_hn"]) :] = arrays["b_hn"]
    found = (arrays["w_x"].T, arrays["w_h"].T, arrays["b"], b_hh)
    return tuple(np.ascontiguousarray(array) for array in found)


def params_from_torch(
    cell: Cell,
    w_ih: np.ndarray,
    w_hh: np.ndarray,
    b_ih: np.ndarray | None,
    b_hh: np.ndarray | None,
) -> Params:
    """A cell's parameters from one layer of torch.

    Args:
        cell: RNN, LSTM or GRU.
        w_ih: weights of the inputs, (gates * hidden, inputs).
        w_hh: recurrent weights, (gates * hidden, hidden).
        b_ih: bias; None: zero.
        b_hh: the other one; None: zero.
    """
    none = np.zeros(len(w_hh), w_hh.dtype)
    b_ih, b_hh = none if b_ih is None else b_ih, none if b_hh is None else b_hh
    weights = np.ascontiguousarray(w_ih.T), np.ascontiguousarray(w_hh.T)
    if cell.name != GRU.name:
        return cell.params(*weights, b_ih + b_hh)
    added, hidden = b_hh.copy(), w_hh.shape[1]
    added[-hidden:] = 0
    return cell.params(*weights, b_ih + added, b_hh[-hidden:])


def _params_of_flax(cell: Any) -> tuple[Cell, Params]:
    """The cell of ours, and its parameters."""
    if isinstance(cell, nnx.SimpleCell) and not cell.residual:
        _check_functions(cell)
        w_x, b = cell.dense_i.kernel[...], _bias(cell.dense_i)
        return RNN, RNN.params(w_x, cell.dense_h.kernel[...], b + _bias(cell.dense_h))
    if isinstance(cell, nnx.OptimizedLSTMCell):
        _check_functions(cell)
        w_x, w_h = cell.dense_i.kernel[...], cell.dense_h.kernel[...]
        return LSTM, LSTM.params(w_x, w_h, _bias(cell.dense_h))
    if isinstance(cell, nnx.LSTMCell):
        _check_functions(cell)
        inputs = (cell.ii, cell.if_, cell.ig, cell.io)
        hidden = (cell.hi, cell.hf, cell.hg, cell.ho)
        return LSTM, LSTM.params(
            jnp.concatenate([each.kernel[...] for each in inputs], axis=1),
            jnp.concatenate([each.kernel[...] for each in hidden], axis=1),
            jnp.concatenate([_bias(each) for each in hidden]),
        )
    if isinstance(cell, nnx.GRUCell):
        _check_functions(cell)
        w_h, b_h = cell.dense_h.kernel[...], _bias(cell.dense_h)
        size = w_h.shape[0]
        b = _bias(cell.dense_i).at[: 2 * size].add(b_h[: 2 * size])
        return GRU, GRU.params(cell.dense_i.kernel[...], w_h, b, b_h[2 * size :])
    raise ValueError(
        "cells must be nnx.SimpleCell without residual, nnx.LSTMCell, "
        f"nnx.OptimizedLSTMCell or nnx.GRUCell, got {type(cell).__name__}"
    )


def _bias(layer: nnx.Linear) -> Any:
    """Of a linear layer of flax; zero where it has none."""
    if layer.bias is None:
        kernel = layer.kernel[...]
        return jnp.zeros(kernel.shape[1], kernel.dtype)
    return layer.bias[...]


def _check_functions(cell: Any) -> None:
    given = {"activation_fn": nnx.tanh, "gate_fn": nnx.sigmoid}
    for name, usual in given.items():
        if getattr(cell, name, usual) is not usual:
            raise ValueError(f"cells must have their usual {name}, not another one")


def _filled(
    cell: Cell, found: dict[str, Params], num_layers: int, both: bool
) -> Recurrent:
    """Layers with these parameters, by their names."""
    first = found["layer_0"]
    layers = Recurrent(
        cell,
        int(first.w_x.shape[0]),
        int(first.w_h.shape[0]),
        num_layers=num_layers,
        bidirectional=both,
        rngs=nnx.Rngs(0),
    )
    layers.load(found)
    return layers
