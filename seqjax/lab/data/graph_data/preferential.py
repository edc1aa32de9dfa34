"""Random graphs that grow, and whose old nodes grow most: Barabasi-Albert."""

import numpy as np
from jaxtyping import Int64

from seqjax.core.checks import check_integer
from seqjax.lab.data.graph_data.building import make_drawn
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.data.graph_data.sampling import generator


def barabasi_albert(num_nodes: int, attached: int, seed: int) -> GraphData:
    """Growth by preferential attachment (Barabasi & Albert 1999).

    At first node 0 is joined to nodes 1 to m. Then each new node is joined to m others:
    drawn one after the other, each with a probability that goes with its degree before
    the new node came, and drawn again if it was drawn for this node before. So there
    are m (n - m) edges, and the graph is connected.

    Args:
        num_nodes: n, above m.
        attached: m, the edges that a new node brings.
        seed: 0 or more; the same gives the same graph.

    Raises:
        ValueError: A number that is not allowed.
    """
    check_integer("attached", attached, minimum=1)
    check_integer("num_nodes", num_nodes, minimum=attached + 1)
    joined = _Growth(attached, generator(seed, "barabasi-albert")).to(num_nodes)
    joined[0] = np.arange(1, attached + 1)
    new = np.arange(attached, num_nodes)
    new[0] = 0
    edges = np.stack([np.repeat(new, attached), joined.ravel()])
    return make_drawn("barabasi-albert", edges, num_nodes)


class _Growth:
    """The ends of all edges in a row, of which a uniform draw is by degree.

    Round b brings node m + b: first the m nodes that it is joined to, then itself m
    times; round 0 node 0 m times, then nodes 1 to m. So round b draws places below
    2 m b, and a place in the first half of a round stands for what was drawn there: a
    place farther back, and so on. Many rounds are drawn together, and places followed
    back all at once; the few rounds that drew a node twice are put right until nothing
    changes, which then is what drawing one round after the other gives.

    Args:
        attached: m.
        random: Where random numbers come from.
    """

    def __init__(self, attached: int, random: np.random.Generator) -> None:
        self.attached, self.random = attached, random
        self.joined = np.zeros((0, attached), np.int64)

    def to(self, num_nodes: int) -> Int64[np.ndarray, "rounds attached"]:
        """The nodes that each round's node is joined to; those of round 0 are 0."""
        attached = self.attached
        self.joined = np.zeros((num_nodes - attached, attached), np.int64)
        first = 1
        while first < len(self.joined):
            last = min(2 * first, len(self.joined))
            self.joined[first:last] = self._rounds(first, last)
            first = last
        return self.joined

    def _rounds(self, first: int, last: int) -> Int64[np.ndarray, "rounds attached"]:
        """The nodes of some rounds, if all those before are known."""
        ends = 2 * self.attached * np.arange(first, last)
        shape = (last - first, self.attached)
        places = self.random.integers(0, ends[:, None], shape, np.int64)
        drawn: dict[int, list[int]] = {}
        while True:
            nodes = self._nodes(places, first)
            ordered = np.sort(nodes, axis=1)
            twice = (ordered[:, 1:] == ordered[:, :-1]).any(1)
            for number in np.flatnonzero(twice).tolist():
                drawn.setdefault(number, places[number].tolist())
            changed = False
            for number in sorted(drawn):
                chosen = self._distinct(drawn[number], int(ends[number]), nodes, first)
                changed |= chosen != places[number].tolist()
                places[number] = chosen
            if not changed:
                return nodes

    def _nodes(
        self, places: Int64[np.ndarray, "rounds attached"], first: int
    ) -> Int64[np.ndarray, "rounds attached"]:
        """The nodes at places, which may lie in these very rounds."""
        size, begin = self.attached, 2 * self.attached * first
        found = places.ravel().copy()
        own = places.ravel()
        follow = np.flatnonzero((found >= begin) & (found % (2 * size) < size))
        while len(follow):
            place = found[follow] - begin
            found[follow] = own[place // (2 * size) * size + place % (2 * size)]
            place = found[follow]
            follow = follow[(place >= begin) & (place % (2 * size) < size)]
        return self._settled(found, first).reshape(places.shape)

    def _settled(
        self, places: Int64[np.ndarray, " places"], first: int
    ) -> Int64[np.ndarray, " places"]:
        """The nodes at places that are no draws of rounds `first` and later."""
        size = self.attached
        rounds, inside = np.divmod(places, 2 * size)
        drawn = self.joined[np.minimum(rounds, first - 1), np.minimum(inside, size - 1)]
        itself = np.where(rounds == 0, inside - size + 1, rounds + size)
        return np.where(inside < size, drawn, itself)

    def _distinct(
        self,
        drawn: list[int],
        end: int,
        nodes: Int64[np.ndarray, "rounds attached"],
        first: int,
    ) -> list[int]:
        """The first places that stand for different nodes; draws more as need be."""
        size = self.attached
        chosen: dict[int, int] = {}
        count = 0
        while len(chosen) < size:
            if count == len(drawn):
                drawn.append(int(self.random.integers(0, end)))
            place = drawn[count]
            count += 1
            number, inside = divmod(place, 2 * size)
            if number >= first and inside < size:
                node = int(nodes[number - first, inside])
            else:
                node = int(self._settled(np.array([place]), first)[0])
            chosen.setdefault(node, place)
        return list(chosen.values())
