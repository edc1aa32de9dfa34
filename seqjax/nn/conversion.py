"""Recurrent layers from and to torch and flax: the same numbers in other places.

Ours is `x @ w`, with a bias per gate. torch's `nn.RNN`, `nn.LSTM` and `nn.GRU` compute
`W x` and have two biases that are added, except before the GRU's n, where the second
one stands inside the product with the reset gate (our `b_hn`); flax's GRU has none
there. The gates are in the same order everywhere: i, f, g, o and r, z, n.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx

from seqjax.core.cells import GRU, LSTM, RNN
from seqjax.core.cells.base import Cell, Params
from seqjax.nn.recurrent import Recurrent

_SHARED = (RNN, GRU, LSTM)
_NAMES = "rnn, gru or lstm"
_TORCH = re.compile(r"(weight|bias)_(ih|hh)(?:_l(\d+)(_reverse)?)?")
_PREFIXED = re.compile(r"(.*\.|)(weight|bias)_(ih|hh|hr)(_l\d+)?(_reverse)?")


def to_torch(layers: Recurrent) -> dict[str, np.ndarray]:
    """The state dictionary of torch's `nn.RNN`, `nn.LSTM` or `nn.GRU`, as NumPy arrays.

    Our bias becomes the input's, and the recurrent one is zero but for the GRU's n.
    Of bfloat16, which NumPy does not have, come the same numbers as float32.
    `module.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})`.

    Args:
        layers: of one of these three cells.

    Raises:
        ValueError: for another cell, or layers in reverse, which torch does not have.
    """
    if layers.reverse:
        raise ValueError(
            "layers must run forward or in both directions, not in reverse only, which "
            "torch does not have"
        )
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


def from_torch(state: Any, *, prefix: str = "", batch_first: bool = False) -> Recurrent:
    """Layers with a copy of the numbers of a torch `nn.RNN`, `nn.LSTM` or `nn.GRU`.

    An `nn.RNN` is given as a module to be sure: its state alone does not say if it is
    one with tanh, and counts as one.

    Args:
        state: `module.state_dict()`, or the module itself; or NumPy arrays by the same
            names. With biases or without (ours are zero then), in one direction or
            both; an `nn.RNNCell`, `nn.LSTMCell` or `nn.GRUCell` is a layer of its own.
        prefix: what stands before the names of this layer in the state of a larger
            model, such as "encoder.lstm"; found where there is nothing else in it.
        batch_first: of the layers; that of a module is its own.

    Raises:
        ValueError: where a name or a shape is none of these layers', there are
            projections (`proj_size`), or a module's nonlinearity is another than tanh.
    """
    if callable(getattr(state, "state_dict", None)):
        batch_first = getattr(state, "batch_first", batch_first)
        if (kind := getattr(state, "nonlinearity", "tanh")) != "tanh":
            raise ValueError(
                f"state must be of an nn.RNN with the nonlinearity tanh, not {kind}; "
                "layers here have no other"
            )
        state = state.state_dict()
    if not isinstance(state, Mapping):
        raise ValueError(
            f"state must be a module's state_dict(), not {type(state).__name__}; give "
            "module.state_dict()"
        )
    state = _own(state, prefix)
    if "weight_hh_l0" not in state:
        raise ValueError("state must hold weight_hh_l0, but does not; give a whole one")
    cell = cell_of_torch("weight_hh_l0", state["weight_hh_l0"].shape)
    numbers = [m[3] for name in state if (m := _TORCH.fullmatch(name))]
    num_layers = 1 + max(map(int, numbers))
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
            found[ours] = params_from_torch(cell, *arrays)
    return _filled(cell, found, num_layers, bidirectional=both, batch_first=batch_first)


def _own(state: Mapping[str, Any], prefix: str) -> dict[str, np.ndarray]:
    """The arrays of one recurrent layer, by torch's names without a prefix."""
    prefix = f"{prefix}." if prefix and prefix[-1] != "." else prefix
    own = {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
    if prefix and not own:
        raise ValueError(
            f"prefix must begin a name of the state, not be {prefix!r}; its names are "
            f"{', '.join(sorted(state)) or 'none'}"
        )
    heads = {m[1] for name in own if (m := _PREFIXED.fullmatch(name)) and m[1]}
    if len(heads) == 1 and all(name.startswith(tuple(heads)) for name in own):
        return _own(own, heads.pop())
    if projections := [name for name in own if "weight_hr_l" in name]:
        raise ValueError(
            "state must be of a layer without projections (proj_size), which layers "
            f"here have not, but has {projections[0]}; train one without"
        )
    if unknown := [name for name in own if not _TORCH.fullmatch(name)]:
        way = f"give prefix={min(heads)!r}" if heads else "leave that out"
        raise ValueError(
            f"state must hold the weights and biases of one recurrent layer, but also "
            f"has {', '.join(sorted(unknown))}; {way}"
        )
    # A cell of torch has no numbers of layers.
    return {
        name if "_l" in name else f"{name}_l0": _as_numpy(name, value)
        for name, value in own.items()
    }


def _as_numpy(name: str, value: Any) -> np.ndarray:
    """An array from a tensor of torch, on whatever device, or from another array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        # NumPy itself has no bfloat16, and so torch gives it none.
        half = str(value.dtype) == "torch.bfloat16"
        value = value.float().numpy().astype(jnp.bfloat16) if half else value.numpy()
    array = np.asarray(value)
    if not jnp.issubdtype(array.dtype, np.floating):
        raise ValueError(f"{name} must be of floating numbers, not {array.dtype}")
    return array


def from_flax(
    cells: nnx.Module | Sequence[nnx.Module], *, batch_first: bool = False
) -> Recurrent:
    """Layers with a copy of the numbers of flax's recurrent cells.

    Time comes first in ours, whatever `time_major` is in an `nnx.RNN`.

    Args:
        cells: `nnx.SimpleCell`, `nnx.LSTMCell`, `nnx.OptimizedLSTMCell`, `nnx.GRUCell`
            or an `nnx.RNN` of one of them, forward or in reverse, or an
            `nnx.Bidirectional` of two; several of a kind for layers on top of each
            other.
        batch_first: of the layers.

    Raises:
        ValueError: for another cell, one with other functions than tanh and sigmoid, or
            directions that layers here do not have.
    """
    given = [cells] if isinstance(cells, nnx.Module) else list(cells)
    rows = [_directions_of_flax(each) for each in given]
    pairs = [[_params_of_flax(cell) for cell in row] for row, _ in rows]
    kinds = {cell.name for row in pairs for cell, _ in row}
    if len(kinds) != 1:
        raise ValueError(
            f"cells must be one or more of one kind, got {', '.join(sorted(kinds))}"
            if kinds
            else "cells must be one or more of one kind, got none"
        )
    ways = {(len(row), reverse) for row, reverse in rows}
    if len(ways) != 1:
        raise ValueError(
            "cells must all run in the same directions, but some do not; convert them "
            "one by one"
        )
    ((directions, reverse),) = ways
    found = {
        f"layer_{i}{end}": params
        for i, row in enumerate(pairs)
        for end, (_, params) in zip(("", "_reverse"), row, strict=False)
    }
    return _filled(
        pairs[0][0][0],
        found,
        len(pairs),
        bidirectional=directions == 2,
        reverse=reverse,
        batch_first=batch_first,
    )


def _directions_of_flax(layer: Any) -> tuple[list[Any], bool]:
    """The cells of a layer, one for each direction, and whether the first is back."""
    if isinstance(layer, nnx.Bidirectional):
        usual = inspect.signature(nnx.Bidirectional.__init__).parameters["merge_fn"]
        if layer.merge_fn is not usual.default:
            raise ValueError(
                "cells must be an nnx.Bidirectional that concatenates outputs, not one "
                "with a merge_fn of its own"
            )
        runs = (layer.forward_rnn, layer.backward_rnn)
        return [getattr(run, "cell", run) for run in runs], False
    if not isinstance(layer, nnx.RNN):
        return [layer], False
    if layer.reverse and not layer.keep_order:
        raise ValueError(
            "cells must keep the order of their outputs where they run in reverse, as "
            "layers here do; give nnx.RNN(..., reverse=True, keep_order=True)"
        )
    return [layer.cell], bool(layer.reverse)


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
    arrays = {
        k: np.array(v.astype(jnp.float32) if v.dtype == jnp.bfloat16 else v)
        for k, v in params._asdict().items()
    }
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
    usual = inspect.signature(type(cell).__init__).parameters["carry_init"].default
    given = {
        "activation_fn": nnx.tanh,
        "gate_fn": nnx.sigmoid,
        "carry_init": usual,
    }
    for name, usual in given.items():
        if getattr(cell, name, usual) is not usual:
            raise ValueError(f"cells must have their usual {name}, not another one")


def _filled(
    cell: Cell, found: dict[str, Params], num_layers: int, **options: Any
) -> Recurrent:
    """Layers with these parameters, by their names."""
    first = found["layer_0"]
    layers = Recurrent(
        cell,
        int(first.w_x.shape[0]),
        int(first.w_h.shape[0]),
        num_layers=num_layers,
        rngs=nnx.Rngs(0),
        **options,
    )
    layers.load(found)
    return layers
