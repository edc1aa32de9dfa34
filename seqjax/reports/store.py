"""The store of evidence: finished runs, wherever they lie, and which job each answers.

A job is answered by a finished run of its study with the settings of one of the job's
sizes. Of `reconcile`, whose claims need many trainings, the settings of all its runs
are taken together, and those of `palindrome` that are the same; its own rules judge
them.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.command_line.common_options import common_options
from seqjax.lab.command_line.options import options_of
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.errors import UserError
from seqjax.lab.report import stored
from seqjax.lab.report.reading import FinishedRun, read_run
from seqjax.lab.run_directory import layout, records
from seqjax.lab.study import Results, Study
from seqjax.reports.jobs import Job, Size
from seqjax.reports.judging import Source

Known = Callable[[str], Study[Any] | None]
"""The study of a name, None where there is none."""

FREE = frozenset(
    ("budget", "seeds_per_device", "batch_parts", "checkpoint_seconds", "preset")
    + ("protocol",)
)
"""Settings that change no number, or only how many numbers there are; and names of
presets, whose settings are there themselves."""


class Asked(NamedTuple):
    """What a command asks for.

    Attributes:
        study: that it runs.
        config: its configuration.
    """

    study: Study[Any]
    config: Any


def asked(words: Sequence[str], known: Known) -> Asked:
    """What the words of a command, after ``python -m``, ask for.

    Args:
        words: the module, and a study's command and options.
        known: the study of a name.

    Raises:
        UserError: There is no such study, or not with such options.
    """
    package = words[0].removeprefix("seqjax.")
    study, rest = None, list(words[1:])
    if rest and not rest[0].startswith("-"):
        study = known(f"{package} {rest[0]}")
    if study is None:
        study = known(package)
    else:
        rest = rest[1:]
    if study is None:
        raise UserError(
            f"a command must be of a study, got {' '.join(words)}; name one of seqjax"
        )
    options = [
        option._replace(positional=option.name == study.positional)
        for option in options_of(study.config_type)
    ]
    every = [*options, *common_options(study)]
    parser = parser_of(study.program, study.summary, {"options": every})
    names = {option.name for option in options}
    given = {k: v for k, v in parse(parser, every, rest).items() if k in names}
    return Asked(study, study.configure(given))


def matches(
    had: Mapping[str, Any],
    wanted: Mapping[str, Any],
    default: Mapping[str, Any],
    more: Collection[str] = ("seeds",),
    free: Collection[str] = (),
) -> bool:
    """Whether a run's settings are those that are wanted.

    Args:
        had: of the run, as in ``config.json``; one that its version lacked is as by
            default.
        wanted: of the job, likewise.
        default: of the study, likewise.
        more: names of those of which a run may have more: a number is at least as
            large, a list has at least the same.
        free: names of those that no claim of the job depends on, beside `FREE`.
    """
    for name in {*had, *wanted} - {*FREE, *free}:
        if name not in wanted:
            return False
        own, other = had.get(name, default[name]), wanted[name]
        if name not in more:
            right = own == other
        elif isinstance(other, list):
            right = set(other) <= set(own)
        else:
            right = own >= other
        if not right:
            return False
    return True


class Kept(NamedTuple):
    """A finished run on the disk.

    Attributes:
        path: its folder.
        header: content of ``config.json``.
        changed: when it was finished, in seconds since 1970.
    """

    path: Path
    header: Mapping[str, Any]
    changed: float

    @property
    def config(self) -> Mapping[str, Any]:
        """Its settings."""
        config: Mapping[str, Any] = self.header["config"]
        return config

    def read(self, label: str) -> FinishedRun:
        """All of it.

        Args:
            label: what to call it.
        """
        return read_run(self.path, label)


def rank(kept: Kept) -> tuple[Any, ...]:
    """What makes one run better than another: seeds, then updates, then its age.

    Args:
        kept: the run.
    """
    seeds = kept.config.get("seeds", 0) + kept.config.get("test_seeds", 0)
    return seeds, kept.config.get("steps", 0), kept.changed


def updates_of(run: FinishedRun) -> int | None:
    """Most updates of a model of a run, as far as it tells.

    Args:
        run: the run.
    """
    rows = csv.DictReader(io.StringIO(run.results, newline=""))
    told = [row.get("steps") or row.get("step") or "" for row in rows]
    return max((int(each) for each in told if each.isdecimal()), default=None)


def source(run: FinishedRun, folder: str) -> Source:
    """What a claim's row tells of a run that it rests on.

    Args:
        run: the run.
        folder: where it lies, as it was named.
    """
    git = run.environment.get("git") or {}
    host = run.environment.get("host") or {}
    return Source(
        folder,
        git.get("commit"),
        None if "dirty" not in git else not git["dirty"],
        host.get("cpu"),
        dict(run.environment.get("versions") or {}),
        run.header["config"].get("seeds"),
        updates_of(run),
    )


def _plain(config: Any) -> dict[str, Any]:
    return records.config_to_plain(config)


PALINDROME = {
    "clip_norm": 10.0,
    "stop_accuracy": 0.998,
    "stop_patience": 100,
    "layers": 1,
    "optimizer_flavor": "torch",
}
"""Settings of `palindrome` that `reconcile` has no option for, as it has them."""


class Store:
    """Finished runs in some folders."""

    def __init__(self, folders: Iterable[Path], known: Known) -> None:
        """Looks for runs; reads none of their results.

        Args:
            folders: that hold runs, in any depth; one may be missing.
            known: the study of a name.

        """
        self.folders = list(folders)
        self._known = known
        self._read: dict[Path, FinishedRun] = {}

    @cached_property
    def kept(self) -> list[Kept]:
        """All finished runs, each once."""
        found: dict[Path, Kept] = {}
        for folder in self.folders:
            for file in sorted(folder.rglob(layout.CONFIG)):
                path = file.parent
                summary = path / layout.SUMMARY
                inside = layout.CHUNKS in path.parts[len(folder.parts) :]
                header = layout.read_header(path)
                if header is None or inside or not summary.exists():
                    continue
                kept = Kept(path, header, summary.stat().st_mtime)
                found.setdefault(path.resolve(), kept)
        return list(found.values())

    def look_again(self) -> None:
        """Forget what was there: more has been finished."""
        self.__dict__.pop("kept", None)

    def run(self, kept: Kept, label: str) -> FinishedRun:
        """A run, read once.

        Args:
            kept: where it lies.
            label: what to call it.

        Raises:
            UserError: It is damaged.
        """
        if kept.path not in self._read:
            self._read[kept.path] = kept.read(label)
        return self._read[kept.path]._replace(label=label)

    def answers(self, job: Job, size: Size) -> list[Kept]:
        """The runs that answer a job in a size, the best first.

        Those with most seeds, then updates, then the newest.

        Args:
            job: one that is a run.
            size: of it.
        """
        (words,) = size.commands
        study, config = asked(words, self._known)
        default = _plain(study.configure({}))
        wanted = _plain(config)
        found = [
            kept
            for kept in self.kept
            if kept.header["study"] == study.name
            and matches(kept.config, wanted, default, job.more, job.free)
        ]
        return sorted(found, key=rank, reverse=True)

    def best(self, job: Job) -> Kept | None:
        """The best run that answers a job in any size; None where there is none.

        Args:
            job: one that is a run.
        """
        found = [kept for size in job.sizes for kept in self.answers(job, size)]
        return max(found, key=rank, default=None)

    def at(self, path: Path) -> Kept | None:
        """The finished run in a folder; None where there is none.

        Args:
            path: the folder.
        """
        place = path.resolve()
        return next((k for k in self.kept if k.path.resolve() == place), None)

    def study(self, job: Job) -> Study[Any]:
        """The study that a job runs.

        Args:
            job: one that is a run.
        """
        return asked(job.sizes[0].commands[0], self._known).study

    def parts(self, job: Job, ids: Collection[str]) -> dict[str, Any]:
        """All trainings of `reconcile`'s settings, judged by its own rules.

        Args:
            job: its job.
            ids: of its claims.

        Returns:
            The summary of all of them; a claim names the runs that it rests on.
        """
        study = self.study(job)
        config = study.configure({"claims": tuple(ids)})
        wanted = set(study.block_names(config))
        rows = [
            {**row, "run": str(kept.path)}
            for kept in sorted(self.kept, key=rank, reverse=True)
            for row in _rows(study, _plain(config), kept)
            if row["block"] in wanted
        ]
        return study.summarise(config, Results(rows, {}))


def _rows(
    study: Study[Any], own: Mapping[str, Any], kept: Kept
) -> Iterable[dict[str, Any]]:
    """The rows of a run as those of `reconcile`; nothing where its settings differ.

    A row is marked as cut short unless its seed ended by itself, as by solving its
    task: how far it got tells whether that is enough for a claim.
    """
    config = kept.config
    name = kept.header["study"]
    same = ("hidden_size", "evaluation_size")
    if name not in (study.name, "palindrome") or any(
        config.get(each) != own[each] for each in same
    ):
        return
    if name == "palindrome" and any(
        config.get(each, value) != value for each, value in PALINDROME.items()
    ):
        return
    text = stored.read_results(kept.path / layout.RESULTS, kept.header)
    heading, _, _ = text.partition("\n")
    columns = {each: study.columns.get(each, str) for each in heading.split(",")}
    for row in layout.read_rows(kept.path / layout.RESULTS, columns):
        if name == "palindrome":
            row = _as_reconciled(row, config)
        steps = row["steps"]
        ended = row["diverged"] or steps < row["updates_wanted"]
        yield {**row, "cut_short": row.get("cut_short", False) or not ended}


def _as_reconciled(row: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `palindrome` as one of `reconcile`; what it has not kept is missing."""
    rates, lengths = config["learning_rate"], config["lengths"]
    at = lengths.index(row["length"]) if len(rates) > 1 else 0
    setting = {
        "cell": row["cell"],
        "length": row["length"],
        "encoding": config["encoding"],
        "initializer": config["initializer"],
        "forget_bias": "zero" if row["cell"] == "rnn" else config["forget_bias"],
        "learning_rate": rates[at],
        "optimizer": config["optimizer"],
        "batch_size": config["batch_size"],
        "stop": "solved" if config["early_stop"] else "never",
    }
    length, rate = f"{row['length']:03d}", f"{rates[at]:g}"
    shown = {**setting, "length": length, "learning_rate": rate}
    kept = ("seed", "accuracy", "loss", "steps", "solved_step", "diverged")
    return {
        "block": "-".join(map(str, shown.values())),
        **setting,
        "updates_wanted": config["steps"],
        **{name: row[name] for name in kept},
    }
