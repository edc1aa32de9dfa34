"""Trainings of a GCN: what `graphs.py --training` and `graphs.py --minibatch` time."""

import argparse
from collections.abc import Mapping

from benchmarks.contenders.graph_minibatch import Sampling
from benchmarks.contenders.graph_training import Training
from benchmarks.harness import report
from benchmarks.harness.race import Timing, check_equal, ratio
from benchmarks.harness.workers import CPU, Worker

MODULE = "benchmarks.contenders.graph_training"
OURS = "seqjax"
TRAININGS = {
    OURS: ("ours", "our_losses"),
    "torch, dense features": ("torch_dense", "torch_dense"),
    "torch, sparse features": ("torch_sparse", "torch_sparse"),
}
"""What is timed of whom, and what shows losses to compare."""

FEW_EPOCHS, TOLERANCE = 5, 1e-4
"""Losses of so many epochs agree so far, without dropout. Adam's epsilon stands at
different places in the two, which tells where a gradient is hardly larger."""

COLUMNS = ("training", "seconds per seed", "seconds of all seeds", "times seqjax")
BATCH_COLUMNS = ("phase", "seconds", "peak MiB")


def main(chosen: argparse.Namespace) -> None:
    """What the options ask for."""
    if chosen.training:
        race_trainings(chosen)
    else:
        by_minibatch(chosen)


def race_trainings(chosen: argparse.Namespace) -> None:
    """All our seeds against one of torch's, whose seeds come one after another."""
    graph = chosen.cora or "cora"
    names = list(TRAININGS) if report.has_torch() else [OURS]
    timed = Training(graph, chosen.seeds, chosen.epochs)
    few = Training(graph, 1, FEW_EPOCHS, dropout=0.0)
    workers: dict[str, Worker] = {}
    try:
        losses = {}
        for name in names:
            workers[name] = worker = Worker(name)
            whole, shown = TRAININGS[name]
            worker.build("losses", f"{MODULE}:{shown}", few)
            worker.run("losses", 1)
            losses[name] = worker.result("losses")
            problem = timed if name == OURS else timed._replace(seeds=1)
            worker.build(name, f"{MODULE}:{whole}", problem)
        check_equal(losses, tolerance=TOLERANCE)
        timings = _race(workers, {OURS: chosen.seeds}, chosen.rounds)
    finally:
        for worker in workers.values():
            worker.close()
    title = f"{chosen.epochs} epochs of a GCN on {graph}, {chosen.seeds} seeds"
    report.heading(title, COLUMNS)
    for name, timing in timings.items():
        report.row(
            name,
            f"{timing.median:.3f}",
            f"{chosen.seeds * timing.median:.1f}",
            f"{ratio(timing, timings[OURS]):.1f}",
        )
    content = {"seeds": chosen.seeds, "timings": report.samples(timings)}
    report.write(chosen.json, {"benchmark": "graph training", **content})


def _race(
    workers: Mapping[str, Worker], units: Mapping[str, int], rounds: int
) -> dict[str, Timing]:
    """Turns of one training each, after a first that compiles; torch takes long."""
    firsts = {name: worker.run(name, 1) for name, worker in workers.items()}
    samples: dict[str, list[float]] = {name: [] for name in workers}
    for turn in range(rounds):
        names = list(workers)
        start = turn % len(names)
        for name in [*names[start:], *names[:start]]:
            samples[name].append(workers[name].run(name, 1))
    return {
        name: Timing(seconds, units.get(name, 1), firsts[name], units.get(name, 1))
        for name, seconds in samples.items()
    }


def by_minibatch(chosen: argparse.Namespace) -> None:
    """Updates by sampled neighbours on a large graph: seconds, and peak memory."""
    scale, batches = (8, 2) if chosen.smoke else (20, 50)
    problem = Sampling(scale, edges_per_node=5, batches=batches)
    # Nothing but a batch is on a device: one is enough.
    with Worker(OURS, {**CPU, "JAX_NUM_CPU_DEVICES": "1"}) as worker:
        worker.build(OURS, "benchmarks.contenders.graph_minibatch:minibatches", problem)
        worker.run(OURS, 1)
        first = worker.result(OURS)
        seconds = worker.run(OURS, 1)
        last = worker.result(OURS)
    title = f"R-MAT graph of {1 << scale} nodes, {int(first['edges'][0])} edges"
    report.heading(title, BATCH_COLUMNS)
    rows = {
        "the graph and its matrix": (first["building"][0], first["built"][0]),
        f"{problem.batches} mini-batches": (seconds, last["peak"][0]),
        "inference on all nodes": (last["inference"][0], last["peak_inference"][0]),
    }
    for name, (duration, peak) in rows.items():
        report.row(name, f"{duration:.2f}", f"{peak:.0f}")
    phases = {name: [float(v) for v in values] for name, values in rows.items()}
    report.write(chosen.json, {"benchmark": "graph mini-batches", "phases": phases})
