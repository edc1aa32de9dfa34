"""Sparse products on graphs, forward and backward, beside torch and other ways in XLA.

    python benchmarks/graphs.py --graphs uniform-100k uniform-1m --columns 16 128
    python benchmarks/graphs.py --graphs uniform-{1k,10k,100k,1m} --figure out
    python benchmarks/graphs.py --training --seeds 100
    python benchmarks/graphs.py --minibatch

Each multiplies D^-1/2 (A + I) D^-1/2 by x, and its transpose by a cotangent. Cora is
read by its name, or from `--cora FOLDER`; the others are drawn at random, with about
ten edges per node, counted both ways; the figure shows time against edges. With
`--training` a GCN is trained on Cora instead: by us, all seeds at once; by torch, one
seed, for its seeds come one after another. With `--minibatch` it is trained by sampled
neighbours on a graph of a million nodes, and the memory told.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import graph_training
from benchmarks.contenders.sparse_graphs import Product
from benchmarks.harness import report
from benchmarks.harness.race import Entrant, Timing, check_equal, race, ratio
from benchmarks.harness.workers import Worker

TOLERANCE = 1e-5
GRAPHS = {
    "cora": ("cora", 2708, 10556),
    "uniform-1k": ("uniform", 1000, 10_000),
    "uniform-10k": ("uniform", 10_000, 100_000),
    "uniform-30k": ("uniform", 30_000, 300_000),
    "uniform-100k": ("uniform", 100_000, 1_000_000),
    "uniform-300k": ("uniform", 300_000, 3_000_000),
    "r-mat-100k": ("r-mat", 1 << 17, 1_000_000),
    "uniform-1m": ("uniform", 1_000_000, 10_000_000),
    "r-mat-1m": ("r-mat", 1 << 20, 10_000_000),
    "tiny": ("r-mat", 64, 300),
}
"""Kind, nodes, and edges counted both ways."""

RANDOM = ("uniform", "r-mat")

TARGETS = {
    "seqjax": "ours",
    "torch CSR, autograd": "torch_csr",
    "torch CSR, twice": "torch_twice",
    "segment sum": "segment_sum",
    "BCSR": "bcsr",
}
COLUMNS = ("product", "ms forward + backward", "times seqjax", "peak MiB")
SAMPLE_SECONDS = 0.1
"""A sample is about so long: small products are repeated."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("sparse products on graphs", rounds=7)
    parser.add_argument(
        "--graphs",
        nargs="+",
        choices=GRAPHS,
        default=["cora", "uniform-100k", "uniform-1m"],
    )
    parser.add_argument("--columns", nargs="+", type=report.positive, default=[16, 128])
    parser.add_argument("--cora", metavar="FOLDER", help="has the files ind.cora.*")
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=list(TARGETS)[1:],
        default=list(TARGETS)[1:],
        help="whom to race",
    )
    report.add_figure(parser)
    parser.add_argument("--training", action="store_true", help="trainings instead")
    parser.add_argument(
        "--seeds", type=report.positive, default=100, help="of our training"
    )
    parser.add_argument(
        "--epochs", type=report.positive, default=200, help="of every training"
    )
    parser.add_argument(
        "--minibatch", action="store_true", help="mini-batches on a large graph instead"
    )
    chosen = parser.parse_args(arguments)
    drawn = [graph for graph in chosen.graphs if GRAPHS[graph][0] in RANDOM]
    if chosen.figure and (len(drawn) < 2 or chosen.training or chosen.minibatch):
        parser.error(
            "argument --figure: must come with two random --graphs or more, and no "
            "training"
        )
    if chosen.smoke:
        chosen.cora, chosen.seeds, chosen.epochs = "karate", 3, 4
        chosen.graphs, chosen.columns, chosen.rounds = ["tiny"], [3], 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """One race per graph and number of columns."""
    chosen = options(arguments)
    if chosen.training or chosen.minibatch:
        graph_training.main(chosen)
        return
    names = ["seqjax", *chosen.peers]
    if any(name.startswith("torch") for name in names) and not report.has_torch():
        names = [name for name in names if not name.startswith("torch")]
    raced: list[tuple[Product, dict[str, Timing]]] = []
    settings = []
    for graph in chosen.graphs:
        kind, nodes, edges = GRAPHS[graph]
        if kind == "cora" and chosen.cora:
            kind = chosen.cora
        for columns in chosen.columns:
            problem = Product(kind, nodes, edges, columns)
            timings, peaks = measure(problem, names, chosen)
            show(graph, problem, timings, peaks)
            raced.append((problem, timings))
            settings.append(
                {
                    **problem._asdict(),
                    "kind": GRAPHS[graph][0],
                    "graph": graph,
                    "timings": report.samples(timings),
                    "peak_mib": peaks,
                }
            )
    report.write(chosen.json, {"benchmark": "graphs", "settings": settings})
    if chosen.figure is not None:
        draw(raced, chosen.figure)


