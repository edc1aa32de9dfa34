"""What surrounds a training: its checkpoints, its memory, other processes beside it.

    python benchmarks/runs.py [--measure memory checkpoints processes] [--figure out]

Whole runs of `python -m seqjax.palindrome`. Their numbers are the same whatever is
measured here, which the tests show to the byte. Seconds are the difference between a
run of twice the updates and one of as many: neither imports, nor compilation, nor
figures are in it.
"""

import argparse
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.harness import report
from benchmarks.harness.programs import Ended, run
from benchmarks.harness.race import Timing, ratio

MEASURES = ("memory", "checkpoints", "processes")
ALL, CHUNKS = "all at once", "in chunks"
NEVER, EVERY = "no checkpoint", "every second"
ONE, APART, TWO = "one process", "two apart", "two processes"
INTERVAL = 30
"""Seconds between two checkpoints of a run that is not told otherwise."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("what surrounds a training", rounds=3)
    report.add_figure(parser)
    parser.add_argument("--measure", nargs="+", choices=MEASURES, default=MEASURES)
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=report.positive,
        default=[100, 300, 1000, 3000, 10000],
        help="of which to take the memory",
    )
    parser.add_argument("--steps", type=report.positive, default=300, help="updates")
    parser.add_argument("--hidden", type=report.positive, default=128)
    parser.add_argument("--chunk", type=report.positive, default=1000)
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.seeds, chosen.chunk, chosen.steps = [3], 2, 2
        chosen.hidden, chosen.rounds = 8, 1
        chosen.measure = ["memory"]
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table of each, draw the memory."""
    chosen = options(arguments)
    content: dict[str, Any] = {}
    for name in chosen.measure:
        content[name] = _MEASURES[name](chosen)
    report.write(chosen.json, {"benchmark": "runs", **content})
    if chosen.figure is not None and "memory" in content:
        draw(content["memory"], chosen.figure)


def memory(chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """The largest size of runs of more and more seeds of a small network."""
    report.heading(
        "LSTM of 16 units, T = 5, 50 updates", ("seeds", "MiB", f"MiB, {CHUNKS}")
    )
    found = []
    for seeds in chosen.seeds:
        words = palindrome(seeds=seeds, lengths=5, steps=50, hidden_size=16)
        # What is compiled once would spare the second run the compiler's memory.
        words += ["--batch-size", "16", "--no-compilation-cache"]
        sizes = {
            ALL: run_in_a_folder(words, at_once=seeds).memory,
            CHUNKS: run_in_a_folder(words, at_once=chosen.chunk).memory,
        }
        report.row(str(seeds), *[f"{size / 2**20:.0f}" for size in sizes.values()])
        found.append({"seeds": seeds, "bytes": sizes})
    return found


def checkpoints(chosen: argparse.Namespace) -> dict[str, Any]:
    """Ten seeds that are kept every second, and never."""
    words = palindrome(seeds=10, lengths=20, hidden_size=chosen.hidden)

    def kept(every: str) -> Callable[[int], Ended]:
        return lambda steps: run_in_a_folder(
            [*words, "--steps", str(steps), "--checkpoint-every", every]
        )

    timings = difference(chosen, {NEVER: kept("inf"), EVERY: kept("1")})
    show("LSTM, T = 20, ten seeds", timings, NEVER)
    dearer = ratio(timings[EVERY], timings[NEVER]) - 1
    print(f"\none every {INTERVAL} s: {100 * dearer / INTERVAL:.2f} % of the time")
    return report.samples(timings)


def processes(chosen: argparse.Namespace) -> dict[str, Any]:
    """Five seeds of a process on one core; twice as many of two, a core each.

    Two that know nothing of each other show what sharing the machine's memory costs.
    """

    def trained(runs: int, each: int) -> Callable[[int], Ended]:
        return lambda steps: together(
            runs, each, palindrome(5 * each, 20, steps, chosen.hidden)
        )

    contenders = {ONE: trained(1, 1), APART: trained(2, 1), TWO: trained(1, 2)}
    timings = difference(chosen, contenders)
    show("LSTM, T = 20, five seeds a process, a core each", timings, ONE)
    beside = ratio(timings[TWO], timings[APART])
    print(f"\n{TWO} against {APART}: {beside:.3f}")
    return report.samples(timings)


_MEASURES: dict[str, Callable[[argparse.Namespace], Any]] = {
    "memory": memory,
    "checkpoints": checkpoints,
    "processes": processes,
}


def palindrome(
    seeds: int, lengths: int, steps: int | None = None, hidden_size: int = 128
) -> list[str]:
    """The words of a run of one LSTM whose seeds all make all updates."""
    words = ["-m", "seqjax.palindrome", "--cells", "lstm", "--no-early-stop"]
    words += ["--seeds", str(seeds), "--lengths", str(lengths)]
    words += ["--hidden-size", str(hidden_size), "--progress", "none"]
    return words + ([] if steps is None else ["--steps", str(steps)])


def run_in_a_folder(words: Sequence[str], at_once: int = 0) -> Ended:
    """A run that leaves nothing."""
    with tempfile.TemporaryDirectory() as folder:
        out = ("--out", f"{folder}/run", "--seeds-at-once", str(at_once))
        return run([*words, *out])


def together(runs: int, each: int, words: Sequence[str]) -> Ended:
    """Runs side by side, each of so many processes; a device and a core for each."""
    with tempfile.TemporaryDirectory() as folder:
        programs = [
            [*words, "--out", f"{folder}/{number}", "--devices", "1", *member]
            for number in range(runs)
            for member in members(each)
        ]
        return run(*programs, pinned=True)


def members(count: int) -> list[list[str]]:
    """What makes each process one of so many."""
    if count == 1:
        return [[]]
    with socket.socket() as free:
        free.bind(("localhost", 0))
        where = f"localhost:{free.getsockname()[1]}"
    cluster = ["--coordinator", where, "--num-processes", str(count)]
    return [[*cluster, "--process-id", str(i)] for i in range(count)]


def difference(
    chosen: argparse.Namespace, contenders: dict[str, Callable[[int], Ended]]
) -> dict[str, Timing]:
    """Seconds of the updates alone, contenders in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(chosen.rounds):
        order = list(contenders) if turn % 2 == 0 else list(contenders)[::-1]
        for name in order:
            once, twice = (
                contenders[name](times * chosen.steps).seconds for times in (1, 2)
            )
            # Of tiny runs the noise is larger than what is measured.
            seconds[name].append(max(twice - once, 1e-3))
    return {name: Timing(taken, chosen.steps, 0, 0) for name, taken in seconds.items()}


def show(title: str, timings: dict[str, Timing], first: str) -> None:
    """Print a table of times."""
    report.heading(title, ("run", "ms per update [quartiles]", f"times {first}"))
    for name, timing in timings.items():
        report.row(
            name, report.milliseconds(timing), f"{ratio(timing, timings[first]):.3f}"
        )


def draw(found: list[dict[str, Any]], file: Path) -> None:
    """Memory against seeds."""
    from matplotlib.figure import Figure

    from seqjax.lab.reporting import figures

    with figures.style():
        figure = Figure(figsize=(4.8, 3.4))
        axes = figure.subplots()
        looks = figures.categories([ALL, CHUNKS])
        for name in (ALL, CHUNKS):
            sizes = [row["bytes"][name] / 2**20 for row in found]
            axes.plot([row["seeds"] for row in found], sizes, label=name, **looks[name])
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("seeds")
        axes.set_ylabel("largest size of the process (MiB)")
        axes.legend()
    for path in figures.save(figure, file.parent, file.name):
        print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
