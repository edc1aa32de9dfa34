"""The graph that a command names: built in, of Planetoid, or in a file or folder."""

from pathlib import Path

from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.graph_data.builtin import BUILT_IN
from seqjax.lab.data.graph_data.formats import has_edges, read_folder, read_graph
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.data.graph_data.named import PLANETOID
from seqjax.lab.data.graph_data.planetoid import load_planetoid, read_planetoid
from seqjax.lab.errors import UserError

NAMES = (*BUILT_IN, *PLANETOID)
"""Graphs that go by a name."""


def load_graph(
    word: str, *, directed: bool = False, cache: Path | None = None
) -> GraphData:
    """Reads the graph that a word names.

    A word is a name (one of `NAMES`), or a folder with ``edges.csv`` and perhaps
    ``nodes.csv`` (see `read_folder`) or with the files ``ind.NAME.*`` of one Planetoid
    graph, or a file (see `read_graph`), or ``FOLDER/NAME`` where a folder has the files
    of several Planetoid graphs, in this order; ``./NAME`` is always a file or folder.

    Args:
        word: The word.
        directed: Whether the edges of a file go from source to target only; they do not
            by default. Nothing to graphs that go by a name.
        cache: Folder for downloads; by default ``graphs`` in the user's cache folder.

    Raises:
        UserError: A word that names no graph, or one that cannot be read.
    """
    if word in BUILT_IN:
        return BUILT_IN[word]()
    if word in PLANETOID:
        return load_planetoid(word, cache=cache)
    path = Path(word).expanduser()
    if path.is_dir() and has_edges(path):
        return read_folder(path, directed=directed)
    if path.is_dir():
        return read_planetoid(path, _only_name(path))
    if path.exists():
        return read_graph(path, directed=directed)
    if (path.parent / f"ind.{path.name}.graph").exists():
        return read_planetoid(path.parent, path.name)
    way_out = suggestion(word, NAMES) or "; name one of them"
    raise UserError(
        "a graph must be a file, a folder with edges.csv, or one of "
        f"{', '.join(NAMES)}, got {word!r}, which is none of these{way_out}"
    )


def _only_name(folder: Path) -> str:
    """The name of the one Planetoid graph in a folder."""
    names = sorted(
        path.name[len("ind.") : -len(".graph")] for path in folder.glob("ind.*.graph")
    )
    if len(names) == 1:
        return names[0]
    way_out = f"give {folder / names[0]}" if names else "name another folder"
    raise UserError(
        f"the folder {folder} must have edges.csv, or ind.NAME.graph of one graph, but "
        f"has {', '.join(names) or 'none'}; {way_out}"
    )
