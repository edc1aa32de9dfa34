"""What one more seed costs: from 1 to 256 seeds, over one XLA device and over more.

    python benchmarks/seeds.py [--devices 1 2] [--group 1 2 4 8]

Seed 0 shows the same parameters after three updates, whatever runs beside it. Three
tables: the cost per seed; with several seeds side by side inside a device (on a CPU the
rule is one at a time); and with the batch whole or in parts, by which a single seed can
use two devices.
"""

import argparse
import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.ceiling import Ceiling, share
from benchmarks.harness.race import Entrant, Timing, race, ratio
from benchmarks.harness.workers import Worker
from seqjax.lab.running.devices import usable_cores

TOLERANCE = 0.01
COLUMNS = ("seeds", "devices", "ms per seed and step", "GFLOP/s", "share of ceiling")


class Layout(NamedTuple):
    """How seeds are trained.

    Attributes:
        seeds: how many.
        devices: XLA devices.
        parts: parts of a batch; they lie on different devices where seeds leave some
            idle, else one after another.
        group: seeds side by side inside a device.
    """

    seeds: int
    devices: int
    parts: int
    group: int = 1

    @property
    def name(self) -> str:
        """What the file of samples calls it."""
        return (
            f"seeds {self.seeds}, devices {self.devices}, parts {self.parts}, "
            f"group {self.group}"
        )


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("cost per seed")
    cores = usable_cores()
    parser.add_argument("--cells", nargs="+", choices=GATES, default=["lstm"])
    parser.add_argument("--inputs", type=report.positive, default=20)
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=report.positive,
        default=[1, 2, 4, 8, 16, 32, 64, 128, 256],
    )
    parser.add_argument(
        "--devices",
        nargs="+",
        type=report.positive,
        default=sorted({1, cores}),
        help="XLA devices to make of the CPU",
    )
    parser.add_argument(
        "--group",
        nargs="*",
        type=report.positive,
        default=[1, 2, 4, 8],
        help="seeds side by side inside a device; none leaves that table out",
    )
    parser.add_argument(
        "--group-seeds",
        type=report.positive,
        default=16,
        help="seeds in the tables of groups and of parts",
    )
    parser.add_argument("--batch", type=report.positive, default=128)
    parser.add_argument("--hidden", type=report.positive, default=128)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.cells, chosen.inputs, chosen.seeds = ["rnn"], 3, [3]
        chosen.devices, chosen.group, chosen.group_seeds = [2], [2], 4
        chosen.rounds = 2
        chosen.batch, chosen.hidden = 8, 8
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """One race per cell and table."""
    chosen = options(arguments)
    settings = []
    with contextlib.ExitStack() as stack:
        size = 64 if chosen.smoke else 2048
        ceiling = Ceiling(size, usable_cores(), torch=report.has_torch())
        stack.callback(ceiling.close)
        workers = {
            count: stack.enter_context(Worker(f"{count} devices"))
            for count in chosen.devices
        }
        for cell in chosen.cells:
            problem = Problem(cell, chosen.inputs, 1, chosen.batch, chosen.hidden)
            for table, layouts in tables(chosen).items():
                title = f"{cell.upper()}, {chosen.inputs} inputs: {table}"
                timings = measure(problem, layouts, workers, ceiling, chosen)
                show(title, problem, layouts, timings)
                settings.append(
                    {
                        **problem._asdict(),
                        "table": table,
                        "layouts": [layout._asdict() for layout in layouts],
                        "timings": report.samples(timings),
                    }
                )
    report.write(chosen.json, {"benchmark": "seeds", "settings": settings})


def tables(chosen: argparse.Namespace) -> dict[str, list[Layout]]:
    """The layouts of each table; the first is what the others are held against."""
    most = max(chosen.devices)
    devices = sorted(chosen.devices, reverse=True)
    shipped = Problem("rnn", 1, 1, chosen.batch).parts
    made = {
        "cost per seed": [
            Layout(seeds, count, shipped) for count in devices for seeds in chosen.seeds
        ]
    }
    if chosen.group:
        made["seeds side by side in a device"] = [
            Layout(chosen.group_seeds, count, shipped, group)
            for count in devices
            for group in chosen.group
        ]
    if shipped > 1:
        made["the batch in parts or whole"] = [
            Layout(seeds, most, parts)
            for seeds in (1, chosen.group_seeds)
            for parts in (shipped, 1)
        ]
    return made


def measure(
    problem: Problem,
    layouts: list[Layout],
    workers: Mapping[int, Worker],
    ceiling: Ceiling,
    chosen: argparse.Namespace,
) -> dict[str, Timing]:
    """Race the layouts of one table."""
    for worker in workers.values():
        worker.drop()
    entrants = []
    for layout in layouts:
        worker = workers[layout.devices]
        mine = problem._replace(seeds=layout.seeds)
        own: tuple[Any, ...] = (layout.devices, layout.group, layout.parts)
        worker.build(
            layout.name,
            "benchmarks.contenders.ours:ensemble",
            mine,
            *own,
        )
        repeats = mine.repeats(smoke=chosen.smoke)
        entrants.append(Entrant(layout.name, worker, repeats, layout.seeds))
    return race(
        [*entrants, *ceiling.entrants],
        rounds=chosen.rounds,
        tolerance=TOLERANCE,
        rows=1,
    )


def show(
    title: str,
    problem: Problem,
    layouts: list[Layout],
    timings: dict[str, Timing],
) -> None:
    """Print one table, with the column that it varies."""
    groups = len({layout.group for layout in layouts}) > 1
    parts = len({layout.parts for layout in layouts}) > 1
    varied = [*(["side by side"] if groups else []), *(["parts"] if parts else [])]
    base = layouts[0]
    if not varied:  # a single seed may leave devices idle
        base = next((layout for layout in layouts if layout.seeds > 1), base)
    report.heading(title, (*COLUMNS, *varied, f"times that of {base.name}"))
    for layout in layouts:
        timing = timings[layout.name]
        report.row(
            str(layout.seeds),
            str(layout.devices),
            report.milliseconds(timing),
            f"{problem.gflop / timing.median:.1f}",
            f"{100 * share(timings, layout.name, problem.gflop):.0f} %",
            *([str(layout.group)] if groups else []),
            *([str(layout.parts)] if parts else []),
            f"{ratio(timing, timings[base.name]):.2f}",
        )


if __name__ == "__main__":
    main()