def measure(
    problem: Product, names: Sequence[str], chosen: argparse.Namespace
) -> tuple[dict[str, Timing], dict[str, float]]:
    """Race the products, each in a process of its own; their peak memory too."""
    workers: dict[str, Worker] = {}
    try:
        for name in names:
            # One at a time: a graph in the making takes much memory.
            workers[name] = Worker(name)
            target = f"benchmarks.contenders.sparse_graphs:{TARGETS[name]}"
            workers[name].build(name, target, problem)
            workers[name].settle()
        for name, worker in workers.items():
            worker.run(name, 1)
        results = {name: worker.result(name) for name, worker in workers.items()}
        peaks = {name: float(shown.pop("peak")[0]) for name, shown in results.items()}
        check_equal(results, tolerance=TOLERANCE)
        repeats = {}
        for name, worker in workers.items():
            seconds = min(worker.run(name, 1) for _ in range(2))
            wanted = 1 if chosen.smoke else int(SAMPLE_SECONDS / seconds)
            repeats[name] = max(1, min(1000, wanted))
        entrants = [Entrant(name, workers[name], repeats[name]) for name in names]
        # Held against each other above, without the memory, which differs.
        timings = race(entrants, rounds=chosen.rounds, tolerance=float("inf"))
    finally:
        for worker in workers.values():
            worker.close()
    return timings, peaks


def show(
    graph: str,
    problem: Product,
    timings: dict[str, Timing],
    peaks: dict[str, float],
) -> None:
    """Print the table of one graph and number of columns."""
    report.heading(f"{graph}, {problem.columns} columns", COLUMNS)
    for name, timing in timings.items():
        report.row(
            name,
            report.milliseconds(timing),
            f"{ratio(timing, timings['seqjax']):.2f}",
            f"{peaks[name]:.0f}",
        )


def draw(raced: Sequence[tuple[Product, dict[str, Timing]]], file: Path) -> None:
    """Time against edges, a panel per number of columns; of graphs drawn at random."""
    from matplotlib.figure import Figure

    from seqjax.lab.reporting import figures

    widths = list(dict.fromkeys(problem.columns for problem, _ in raced))
    looks = figures.categories(["seqjax", *list(TARGETS)[1:]])
    with figures.style():
        figure = Figure(figsize=(4.2 * len(widths) + 1.8, 4))
        axes = figure.subplots(1, len(widths), sharey=True, squeeze=False)[0]
        for axis, columns in zip(axes, widths, strict=True):
            # Cora has other degrees: on a line with the others it would be a hook.
            mine = [
                (p.edges, times)
                for p, times in raced
                if p.columns == columns and p.kind in RANDOM
            ]
            mine.sort(key=lambda each: each[0])
            edges = [count for count, _ in mine]
            for name in mine[0][1]:
                times = [timings[name] for _, timings in mine]
                middle = [1000 * timing.median for timing in times]
                band = [[1000 * t.quartiles[end] for t in times] for end in (0, 1)]
                axis.plot(edges, middle, label=name, **looks[name])
                axis.fill_between(
                    edges, *band, color=looks[name]["color"], alpha=0.2, linewidth=0
                )
            largest = 1000 * mine[-1][1]["seqjax"].median
            ideal = [largest * count / edges[-1] for count in edges]
            axis.plot(edges, ideal, ":", color="grey", label="in proportion to edges")
            axis.set(xscale="log", yscale="log", xlabel="edges, counted both ways")
            axis.set_title(f"{columns} columns")
        axes[0].set_ylabel("product, forward + backward (ms)")
        labels = axes[0].get_legend_handles_labels()
        figure.legend(*labels, loc="outside right upper")
    for path in figures.save(figure, file.parent, file.name):
        print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
