"""What a study of hops prints."""

from collections.abc import Callable
from typing import Any

from seqjax.core.statistics import Estimate
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.results import DISTANCES, select
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
    """The answer to what `question` gives, in a few words."""
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
    body = [
        [
            found["model"],
            str(found["layers"]),
            str(found["pairs_within_reach"]),
            f"{1 - found['within_reach_without_influence']:.3f}",
            str(found["pairs_out_of_reach"]),
            str(found["out_of_reach_with_influence"]),
        ]
        for found in influence_numbers(config, results)
    ]
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
    return Table.of(
        smoothing_numbers(config, results),
        {
            "model": lambda found: found["model"],
            "layers": lambda found: str(found["layers"]),
            "Dirichlet energy": _estimate("energy", "{:.2g}"),
            "mean cosine distance": _estimate("cosine_distance", "{:.2g}"),
            "nodes left empty": lambda found: f"{found['nodes_left_empty']:.2f}",
        },
        title="Smoothing: how different nodes are, with random weights",
        caption=(
            "Energy over the squared length of all features; 0: no difference but "
            "that of degrees. Cosine distance: mean over all pairs of nodes. "
            f"Brackets: 95 % intervals (Student) over {counted(config.seeds, 'seed')}. "
            "mlp has no edges: what it loses is not smoothing by the graph."
        ),
    )


def _memory(config: HopsConfig, results: Results) -> Table:
    def predicted(found: dict[str, Any]) -> str:
        nodes = found["expected_nodes"]
        return "" if nodes is None else f"{nodes:.0f}"

    def measured(found: dict[str, Any]) -> str:
        taken = found["measured_bytes"]
        return "unknown" if taken is None else f"{taken / MEGA:.2f}"

    numbers = memory_numbers(config, results)
    return Table.of(
        numbers,
        {
            "way": lambda found: found["way"],
            "layers": lambda found: str(found["layers"]),
            "nodes read": _estimate("nodes", "{:.0f}"),
            "nodes predicted": predicted,
            "predicted MB": lambda found: f"{found['predicted_bytes'] / MEGA:.2f}",
            "measured MB": measured,
        },
        title=f"Memory of a training step on {numbers[0]['graph']}: "
        f"{config.memory_size} features",
        caption=(
            "full: the whole graph; hops: a mini-batch of "
            f"{config.batch_size} nodes and all that its layers read; sampled: at most "
            f"{config.fan_out} neighbours per node and layer. Measured: inputs, "
            "results and working memory of the compiled step, for the first seed's "
            "mini-batch; nodes read: mean over seeds."
        ),
    )


def _estimate(name: str, form: str) -> Callable[[dict[str, Any]], str]:
    """What a table tells of an estimate in the summary."""
    return lambda found: estimate_text(Estimate(**found[name]), form)
