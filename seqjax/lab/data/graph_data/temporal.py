"""Series on the nodes of a graph: by name, in JSON, in tables, arrays and folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.graph_data.files import read_file, read_utf8
from seqjax.lab.data.graph_data.formats import has_edges, only_file, read_folder
from seqjax.lab.data.graph_data.graph import GraphData, TemporalGraph
from seqjax.lab.data.graph_data.json_series import WAY_OUT, of_entry
from seqjax.lab.data.graph_data.load import load_graph
from seqjax.lab.data.graph_data.named import TEMPORAL, temporal_file
from seqjax.lab.data.graph_data.series import Values, make_series, on_graph
from seqjax.lab.data.graph_data.series_files import (
    edges_of_times,
    names_in,
    read_arrays,
    read_table,
    timed_edges,
)
from seqjax.lab.errors import UserError

_STEMS = ("values", "series")


def load_temporal(
    word: str,
    *,
    graph: str | None = None,
    directed: bool = False,
    cache: Path | None = None,
) -> TemporalGraph:
    """A series by its name, downloaded unless it is here, or from a file or folder.

    A file is JSON (see `read_temporal`), a table of text with a row per time and a
    column per node, or arrays of NumPy. A folder has such a file ``values.*`` beside a
    graph in ``edges.*`` and perhaps ``nodes.csv``; a column ``time`` in ``edges.csv``
    says at which time of the values an edge is there.

    Args:
        word: ``"chickenpox"``, or a file or folder; ``./NAME`` is always one of these.
        graph: The graph of values without edges of their own, as `load_graph` takes
            it; None (the default) where they have some.
        directed: Whether edges go from source to target only; they do not by default.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.

    Raises:
        UserError: A word that names none, or a file that holds none; no graph, or two.
    """
    if word in TEMPORAL:
        _check_own(word, graph)
        return read_temporal(temporal_file(word, cache=cache), directed=directed)
    path = Path(word).expanduser()
    if not path.exists():
        way_out = suggestion(word, list(TEMPORAL)) or f"; {WAY_OUT}"
        raise UserError(
            f"a series must be a file or one of {', '.join(TEMPORAL)}, got {word!r}, "
            f"which is neither{way_out}"
        )
    name = path.resolve().name if path.is_dir() else path.stem
    apart = None if graph is None else load_graph(graph, directed=directed)
    if path.is_dir():
        if not has_edges(path):
            return _read(_values_file(path), name, apart, directed)
        _check_own(word, graph)
        timed = timed_edges(path, directed)
        if timed is None:
            own = read_folder(path, directed=directed)
            return _read(_values_file(path), name, own, directed)
        values, edges, _ = _parts(_values_file(path), names_in(timed), directed)
        _check_none(path, edges)
        return edges_of_times(name, values, timed, directed)
    return _read(path, name, apart, directed)


def read_temporal(path: Path, *, directed: bool = False) -> TemporalGraph:
    """A series from a JSON file with edges of its own.

    The object has ``edges``, pairs of numbers of nodes; ``FX`` or ``X``, a row of
    values for each time, each value a number, null where it is missing, or a list of
    these. It may have ``weights``, one per edge, ``node_ids``, numbers by name, and
    ``times``. Edges that change are a list of lists of pairs, one for each time, with
    weights in such lists; or ``edge_mapping`` with ``edge_index`` and ``edge_weight``
    by time, as in public data sets of epidemics. Edges from a node to itself are left
    out: a layer that wants them adds them.

    Args:
        path: The file.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: A file that is not there, cut, or holds something else.
    """
    values, edges, weights = of_entry(path, _json(path), directed=directed)
    return make_series(path.stem, values, edges, weights, directed=directed)


def _json(path: Path) -> Any:
    text = read_utf8(path, "a JSON file", WAY_OUT)
    try:
        return json.loads(text)
    # Lists in lists a thousand deep are no error of JSON.
    except (ValueError, RecursionError):
        raise UserError(f"{path} must be a JSON file, but is not; {WAY_OUT}") from None


def _values_file(folder: Path) -> Path:
    found = [path for stem in _STEMS if (path := only_file(folder, stem)) is not None]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(
            f"the folder {folder} must have one file of values, as values.csv, beside "
            f"its edges, but has {names}; give a row per time and a column per node"
        )
    return found[0]


def _parts(
    path: Path, names: tuple[str, ...], directed: bool
) -> tuple[Values, Any, Any]:
    """Values, edges and weights of a file, whatever it is; None for what is not there.

    Args:
        path: The file.
        names: Of the nodes of a graph that is known; none without one.
        directed: Whether edges are taken one way.
    """
    begin = read_file(path, WAY_OUT)[:4096]
    if begin[:4] == b"PK\x03\x04" or begin[:6] == b"\x93NUMPY":
        return read_arrays(path)
    utf16 = begin[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = begin.decode("utf-16" if utf16 else "utf-8-sig", errors="ignore").lstrip()
    if text[:1] in ("{", "[") or path.suffix.lower() == ".json":
        return of_entry(path, _json(path), directed=directed, needs_edges=not names)
    return read_table(path, names), None, None


def _read(
    path: Path, name: str, graph: GraphData | None, directed: bool
) -> TemporalGraph:
    """A series with edges of its own, or on a graph."""
    values, edges, weights = _parts(path, names_in(graph), directed)
    if graph is not None:
        _check_none(path, edges)
        return on_graph(name, values, graph)
    if edges is None:
        raise UserError(
            f"{path} must have a graph for its values, but has no edges; name one by "
            "--graph, or give a folder with edges.csv and values.csv"
        )
    return make_series(name, values, edges, weights, directed=directed)


def _check_own(word: str, graph: str | None) -> None:
    if graph is not None:
        raise UserError(
            f"graph must be left out where the series has one of its own, as {word} "
            f"has, not {graph!r}; leave it out"
        )


def _check_none(path: Path, edges: np.ndarray | list[Any] | None) -> None:
    if edges is not None:
        raise UserError(
            f"{path} must have values alone where the graph is given apart, but has "
            "edges of its own; leave one of both out"
        )
