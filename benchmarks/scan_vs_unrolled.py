"""A recurrence as a loop, as a loop of unrolled steps, written out, and by the adjoint.

    python benchmarks/scan_vs_unrolled.py --json out.json --figure out

Forward and one training step of one model, and what compiling them takes, against the
number of steps in time. All are XLA on one CPU device with products over all cores, so
one process serves all; each shows the same logits, and the same trained parameters.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.race import Entrant, Timing, race, ratio
from benchmarks.harness.workers import Worker

TOLERANCE = 0.01
COLUMNS = (
    "method",
    "forward ms [quartiles]",
    "times adjoint",
    "compile s",
    "training step ms [quartiles]",
    "times adjoint",
    "compile s",
)
ADJOINT, UNROLLED = "adjoint", "unrolled"
MOST_UNROLLS = 5
"""More lines than these and the two above could not be told apart in a figure."""

Setting = tuple[Problem, dict[str, Timing], dict[str, Timing]]


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("loops over time: scan, unrolled and adjoint")
    parser.add_argument("--cells", nargs="+", choices=GATES, default=list(GATES))
    parser.add_argument(
        "--inputs",
        nargs="+",
        type=report.positive,
        default=[5, 10, 20, 50],
        help="steps in time",
    )
    parser.add_argument(
        "--unroll",
        nargs="+",
        type=report.positive,
        default=[1, 2, 4, 8],
        help="steps per iteration of the scan",
    )
    parser.add_argument("--batch", type=report.positive, default=128)
    parser.add_argument("--hidden", type=report.positive, default=128)
    report.add_figure(parser)
    chosen = parser.parse_args(arguments)
    if chosen.figure is not None and len(chosen.unroll) > MOST_UNROLLS:
        parser.error(
            f"argument --unroll: must be at most {MOST_UNROLLS} values with --figure, "
            f"not {len(chosen.unroll)}; leave some out"
        )
    if chosen.smoke:
        chosen.cells, chosen.inputs, chosen.unroll = ["rnn"], [3], [2]
        chosen.batch, chosen.hidden, chosen.rounds = 8, 8, 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Race every cell at every length, print the tables, draw the figure."""
    chosen = options(arguments)
    methods: dict[str, tuple[Any, ...]] = {
        ADJOINT: (ADJOINT, 1),
        **{f"scan, unroll {k}": ("scan", k) for k in chosen.unroll},
        UNROLLED: (UNROLLED, 1),
    }
    settings: list[Setting] = []
    with Worker("XLA") as worker:
        warm(worker)
        for cell in chosen.cells:
            for inputs in chosen.inputs:
                problem = Problem(cell, inputs, 1, chosen.batch, chosen.hidden)
                settings.append(measure(problem, methods, worker, chosen))
                show(*settings[-1])
    report.write(
        chosen.json,
        {
            "benchmark": "scan_vs_unrolled",
            "settings": [
                {
                    **problem._asdict(),
                    "forward": report.samples(forward),
                    "training": report.samples(training),
                }
                for problem, forward, training in settings
            ],
        },
    )
    if chosen.figure is not None:
        draw(settings, chosen.figure)


def warm(worker: Worker) -> None:
    """Compile something first: what JAX does once would count for the first one."""
    tiny = Problem("rnn", 2, 1, 2, 2)
    worker.build(
        "warm", "benchmarks.contenders.plain_jax:training", tiny, "scan", "map"
    )
    worker.run("warm", 1)


def measure(
    problem: Problem,
    methods: dict[str, tuple[Any, ...]],
    worker: Worker,
    chosen: argparse.Namespace,
) -> Setting:
    """Race the forward pass, then the training step."""
    repeats = problem.repeats(smoke=chosen.smoke)
    timings = []
    for target, extra in (("forward", ()), ("training", ("map",))):
        worker.drop()
        for name, (method, unroll) in methods.items():
            worker.build(
                name,
                f"benchmarks.contenders.plain_jax:{target}",
                problem,
                method,
                *extra,
                unroll,
            )
        entrants = [Entrant(name, worker, repeats) for name in methods]
        timings.append(race(entrants, rounds=chosen.rounds, tolerance=TOLERANCE))
    return problem, timings[0], timings[1]


def show(
    problem: Problem, forward: dict[str, Timing], training: dict[str, Timing]
) -> None:
    """Print the table of one cell at one length."""
    report.heading(
        f"{problem.cell.upper()}, {problem.inputs} inputs, batch {problem.batch}, "
        f"hidden {problem.hidden}",
        COLUMNS,
    )
    for name in forward:
        report.row(
            name,
            *[
                text
                for timings in (forward, training)
                for text in (
                    report.milliseconds(timings[name]),
                    f"{ratio(timings[name], timings[ADJOINT]):.2f}",
                    f"{timings[name].compiling:.2f}",
                )
            ],
        )


def draw(settings: list[Setting], file: Path) -> None:
    """Three rows, forward, training and compiling; a column per cell."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    from seqjax.lab.reporting import figures

    cells = list(dict.fromkeys(problem.cell for problem, _, _ in settings))
    names = list(settings[0][1])
    with figures.style():
        figure = Figure(figsize=(3.2 * len(cells) + 1.5, 8))
        axes = figure.subplots(3, len(cells), sharex=True, sharey="row", squeeze=False)
        looks = figures.categories(names)
        for column, cell in enumerate(cells):
            mine = [setting for setting in settings if setting[0].cell == cell]
            inputs = [problem.inputs for problem, _, _ in mine]
            for name in names:
                curves = (
                    [1000 * forward[name].median for _, forward, _ in mine],
                    [1000 * training[name].median for _, _, training in mine],
                    [training[name].compiling for _, _, training in mine],
                )
                for axis, curve in zip(axes[:, column], curves, strict=True):
                    axis.plot(inputs, curve, label=name, **looks[name])
            axes[0, column].set_title(cell.upper())
            axes[2, column].set_xlabel("steps in time")
        labels = ("forward (ms)", "training step (ms)", "compiling training (s)")
        for axis, label in zip(axes[:, 0], labels, strict=True):
            axis.set_ylabel(label)
            axis.set_yscale("log")
            axis.set_xscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())
        ticks = sorted({problem.inputs for problem, _, _ in settings})
        axes[0, 0].set_xticks(ticks, [str(tick) for tick in ticks])
        axes[0, 0].minorticks_off()
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), loc="outside right upper"
        )
    for path in figures.save(figure, file.parent, file.name):
        print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
