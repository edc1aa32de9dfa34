"""What a study is: the contract between the studies and everything around them.

A study is a pure function of its configuration. It trains, and yields what came out,
block by block; `seqjax.lab` does the rest: options and errors of the command line, the
run directory, resuming, progress, tables and figures. A study package holds

- ``config.py``: a frozen dataclass; each field is described under ``Attributes:`` of
  its docstring, which becomes the ``--help`` text of its option;
- ``study.py``: ``STUDY = Study(...)`` (or ``STUDIES``, a tuple, for several commands);
- ``__main__.py``: ``sys.exit(seqjax.lab.command_line.cli.main(STUDY))``.

The first line of the package's docstring is what ``seqjax`` lists.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np

C = TypeVar("C")
"""The configuration of a study: a frozen dataclass."""

_FIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Number = int | float
"""Both, because annotations are checked in tests, where an int is not a float."""


class Block(NamedTuple):
    """One finished, independently resumable part of a study.

    Attributes:
        name: Unique in the study and fit for a file name, ``"lstm-05"``.
        rows: Rows of ``results.csv``, one per trained model and at least one; each has
            exactly the study's columns.
        history: Arrays for ``history.npz``, by metric; may be empty.
    """

    name: str
    rows: list[dict[str, Any]]
    history: dict[str, np.ndarray]

    def check(self, names: Sequence[str]) -> None:
        """Raise a ValueError where the block breaks the contract.

        Args:
            names: those of all blocks of the study.
        """
        if self.name not in names or not _FIT_NAME.fullmatch(self.name):
            raise ValueError(
                f"a block must be one of block_names and fit for a file name, "
                f"got {self.name!r}; use letters, digits, '.', '_' and '-'"
            )
        if not self.rows:
            raise ValueError(f"block {self.name} must have at least one row, got none")
        for metric, array in self.history.items():
            if "/" in metric or np.asarray(array).dtype.kind not in "biufcU":
                raise ValueError(
                    f"history {metric!r} of block {self.name} must be an array of "
                    "numbers or text without '/' in its name, "
                    f"got {np.asarray(array).dtype}"
                )


class Results(NamedTuple):
    """What a run directory holds, read back; figures and tables need nothing else.

    Attributes:
        rows: The rows of all blocks in the order of ``Study.block_names``, each with
            the name of its block under ``"block"`` beside the study's own columns.
        history: Arrays by ``"<block name>/<metric>"``.
    """

    rows: list[dict[str, Any]]
    history: dict[str, np.ndarray]

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> "Results":
        """Results of blocks still in memory, as a run directory would give them."""
        blocks = list(blocks)
        return cls(
            [{"block": block.name, **row} for block in blocks for row in block.rows],
            {
                f"{block.name}/{metric}": array
                for block in blocks
                for metric, array in block.history.items()
            },
        )


class Table(NamedTuple):
    """A table for the reader, as plain text.

    Attributes:
        title: Heading.
        columns: Column headings.
        rows: Cells, one per column.
        caption: What the cells mean (kind of interval, number of seeds), or nothing.
        left: So many columns are aligned to the left, the others to the right.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    left: int = 1

    @classmethod
    def of(
        cls,
        things: Iterable[Any],
        cells: Mapping[str, Callable[[Any], str]],
        **said: Any,
    ) -> "Table":
        """A row for each of some things.

        Args:
            things: what the rows tell of.
            cells: by the heading of a column, what it tells.
            **said: title, caption, left.
        """
        rows = [[cell(each) for cell in cells.values()] for each in things]
        return cls(columns=tuple(cells), rows=rows, **said)


@runtime_checkable
class Reporter(Protocol):
    """How a study tells of its progress, and leaves what it can go on from.

    `seqjax.lab.reporting.progress` shows the progress. A block that ends early needs no
    call: the next ``block``, or the end of the study, completes its share of the bar.
    """

    def block(self, name: str, description: str, work: Number) -> None:
        """A block begins; ``work`` is what ``Study.work`` expects of it."""

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """``work`` more of the present block is done; the newest metrics come along."""

    def is_due(self) -> bool:
        """Whether it is time to keep the present block as it stands."""

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """The present block as it stands after so many updates, to go on from."""

    def kept(self) -> dict[str, np.ndarray] | None:
        """What was kept last of the present block; None where it begins."""

    def model(self, name: str, model: Any) -> None:
        """Stores a model, by its ``save(folder)``, in place of the one of that name."""


