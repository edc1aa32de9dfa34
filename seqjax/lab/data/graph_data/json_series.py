"""What a JSON file has of a series: values with gaps, edges that stay or change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Num

from seqjax.lab.data.graph_data.rows import shown
from seqjax.lab.data.graph_data.series import Values
from seqjax.lab.errors import UserError

WAY_OUT = (
    "give a JSON object with edges [[source, target], ...] and FX [[value of each "
    "node], ...], a row per time"
)
_VALUES = ("FX", "X", "y", "values")


def of_entry(
    path: Path, entry: Any, *, directed: bool = False, needs_edges: bool = True
) -> tuple[Values, Any, Any]:
    """Values, edges and weights of what a file holds; None for what it does not.

    Args:
        path: The file, for errors.
        entry: What it holds.
        directed: Whether edges are taken one way, for what is told; not by default.
        needs_edges: Whether there is no graph beside it, as by default.

    Raises:
        UserError: It holds something else.
    """
    if not isinstance(entry, dict):
        raise UserError(f"{path} must hold an object; {WAY_OUT}")
    entry = _by_time(entry)
    key = next((each for each in _VALUES if each in entry), "FX")
    found = _values(path, key, entry.get(key))
    names = times = None
    if "node_ids" in entry:
        names = _names(path, entry["node_ids"], found.shape)
    if "times" in entry:
        times = _times(path, entry["times"], len(found))
    told: tuple[str, ...] = ()
    if entry.get("directed") is True and not directed:
        told = ("the file calls its edges directed; all are taken both ways",)
    values = Values(str(path), found, names, times, told)
    mapping = entry.get("edge_mapping")
    if isinstance(mapping, dict):
        entry = {
            "edges": mapping.get("edge_index"),
            "weights": mapping.get("edge_weight"),
        }
    edges = entry.get("edges")
    if edges is None and not needs_edges:
        return values, None, None
    changing = _is_changing(edges)
    if not changing:
        pairs = _pairs(path, "edges", edges)
    weights: Any = entry.get("weights")
    if isinstance(weights, dict) or (
        isinstance(weights, list) and weights and isinstance(weights[0], list)
    ):
        if not changing and len(weights) != len(found):
            raise UserError(
                f"{path} must have a number per edge as 'weights'; {WAY_OUT}"
            )
        weights = [
            _flat(path, f"weights of time {time}", each)
            for time, each in enumerate(_in_order(path, "weights", weights))
        ]
    elif weights is not None:
        weights = _flat(path, "weights", weights)
    if changing:
        each = _in_order(path, "edges", edges)
        named = [
            _pairs(path, f"edges of time {time}", one) for time, one in enumerate(each)
        ]
        return values, named, weights
    return values, pairs, weights


def _by_time(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object with an object for each time, "0", "1", ..., turned into lists."""
    if any(key in entry for key in _VALUES) or not isinstance(entry.get("0"), dict):
        return entry
    count = next(t for t in range(len(entry) + 1) if str(t) not in entry)
    each = [entry[str(time)] for time in range(count)]
    found = {key: value for key, value in entry.items() if not key.isdecimal()}
    for key in (*_VALUES, "edges", "weights"):
        if all(isinstance(one, dict) and key in one for one in each):
            found[key] = [one[key] for one in each]
    return found


def _is_changing(edges: Any) -> bool:
    """Whether there are pairs for each time, rather than pairs."""
    if isinstance(edges, dict):
        return True
    if not isinstance(edges, list):
        return False
    return any(
        isinstance(each, list) and (not each or isinstance(each[0], list))
        for each in edges
    )


def _in_order(path: Path, key: str, value: Any) -> list[Any]:
    """What there is for each time, as a list."""
    if isinstance(value, list):
        return value
    if set(value) != {str(time) for time in range(len(value))}:
        raise UserError(
            f"{path} must have {key!r} by time, from '0' to '{len(value) - 1}', not "
            f"{shown(', '.join(sorted(value)))}; number the times from 0 without gaps"
        )
    return [value[str(time)] for time in range(len(value))]


