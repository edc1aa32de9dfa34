"""What is run for the reports' claims, and how many minutes it takes.

Minutes are for two cores, as measured. A job of several sizes comes in the largest
that fits: all sizes answer the same claims, by fewer seeds or settings. What is left
out of a study here (other optimisers, initialisers, lengths) no claim asks for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seqjax.lab.study import Number
from seqjax.reports.derivations import DERIVED, FILES

Words = tuple[str, ...]

HERE = "{here}"
"""In a command: the folder of the job itself."""


@dataclass(frozen=True)
class Size:
    """One size of a job.

    Attributes:
        minutes: that it takes; 0 where they are given to it.
        commands: words after ``python -m``, one tuple per command; `HERE` and
            ``{name}``, the folder of another job, are filled in.
    """

    minutes: Number
    commands: tuple[Words, ...]


@dataclass(frozen=True)
class Job:
    """One run, or a few commands whose output is kept.

    Attributes:
        name: of its folder.
        sizes: the largest first; one that is given its minutes has one.
        option: that takes the minutes, for a study that has a time limit of its own.
        weight: share of the minutes that all such studies get.
        least: fewest minutes that are of use to it.
        most: minutes of which it has no use any more.
        after: name of the job whose model it needs, or nothing.
        is_run: whether it leaves a run directory, else its output is kept.
        files: texts by name that lie in its folder before it begins.
    """

    name: str
    sizes: tuple[Size, ...]
    option: str = ""
    weight: Number = 0.0
    least: Number = 0.0
    most: Number = float("inf")
    after: str = ""
    is_run: bool = True
    files: tuple[tuple[str, str], ...] = ()


def _study(name: str, minutes: Number, command: str) -> Job:
    """A study of one size."""
    words = tuple(f"seqjax.{command}".split())
    return Job(name, (Size(minutes, (words,)),))


def _timed(
    name: str, command: str, option: str, weight: Number, least: Number, most: Number
) -> Job:
    """A study that is given its minutes."""
    words = tuple(f"seqjax.{command}".split())
    return Job(name, (Size(0.0, (words,)),), option, weight, least, most)


def _asked(
    name: str,
    minutes: Number,
    commands: Iterator[Words],
    after: str = "",
    files: Mapping[str, str] | None = None,
) -> Job:
    """Commands whose output is kept."""
    size = Size(minutes, tuple(commands))
    texts = tuple((files or {}).items())
    return Job(name, (size,), after=after, is_run=False, files=texts)


EARLY_STEPS = (100, 200, 1000)
"""Updates after which report 001 shows what its first model writes."""

FEWEST = 6
"""Seeds of which all can be called most: 6 of 6 is p = .016 on one side, and 4 of 4
is .06, which is why there are no fewer."""

TEMPERATURES = ("0", "0.5", "1", "2")
"""Of what every model writes: those that the reports show."""

UNSEEN = "Zebulonius of Quxford"
"""A prompt with names that Python's manual does not have."""

_CHARLM = "seqjax.charlm"


def _derivations() -> Iterator[Words]:
    for file, names in DERIVED.items():
        check = ("seqjax.gradients", "check", f"{HERE}/{file}", "--json")
        yield (*check, "--only", *names)


def _early() -> Iterator[Words]:
    """Trainings that end early, and what the last model of every seed writes."""
    for steps in EARLY_STEPS:
        out = f"{HERE}/after-{steps}"
        train = (_CHARLM, "train", "--steps", str(steps), "--seeds", str(FEWEST))
        once = ("--evaluate-every", str(steps), "--sample-temperatures", "0")
        yield (*train, *once, "--sample-lengths", "50", "--out", out)
        for seed in range(FEWEST):
            greedy = ("--temperature", "0", "--length", "200")
            yield (_CHARLM, "sample", out, "--last", "--model-seed", str(seed), *greedy)


