"""Character language models: training steps and sampled characters, beside torch.

    python benchmarks/charlm.py [--settings one-hot sampling]

The course's network: two LSTM layers of 128 units, 87 characters, windows of 30,
batches of 64, Adam. Trainings start from the same parameters, read the same windows,
and show the same parameters after three updates; samplers show the same logits after a
prompt, and the same greedy text.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the repository's root holds both packages
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.charlm_tables import (
    BEAM,
    GREEDY,
    LOOP,
    LOOP_ALONE,
    MANY,
    ONE,
    OURS,
    SCAN,
    THEIRS,
    show_sampling,
    show_training,
    summarise,
)
from benchmarks.contenders.language import SHARP, Language
from benchmarks.harness import report
from benchmarks.harness.ceiling import Ceiling
from benchmarks.harness.race import AGREED, Entrant, Timing, agree, race
from benchmarks.harness.workers import Worker
from seqjax.lab.running.devices import usable_cores

SETTINGS: dict[str, dict[str, Any]] = {
    "one-hot": {},
    "embedding": {"embedding": 128},
    "carried": {"carried": True},
    "dropout": {"dropout": 0.05},
    "seeds": {"seeds": 10},
}
"""Trainings: how each differs from the first."""

SAMPLING = "sampling"
LANGUAGE = "benchmarks.contenders.language"
SIZES = ("hidden", "layers", "batch", "window", "vocab")

TOLERANCE = 0.01
SAME_TEXT = 1e-3
"""Tolerance of logits and greedy texts: one other character is more than that."""


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = report.parser("training and sampling of a character language model")
    names = [*SETTINGS, SAMPLING]
    parser.add_argument("--settings", nargs="+", choices=names, default=names)
    for name in SIZES:
        default = getattr(Language(), name)
        parser.add_argument(f"--{name}", type=report.positive, default=default)
    for name, default, meaning in (
        ("characters", 1000, "characters of a sampled text"),
        ("streams", 256, "texts sampled side by side"),
        ("beams", 8, "texts that the beam search keeps"),
    ):
        parser.add_argument(
            f"--{name}", type=report.positive, default=default, help=meaning
        )
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        if chosen.settings == names:
            chosen.settings = ["one-hot", "dropout", SAMPLING]
        chosen.hidden, chosen.batch, chosen.window, chosen.vocab = 8, 6, 5, 11
        chosen.characters, chosen.streams, chosen.beams = 20, 3, 2
        chosen.rounds = 2
    return chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Race every setting, print its table, and a summary of the trainings."""
    chosen = options(arguments)
    torch = report.has_torch()
    sizes = Language(**{name: getattr(chosen, name) for name in SIZES})
    settings = []
    trainings: dict[str, dict[str, Timing]] = {}
    with contextlib.ExitStack() as stack:
        ceiling = Ceiling(64 if chosen.smoke else 2048, usable_cores(), torch=torch)
        stack.callback(ceiling.close)
        for name in chosen.settings:
            if name == SAMPLING:
                problem = sizes._replace(bound=SHARP)
                timings = sampling(problem, chosen, ceiling, torch)
                show_sampling(
                    problem,
                    timings,
                    characters=chosen.characters,
                    streams=chosen.streams,
                    beams=chosen.beams,
                )
            else:
                problem = sizes._replace(**SETTINGS[name])
                timings = training(problem, chosen, ceiling, torch)
                show_training(name, problem, timings)
                trainings[name] = timings
            content = {**problem._asdict(), "timings": report.samples(timings)}
            settings.append({"setting": name, **content})
    summarise(trainings)
    work = {name: getattr(chosen, name) for name in ("characters", "streams", "beams")}
    report.write(chosen.json, {"benchmark": "charlm", **work, "settings": settings})


def training(
    problem: Language, chosen: argparse.Namespace, ceiling: Ceiling, torch: bool
) -> dict[str, Timing]:
    """Race a training step; where outputs are dropped, agree on one without first."""
    repeats = problem.repeats(smoke=chosen.smoke)
    peers = {THEIRS: "torch_language:training"} if torch else {}
    if not (problem.embedding or problem.carried or problem.dropout):
        peers = {SCAN: "language_training:scan", **peers}
    with contextlib.ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(name)) for name in (OURS, *peers)}

        def entrants(problem: Language) -> list[Entrant]:
            ours = workers[OURS]
            count = max(AGREED, repeats)
            ours.build("windows", f"{LANGUAGE}_training:windows", problem, count)
            starts = ours.result("windows")["starts"]
            ours.build(OURS, f"{LANGUAGE}_training:ensemble", problem)
            for name, target in peers.items():
                workers[name].build(
                    name, f"benchmarks.contenders.{target}", problem, starts
                )
            return [
                Entrant(name, worker, repeats, problem.seeds if name == OURS else 1)
                for name, worker in workers.items()
            ]

        if problem.dropout:
            agree(entrants(problem._replace(dropout=0.0)), tolerance=TOLERANCE)
        return race(
            [*entrants(problem), *ceiling.entrants],
            rounds=chosen.rounds,
            tolerance=TOLERANCE,
            rows=1,
        )


def sampling(
    problem: Language, chosen: argparse.Namespace, ceiling: Ceiling, torch: bool
) -> dict[str, Timing]:
    """Race the samplers; every sample is a fraction of a second."""
    length = chosen.characters
    drawing, searching = (
        f"{LANGUAGE}_sampling:{name}" for name in ("drawing", "searching")
    )
    # Target, its arguments, texts in a sample, texts at a time.
    made: dict[str, tuple[str, tuple[Any, ...], int, int]] = {
        ONE: (drawing, (1, length), 20, 1),
        GREEDY: (drawing, (1, length, 0.0), 20, 1),
        MANY: (drawing, (chosen.streams, length), 1, chosen.streams),
        BEAM: (searching, (chosen.beams, length), 5, 1),
    }
    if torch:
        target = "benchmarks.contenders.torch_language:sampling"
        made[LOOP] = (target, (length, None), 1, 1)
        made[LOOP_ALONE] = (target, (length, 1), 1, 1)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(Worker(OURS))
        entrants = []
        for name, (target, rest, repeats, texts) in made.items():
            worker = ours
            if name in (LOOP, LOOP_ALONE):
                worker = stack.enter_context(Worker(name))
            worker.build(name, target, problem, *rest)
            repeats = 1 if chosen.smoke else repeats
            entrants.append(Entrant(name, worker, repeats, texts * length))
        return race(
            [*entrants, *ceiling.entrants],
            rounds=chosen.rounds,
            tolerance=SAME_TEXT,
        )


if __name__ == "__main__":
    main()
