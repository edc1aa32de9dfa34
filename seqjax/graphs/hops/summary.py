"""The numbers of a study of hops that are worth quoting."""

from itertools import product
from typing import Any

import numpy as np

from seqjax.core.statistics import mean
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.results import DISTANCES, MEMORY, PATH, WAYS, select, values
from seqjax.lab.data.graph_data import read_summary
from seqjax.lab.study import Results


def summarise(config: HopsConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: distances, the path in question, influence, smoothing, memory."""
    return {
        "graph": config.dataset,
        **read_summary(results),
        "pairs_by_layers_needed": [
            {"layers": row["layers"], "pairs": row["pairs"]}
            for row in select(results, DISTANCES)
        ],
        "path": question(config, results) if config.asked else None,
        "influence": influence_numbers(config, results),
        "smoothing": smoothing_numbers(config, results),
        "memory": memory_numbers(config, results),
    }


def question(config: HopsConfig, results: Results) -> dict[str, Any]:
    """When the first node reaches the last, which way, and what of the claim is right.

    Args:
        config: it asks for a path.
        results: of the study.
    """
    asked = [str(name) for name in results.history[f"{PATH}/asked"]]
    is_edge = results.history[f"{PATH}/is_edge"]
    hops = int(results.history[f"{PATH}/hops"])
    count = int(str(results.history[f"{PATH}/count"]))
    found: dict[str, Any] = {
        "from": asked[0],
        "to": asked[-1],
        "layers_needed": hops if count else None,
        "shortest_paths": count,
        "listed": [
            {"path": row["path"], "share": row["share"]}
            for row in select(results, PATH)
            if row["path"]
        ],
        "first_layer_measured": {
            model: first_layer(results, model) for model in config.models
        },
        "claimed": None,
    }
    if len(asked) > 2:
        steps = zip(asked[:-1], asked[1:], is_edge, strict=True)
        missing = [f"{a}-{b}" for a, b, there in steps if not there]
        shortest = not missing and len(asked) - 1 == hops
        found["claimed"] = {
            "path": "-".join(asked),
            "layers": len(asked) - 1,
            "missing_edges": missing,
            "shortest": shortest,
            "only_shortest": shortest and count == 1,
        }
    return found


def first_layer(results: Results, model: str) -> int | None:
    """The first layer after which any seed's derivative is not 0; None: none was."""
    layers = [
        row["layers"]
        for row in select(results, "influence", model=model)
        if row["influence"]
    ]
    return min(layers, default=None)


def influence_numbers(config: HopsConfig, results: Results) -> list[dict[str, Any]]:
    """Pairs that may have an influence and that have one, by model and layers."""
    depths = range(1, config.layers + 1)
    return [_influence(results, *each) for each in product(config.models, depths)]


def _influence(results: Results, model: str, layers: int) -> dict[str, Any]:
    rows = select(results, "influence", model=model, layers=layers)
    within = rows[0]["within"]
    asked = values(rows, "influence")
    return {
        "model": model,
        "layers": layers,
        "pairs_within_reach": within,
        "pairs_out_of_reach": rows[0]["without"],
        "out_of_reach_with_influence": sum(row["leaked"] for row in rows),
        "within_reach_without_influence": (
            float(np.mean([row["silent"] for row in rows]) / within) if within else 0.0
        ),
        "influence_along_path": mean(asked)._asdict() if len(asked) else None,
    }


def smoothing_numbers(config: HopsConfig, results: Results) -> list[dict[str, Any]]:
    """How alike nodes are, with intervals over seeds, by model and layers."""
    depths = sorted(config.depths)
    return [_smoothing(results, *each) for each in product(config.models, depths)]


def _smoothing(results: Results, model: str, depth: int) -> dict[str, Any]:
    rows = select(results, "smoothing", model=model, layers=depth)
    return {
        "model": model,
        "layers": depth,
        "energy": mean(values(rows, "energy"))._asdict(),
        "cosine_distance": mean(values(rows, "cosine_distance"))._asdict(),
        "nodes_left_empty": float(values(rows, "empty").mean()),
    }


def memory_numbers(config: HopsConfig, results: Results) -> list[dict[str, Any]]:
    """Nodes read and bytes taken by one training step, by layers and way."""
    depths = range(1, config.layers + 1)
    return [_memory(results, way, layers) for layers, way in product(depths, WAYS)]


def _memory(results: Results, way: str, layers: int) -> dict[str, Any]:
    rows = select(results, MEMORY, way=way, layers=layers)
    expected, measured = (
        values(rows, column) for column in ("expected_nodes", "measured_bytes")
    )
    return {
        "way": way,
        "layers": layers,
        "graph": str(results.history[f"{MEMORY}/graph"]),
        "nodes": mean(values(rows, "nodes"))._asdict(),
        "expected_nodes": float(expected[0]) if len(expected) else None,
        "predicted_bytes": rows[0]["predicted_bytes"],
        "measured_bytes": float(measured[0]) if len(measured) else None,
    }
