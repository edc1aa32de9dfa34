"""One training step of a recurrent classifier, beside every peer on the CPU.

    python benchmarks/recurrent_training.py [--cells lstm] [--inputs 20] [--seeds 10]

All contenders start from the same parameters, and show the same after three updates.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.ceiling import TORCH, XLA, Ceiling, share
from benchmarks.harness.race import Entrant, Timing, race, ratio
from benchmarks.harness.workers import Worker
from seqjax.lab.running.devices import usable_cores

OURS = "seqjax"
JAX_PEERS: dict[str, tuple[Any, ...]] = {
    "JAX scan, vmap": ("plain_jax:training", "scan", "vmap"),
    "JAX scan, map": ("plain_jax:training", "scan", "map"),
    "JAX unrolled, map": ("plain_jax:training", "unrolled", "map"),
    "flax.nnx.RNN, map": ("flax_rnn:training", "map"),
}
TORCH_PEERS: dict[str, tuple[Any, ...]] = {
    "torch, Python loop": ("torch_training:loop",),
    "torch.nn": ("torch_training:layer",),
}

TOLERANCE = 0.01

COLUMNS = (
    "contender",
    "ms per seed and step [quartiles]",
    "GFLOP/s",
    "share of ceiling",
    "times seqjax",
    "compile s",
)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("one RMSProp training step, seqjax and its peers")
    parser.add_argument("--cells", nargs="+", choices=GATES, default=list(GATES))
    parser.add_argument(
        "--inputs",
        nargs="+",
        type=report.positive,
        default=[10, 20, 50],
        help="steps in time",
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=report.positive,
        default=[1, 10, 100],
        help="models trained side by side",
    )
    parser.add_argument(
        "--peer-seeds",
        type=report.positive,
        default=10,
        help="most seeds that a peer trains; its time per seed stands for more",
    )
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=[*JAX_PEERS, *TORCH_PEERS],
        default=[*JAX_PEERS, *TORCH_PEERS],
        help="which to take",
    )
    parser.add_argument("--batch", type=report.positive, default=128)
    parser.add_argument("--hidden", type=report.positive, default=128)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.cells, chosen.inputs, chosen.seeds = ["rnn"], [3], [3]
        chosen.batch, chosen.hidden, chosen.peer_seeds, chosen.rounds = 8, 8, 2, 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Race every setting, print its table, and a summary at the end."""
    chosen = options(arguments)
    torch = report.has_torch()
    peers = {
        name: build
        for name, build in {**JAX_PEERS, **TORCH_PEERS}.items()
        if name in chosen.peers and (torch or name not in TORCH_PEERS)
    }
    problems = [
        Problem(cell, inputs, seeds, chosen.batch, chosen.hidden)
        for cell in chosen.cells
        for inputs in chosen.inputs
        for seeds in chosen.seeds
    ]
    settings, races = [], []
    with contextlib.ExitStack() as stack:
        ceiling = Ceiling(64 if chosen.smoke else 2048, usable_cores(), torch=torch)
        stack.callback(ceiling.close)
        workers = {name: stack.enter_context(Worker(name)) for name in (OURS, *peers)}
        for problem in problems:
            entrants = build(problem, peers, workers, chosen.peer_seeds, chosen.smoke)
            timings = race(
                [*entrants, *ceiling.entrants],
                rounds=chosen.rounds,
                tolerance=TOLERANCE,
                rows=min(problem.seeds, chosen.peer_seeds),
            )
            show(problem, timings, chosen.peer_seeds)
            races.append(timings)
            settings.append({**problem._asdict(), "timings": report.samples(timings)})
        summarise(problems, races, list(peers))
    report.write(chosen.json, {"benchmark": "recurrent_training", "settings": settings})


def build(
    problem: Problem,
    peers: dict[str, tuple[Any, ...]],
    workers: dict[str, Worker],
    peer_seeds: int,
    smoke: bool = False,
) -> list[Entrant]:
    """Let every worker make its contender."""
    fewer = problem._replace(seeds=min(problem.seeds, peer_seeds))
    repeats = problem.repeats(smoke=smoke)
    workers[OURS].build(OURS, "benchmarks.contenders.ours:ensemble", problem)
    for name, (target, *rest) in peers.items():
        workers[name].build(name, f"benchmarks.contenders.{target}", fewer, *rest)
    return [
        Entrant(name, worker, repeats, (problem if name == OURS else fewer).seeds)
        for name, worker in workers.items()
    ]


def show(problem: Problem, timings: dict[str, Timing], peer_seeds: int) -> None:
    """Print the table of one setting."""
    title = (
        f"{problem.cell.upper()}, {problem.inputs} inputs, {problem.seeds} seeds, "
        f"batch {problem.batch}, hidden {problem.hidden}"
    )
    if problem.seeds > peer_seeds:
        title += f" (peers: {peer_seeds} seeds, time per seed)"
    report.heading(title, COLUMNS)
    for name, timing in timings.items():
        if name in (XLA, TORCH):
            continue
        report.row(
            name,
            report.milliseconds(timing),
            f"{problem.gflop / timing.median:.1f}",
            f"{100 * share(timings, name, problem.gflop):.0f} %",
            f"{ratio(timing, timings[OURS]):.2f}",
            f"{timing.compiling:.1f}",
        )
    rates = [
        f"{1 / timings[name].median:.0f} GFLOP/s ({name})"
        for name in (XLA, TORCH)
        if name in timings
    ]
    print(f"\nceiling: {', '.join(rates)}")


def summarise(
    problems: list[Problem],
    races: list[dict[str, Timing]],
    peers: list[str],
) -> None:
    """One line per setting: ours, and how many times longer each peer takes."""
    report.heading(
        "All settings: seqjax, and how many times longer each peer takes",
        ("cell", "inputs", "seeds", "ms", "GFLOP/s", "share of ceiling", *peers),
    )
    for problem, timings in zip(problems, races, strict=True):
        own = timings[OURS]
        report.row(
            problem.cell,
            str(problem.inputs),
            str(problem.seeds),
            report.milliseconds(own),
            f"{problem.gflop / own.median:.1f}",
            f"{100 * share(timings, OURS, problem.gflop):.0f} %",
            *[f"{ratio(timings[name], own):.2f}" for name in peers],
        )


if __name__ == "__main__":
    main()
