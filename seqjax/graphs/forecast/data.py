"""The series of a study: simulated, downloaded or read, and cut into its parts."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from seqjax.graphs.forecast.config import SIMULATED, ForecastConfig
from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.data.graph_data import (
    TEMPORAL,
    TemporalGraph,
    load_graph,
    load_temporal,
)
from seqjax.lab.data.graph_data.rows import shown as shortened
from seqjax.lab.errors import UserError
from seqjax.tasks.series import (
    Cuts,
    Parts,
    Scale,
    check_horizon,
    cuts,
    parts,
    scale_of,
)
from seqjax.tasks.spreading import epidemic, heat

SIMULATIONS: dict[str, Callable[..., np.ndarray]] = dict(
    zip(SIMULATED, (heat, epidemic), strict=True)
)

UNITS = {
    "heat": "temperature",
    "sir": "new infections",
    "chickenpox": "change of cases in a week (standardised by the source)",
}
"""What the values are; of a file nobody knows."""

MOST_SHOWN = 4
"""Nodes whose forecasts are drawn: those with most neighbours."""


class Series(NamedTuple):
    """A series, ready to be forecast.

    Attributes:
        graph: with its values.
        places: where it is cut.
        scale: of the training part.
        parts: in units of the scale.
        shown: numbers of the nodes to draw.
    """

    graph: TemporalGraph
    places: Cuts
    scale: Scale
    parts: Parts
    shown: Int[np.ndarray, " shown"]


def prepare(config: ForecastConfig) -> Series:
    """The series that a configuration names.

    Raises:
        UserError: There is none, or it is too short or nothing in it varies.
    """
    graph = load(
        config.dataset,
        config.graph,
        config.directed,
        config.snapshots,
        config.simulation_seed,
    )
    try:
        places = cuts(
            len(graph.values),
            config.lags,
            config.horizon,
            config.train_share,
            config.validation_share,
        )
        scale = scale_of(graph.values, places.validation)
        made = parts(graph.values, scale, places, config.lags)
        check_horizon(made.test, config.horizon)
    except ValueError as error:
        raise UserError(f"dataset {config.dataset}: {error}") from None
    varies = scale.varies.all(axis=1)
    degrees = np.bincount(graph.edges[1], minlength=graph.num_nodes)
    # What is scored, first of all.
    shown = np.lexsort((-degrees, ~varies))[:MOST_SHOWN]
    if not varies.all():
        names = graph.node_names or tuple(map(str, range(graph.num_nodes)))
        told = ", ".join(names[node] for node in np.flatnonzero(~varies))
        remark = (
            "nodes without two different values in the training part, read but neither "
            f"learnt from nor scored: {shortened(told)}"
        )
        changes = graph.changes
        changes = changes._replace(remarks=(*changes.remarks, remark))
        graph = graph._replace(changes=changes)
    return Series(graph, places, scale, made, shown)


def load(
    dataset: str, graph: str | None, directed: bool, snapshots: int, seed: int
) -> TemporalGraph:
    """The graph and its values: simulated, of a name, or of a file.

    Raises:
        UserError: A word that names none, or a file that holds none.
    """
    if dataset not in SIMULATIONS:
        known = [*SIMULATIONS, *TEMPORAL]
        if dataset not in TEMPORAL and not Path(dataset).expanduser().exists():
            raise UserError(
                f"dataset must be one of {', '.join(known)}, or a file or folder, got "
                f"{dataset!r}, which is neither"
                + (suggestion(dataset, known) or "; name one of them")
            )
        return load_temporal(dataset, graph=graph, directed=directed)
    place = load_graph(graph or "karate", directed=directed)
    values = SIMULATIONS[dataset](
        place.edges, place.num_nodes, snapshots, seed, weights=place.weights
    )
    return TemporalGraph(
        f"{dataset} on {place.name}",
        place.num_nodes,
        place.edges,
        place.weights,
        values[:, :, None].astype(np.float32),
        place.node_names,
        place.directed,
        place.changes,
    )


def names_of(series: Series) -> list[str]:
    """The names of the nodes to draw."""
    names = series.graph.node_names
    if names is None:
        return [str(number) for number in series.shown]
    return [names[number] for number in series.shown]


def measured(
    series: Series, scaled: Float[np.ndarray, "*any shown"]
) -> Float[np.ndarray, "*any shown"]:
    """Values of the first feature of the nodes to draw, in the unit of the data."""
    scale, place = series.scale, (series.shown, 0)
    return scaled * scale.deviation[place] + scale.mean[place]
