"""A trained model of node classes: all its seeds, kept in a run, asked of any graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.core.checks import check_choice
from seqjax.core.graphs import MODELS, GraphWeights
from seqjax.graphs.classify.inference import infer_by_blocks
from seqjax.graphs.classify.predictions import (
    NodePredictions,
    Poll,
    class_names,
    label_names,
    node_names,
    parts_of,
)
from seqjax.graphs.classify.receptive_fields import (
    ModelGraph,
    ReceptiveField,
    Scales,
    model_graph,
)
from seqjax.lab.data.graph_data import GraphData, load_graph
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.run_directory import model_folder

Outputs = Callable[[GraphWeights], tuple[np.ndarray, np.ndarray]]
"""Hidden units and logits of all nodes, from the weights of one seed."""

FORMAT = "seqjax node classifier"


class Origin(NamedTuple):
    """What a classifier was trained on.

    Attributes:
        dataset: the word that names the graph.
        split: "fixed" or "random".
    """

    dataset: str
    split: str


class NodeClassifier(NamedTuple):
    """All seeds of one model of node classes, with all that it takes to ask them.

    Attributes:
        model: a name in `seqjax.core.graphs.MODELS`.
        features: how features are read: "rows", "given" or "columns"; "none" where a
            node is known by its number alone.
        classes: names of the classes.
        block_size: nodes that are computed at a time on the host; 0: all at once.
        seeds: their numbers.
        diverged: which of them did.
        origin: what it was trained on.
        weights: of both layers, with a leading axis of seeds.
        scales: what "columns" standardises by; None for all others.
    """

    model: str
    features: str
    classes: tuple[str, ...]
    block_size: int
    seeds: tuple[int, ...]
    diverged: tuple[bool, ...]
    origin: Origin
    weights: GraphWeights
    scales: Scales | None = None

    def predict(self, graph: GraphData | str | None = None) -> NodePredictions:
        """What the seeds say of every node of a graph.

        Args:
            graph: a graph, or a word as ``--dataset`` takes it; None (the default) for
                the graph it was trained on.

        Raises:
            UserError: a graph that cannot be had, or one with other features.
        """
        own = graph is None
        given = self.origin.dataset if graph is None else graph
        found = load_graph(given) if isinstance(given, str) else given
        outputs = self._outputs(self._read(found))
        poll = Poll(found.num_nodes, len(self.classes))
        for i, diverged in enumerate(self.diverged):
            poll.add(outputs(GraphWeights(*(w[i] for w in self.weights)))[1], diverged)
        return NodePredictions(
            node_names(found),
            label_names(found.labels, class_names(found)),
            parts_of(found, self.origin.split if own else "fixed"),
            np.array(self.classes, str),
            poll.probability,
            poll.agreement,
        )

    def save(self, folder: Path) -> None:
        """Write it, in place of the model that the folder may hold.

        Args:
            folder: made if it is not there.

        Raises:
            UserError: the system refuses.
        """
        kept = ("weights", "scales")
        about = {k: v for k, v in self._asdict().items() if k not in kept}
        about["origin"] = self.origin._asdict()
        arrays = {k: np.asarray(v) for k, v in self.weights._asdict().items()}
        if self.scales is not None:
            arrays |= self.scales._asdict()
        model_folder.write(folder, FORMAT, about, arrays)

    @classmethod
    def load(cls, folder: Path) -> "NodeClassifier":
        """Read what `save` has written, to the bit.

        Args:
            folder: where it is.

        Raises:
            UserError: there is no such model, or its files are not whole.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        names = set(cls._fields) - {"weights", "scales"}
        content = model_folder.read(folder, FORMAT, names)
        try:
            arrays: dict[str, Any] = dict(load(content.data))
            about: dict[str, Any] = {n: content.description[n] for n in names}
            for name in ("classes", "seeds", "diverged"):
                about[name] = tuple(about[name])
            about["origin"] = Origin(**about["origin"])
            weights = GraphWeights(arrays["first"], arrays["second"])
            check_choice("model", about["model"], MODELS)
            if len(weights.first) != len(about["seeds"]):
                raise ValueError("weights are not of these seeds")
            scales = None
            if about["features"] == "columns":
                scales = Scales(arrays["mean"], arrays["deviation"])
        except (ValueError, TypeError, KeyError, SafetensorError) as error:
            raise UserError(
                f"{content.path} cannot be understood ({one_line(error)}); "
                f"{model_folder.AGAIN}"
            ) from error
        return cls(**about, weights=weights, scales=scales)

    def _read(self, graph: GraphData) -> ModelGraph:
        """The graph as the model reads it; refused where the features are others."""
        inputs = self.weights.first.shape[2]
        without = self.features == "none"
        if without and (graph.features is not None or graph.num_nodes != inputs):
            features = "with" if graph.features is not None else "without"
            raise UserError(
                f"the graph {graph.name} must be the one that the model was trained "
                f"on, of {inputs} nodes without features, for it knows a node by its "
                f"number alone, not one of {graph.num_nodes} nodes {features}; train "
                "on a graph with features"
            )
        count = None if graph.features is None else graph.features.shape[1]
        if not without and count != inputs:
            raise UserError(
                f"the graph {graph.name} must have the {inputs} features that the "
                f"model was trained on, not {count or 'none'}; name one with the same "
                "columns"
            )
        scaling = "rows" if without else self.features
        return model_graph(graph, self.model, scaling, self.scales)

    def _outputs(self, read: ModelGraph) -> Outputs:
        if not self.block_size:
            return whole_outputs(self.model, read.whole())
        return block_outputs(self.model, read, self.block_size)


def whole_outputs(model: str, field: ReceptiveField) -> Outputs:
    """Outputs of all nodes at once, in a program that all seeds share."""
    run = jax.jit(ReceptiveField.outputs, static_argnums=1)

    def outputs(weights: GraphWeights) -> tuple[np.ndarray, np.ndarray]:
        hidden, logits = run(field, model, weights)
        return np.asarray(hidden), np.asarray(logits)

    return outputs


def block_outputs(model: str, read: ModelGraph, block: int) -> Outputs:
    """Outputs of so many nodes at a time, on the host."""

    def outputs(weights: GraphWeights) -> tuple[np.ndarray, np.ndarray]:
        return infer_by_blocks(model, weights, read.features, read.matrix, block=block)

    return outputs


def open_classifier(run: str | Path, model: str | None = None) -> NodeClassifier:
    """Opens a model that ``seqjax graphs classify`` has trained.

    Args:
        run: its run directory, complete.
        model: which of its models; None (the default): the first.

    Raises:
        UserError: it is no complete run of ``graphs classify``, or has no such model.
    """
    from seqjax.graphs.classify.study import CLASSIFY
    from seqjax.lab.run_directory import layout, rundir

    path = Path(run)
    with rundir.open_finished(CLASSIFY, path) as opened:
        models = opened.config.model
    try:
        check_choice("model", models[0] if model is None else model, models)
    except ValueError as error:
        raise UserError(str(error)) from error
    return NodeClassifier.load(path / layout.MODELS / (model or models[0]))
