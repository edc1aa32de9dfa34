"""What a study of hops leaves: its blocks and columns, and how to find rows again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqjax.graphs.hops.config import HopsConfig
from seqjax.lab.study import Results

DISTANCES, PATH, MEMORY = "distances", "path", "memory"

WAYS = ("full", "hops", "sampled")
"""What a training step reads: all, all that a mini-batch sees, or some of it."""

DRAWN = 40
"""A graph of more nodes is not drawn."""

COLUMNS: Mapping[str, type] = {
    "part": str,
    "model": str,
    "way": str,
    "seed": int,
    "layers": int,
    "pairs": int,
    "path": str,
    "share": float,
    "within": int,
    "without": int,
    "silent": int,
    "leaked": int,
    "influence": float,
    "energy": float,
    "cosine_distance": float,
    "empty": float,
    "nodes": int,
    "expected_nodes": float,
    "predicted_bytes": float,
    "measured_bytes": float,
}


def block_names(config: HopsConfig) -> list[str]:
    """Distances, the path in question, influence and smoothing by model, memory."""
    return [
        DISTANCES,
        *([PATH] if config.asked else []),
        *(f"influence-{model}" for model in config.models),
        *(f"smoothing-{model}" for model in config.models),
        MEMORY,
    ]


def select(results: Results, part: str, **cells: Any) -> list[dict[str, Any]]:
    """The rows of a part in which these cells are these."""
    wanted = {"part": part} | cells
    return [
        row
        for row in results.rows
        if all(row[name] == value for name, value in wanted.items())
    ]


def values(rows: list[dict[str, Any]], column: str) -> np.ndarray:
    """A column of numbers, without the empty cells."""
    return np.array([row[column] for row in rows if row[column] is not None], float)
