"""A file of one's own as a study: found, checked, and made into a `Study`."""

import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from seqjax.lab.command_line.common_options import common_options
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.study import Drawing, Results, Study, Table
from seqjax.study.checks import (
    check_experiment,
    check_fields,
    line_in,
    missing_methods,
)
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word begins in the name of a class."""


def study_name(of_class: str) -> str:
    """The name of a study by that of its class: ``TwoWidths`` is ``two-widths``."""
    return _WORD.sub("-", of_class).lower()


def study_of(experiment: type[Experiment], source: str = "") -> Study[Any]:
    """The study of an experiment, as the command line and a run directory see it.

    Args:
        experiment: a subclass of `Experiment`.
        source: what it was read from, for ``config.json``: a run goes on with the same
            content only.

    Raises:
        UserError: it cannot be a study: a method is missing, a field has no default or
            text, or the grid cannot be a table's columns.
    """
    name = study_name(experiment.__name__)
    doc = (experiment.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    if doc.startswith(f"{experiment.__name__}("):  # a dataclass writes its own
        doc = ""
    check_experiment(experiment)
    grid, title = Grid(experiment), doc or name

    # What they import takes as long as JAX does, and a training need not wait for it.
    def summarise(config: Experiment, results: Results) -> dict[str, Any]:
        from seqjax.study import results as told

        return told.summarise(grid, config, results)

    def tables(config: Experiment, results: Results) -> list[Table]:
        from seqjax.study import results as told

        return told.tables(grid, title, config, results)

    def figures(config: Experiment, results: Results) -> Mapping[str, Drawing]:
        from seqjax.study import figures as drawings

        return drawings.figures(grid, config, results)

    study = grid.study(
        name=name,
        summary=title,
        config_type=experiment,
        summarise=summarise,
        tables=tables,
        figures=figures,
        source=source,
    )
    taken = {option.name for option in common_options(study)} | {"help"}
    check_fields(experiment, taken, "an option of every study")
    return study


def load(path: Path) -> list[Study[Any]]:
    """The studies of a file, in the order in which it defines them.

    Args:
        path: a Python file; it is run.

    Raises:
        UserError: there is no such file, it fails, or it defines no study.
    """
    if not path.is_file():
        raise UserError(
            f"FILE must be a Python file, but there is none at {path}; name the file "
            "of a study"
        )
    source = f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    found = list(_studies_in(_executed(path), source))
    if not found:
        raise UserError(
            f"{path} must define a subclass of seqjax.study.Experiment, but defines "
            "none; see docs/contributing/add-a-study.md"
        )
    return found


def load_installed(entry: EntryPoint) -> Study[Any]:
    """The study of an installed package, under the name of its entry point.

    Args:
        entry: of the group ``seqjax.studies``; names an `Experiment` or a `Study`.

    Raises:
        UserError: it cannot be imported, or is no study.
    """
    try:
        value = entry.load()
    except Exception as error:
        raise UserError(
            f"study {entry.name} ({entry.value}) cannot be imported: "
            f"{type(error).__name__}: {one_line(error)}; repair or remove its package"
        ) from error
    if isinstance(value, type) and issubclass(value, Experiment):
        value = study_of(value)
    if not isinstance(value, Study):
        raise UserError(
            f"study {entry.name} ({entry.value}) must be an Experiment or a Study, not "
            f"{type(value).__name__}; repair or remove its package"
        )
    source = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    return replace(value, name=entry.name, source=source)


def _executed(path: Path) -> ModuleType:
    """The module of a file; what stands beside it can be imported."""
    # A name of its own: a file called like a package must not take its place.
    name = f"_study_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(
            f"FILE must be a Python file, not {path}; give one ending in .py"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        line = line_in(str(spec.origin), error)
        raise UserError(
            f"{path} fails{f' in line {line}' if line else ''}: "
            f"{type(error).__name__}: {one_line(error)}; 'python {path}' tells more"
        ) from error
    return module


def _studies_in(module: ModuleType, source: str) -> Iterator[Study[Any]]:
    experiments = []
    for name, value in vars(module).items():
        if isinstance(value, Study):
            yield replace(value, source=source)
        # Others are imported, or have a second name.
        elif (
            isinstance(value, type)
            and issubclass(value, Experiment)
            and (value.__module__, value.__name__) == (module.__name__, name)
        ):
            experiments.append(value)
    for each in experiments:
        derived = any(issubclass(other, each) for other in experiments if other != each)
        # What others have in common is no study of its own.
        if not (derived and missing_methods(each)):
            yield study_of(each, source)
