"""What is run for the reports' claims, and how many minutes it takes.

Minutes are for two cores, as measured. A job of several sizes comes in the first that
fits; where seeds, or updates, are what its claims lack then, in one that gives more of
these. What is left out of a study here (other optimisers, initialisers, lengths) no
claim asks for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seqjax.lab.judging.claims import SEEDS, UPDATES
from seqjax.lab.judging.rules import MOST_SEEDS
from seqjax.lab.study import Number
from seqjax.reports.derivations import DERIVED, FILES

Words = tuple[str, ...]

HERE = "{here}"
"""In a command: the folder of the job itself."""

TEXT = "{text}"
"""In a command: the report's own text, where it is given; else left out."""


@dataclass(frozen=True)
class Size:
    """One size of a job.

    Attributes:
        minutes: that it takes; 0 where they are given to it.
        commands: words after ``python -m``, one tuple per command; `HERE`, `TEXT` and
            ``{name}``, the folder of another job, are filled in.
        gives: more `SEEDS`, or `UPDATES`, than those before it; nothing: it is one to
            begin with.
        updates: of each model, of one that gives more of these.
    """

    minutes: Number
    commands: tuple[Words, ...]
    gives: str = ""
    updates: int = 0


@dataclass(frozen=True)
class Job:
    """One run, or a few commands whose output is kept.

    Attributes:
        name: of its folder.
        sizes: in the order in which they are preferred; one that is given its minutes
            has one.
        option: that takes the minutes, for a study that has a time limit of its own.
        least: fewest minutes that are of use to it.
        most: minutes of which it has no use any more.
        after: name of the job whose model it needs, or nothing.
        beside: name of the job whose claims need it as well, or nothing.
        is_run: whether it leaves a run directory, else its output is kept.
        files: texts by name that lie in its folder before it begins.
        text: name of the report's own text, which may be given; or nothing.
        more: settings of which a run that answers it may have more.
        free: settings that no claim of it depends on.
        in_parts: whether its runs are of parts of it, chosen by claim.
    """

    name: str
    sizes: tuple[Size, ...]
    option: str = ""
    least: Number = 0.0
    most: Number = float("inf")
    after: str = ""
    beside: str = ""
    is_run: bool = True
    files: tuple[tuple[str, str], ...] = ()
    text: str = ""
    more: tuple[str, ...] = (SEEDS,)
    free: tuple[str, ...] = ()
    in_parts: bool = False


def _study(name: str, minutes: Number, command: str, *larger: Size, **said: Any) -> Job:
    """A study of one size to begin with, and of larger ones."""
    words = tuple(f"seqjax.{command}".split())
    return Job(name, (Size(minutes, (words,)), *larger), **said)


def _seeds(minutes: Number, command: str) -> Size:
    """More seeds."""
    return Size(minutes, (tuple(f"seqjax.{command}".split()),), SEEDS)


def _updates(minutes: Number, command: str, updates: int) -> Size:
    """More updates."""
    words = tuple(f"seqjax.{command} --steps {updates}".split())
    return Size(minutes, (words,), UPDATES, updates)


def _asked(
    name: str,
    minutes: Number,
    commands: Iterator[Words],
    files: Mapping[str, str] | None = None,
    **said: Any,
) -> Job:
    """Commands whose output is kept."""
    size = Size(minutes, tuple(commands))
    texts = tuple((files or {}).items())
    return Job(name, (size,), is_run=False, files=texts, **said)


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
        train = (_CHARLM, "train", TEXT, "--steps", str(steps), "--seeds", f"{FEWEST}")
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


def _clipped(norm: str, seeds: int) -> str:
    """SGD at rates up to large ones, with a gradient that is clipped at a norm."""
    return (
        "optimizers --optimizers sgd --learning-rates 1e-2 1e-1 1 10 --test-seeds 1 "
        f"--steps 500 --seeds {seeds} --clip-norm {norm}"
    )


def _text(optimizer: str, seeds: int) -> str:
    """A short training of a character model."""
    return (
        f"charlm train {TEXT} --optimizer {optimizer} --steps 200 --seeds {seeds} "
        "--evaluate-every 20 --sample-steps 200 --sample-lengths 20"
    )


_FLOW = "gradients flow --at 0 --jacobian-times 2"
_INITIALIZATION = "initialization --initializers normal orthogonal --lengths 5 10 20"
_TREES = "graphs trees --tasks boolean --models child-sum lstm"
_OPTIMIZERS = "optimizers --optimizers sgd momentum adagrad rmsprop adam"
_LISTS = (SEEDS, "initializers", "lengths", "tasks", "models", "optimizers", "at")
_WIDE: Mapping[str, Any] = {"more": (*_LISTS, "test_seeds", "steps")}
"""Of studies whose settings are trained each on its own: a wider run has the same."""

