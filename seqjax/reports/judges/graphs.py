"""Claims about graph networks: what reaches what, memory, and forecasts over time."""

from typing import Any

from seqjax.lab.judging.claims import ANECDOTE, DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.lab.study import Number
from seqjax.reports.judging import (
    Evidence,
    Judge,
    found_in,
    seeds_of,
    with_interval,
)

_VERDICTS = {
    "better": HOLDS,
    "worse": DOES_NOT,
    str(UNDECIDED): UNDECIDED,
    str(ANECDOTE): ANECDOTE,
}


def updates_needed(*, layers: int) -> Judge:
    """Whether information from C reaches E in so many updates.

    Args:
        layers: that it takes, no more and no less.
    """

    def judge(evidence: Evidence) -> Finding:
        run = evidence.run("hops")
        path = run.summary["path"]
        first = path["first_layer_measured"]
        told = ", ".join(
            f"{model} {layer}" for model, layer in first.items() if layer is not None
        )
        measured = (
            f"{path['from']} to {path['to']}: {path['layers_needed']} layers by the "
            f"graph; the first with a derivative other than 0: {told}"
        )
        found = {layer for layer in first.values() if layer is not None}
        right = path["layers_needed"] == layers and found == {layers}
        return Finding(HOLDS if right else DOES_NOT, measured, seeds_of(run))

    return judge


def reach(evidence: Evidence) -> Finding:
    """Whether n layers reach the nodes within n hops, and no others."""
    run = evidence.run("hops")
    rows = [row for row in run.summary["influence"] if row["model"] != "mlp"]
    outside = sum(row["out_of_reach_with_influence"] for row in rows)
    within = sum(row["within_reach_without_influence"] for row in rows)
    depths = sorted({row["layers"] for row in rows})
    models = sorted({row["model"] for row in rows})
    measured = (
        f"{len(models)} kinds of layers, {depths[0]} to {depths[-1]} of them: "
        f"{outside} pairs of nodes beyond n hops with a derivative other than 0, "
        f"{within:g} within n hops without one"
    )
    right = not outside and not within
    return Finding(HOLDS if right else DOES_NOT, measured, seeds_of(run))


def memory(way: str, *, share: Number) -> Judge:
    """What a way of training needs, of the whole graph, at every depth.

    Args:
        way: "full": the nodes of full batches are at least the share; "sampled": the
            bytes of mini-batches at most.
        share: of those of the whole graph.
    """

    def judge(evidence: Evidence) -> Finding:
        return _memory(evidence, share, way)

    return judge


def _memory(evidence: Evidence, least: Number, way: str) -> Finding:
    run = evidence.run("hops")
    rows = run.summary["memory"]
    layers = sorted({row["layers"] for row in rows})
    told, right = [], []
    for depth in layers:
        full = found_in(rows, layers=depth, way="full")
        found = found_in(rows, layers=depth, way=way)
        share = found["nodes"]["value"] / full["nodes"]["value"]
        megabytes = found["measured_bytes"] / 1e6
        if way == "full":
            right.append(share >= least)
            told.append(f"{megabytes:.1f} MB with {depth}")
        else:
            whole = full["measured_bytes"] / 1e6
            right.append(megabytes <= least * whole)
            told.append(
                f"{megabytes:.1f} of {whole:.1f} MB, {found['nodes']['value']:.0f} "
                f"nodes, with {depth}"
            )
    nodes = found_in(rows, way="full")["nodes"]["value"]
    noun = "layer" if layers == [1] else "layers"
    measured = f"of {nodes:.0f} nodes: {'; '.join(told)} {noun}"
    seeds = None if way == "full" else seeds_of(run)
    return Finding(HOLDS if all(right) else DOES_NOT, measured, seeds)


def forecasts(model: str, less: str) -> Judge:
    """Whether one model forecasts a graph over time better than another.

    Args:
        model: the one.
        less: the other.
    """

    def judge(evidence: Evidence) -> Finding:
        run = evidence.run("forecast")
        where: dict[str, Any] = {"model": model, "less": less, "steps_ahead": 1}
        row = found_in(run.summary["comparisons"], **where)
        data = run.header["config"]["dataset"]
        measured = (
            f"{data} on a graph: error of {model} less that of {less} "
            f"{with_interval(row['rmse_difference'], '{:+.3f}')} standard deviations, "
            f"p = {row['p_value_holm']:.2g}"
        )
        return Finding(_VERDICTS[row["verdict"]], measured, seeds_of(run))

    return judge