def _array(path: Path, key: str, value: Any) -> Num[np.ndarray, "..."]:
    """Numbers in lists of one length each."""
    try:
        # null is no number to NumPy, and words are an array of words.
        array = np.array(value)
    except ValueError:
        array = np.zeros(0, np.object_)
    if array.dtype.kind not in "iuf":
        raise UserError(
            f"{path} must have numbers as {key!r}, in lists of the same length; "
            f"{WAY_OUT}"
        )
    return array


def _pairs(path: Path, key: str, value: Any) -> Num[np.ndarray, "2 edges"]:
    array = _array(path, key, value)
    if key != "edges" and not array.size:
        return np.zeros((2, 0), np.int64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise UserError(f"{path} must have pairs as {key!r}; {WAY_OUT}")
    return array.T


def _flat(path: Path, key: str, value: Any) -> Num[np.ndarray, " edges"]:
    array = _array(path, key, value)
    if array.ndim != 1:
        raise UserError(f"{path} must have a number per edge as {key!r}; {WAY_OUT}")
    return array


def _values(
    path: Path, key: str, value: Any
) -> Float64[np.ndarray, "time nodes features"]:
    """What the nodes have at each time, NaN where it is missing."""
    if not isinstance(value, list) or not value or not isinstance(value[0], list):
        if value is None or isinstance(value, dict | str):
            _array(path, key, None)
        raise UserError(f"{path} must have a row per time as {key!r}; {WAY_OUT}")
    width = len(value[0])
    if not width:
        raise UserError(f"{path} must have a row per time as {key!r}; {WAY_OUT}")
    for time, row in enumerate(value):
        if not isinstance(row, list) or len(row) != width:
            got = len(row) if isinstance(row, list) else shown(row)
            raise UserError(
                f"{path} must have {width} values in every row of {key!r}, as the "
                f"first has, but time {time} has {got}; give null where one is missing"
            )
    sizes = [len(cell) for row in value for cell in row if isinstance(cell, list)]
    features = sizes[0] if sizes else 1
    found = np.full((len(value), width, max(features, 1)), np.nan)
    for time, row in enumerate(value):
        for node, cell in enumerate(row):
            cells = cell if isinstance(cell, list) else [cell] * bool(not sizes)
            if cell is not None and len(cells) != features or not features:
                _refuse(path, key, time, node, cell, features if sizes else 1)
            for i, number in enumerate(cells):
                if number is None:
                    continue
                if isinstance(number, bool) or not isinstance(number, int | float):
                    _refuse(path, key, time, node, number, 1)
                found[time, node, i] = _float(number)
    return found


def _float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def _refuse(
    path: Path, key: str, time: int, node: int, cell: Any, features: int
) -> None:
    wanted = "a number" if features == 1 else f"a list of {features} numbers"
    raise UserError(
        f"{path} must have {wanted} or null for every node in {key!r}, but node {node} "
        f"has {shown(cell)} at time {time}; correct it"
    )


def _times(path: Path, value: Any, count: int) -> list[str]:
    if not isinstance(value, list) or len(value) != count:
        got = len(value) if isinstance(value, list) else shown(value)
        raise UserError(
            f"{path} must have a time for each of its {count} rows of values in "
            f"'times', not {got}; correct it, or leave it out"
        )
    return [str(each) for each in value]


def _names(path: Path, value: Any, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the nodes in the order of their numbers."""
    times, num_nodes = shape[:2]
    sound = isinstance(value, dict) and all(type(n) is int for n in value.values())
    counted = sound and sorted(value.values()) == list(range(len(value)))
    if counted and num_nodes != times == len(value):
        raise UserError(
            f"{path} must have a row per time and a column per node, but has {times} "
            f"rows and {num_nodes} columns for the {times} nodes of 'node_ids'; "
            "transpose the values"
        )
    if not counted or len(value) != num_nodes:
        raise UserError(
            f"{path} must number the {num_nodes} nodes of its values in 'node_ids', "
            "from 0; correct it, or leave it out"
        )
    return tuple(sorted(value, key=value.__getitem__))
