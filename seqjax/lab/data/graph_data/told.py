"""What was read of a graph, kept with the results of a study that reads one."""

import numpy as np

from seqjax.lab.data.graph_data.graph import GraphData, TemporalGraph, described
from seqjax.lab.study import Results

READ = "read"
"""The name in ``history.npz`` and in ``summary.json``."""

READ_AXES: dict[str, tuple[str, ...]] = {READ: ()}


def read_line(graph: GraphData | TemporalGraph) -> str:
    """The line that a study begins with: what was read, and what was changed of it."""
    what = "graph" if isinstance(graph, GraphData) else "series"
    return f"the {what} {graph.name}: {described(graph)}"


def read_history(graph: GraphData | TemporalGraph) -> dict[str, np.ndarray]:
    """That line for a block's history."""
    return {READ: np.array(read_line(graph))}


def read_summary(results: Results) -> dict[str, str]:
    """That line for the summary; nothing where only rows are left of a run."""
    names = [name for name in results.history if name.endswith(f"/{READ}")]
    return {READ: str(results.history[names[0]])} if names else {}
