"""The whole palindrome study as a process, beside the same work as a torch program.

    python benchmarks/study.py [--seeds 10] [--steps 1000]

Start, imports, compilation, training, test, tables and figures: from the command to its
end. One training step of the two shows the same parameters (as in recurrent_training),
and the accuracies that they report have intervals that overlap.
"""

import argparse
import contextlib
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness import report
from benchmarks.harness.programs import run
from benchmarks.harness.race import Entrant, Timing, agree, ratio
from benchmarks.harness.workers import Worker

TOLERANCE = 0.01
OURS, THEIRS = "seqjax", "torch, Python loop"

# 99.9 %: eight settings at 95 % would part by chance too often. Of fewer than four
# seeds an interval says little.
CONFIDENCE = 0.999
FEWEST_SEEDS = 4

Accuracies = dict[tuple[str, int], list[float]]


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("the whole palindrome study, process by process", rounds=3)
    parser.add_argument("--cells", nargs="+", choices=GATES, default=["rnn", "lstm"])
    parser.add_argument(
        "--lengths", nargs="+", type=report.positive, default=[5, 10, 15, 20]
    )
    parser.add_argument("--seeds", type=report.positive, default=10)
    parser.add_argument(
        "--steps", type=report.positive, default=1000, help="updates of each model"
    )
    parser.add_argument("--batch-size", type=report.positive, default=128)
    parser.add_argument("--hidden-size", type=report.positive, default=128)
    parser.add_argument("--evaluation-size", type=report.positive, default=4000)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.cells, chosen.lengths, chosen.seeds = ["rnn"], [3], 1
        chosen.steps, chosen.batch_size, chosen.hidden_size = 2, 8, 8
        chosen.evaluation_size, chosen.rounds = 40, 1
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, take turns, compare the accuracies; 1 if they do not agree."""
    chosen = options(arguments)
    programs: dict[str, Callable[[Path], Accuracies]] = {
        OURS: lambda folder: ours(chosen, folder)
    }
    if report.has_torch():
        programs[THEIRS] = lambda folder: theirs(chosen, folder)
        check_steps(chosen)
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    shown: dict[str, Accuracies] = {}
    for turn in range(chosen.rounds):
        order = list(programs) if turn % 2 == 0 else list(programs)[::-1]
        for name in order:
            with tempfile.TemporaryDirectory() as folder:
                before = time.perf_counter()
                shown[name] = programs[name](Path(folder))
                seconds[name].append(time.perf_counter() - before)
    timings = {name: Timing(taken, 1, 0, 0) for name, taken in seconds.items()}
    show(chosen, timings)
    apart = compare(shown)
    report.write(
        chosen.json,
        {
            "benchmark": "study",
            "options": {k: v for k, v in vars(chosen).items() if k != "json"},
            "seconds": seconds,
            "accuracies": {
                name: [
                    {"cell": cell, "length": length, "accuracy": values}
                    for (cell, length), values in accuracies.items()
                ]
                for name, accuracies in shown.items()
            },
        },
    )
    if apart:
        print(f"the programs disagree: {', '.join(apart)}", file=sys.stderr)
    return 1 if apart else 0


def check_steps(chosen: argparse.Namespace) -> None:
    """Three updates of every cell at the longest length, from the same parameters."""
    inputs = max(chosen.lengths) - 1
    with Worker(OURS) as first, Worker(THEIRS) as second:
        for cell in chosen.cells:
            problem = Problem(cell, inputs, 1, chosen.batch_size, chosen.hidden_size)
            first.build(OURS, "benchmarks.contenders.ours:ensemble", problem)
            second.build(THEIRS, "benchmarks.contenders.torch_training:loop", problem)
            entrants = [Entrant(OURS, first), Entrant(THEIRS, second)]
            agree(entrants, tolerance=TOLERANCE)


def ours(chosen: argparse.Namespace, folder: Path) -> Accuracies:
    """Run `python -m seqjax.palindrome`, with nothing compiled before."""
    run(
        [
            *("-m", "seqjax.palindrome", *work(chosen)),
            *(
                "--no-early-stop",
                "--no-compilation-cache",
                "--out",
                str(folder / "run"),
            ),
        ]
    )
    found: Accuracies = {}
    with (folder / "run" / "results.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            setting = row["cell"], int(row["length"])
            found.setdefault(setting, []).append(float(row["accuracy"]))
    return found


def theirs(chosen: argparse.Namespace, folder: Path) -> Accuracies:
    """Run `torch_study.py`."""
    file = folder / "accuracies.json"
    run(["-m", "benchmarks.torch_study", *work(chosen), "--json", str(file)])
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {(row["cell"], row["length"]): row["accuracy"] for row in rows}


def work(chosen: argparse.Namespace) -> list[str]:
    """The options that both programs have."""
    words = ["--cells", *chosen.cells, "--lengths", *map(str, chosen.lengths)]
    for name in ("seeds", "steps", "batch_size", "hidden_size", "evaluation_size"):
        words += ["--" + name.replace("_", "-"), str(getattr(chosen, name))]
    return words


def show(chosen: argparse.Namespace, timings: Mapping[str, Timing]) -> None:
    """Print the table of times."""
    report.heading(
        f"{' and '.join(chosen.cells)}, T = {', '.join(map(str, chosen.lengths))}, "
        f"seeds: {chosen.seeds}, updates of each model: {chosen.steps}",
        ("program", "seconds, start to end [quartiles]", "times seqjax"),
    )
    for name, timing in timings.items():
        low, high = timing.quartiles
        report.row(
            name,
            f"{timing.median:.1f} [{low:.1f}, {high:.1f}]",
            f"{ratio(timing, timings[OURS]):.2f}",
        )


def compare(shown: Mapping[str, Accuracies]) -> list[str]:
    """Print accuracies with their intervals; the settings where these lie apart."""
    from seqjax.core.statistics import mean

    report.heading(
        f"Mean accuracy [{100 * CONFIDENCE:g} % interval over seeds]",
        ("cell", "T", *shown),
    )
    apart = []
    for cell, length in shown[OURS]:
        estimates = [
            mean(np.array(accuracies[cell, length]), confidence=CONFIDENCE)
            for accuracies in shown.values()
        ]
        report.row(
            cell,
            str(length),
            *[
                f"{e.value:.3f}" + (f" [{e.low:.3f}, {e.high:.3f}]" if e.n > 1 else "")
                for e in estimates
            ],
        )
        with contextlib.suppress(IndexError):  # torch may be missing
            a, b = estimates[0], estimates[1]
            if a.n >= FEWEST_SEEDS and (a.low > b.high or b.low > a.high):
                apart.append(f"{cell} at T = {length}")
    return apart


if __name__ == "__main__":
    sys.exit(main())
