"""Two small graphs that need no file."""

from collections.abc import Callable

import numpy as np

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.graph import GraphData, Split

# Friends of member 1, 2, ... who have a larger number.
_FRIENDS = (
    (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32),
    (3, 4, 8, 14, 18, 20, 22, 31),
    (4, 8, 9, 10, 14, 28, 29, 33),
    (8, 13, 14),
    (7, 11),
    (7, 11, 17),
    (17,),
    (),
    (31, 33, 34),
    (34,),
    (),
    (),
    (),
    (34,),
    (33, 34),
    (33, 34),
    (),
    (),
    (33, 34),
    (34,),
    (33, 34),
    (),
    (33, 34),
    (26, 28, 30, 33, 34),
    (26, 28, 32),
    (32,),
    (30, 34),
    (34,),
    (32, 34),
    (33, 34),
    (33, 34),
    (33, 34),
    (34,),
    (),
)
_WITH_INSTRUCTOR = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 20, 22)

_ROWS = """
A 1 1 0 0 1 1
B 1 1 1 1 0 0
C 0 1 1 1 0 0
D 0 1 1 1 0 1
E 1 0 0 0 1 1
F 1 0 0 1 1 1
"""


def karate() -> GraphData:
    """Zachary's karate club: 34 members, 78 friendships (Zachary 1977, figure 1).

    Member i of the paper is node i - 1, and bears its number as a name. The label says
    which club a member joined when this one fell apart: 0 the instructor's (node 0), 1
    the administrator's (node 33). Those two are trained on, all others tested on.
    """
    edges = [
        (member - 1, friend - 1)
        for member, friends in enumerate(_FRIENDS, 1)
        for friend in friends
    ]
    both = np.array(edges + [edge[::-1] for edge in edges], np.int32).T
    members = np.arange(1, len(_FRIENDS) + 1)
    ends = np.array([0, 33], np.int32)
    others = np.arange(1, 33, dtype=np.int32)
    return make_graph(
        "karate",
        both,
        len(members),
        labels=1 - np.isin(members, _WITH_INSTRUCTOR).astype(np.int32),
        split=Split(ends, np.zeros(0, np.int32), others),
        node_names=tuple(map(str, members)),
    )


def example() -> GraphData:
    """The six nodes A to F on which report 000 shows how far a layer reaches.

    Its table has ones on the diagonal too, for the loops that the layer adds.
    """
    rows = [line.split() for line in _ROWS.split("\n") if line]
    adjacency = np.array([list(map(int, row[1:])) for row in rows], np.int32)
    np.fill_diagonal(adjacency, 0)
    edges = np.stack(np.nonzero(adjacency))
    names = tuple(row[0] for row in rows)
    return make_graph("example", edges, len(rows), node_names=names)


BUILT_IN: dict[str, Callable[[], GraphData]] = {"karate": karate, "example": example}
"""Graphs by name."""
