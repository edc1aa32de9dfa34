"""Settings of the study of hops."""

from dataclasses import dataclass

from seqjax.core.checks import (
    check_choice,
    check_choices,
    check_distinct,
    check_integer,
)
from seqjax.core.graphs import MODELS
from seqjax.graphs.hops.layers import ACTIVATIONS
from seqjax.lab.option_groups import SeedNumbers

EXAMPLE = "example"

CLAIMED = ("C", "D", "F", "E")
"""Report 000: information from C reaches E in three updates, this way."""

DEEPEST = 512
"""With more layers features may leave the range of floats."""


@dataclass(frozen=True)
class HopsConfig(SeedNumbers):
    """Settings of what reaches what on one graph.

    Every seed has weights and features of its own.

    Attributes:
        dataset: Graph: example (report 000's), karate, cora, citeseer, pubmed, or a
            folder with edges.csv and perhaps nodes.csv, or with files ind.NAME.* as
            Planetoid has them, or a file (edge list, npz, GraphML, JSON).
        directed: Take the edges of a file from source to target only.
        node: Nodes whose influence on all others is measured, by name; all of a graph
            of up to 300 nodes where none is given.
        path: Two nodes: how many layers until the first reaches the second, and which
            way; or all nodes of a path, to be judged. C D F E, as report 000 says, on
            the example.
        models: How features pass along edges, among {graph_models}; renormalized is
            the GCN, and mlp has no edges.
        layers: Influence is measured after 1 to so many layers, and so is memory.
        depths: Numbers of layers at which smoothing is reported.
        hidden_size: Features of a node before and after every layer.
        activation: After every layer: relu, tanh or linear (none).
        initializer: Of all weights: normal, xavier, he, orthogonal, identity, torch.
        memory_nodes: Nodes of a random graph (preferential attachment, 5 edges per
            node) on which memory is measured where the data set has fewer than 1000; 0
            to measure on that data set anyway.
        memory_size: Features per node and layer where memory is measured.
        batch_size: Nodes of a mini-batch.
        fan_out: Neighbours of a node that a mini-batch draws at each layer.
    """

    dataset: str = EXAMPLE
    directed: bool = False
    node: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    models: tuple[str, ...] = ("renormalized", "first-order", "sage-mean", "mlp")
    layers: int = 4
    depths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    hidden_size: int = 16
    activation: str = "relu"
    initializer: str = "xavier"
    memory_nodes: int = 10_000
    memory_size: int = 64
    batch_size: int = 64
    fan_out: int = 10

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        if not self.dataset:
            raise ValueError("dataset must name a graph, not nothing; try karate")
        check_choices("models", self.models, MODELS)
        check_choice("activation", self.activation, ACTIVATIONS)
        super().__post_init__()
        check_integer("layers", self.layers, minimum=1)
        _check_most("layers", self.layers, 20, "--depths goes further")
        check_distinct("depths", self.depths)
        for depth in self.depths:
            check_integer("depths", depth, minimum=1)
            _check_most("depths", depth, DEEPEST, "features would leave all bounds")
        if self.node:
            check_distinct("node", self.node)
        if len(self.path) == 1:
            raise ValueError(
                f"path must have at least two nodes, not 1: {self.path[0]}; give where "
                "it begins and where it ends"
            )
        _check_memory_nodes(self.memory_nodes)
        check_integer("memory_size", self.memory_size, minimum=1)
        check_integer("fan_out", self.fan_out, minimum=1)

    @property
    def asked(self) -> tuple[str, ...]:
        """The path in question, if there is one."""
        if self.path or self.dataset != EXAMPLE:
            return self.path
        return CLAIMED


def _check_most(name: str, value: int, most: int, hint: str) -> None:
    if value > most:
        raise ValueError(f"{name} must be at most {most}, not {value}; {hint}")


def _check_memory_nodes(value: int) -> None:
    check_integer("memory_nodes", value, minimum=0)
    if 0 < value < 100:
        raise ValueError(
            f"memory_nodes must be 0 or at least 100, not {value}; give 0 to measure "
            "on the data set"
        )
