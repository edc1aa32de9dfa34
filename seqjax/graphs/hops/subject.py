"""The graph of a study of hops, and the nodes that its options name."""

from collections.abc import Sequence
from typing import NamedTuple

from seqjax.graphs.hops.config import HopsConfig
from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.graph_data import GraphData, load_graph
from seqjax.lab.errors import UserError

WHOLE = 300
"""Up to so many nodes, the influence of all of them is measured."""

SHOWN = 8


class Subject(NamedTuple):
    """What is looked at.

    Attributes:
        graph: all of it.
        names: of its nodes; numbers where they have none.
        measured: nodes whose influence is measured, ascending.
        path: nodes of the path in question; none where none is.
    """

    graph: GraphData
    names: tuple[str, ...]
    measured: tuple[int, ...]
    path: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether the influence of all nodes is measured."""
        return len(self.measured) == self.graph.num_nodes


def subject_of(config: HopsConfig) -> Subject:
    """Reads the graph and finds the nodes.

    Raises:
        UserError: A graph that cannot be read or is a single node, a node that is not
            in it, or none named on a large graph.
    """
    graph = load_graph(config.dataset, directed=config.directed)
    if graph.num_nodes < 2:
        raise UserError(
            f"the graph {graph.name} must have at least 2 nodes, but has "
            f"{graph.num_nodes}; name another one"
        )
    names = graph.node_names or tuple(map(str, range(graph.num_nodes)))
    places = {name: i for i, name in enumerate(names)}
    path = _found("path", config.asked, graph.name, places)
    chosen = _found("node", config.node, graph.name, places)
    if len(chosen) > WHOLE:
        raise UserError(
            f"node must name at most {WHOLE} nodes, not {len(chosen)}; name fewer"
        )
    if not chosen and graph.num_nodes > WHOLE:
        raise UserError(
            f"node must name the nodes to measure on a graph of more than {WHOLE}, but "
            f"{graph.name} has {graph.num_nodes} and none is named; give for example "
            f"--node {names[0]} {names[1]}"
        )
    measured = {*(chosen or range(graph.num_nodes)), *path[:1]}
    return Subject(graph, names, tuple(sorted(measured)), path)


def _found(
    option: str, words: Sequence[str], graph: str, places: dict[str, int]
) -> tuple[int, ...]:
    """The nodes of these names."""
    for word in words:
        if word not in places:
            names = list(places)
            some = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
            # One number is no misspelling of another.
            like = "" if word.isdigit() else suggestion(word, names[:1000])
            way_out = like or "; name one of these"
            raise UserError(
                f"{option} must name nodes of {graph} ({some}), got {word!r}{way_out}"
            )
    return tuple(places[word] for word in words)
