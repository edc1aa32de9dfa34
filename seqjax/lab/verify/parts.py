"""A cheap part of a run: few seeds of some of its blocks."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.processes import clock
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import records
from seqjax.lab.study import Number, SilentReporter, Study
from seqjax.lab.verify.embedded import ToldRun

Rows = list[dict[str, Any]]


class OutOfTime(Exception):
    """The time that may be spent is over."""


class CannotRepeat(Exception):
    """A run of which nothing can be repeated here; says why."""


class Repeatable(NamedTuple):
    """A run that can be repeated here.

    Attributes:
        run: as the page tells it.
        study: that it is of.
        config: its own, but for the seeds.
        rows: those that the page tells, with ``block``.
    """

    run: ToldRun
    study: Study[Any]
    config: Any
    rows: Rows

    @property
    def is_of_same_source(self) -> bool:
        """Whether the study was read from the same content."""
        return self.study.source == self.run.source

    @property
    def columns(self) -> dict[str, type]:
        """Columns of its rows, ``block`` first."""
        return {"block": str, **self.study.columns}

    @property
    def seeds(self) -> str:
        """The seeds that are repeated, in words."""
        if not has_seeds(self.config):
            return "as it is"
        first, count = self.config.first_seed, self.config.seeds
        last = first + count - 1
        return f"seed {first}" if count == 1 else f"seeds {first} to {last}"

    @property
    def is_by_the_clock(self) -> bool:
        """Whether a time limit has decided what came out."""
        limits = (getattr(self.config, n, None) for n in ("minutes", "budget"))
        return any(limit is not None for limit in limits)

    def blocks(self) -> list[str]:
        """Blocks that the page tells of, those of least work first."""
        told = {row["block"] for row in self.rows if not row.get("cut_short")}
        work = self.study.work(self.config)
        names = [n for n in self.study.block_names(self.config) if n in told]
        return sorted(names, key=lambda name: float(work[name]))

    def told(self, block: str) -> Rows:
        """The rows that the page tells of a block."""
        return [row for row in self.rows if row["block"] == block]


def has_seeds(config: Any) -> bool:
    """Whether fewer seeds of a configuration are the same seeds.

    Where seeds are shared out between choosing a rate and testing it, fewer are others.
    """
    names = {field.name for field in dataclasses.fields(config)}
    return {"seeds", "first_seed"} <= names and "test_seeds" not in names


def study_of(
    run: ToldRun,
    known: Callable[[str], Study[Any] | None],
    own: Sequence[Study[Any]],
) -> Study[Any]:
    """The study of a run: of the user's own, from a file of this name or content.

    Args:
        run: as the page tells it.
        known: the study of a name; None where there is none.
        own: studies of files that the user has named.

    Raises:
        CannotRepeat: there is none.
    """
    also = known(run.study)
    found = [
        study
        for study in [*own, *([] if also is None else [also])]
        if study.name == run.study
        and (
            study.source == run.source
            or set(study.source.split()) & set(run.source.split())
        )
    ]
    if not found:
        file = run.source.partition(" ")[0]
        raise CannotRepeat(
            f"it is a study of {file}; give --study {file}"
            if file
            else "no such study here"
        )
    return next((s for s in found if s.source == run.source), found[0])


def repeatable(
    run: ToldRun, study: Study[Any], seeds: int, first_seed: int | None
) -> Repeatable:
    """A run with fewer seeds.

    Args:
        run: as the page tells it.
        study: that it is of.
        seeds: most seeds to repeat.
        first_seed: number of the first; None: that of the run.

    Raises:
        CannotRepeat: its configuration or its rows are not of this version.
    """
    try:
        config = records.config_from_plain(study.config_type, run.config)
        rows = records.csv_rows({"block": str, **study.columns}, run.results.encode())
        if has_seeds(config):
            first = config.first_seed if first_seed is None else first_seed
            config = dataclasses.replace(
                config, seeds=min(seeds, config.seeds), first_seed=first
            )
    except (AttributeError, TypeError, ValueError) as error:
        raise CannotRepeat(f"not of this version: {error}") from error
    return Repeatable(run, study, config, rows)


def repeat(part: Repeatable, block: str, deadline: Number) -> Rows:
    """The rows of a block, made anew.

    Args:
        part: what to repeat.
        block: name of the block.
        deadline: give up with the first report after this time of
            `core.processes.clock`, in seconds.

    Returns:
        Rows with ``block``, as `Repeatable.told` gives those of the page.

    Raises:
        OutOfTime: the deadline is over.
        CannotRepeat: the study cannot begin here, as without a file that it needs.
    """
    study, config = part.study, part.config
    others: Collection[str] = [n for n in study.block_names(config) if n != block]
    try:
        if study.check is not None:
            study.check(config)
        for found in study.run(config, others, _Hurried(deadline)):
            if found.name == block:
                return [{"block": block, **row} for row in found.rows]
    except UserError as error:
        raise CannotRepeat(str(error)) from error
    raise OutOfTime  # the study's own time limit


class _Hurried(SilentReporter):
    """Ends the study at a deadline."""

    def __init__(self, deadline: Number) -> None:
        self._deadline = deadline

    def block(self, name: str, description: str, work: Number) -> None:
        """Look at the clock."""
        self._look()

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Look at the clock."""
        self._look()

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep nothing."""

    def _look(self) -> None:
        if clock() >= self._deadline:
            raise OutOfTime


def in_turn(parts: Sequence[Repeatable], blocks: int) -> list[tuple[Repeatable, str]]:
    """The blocks to repeat: the cheapest of every run, then the next of every run.

    Args:
        parts: runs that can be repeated.
        blocks: most blocks of a run.
    """
    chosen = [(part, part.blocks()[:blocks]) for part in parts]
    return [
        (part, names[turn])
        for turn in range(blocks)
        for part, names in chosen
        if turn < len(names)
    ]
