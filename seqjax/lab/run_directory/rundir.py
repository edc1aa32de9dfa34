"""The folder of one run: what is in it, what is finished, and how it gets there.

Its files are those of `seqjax.lab.run_directory.layout`. Each is written by
`files.write_atomic`, and a block's history before its rows, so that a run killed at any
instant is a valid directory in which rows imply history.
"""

import contextlib
import io
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import checkpoints, files, layout, records, run_lock
from seqjax.lab.study import Block, Results, Study

C = TypeVar("C")


class RunDirectory(Generic[C]):
    """An open run directory; nobody else can open it until it is closed.

    Attributes:
        path: The folder.
        study: The study it belongs to.
        config: The configuration of the run.
        block_names: All blocks of the study, in order.
        blocks: Those that are saved, by name.
    """

    def __init__(self, path: Path, study: Study[C], config: C, lock: int | None):
        """Use `open_run` or `open_finished`."""
        self.path, self.study, self.config, self._lock = path, study, config, lock
        self._begun, self._made = False, False
        self._columns = {"block": str, **study.columns}
        self.block_names = list(study.block_names(config))
        self.blocks: dict[str, Block] = {}

    def __enter__(self) -> "RunDirectory[C]":
        """The run directory itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Lets others open it again."""
        if self._lock is not None:
            os.close(self._lock)

    @property
    def saved(self) -> list[str]:
        """The blocks that are saved, in order."""
        return [name for name in self.block_names if name in self.blocks]

    @property
    def is_finished(self) -> bool:
        """Whether all blocks and the summary are there."""
        complete = self.study.may_stop_early or self.saved == self.block_names
        return complete and (self.path / layout.SUMMARY).exists()

    @property
    def results(self) -> Results:
        """Everything saved so far."""
        return Results.of(self.blocks[name] for name in self.saved)

    def save(self, block: Block) -> None:
        """Adds a finished block.

        Raises:
            UserError: When it cannot be written; the blocks saved before are kept.
            ValueError: When the block is not what the study's contract says.
        """
        block.check(self.block_names)
        history = {name: np.asarray(array) for name, array in block.history.items()}
        rows = [{"block": block.name, **row} for row in block.rows]
        records.csv_bytes(self._columns, rows)
        self.blocks[block.name] = block._replace(history=history)
        try:
            self._write_blocks()
        except BaseException:
            del self.blocks[block.name]
            raise
        checkpoints.discard(self.path, block.name)

    def record_environment(self, environment: Mapping[str, Any]) -> None:
        """Writes ``environment.json``; what differs in a later session is added."""
        path = self.path / layout.ENVIRONMENT
        current = records.plain(environment)
        first = layout.read_json(path) or current
        later = list(first.get("resumed_under", []))
        plain_first = {k: v for k, v in first.items() if k != "resumed_under"}
        if current not in (plain_first, *later):
            later.append(current)
        document = plain_first | ({"resumed_under": later} if later else {})
        files.write_atomic(path, records.json_bytes(document))

    def save_figures(self, drawings: Mapping[str, Any]) -> list[Path]:
        """Writes figures by stem; returns the files."""
        from seqjax.lab.reporting import figures

        folder = self.path / layout.FIGURES
        with files.explained("make", folder):
            folder.mkdir(exist_ok=True)
        files.remove_temporaries(folder)
        return [
            path
            for stem, drawing in drawings.items()
            for path in figures.save(drawing, folder, stem)
        ]

    def save_texts(self, texts: Mapping[str, str]) -> None:
        """Writes texts by the names of their files."""
        folder = self.path / layout.TEXTS
        with files.explained("make", folder):
            folder.mkdir(exist_ok=True)
        files.remove_temporaries(folder)
        for name, text in texts.items():
            files.write_atomic(folder / name, text.encode("utf-8", "backslashreplace"))

    def withdraw(self) -> None:
        """Leaves nothing behind of a run that began here, where nothing is kept yet."""
        if self.blocks or layout.is_under_way(self.path) or not self._begun:
            return
        run_lock.clear(self.path)
        (self.path / layout.CONFIG).unlink(missing_ok=True)
        if self._made:
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Writes ``summary.json``, which completes the run."""
        checkpoints.discard(self.path)
        files.write_atomic(self.path / layout.SUMMARY, records.json_bytes(summary))

    def _write_blocks(self) -> None:
        """Writes all blocks, the history first."""
        rows, history = self.results
        if history:
            data = io.BytesIO()
            # No objects, hence no pickle: `_check` lets only numbers and text through.
            arrays: dict[str, Any] = history
            np.savez(data, **arrays)
            files.write_atomic(self.path / layout.HISTORY, data.getvalue())
        table = records.csv_bytes(self._columns, rows)
        files.write_atomic(self.path / layout.RESULTS, table)

    def load(self) -> None:
        """Reads the finished blocks."""
        rows = layout.read_rows(self.path / layout.RESULTS, self._columns)
        names = {row["block"] for row in rows}
        foreign = sorted(str(name) for name in names - set(self.block_names))
        if foreign:
            raise layout.unreadable(
                self.path / layout.RESULTS, f"no such block: {foreign[0]}"
            )
        histories = layout.read_history(self.path / layout.HISTORY)
        for name in names:
            own = [
                {key: value for key, value in row.items() if key != "block"}
                for row in rows
                if row["block"] == name
            ]
            self.blocks[name] = Block(name, own, histories.get(name, {}))


def open_run(
    study: Study[C],
    config: C,
    path: Path,
    overwrite: bool = False,
    command_line: Sequence[str] = (),
) -> RunDirectory[C]:
    """Opens the run directory of a configuration: a new one, or one to go on with.

    Args:
        study: The study.
        config: Its configuration.
        path: The folder; made if it is not there.
        overwrite: Start anew if ``path`` holds a run. Only files that a run directory
            has are ever removed.
        command_line: Words of the command, kept in ``config.json``.

    Raises:
        UserError: When ``path`` is a file, cannot be written, holds other files than
            those of a run, a run of other settings, or is in use.
    """
    header = {
        "schema": layout.SCHEMA,
        "study": study.name,
        "config": records.config_to_plain(config),
        "command_line": shlex.join(command_line),
        "history_axes": dict(study.history_axes),
        "about": study.summary,
        "blocks": len(study.block_names(config)),
    } | ({"source": study.source} if study.source else {})
    made = run_lock.make_folder(path)
    lock = run_lock.lock(path)
    run = RunDirectory(path, study, config, lock)
    try:
        stored = layout.read_header(path)
        if stored is None:
            run_lock.refuse_foreign(path)
        elif overwrite:
            run_lock.clear(path)
        else:
            run_lock.refuse_different(path, stored, header)
        if stored is None or overwrite:
            files.write_atomic(path / layout.CONFIG, records.json_bytes(header))
            run._begun, run._made = True, made
        elif not (path / layout.SUMMARY).exists():
            files.remove_temporaries(path)
        run.load()
    except BaseException:
        run.__exit__()
        if made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise
    return run


def open_finished(study: Study[C], path: Path) -> RunDirectory[C]:
    """Opens a complete run directory with the configuration it was made with.

    Raises:
        UserError: When it is not the complete run directory of this study.
    """
    stored = layout.read_header(path)
    if stored is None or stored.get("study") != study.name:
        raise UserError(
            f"{path} is not a run directory of {study.name}; "
            "name one that a run has printed"
        )
    try:
        config = records.config_from_plain(study.config_type, stored["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise layout.unreadable(path / layout.CONFIG, error) from error
    run = RunDirectory(path, study, config, run_lock.lock(path))
    try:
        run.load()
        if not run.is_finished:
            raise UserError(
                f"{path} is not finished ({len(run.saved)} of {len(run.block_names)} "
                f"blocks); finish it first: {stored.get('command_line')}"
            )
    except BaseException:
        run.__exit__()
        raise
    return run