@runtime_checkable
class Drawing(Protocol):
    """What is needed of ``matplotlib.figure.Figure``, without importing it."""

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Write the figure to a file."""


class SilentReporter:
    """A `Reporter` that shows and keeps nothing, for tests and notebooks."""

    def block(self, name: str, description: str, work: Number) -> None:
        """Show nothing."""

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Show nothing."""

    def is_due(self) -> bool:
        """Never."""
        return False

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep nothing."""

    def kept(self) -> dict[str, np.ndarray] | None:
        """Nothing was kept."""
        return None

    def model(self, name: str, model: Any) -> None:
        """Keep nothing."""


@dataclass(frozen=True, eq=False)
class Study(Generic[C]):
    """One study, as the command line and the run directory see it.

    Attributes:
        name: Package below ``seqjax``, ``"palindrome"``; where a package has several
            studies, a second word is the command: ``"gradients flow"``.
        summary: One line for ``--help``.
        config_type: Frozen dataclass; checks itself in ``__post_init__`` and raises
            a ``ValueError`` of one line. Fields may be ``bool``, ``int``, ``float``,
            ``str``, a ``Literal`` of strings or integers, one of these ``| None``, or
            ``tuple[X, ...]`` of the first five, and have defaults.
        columns: Columns of ``results.csv`` in order, each with its type: ``str``,
            ``int``, ``float`` or ``bool``. Any cell may be None. ``"block"`` is taken.
        history_axes: Names of the axes of each history metric, for the reader of
            ``config.json``: ``{"accuracy": ("seed", "step")}``.
        block_names: Names of all blocks, in the order of ``results.csv``.
        work: Expected work of every block by name, in ``unit``; for the time left.
        run: Yields the blocks that are not among the given finished ones, in any
            order. Pure: no files, no printing. May report on each block it works on.
        summarise: The content of ``summary.json``; non-finite numbers become null.
        tables: What is printed at the end.
        figures: Figures by file stem, made with ``matplotlib.figure.Figure`` (never
            pyplot); called inside `seqjax.lab.reporting.figures.style`.
        texts: Files of text by name, ``"samples.txt"``, ``"samples.html"`` or
            ``"predictions.csv"``.
        check: Raises a `UserError` where a run could not even begin, as without a file
            that it needs; called before anything is written, or removed to start anew.
        reads: What a run has read of its data and changed of them, in one line; told
            before the run begins or goes on.
        resolve: Makes a configuration of the options given explicitly (by field name),
            so that presets can change the defaults of all others. Without it,
            ``config_type(**explicit)``.
        unit: What ``work`` counts, for the rate shown.
        positional: The field of the configuration, a tuple of strings, that takes the
            words of the command line which belong to no option; none by default.
        seed_bytes: What one more seed takes of memory while it trains. With it, more
            seeds than fit are trained in chunks; the configuration then has ``seeds``
            and ``first_seed``, and the rows of a block are in the order of seeds.
        source: What the study itself was read from, where that is a file of the
            user's: its name and content hash. A run is only resumed by the same.
        invoked: Words of the command that runs it, without options; by default
            ``python -m seqjax.NAME``.
        may_stop_early: Whether ``run`` may end before all blocks are done, as where a
            time limit decides how many there are.
    """

    name: str
    summary: str
    config_type: type[C]
    columns: Mapping[str, type]
    block_names: Callable[[C], list[str]]
    work: Callable[[C], Mapping[str, Number]]
    run: Callable[[C, Collection[str], Reporter], Iterator[Block]]
    summarise: Callable[[C, Results], dict[str, Any]]
    tables: Callable[[C, Results], list[Table]]
    figures: Callable[[C, Results], Mapping[str, Drawing]]
    history_axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Callable[[C, Results], Mapping[str, str]] | None = None
    check: Callable[[C], object] | None = None
    reads: Callable[[C], str] | None = None
    resolve: Callable[[Mapping[str, Any]], C] | None = None
    unit: str = "steps"
    positional: str = ""
    seed_bytes: Callable[[C], Number] | None = None
    source: str = ""
    invoked: tuple[str, ...] = ()
    may_stop_early: bool = False

    @property
    def program(self) -> str:
        """What its messages begin with."""
        return " ".join(self.invoked[2:]) or f"seqjax.{self.name}"

    def configure(self, explicit: Mapping[str, Any]) -> C:
        """Configuration from explicitly given options; raises as the config does."""
        if self.resolve is not None:
            return self.resolve(explicit)
        return self.config_type(**explicit)