def _writing() -> Iterator[Words]:
    """What the trained models write at temperatures and after a prompt."""
    sample = (_CHARLM, "sample", "{charlm}", "--seed", "0", "--length")
    yield (*sample, "200", "--inverse-temperature", "100")
    yield (*sample, "4000", "--inverse-temperature", "0.1")
    for seed in range(FEWEST):
        model = ("--model-seed", str(seed))
        for temperature in TEMPERATURES:
            yield (*sample, "2000", "--temperature", temperature, *model)
        complete = (_CHARLM, "complete", "{charlm}")
        yield (*complete, UNSEEN, "--seed", "0", "--length", "1000", *model)


def _clipped(norm: str) -> str:
    """SGD at rates up to large ones, with a gradient that is clipped at a norm."""
    return (
        "optimizers --optimizers sgd --learning-rates 1e-2 1e-1 1 10 --seeds 6 "
        f"--test-seeds 1 --steps 500 --clip-norm {norm}"
    )


def _text(optimizer: str) -> str:
    """A short training of a character model."""
    return (
        f"charlm train --optimizer {optimizer} --steps 200 --seeds {FEWEST} "
        "--evaluate-every 20 --sample-steps 200 --sample-lengths 20"
    )


JOBS: tuple[Job, ...] = (
    _study("gate", 0.2, "phased gate"),
    _study("landscape", 0.4, "optimizers landscape"),
    _asked("derivations", 0.6, _derivations(), files=FILES),
    _asked("ablation", 2.0, iter([("seqjax.reports.ablation",)])),
    _study("hops", 0.8, "graphs hops"),
    _study("flow", 1.2, "gradients flow --at 0 --jacobian-times 2"),
    _study(
        "flow-orthogonal",
        1.2,
        "gradients flow --at 0 --jacobian-times 2 --initializer orthogonal",
    ),
    _study("clipped", 0.4, _clipped("10")),
    _study("unclipped", 0.4, _clipped("inf")),
    _study("text-adam", 1.2, _text("adam")),
    _study("text-rmsprop", 1.2, _text("rmsprop")),
    _study(
        "initialization",
        2.5,
        "initialization --initializers normal orthogonal --lengths 5 10 20",
    ),
    _study("forecast", 3.0, "graphs forecast"),
    Job(
        "trees",
        tuple(
            Size(minutes, (("seqjax.graphs", "trees", *words.split()),))
            for minutes, words in (
                (6.0, "--tasks boolean --models child-sum lstm"),
                (2.5, "--tasks boolean --models child-sum lstm --seeds 6 --steps 800"),
            )
        ),
    ),
    _asked("early", 6.8, _early()),
    Job(
        "optimizers",
        tuple(
            Size(minutes, (("seqjax.optimizers", *words.split()),))
            for minutes, words in (
                (7.5, "--optimizers sgd momentum adagrad rmsprop adam"),
                (5.5, "--optimizers sgd momentum adagrad rmsprop adam --seeds 3"),
            )
        ),
    ),
    _study("noise", 7.0, "phased noise"),
    _study("learning", 12.0, "phased learning"),
    _timed(
        "frequency",
        "phased frequency --models phased lstm --seeds 6 --hidden-size 32 "
        "--learning-rate 0.003",
        "--budget",
        0.1,
        1.5,
        15.0,
    ),
    _timed("charlm", f"charlm train --seeds {FEWEST}", "--minutes", 0.2, 2.0, 120.0),
    _asked("writing", 3.6, _writing(), after="charlm"),
    _timed(
        "reconcile",
        "reconcile --seeds 6 --lengths 5 --encodings scalar --initializers he "
        "--forget-biases zero --learning-rates 1e-3 --optimizers rmsprop "
        "--batch-sizes 128 --stops solved",
        "--budget",
        0.7,
        0.3,
        float("inf"),
    ),
)


def job_of(name: str) -> Job:
    """The job of a name.

    Args:
        name: of one of `JOBS`.
    """
    return next(job for job in JOBS if job.name == name)
