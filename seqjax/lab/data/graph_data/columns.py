"""What the columns of a table of edges or of nodes are called."""

import re
from collections.abc import Sequence

SOURCES = frozenset(
    ("source", "sources", "src", "from", "fromnode", "fromnodeid", "fromid")
    + ("sourceid", "sourcenode", "node1", "nodeid1", "id1", "sender")
)
TARGETS = frozenset(
    ("target", "targets", "dst", "dest", "destination", "to", "tonode", "tonodeid")
    + ("toid", "targetid", "targetnode", "node2", "nodeid2", "id2", "receiver")
)
WEIGHTS = frozenset(("weight", "weights", "w", "edgeweight", "value"))
TIMES = frozenset(("time", "times", "timestamp", "unixtime", "t", "date", "datetime"))

IDS = frozenset(("id", "ids", "node", "nodes", "nodeid", "name", "names"))
LABELS = frozenset(("label", "labels", "class", "classes"))
SPLITS = frozenset(("split", "part", "set"))


def plain(cell: str) -> str:
    """The name of a column as the sets above have it: letters and digits, small."""
    return re.sub(r"[^a-z0-9]", "", cell.lower())


def place(cells: Sequence[str], known: frozenset[str]) -> int | None:
    """Where the first column of a known name stands; None where there is none."""
    return next((i for i, cell in enumerate(cells) if plain(cell) in known), None)


def names_ends(cells: Sequence[str]) -> bool:
    """Whether these name a column of sources and one of targets."""
    return None not in (place(cells, SOURCES), place(cells, TARGETS))


def rank(cell: str) -> int:
    """Where a column stands among source, target and all others."""
    name = plain(cell)
    return 0 if name in SOURCES else 1 if name in TARGETS else 2
