"""Pickles of arrays and sparse matrices, read without running anything of theirs."""

import math
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Shaped
from scipy import sparse

from seqjax.lab.data.graph_data.pickle_steps import (
    DAMAGED,
    Made,
    PickleError,
    run,
    short,
)

_NUMBERS = {"f4", "f8", *(kind + size for kind in "iu" for size in "1248")}
_MOST_DIMENSIONS = 2

Pickled: TypeAlias = Shaped[np.ndarray, "..."] | sparse.csr_array | dict[Any, Any]


def read_pickle(data: bytes) -> Pickled:
    """An array, a matrix in compressed rows, or a dictionary from a pickle.

    The pickle may be of Python 2, as those of Planetoid are, or 3. Of a dictionary only
    the keys are sure to be whole numbers or strings.

    Args:
        data: All bytes of the file.

    Raises:
        PickleError: It is cut or damaged, or holds something else.
    """
    result = run(data)
    if type(result) is dict:
        return result
    if not isinstance(result, Made) or result.kind == "dtype":
        raise PickleError("holds neither an array nor a matrix nor a dictionary")
    return _array(result) if result.kind == "array" else _matrix(result)


def _array(made: Any) -> Shaped[np.ndarray, "..."]:
    """The array whose state is version, shape, data type, order and bytes."""
    if not isinstance(made, Made) or made.kind != "array":
        raise PickleError(DAMAGED)
    match made.state:
        case (int(), tuple(shape), Made(kind="dtype") as kind, order, raw):
            dtype = _dtype(kind)
        case _:
            raise PickleError(DAMAGED)
    if isinstance(raw, str) and (raw.isascii() or max(raw) <= "\xff"):
        # Bytes of Python 2, which are read as a character each.
        raw = raw.encode("latin-1")
    if (
        not isinstance(raw, bytes)
        or len(shape) > _MOST_DIMENSIONS
        or not all(type(n) is int and n >= 0 for n in shape)
        or len(raw) != dtype.itemsize * math.prod(shape)
    ):
        raise PickleError(DAMAGED)
    array = np.frombuffer(raw, dtype).reshape(shape, order="F" if order else "C")
    return array.astype(dtype.newbyteorder("="))


def _dtype(made: Made) -> np.dtype[Any]:
    """The data type: a kind of number, and in its state the order of bytes."""
    match made.arguments, made.state:
        case (str(code), *_), (int(), "<" | ">" | "|" as order, *_):
            if code not in _NUMBERS:
                raise PickleError(f"has an array of type {short(code)}, not of numbers")
            return np.dtype(order + code)
    raise PickleError(DAMAGED)


def _matrix(made: Made) -> sparse.csr_array:
    """The matrix in compressed rows whose attributes are the state."""
    match made.state:
        case {"data": data, "indices": indices, "indptr": indptr, "_shape": shape} | {
            "data": data,
            "indices": indices,
            "indptr": indptr,
            "shape": shape,
        }:
            pass
        case _:
            raise PickleError(DAMAGED)
    match shape:
        case (int(rows), int(columns)) if 0 <= min(shape) <= max(shape) < 2**31:
            pass
        case _:
            raise PickleError(DAMAGED)
    data, indices, indptr = _array(data), _array(indices), _array(indptr)
    sound = (
        data.ndim == indices.ndim == indptr.ndim == 1
        and indices.dtype.kind == indptr.dtype.kind == "i"
        and len(data) == len(indices)
        and len(indptr) == rows + 1
        and indptr[0] == 0
        and indptr[-1] == len(data)
        and (indptr[1:] >= indptr[:-1]).all()
        and (not len(indices) or 0 <= indices.min() <= indices.max() < columns)
    )
    if not sound:
        raise PickleError(DAMAGED)
    return sparse.csr_array((data, indices, indptr), shape)
