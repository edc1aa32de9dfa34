"""From what is saved of a study to all of it: blocks, figures, texts and summary."""

import sys
from functools import partial
from typing import Any, TypeVar

from seqjax.core import processes
from seqjax.lab.reporting.reporter import ReportingOptions, RunReporter
from seqjax.lab.run_directory import files, layout, records, rundir
from seqjax.lab.running import available_memory, chunks
from seqjax.lab.running.available_memory import amount, fitting
from seqjax.lab.running.shared_run import SharedReporter, SharedRun, reporting_to
from seqjax.lab.study import Block, Study

C = TypeVar("C")


def execute(
    study: Study[C],
    config: C,
    shared: SharedRun,
    reporting: ReportingOptions,
    at_once: int,
) -> None:
    """Runs the unfinished blocks, then writes figures and summary.

    Args:
        study: the study.
        config: its configuration.
        shared: its run directory.
        reporting: what is kept and shown while it runs.
        at_once: seeds to train at once; 0: as many as fit.

    Raises:
        UserError: not even one seed fits, or a file cannot be written.
    """
    from seqjax.lab.run_directory.environment import environment

    found = environment()
    shared.do(lambda run: run.record_environment(found))
    seeds = getattr(config, "seeds", 1)
    at_once = _seeds_at_once(study, config, shared, at_once)
    if at_once >= seeds:
        _train(study, config, shared, reporting)
    else:
        _train_in_chunks(study, config, shared, reporting, at_once)
    shared.do(_finish)


def draw(run: rundir.RunDirectory[Any]) -> None:
    """Writes the figures, texts and tables.

    Args:
        run: that is open, with all its blocks.
    """
    from seqjax.lab.reporting import figures

    with figures.style():
        run.save_figures(run.study.figures(run.config, run.results))
    if run.study.texts is not None:
        run.save_texts(run.study.texts(run.config, run.results))
    tables = [
        table._asdict() | {"rows": [list(row) for row in table.rows]}
        for table in run.study.tables(run.config, run.results)
    ]
    # Who shows the run later needs neither the study nor JAX for them.
    files.write_atomic(run.path / layout.TABLES, records.json_bytes(tables))


def _seeds_at_once(study: Study[C], config: C, shared: SharedRun, at_once: int) -> int:
    """How many: as given, as it was begun, or as fit; all where nobody can tell."""
    seeds = int(getattr(config, "seeds", 1))
    if study.seed_bytes is None:
        return seeds
    if at_once:
        shared.do(lambda run: chunks.refuse_other(run.path, min(at_once, seeds)))
        return min(at_once, seeds)
    begun = shared.do(lambda run: chunks.begun(run.path))
    if begun is not None or shared.saved:
        return begun or seeds
    each, free = study.seed_bytes(config), available_memory.available()
    fits = fitting(seeds, each, free)
    if fits < seeds and processes.is_first():
        print(
            f"{study.program}: {seeds} seeds need about "
            f"{amount(seeds * each)} of memory, {amount(free)} are "
            f"free; {fits} are trained at once",
            file=sys.stderr,
        )
    return fits


def _train(
    study: Study[C], config: C, shared: SharedRun, reporting: ReportingOptions
) -> None:
    """Trains and saves the blocks that are missing."""
    with reporting_to(shared, reporting) as report:
        for block in study.run(config, tuple(shared.saved), report):
            shared.do(partial(_save, report, block))


def _train_in_chunks(
    study: Study[C],
    config: C,
    shared: SharedRun,
    reporting: ReportingOptions,
    at_once: int,
) -> None:
    """Trains chunk after chunk, each in a run directory of its own; then joins them."""
    parts = chunks.configurations(config, at_once)
    for number, part in enumerate(parts):

        def opening(number: int = number, part: C = part) -> Any:
            path = chunks.folder(_path(shared), number)
            return rundir.open_run(study, part, path)

        if processes.is_first():
            print(
                f"{study.program}: chunk {number + 1} of {len(parts)}",
                file=sys.stderr,
            )
        with SharedRun(opening) as one:
            _train(study, part, one, reporting)
    shared.do(partial(_join, parts))


def _path(shared: SharedRun) -> Any:
    assert shared.directory is not None
    return shared.directory.path


def _join(parts: list[Any], run: rundir.RunDirectory[Any]) -> None:
    """Saves the blocks of all seeds, and removes the chunks."""
    found = []
    for number, part in enumerate(parts):
        path = chunks.folder(run.path, number)
        with rundir.open_run(run.study, part, path) as one:
            found.append(one.blocks)
    for name in run.block_names:
        if name not in run.saved:
            blocks = [one[name] for one in found]
            run.save(chunks.joined(blocks, run.study.history_axes))
    chunks.clear(run.path)


def _save(
    report: RunReporter | SharedReporter, block: Block, run: rundir.RunDirectory[Any]
) -> None:
    """Writes a block, and tells of it."""
    run.save(block)
    report.saved(block.name)


def _finish(run: rundir.RunDirectory[Any]) -> None:
    """Writes figures, texts, tables and summary."""
    study = run.study
    if len(run.saved) < len(run.block_names) and not study.may_stop_early:
        missing = next(name for name in run.block_names if name not in run.saved)
        raise RuntimeError(f"study {study.name} ended without its block {missing}")
    draw(run)
    run.finish(study.summarise(run.config, run.results))
