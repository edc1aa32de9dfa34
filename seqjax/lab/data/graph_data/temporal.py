"""Series on the nodes of a graph, in JSON files as of PyTorch Geometric Temporal."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Num

from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.graph_data.canonical import canonical
from seqjax.lab.data.graph_data.files import read_utf8
from seqjax.lab.data.graph_data.graph import TemporalGraph
from seqjax.lab.data.graph_data.named import TEMPORAL, temporal_file
from seqjax.lab.errors import UserError

_WAY_OUT = (
    "give a JSON object with edges [[source, target], ...] and FX [[value of each "
    "node], ...], a row per time"
)


def load_temporal(
    word: str, *, directed: bool = False, cache: Path | None = None
) -> TemporalGraph:
    """A series by its name, downloaded unless it is here, or from a file.

    Args:
        word: ``"chickenpox"``, or a file; ``./NAME`` is always a file.
        directed: Whether edges go from source to target only; they do not by default.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.

    Raises:
        UserError: A word that names none, or a file that holds none.
    """
    if word in TEMPORAL:
        return read_temporal(temporal_file(word, cache=cache), directed=directed)
    path = Path(word).expanduser()
    if not path.exists():
        way_out = suggestion(word, list(TEMPORAL)) or f"; {_WAY_OUT}"
        raise UserError(
            f"a series must be a file or one of {', '.join(TEMPORAL)}, got {word!r}, "
            f"which is neither{way_out}"
        )
    return read_temporal(path, directed=directed)


def read_temporal(path: Path, *, directed: bool = False) -> TemporalGraph:
    """A series from a JSON file.

    The object has ``edges``, pairs of numbers of nodes; ``FX`` or ``X``, a row of
    values for each time, each value a number or a list of numbers; it may have
    ``weights``, one per edge, and ``node_ids``, numbers by name. Edges from a node to
    itself are left out: a layer that wants them adds them.

    Args:
        path: The file.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: A file that is not there, cut, or holds something else.
    """
    text = read_utf8(path, "a JSON file", _WAY_OUT)
    try:
        entry = json.loads(text)
    # Lists in lists a thousand deep are no error of JSON.
    except (ValueError, RecursionError):
        raise UserError(f"{path} must be a JSON file, but is not; {_WAY_OUT}") from None
    if not isinstance(entry, dict):
        raise UserError(f"{path} must hold an object; {_WAY_OUT}")
    key = "X" if "X" in entry and "FX" not in entry else "FX"
    values = _values(path, key, entry.get(key))
    num_nodes = values.shape[1]
    names = _names(path, entry["node_ids"], num_nodes) if "node_ids" in entry else None
    edges = _array(path, "edges", entry.get("edges"))
    if edges.ndim != 2 or edges.shape[1] != 2:
        raise UserError(f"{path} must have pairs as 'edges'; {_WAY_OUT}")
    weights = None
    if "weights" in entry:
        weights = _array(path, "weights", entry["weights"])
        if weights.ndim != 1:
            raise UserError(
                f"{path} must have a number per edge as 'weights'; {_WAY_OUT}"
            )
    ordered = canonical(
        edges.T, num_nodes, weights, directed=directed, what=str(path), names=names
    )
    return TemporalGraph(
        path.stem,
        num_nodes,
        ordered.edges,
        ordered.weights,
        values,
        names,
        directed,
        ordered.changes,
    )


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
            f"{_WAY_OUT}"
        )
    return array


def _values(
    path: Path, key: str, value: Any
) -> Float32[np.ndarray, "time nodes features"]:
    """What the nodes have at each time."""
    array = _array(path, key, value)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or not array.size:
        raise UserError(f"{path} must have a row per time as {key!r}; {_WAY_OUT}")
    with np.errstate(over="ignore", under="ignore"):
        values = array.astype(np.float32)
    if not np.isfinite(values).all():
        time, node, feature = np.argwhere(~np.isfinite(values))[0]
        raise UserError(
            f"{path} must have finite values, but node {node} has "
            f"{values[time, node, feature]:g} at time {time}; correct it"
        )
    return values


def _names(path: Path, value: Any, num_nodes: int) -> tuple[str, ...]:
    """The names of the nodes in the order of their numbers."""
    sound = isinstance(value, dict) and all(type(n) is int for n in value.values())
    if not sound or sorted(value.values()) != list(range(num_nodes)):
        raise UserError(
            f"{path} must number the {num_nodes} nodes of its values in 'node_ids', "
            "from 0; correct it, or leave it out"
        )
    return tuple(sorted(value, key=value.__getitem__))
