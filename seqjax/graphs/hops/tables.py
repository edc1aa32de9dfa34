"""What a study of hops prints."""

from typing import Any

from seqjax.core.statistics import Estimate
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.results import DISTANCES, WAYS, select
from seqjax.graphs.hops.summary import (
    influence_numbers,
    memory_numbers,
    question,
    smoothing_numbers,
)
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table

MEGA = 1e6


def tables(config: HopsConfig, results: Results) -> list[Table]:
    """Distances, the path, influence, smoothing, memory."""
    return [
        _distances(config, results),
        *([_question(config, results)] if config.asked else []),
        _influence(config, results),
        _smoothing(config, results),
        _memory(config, results),
    ]


def _distances(config: HopsConfig, results: Results) -> Table:
    rows = select(results, DISTANCES)
    total = sum(row["pairs"] for row in rows)
    rows.sort(key=lambda row: (row["layers"] is None, row["layers"] or 0))
    return Table(
        title=f"Layers that a message needs on {config.dataset}",
        columns=("layers", "pairs of nodes", "share"),
        rows=[
            [
                "no path" if row["layers"] is None else str(row["layers"]),
                str(row["pairs"]),
                f"{row['pairs'] / total:.3f}",
            ]
            for row in rows
        ],
        caption=(
            "Least number of layers that carry a message one edge each, for pairs of "
            "a node that sends and one that receives; a node reaches itself with 0."
        ),
    )


def _question(config: HopsConfig, results: Results) -> Table:
    found = question(config, results)
    body = [
        [
            each["path"].replace(" ", "-"),
            str(found["layers_needed"]),
            f"{each['share']:.3f}",
        ]
        for each in found["listed"]
    ]
    ends = f"{found['from']} to {found['to']}"
    return Table(
        title=f"From {ends}: {verdict(found)}",
        columns=("shortest path", "layers", "share of the message"),
        rows=body or [[f"{ends}: none", "", ""]],
        caption=(
            f"{counted(found['shortest_paths'], 'shortest path')}. Share: of what "
            "arrives after so many layers, by the renormalised matrix alone. First "
            "layer with a derivative other than 0: "
            + ", ".join(
                f"{model} {layer if layer is not None else 'none of them'}"
                for model, layer in found["first_layer_measured"].items()
            )
            + "."
        ),
    )


def verdict(found: dict[str, Any]) -> str:
    """The answer in a few words.

    Args:
        found: as `question` gives it.
    """
    layers, claimed = found["layers_needed"], found["claimed"]
    if layers is None:
        return "no path leads there, whatever the number of layers"
    answer = counted(layers, "layer")
    if claimed is None:
        return answer
    if claimed["missing_edges"]:
        return (
            f"{answer}; {claimed['path']} is no path: no {claimed['missing_edges'][0]}"
        )
    if not claimed["shortest"]:
        return f"{answer}; {claimed['path']} takes {claimed['layers']}"
    others = found["shortest_paths"] - 1
    if not others:
        return f"{answer}, by {claimed['path']} alone"
    return f"{answer}; {claimed['path']} is one of {others + 1} shortest paths"


def _influence(config: HopsConfig, results: Results) -> Table:
    body = []
    for model in config.models:
        for layers in range(1, config.layers + 1):
            found = influence_numbers(results, model, layers)
            body.append(
                [
                    model,
                    str(layers),
                    str(found["pairs_within_reach"]),
                    f"{1 - found['within_reach_without_influence']:.3f}",
                    str(found["pairs_out_of_reach"]),
                    str(found["out_of_reach_with_influence"]),
                ]
            )
    return Table(
        title=(
            f"Influence |dh_v / dx_u|: {counted(config.seeds, 'seed')}, "
            f"{config.activation}, {config.hidden_size} features"
        ),
        columns=(
            "model",
            "layers",
            "pairs within reach",
            "of these not 0",
            "out of reach",
            "of these not 0",
        ),
        rows=body,
        caption=(
            "Within reach: by the edges alone. Not 0: share of these pairs, mean over "
            "seeds; out of reach: number of pairs, of all seeds together. A relu may "
            "close every way between two nodes."
        ),
    )


def _smoothing(config: HopsConfig, results: Results) -> Table:
    body = []
    for model in config.models:
        for depth in sorted(config.depths):
            found = smoothing_numbers(results, model, depth)
            body.append(
                [
                    model,
                    str(depth),
                    estimate_text(Estimate(**found["energy"]), "{:.2g}"),
                    estimate_text(Estimate(**found["cosine_distance"]), "{:.2g}"),
                    f"{found['nodes_left_empty']:.2f}",
                ]
            )
    return Table(
        title="Smoothing: how different nodes are, with random weights",
        columns=(
            "model",
            "layers",
            "Dirichlet energy",
            "mean cosine distance",
            "nodes left empty",
        ),
        rows=body,
        caption=(
            "Energy over the squared length of all features; 0: no difference but "
            "that of degrees. Cosine distance: mean over all pairs of nodes. "
            f"Brackets: 95 % bootstrap intervals over {counted(config.seeds, 'seed')}. "
            "mlp has no edges: what it loses is not smoothing by the graph."
        ),
    )


def _memory(config: HopsConfig, results: Results) -> Table:
    body, graph = [], ""
    for layers in range(1, config.layers + 1):
        for way in WAYS:
            found = memory_numbers(results, way, layers)
            graph = found["graph"]
            expected, measured = found["expected_nodes"], found["measured_bytes"]
            body.append(
                [
                    way,
                    str(layers),
                    estimate_text(Estimate(**found["nodes"]), "{:.0f}"),
                    "" if expected is None else f"{expected:.0f}",
                    f"{found['predicted_bytes'] / MEGA:.2f}",
                    "unknown" if measured is None else f"{measured / MEGA:.2f}",
                ]
            )
    return Table(
        title=f"Memory of a training step on {graph}: {config.memory_size} features",
        columns=(
            "way",
            "layers",
            "nodes read",
            "nodes predicted",
            "predicted MB",
            "measured MB",
        ),
        rows=body,
        caption=(
            "full: the whole graph; hops: a mini-batch of "
            f"{config.batch_size} nodes and all that its layers read; sampled: at most "
            f"{config.fan_out} neighbours per node and layer. Measured: inputs, "
            "results and working memory of the compiled step, for the first seed's "
            "mini-batch; nodes read: mean over seeds."
        ),
        left=1,
    )
