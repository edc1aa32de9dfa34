"""What a time gate adds to a training step: beside the cell alone, and torch's.

    python benchmarks/gated.py [--hidden 110 128] [--json out.json]

First the loop of a gated cell with k = 1 throughout shows the same trained parameters
as the cell without a gate and as torch's layer; and the gated cell, gates learnt and
mostly closed, the same by our derivative as by JAX's own of `lax.scan`. Then they are
timed, each training step with all of a gate's work: k, and the gradients of period,
shift and open ratio. All XLA programs run on one CPU device, products on all cores.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.race import Entrant, Timing, agree, race, ratio
from benchmarks.harness.workers import Worker

TOLERANCE = 0.01

OWN, GATED, OPEN, SCAN, TORCH = (
    "seqjax",
    "seqjax, gated",
    "seqjax, gated, k = 1",
    "JAX scan, gated",
    "torch.nn",
)

COLUMNS = (
    "contender",
    "ms per step [quartiles]",
    "times seqjax without a gate",
    "compile s",
)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("a training step of gated cells, and of cells without gates")
    parser.add_argument("--cells", nargs="+", choices=GATES, default=["lstm"])
    parser.add_argument(
        "--hidden", nargs="+", type=report.positive, default=[110, 128], help="units"
    )
    parser.add_argument(
        "--inputs", type=report.positive, default=100, help="steps in time"
    )
    parser.add_argument("--batch", type=report.positive, default=32)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.cells, chosen.hidden, chosen.inputs = ["lstm"], [8], 5
        chosen.batch, chosen.rounds = 8, 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Race every cell at every size, and print a table of each."""
    chosen = options(arguments)
    torch = report.has_torch()
    settings = []
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(name))
            for name in ("XLA", *([TORCH] if torch else []))
        }
        for cell in chosen.cells:
            for hidden in chosen.hidden:
                problem = Problem(cell, chosen.inputs, 1, chosen.batch, hidden)
                timings = measure(problem, workers, chosen)
                show(problem, timings)
                settings.append(
                    {**problem._asdict(), "timings": report.samples(timings)}
                )
    report.write(chosen.json, {"benchmark": "gated", "settings": settings})


def measure(
    problem: Problem, workers: dict[str, Worker], chosen: argparse.Namespace
) -> dict[str, Timing]:
    """Let the gated cells agree with each other, then race those that are timed."""
    ours = "benchmarks.contenders.gated"
    xla = workers["XLA"]
    xla.drop()
    xla.build(GATED, f"{ours}:training", problem, "adjoint")
    xla.build(SCAN, f"{ours}:training", problem, "scan")
    agree([Entrant(name, xla) for name in (GATED, SCAN)], tolerance=TOLERANCE)
    xla.drop()
    xla.build(
        OWN, "benchmarks.contenders.plain_jax:training", problem, "adjoint", "map"
    )
    xla.build(OPEN, f"{ours}:always_open", problem, "adjoint")
    xla.build(GATED, f"{ours}:silent", problem, "adjoint")
    xla.build(SCAN, f"{ours}:silent", problem, "scan")
    entrants = [(OWN, xla), (OPEN, xla), (GATED, xla), (SCAN, xla)]
    if TORCH in workers:
        workers[TORCH].build(
            TORCH, "benchmarks.contenders.torch_training:layer", problem
        )
        entrants.append((TORCH, workers[TORCH]))
    repeats = problem.repeats(smoke=chosen.smoke)
    return race(
        [Entrant(name, worker, repeats) for name, worker in entrants],
        rounds=chosen.rounds,
        tolerance=TOLERANCE,
    )


def show(problem: Problem, timings: dict[str, Timing]) -> None:
    """Print the table of one setting."""
    report.heading(
        f"{problem.cell.upper()}, {problem.inputs} inputs, batch {problem.batch}, "
        f"hidden {problem.hidden}",
        COLUMNS,
    )
    for name, timing in timings.items():
        report.row(
            name,
            report.milliseconds(timing),
            f"{ratio(timing, timings[OWN]):.2f}",
            f"{timing.compiling:.1f}",
        )


if __name__ == "__main__":
    main()