JOBS: tuple[Job, ...] = (
    _study("gate", 0.2, "phased gate"),
    _study("landscape", 0.4, "optimizers landscape"),
    _asked("derivations", 0.6, _derivations(), files=FILES),
    _asked("ablation", 2.0, iter([("seqjax.reports.ablation",)])),
    _study("hops", 0.8, "graphs hops"),
    _study(
        "flow",
        1.2,
        _FLOW,
        _seeds(2.4, f"{_FLOW} --seeds {MOST_SEEDS}"),
        more=(SEEDS, "at"),
        free=("jacobian_times",),
    ),
    _study(
        "flow-orthogonal",
        1.2,
        f"{_FLOW} --initializer orthogonal",
        more=(SEEDS, "at"),
        free=("jacobian_times",),
        beside="flow",
    ),
    *(
        _study(
            name,
            0.4,
            _clipped(norm, FEWEST),
            _seeds(1.2, _clipped(norm, MOST_SEEDS)),
            beside=beside,
        )
        for name, norm, beside in (
            ("clipped", "10", "unclipped"),
            ("unclipped", "inf", ""),
        )
    ),
    *(
        _study(
            f"text-{optimizer}",
            1.2,
            _text(optimizer, FEWEST),
            _seeds(4.0, _text(optimizer, MOST_SEEDS)),
            text="bible",
            beside=beside,
        )
        for optimizer, beside in (("adam", ""), ("rmsprop", "text-adam"))
    ),
    _study(
        "initialization",
        2.5,
        _INITIALIZATION,
        _seeds(5.0, f"{_INITIALIZATION} --seeds {MOST_SEEDS}"),
        _updates(60.0, f"{_INITIALIZATION} --seeds {MOST_SEEDS}", 10_000),
        **_WIDE,
    ),
    _study(
        "forecast",
        3.0,
        "graphs forecast",
        _seeds(6.0, f"graphs forecast --seeds {MOST_SEEDS}"),
    ),
    _study(
        "trees",
        6.0,
        _TREES,
        Size(2.5, (tuple(f"seqjax.{_TREES} --seeds 6 --steps 800".split()),)),
        _seeds(12.0, f"{_TREES} --seeds {MOST_SEEDS}"),
        **_WIDE,
    ),
    _asked("early", 6.8, _early(), text="karenina"),
    _study(
        "optimizers",
        7.5,
        _OPTIMIZERS,
        Size(5.5, (tuple(f"seqjax.{_OPTIMIZERS} --seeds 3".split()),)),
        _seeds(15.0, f"{_OPTIMIZERS} --test-seeds {MOST_SEEDS}"),
        more=(*_LISTS, "test_seeds"),
    ),
    _study(
        "noise", 7.0, "phased noise", _seeds(17.5, f"phased noise --seeds {MOST_SEEDS}")
    ),
    _study(
        "learning",
        12.0,
        "phased learning",
        _seeds(30.0, f"phased learning --seeds {MOST_SEEDS}"),
    ),
    _study(
        "frequency",
        0.0,
        "phased frequency --models phased lstm --seeds 6 --hidden-size 32 "
        "--learning-rate 0.003",
        option="--budget",
        least=1.5,
        most=30.0,
        more=(SEEDS, "models"),
    ),
    _study(
        "charlm",
        6.5,
        f"charlm train --seeds {FEWEST} --steps 1000",
        *(
            _updates(0.0055 * steps, f"charlm train --seeds {FEWEST}", steps)
            for steps in (10_000, 100_000)
        ),
        more=(SEEDS, "steps"),
        free=("evaluate_every", "sample_steps", "sample_lengths"),
    ),
    _asked("writing", 3.6, _writing(), after="charlm"),
    _study(
        "reconcile",
        0.0,
        "reconcile",
        option="--budget",
        least=0.3,
        in_parts=True,
    ),
)

TEXTS = tuple(dict.fromkeys(job.text for job in JOBS if job.text))
"""Names of the reports' own texts that may be given."""


def with_texts(jobs: Sequence[Job], texts: Mapping[str, str]) -> tuple[Job, ...]:
    """The jobs with the texts that were given, in place of Python's manual.

    Args:
        jobs: all there are.
        texts: a file, or a corpus that is downloaded, by the name of the text.
    """

    def filled(words: Words, text: str) -> Words:
        given = (text,) if text else ()
        return tuple(w for word in words for w in (given if word == TEXT else (word,)))

    return tuple(
        replace(
            job,
            sizes=tuple(
                replace(
                    size,
                    commands=tuple(
                        filled(words, texts.get(job.text, ""))
                        for words in size.commands
                    ),
                )
                for size in job.sizes
            ),
        )
        for job in jobs
    )


def job_of(name: str, jobs: Sequence[Job] = JOBS) -> Job:
    """The job of a name.

    Args:
        name: of one of the jobs.
        jobs: all there are; default: `JOBS`.
    """
    return next(job for job in jobs if job.name == name)
