"""The tables of `charlm.py`, and what its contenders are called."""

from collections.abc import Mapping

from benchmarks.contenders.language import Language
from benchmarks.harness import report
from benchmarks.harness.ceiling import TORCH, XLA, share
from benchmarks.harness.race import Timing, ratio

OURS, SCAN, THEIRS = "seqjax", "JAX scan", "torch.nn.LSTM"
ONE, GREEDY, MANY, BEAM = "one stream", "greedy", "many streams", "beam search"
LOOP, LOOP_ALONE = "torch, Python loop", "torch, Python loop, one thread"


def show_training(name: str, problem: Language, timings: Mapping[str, Timing]) -> None:
    """Print the table of one training."""
    report.heading(
        f"{name}: {problem.seeds} seeds, batch {problem.batch}, hidden "
        f"{problem.layers} x {problem.hidden}, {problem.window} characters of "
        f"{problem.vocab}" + (" (peers: one seed)" if problem.seeds > 1 else ""),
        (
            "contender",
            "ms per seed and step [quartiles]",
            "GFLOP/s",
            "share of ceiling",
            "times seqjax",
            "compile s",
        ),
    )
    for contender, timing in timings.items():
        if contender in (XLA, TORCH):
            continue
        report.row(
            contender,
            report.milliseconds(timing),
            f"{problem.gflop / timing.median:.1f}",
            f"{100 * share(timings, contender, problem.gflop):.0f} %",
            f"{ratio(timing, timings[OURS]):.2f}",
            f"{timing.compiling:.1f}",
        )
    show_ceiling(timings)


def show_sampling(
    problem: Language,
    timings: Mapping[str, Timing],
    *,
    characters: int,
    streams: int,
    beams: int,
) -> None:
    """Print the table of the samplers."""
    report.heading(
        f"sampling: texts of {characters} characters, hidden "
        f"{problem.layers} x {problem.hidden}; many streams: {streams}, beams: "
        f"{beams}",
        (
            "sampler",
            "ms per character [quartiles]",
            "characters/s",
            "share of ceiling",
            "time by that of one stream",
            "rate by that of one stream",
            "compile s",
        ),
    )
    gflop = problem.flop_per_character / 1e9
    for sampler, timing in timings.items():
        if sampler in (XLA, TORCH):
            continue
        report.row(
            sampler,
            report.milliseconds(timing),
            f"{1 / timing.median:.0f}",
            f"{100 * share(timings, sampler, gflop):.1f} %",
            f"{ratio(timing, timings[ONE]):.3g}",
            f"{ratio(timings[ONE], timing):.3g}",
            f"{timing.compiling:.1f}",
        )
    show_ceiling(timings)


def show_ceiling(timings: Mapping[str, Timing]) -> None:
    """Print how fast large products were in the same rounds."""
    rates = [
        f"{1 / timings[name].median:.0f} GFLOP/s ({name})"
        for name in (XLA, TORCH)
        if name in timings
    ]
    print(f"\nceiling: {', '.join(rates)}")


def summarise(trainings: Mapping[str, Mapping[str, Timing]]) -> None:
    """One line per training: ours, and how many times longer each peer takes."""
    if not trainings:
        return
    report.heading(
        "Trainings: seqjax, and how many times longer each peer takes",
        ("setting", "ms per seed and step", SCAN, THEIRS),
    )
    for name, timings in trainings.items():
        own = timings[OURS]
        report.row(
            name,
            report.milliseconds(own),
            *[
                f"{ratio(timings[peer], own):.2f}" if peer in timings else ""
                for peer in (SCAN, THEIRS)
            ],
        )
