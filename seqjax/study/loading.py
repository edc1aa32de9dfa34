"""A file of one's own as a study: found, checked, and made into a `Study`."""

import hashlib
import importlib.util
import re
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from seqjax.lab.command_line.options import options_of
from seqjax.lab.errors import UserError
from seqjax.lab.study import Study
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid
from seqjax.study.results import Told

GROUP = "seqjax.studies"
"""Entry points of installed packages: each names an `Experiment` or a `Study`."""


def study_of(experiment: type[Experiment], source: str = "") -> Study[Any]:
    """The study of an experiment, as the command line and a run directory see it.

    Args:
        experiment: a subclass of `Experiment`.
        source: what it was read from, for ``config.json``: a run goes on with the same
            content only.

    Raises:
        UserError: it cannot be a study: a field has no default or text, or the grid
            cannot be a table's columns.
    """
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", experiment.__name__).lower()
    doc = (experiment.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    if doc.startswith(f"{experiment.__name__}("):  # a dataclass writes its own
        doc = ""
    try:
        options_of(experiment)
        grid = Grid(experiment)
    except (TypeError, ValueError) as error:
        raise UserError(f"{experiment.__name__}: {error}") from error
    told = Told(grid, doc or name)
    return grid.study(
        name=name,
        summary=doc or name,
        config_type=experiment,
        summarise=told.summarise,
        tables=told.tables,
        figures=told.figures,
        source=source,
    )


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
    source = hashlib.sha256(path.read_bytes()).hexdigest()
    found = _studies_in(_executed(path), f"{path.name} {source}")
    if not found:
        raise UserError(
            f"{path} must define a subclass of seqjax.study.Experiment, but defines "
            "none; see docs/contributing/add-a-study.md"
        )
    return found


def installed() -> dict[str, Study[Any]]:
    """The studies of installed packages, by the names of their entry points.

    Raises:
        UserError: one of them cannot be imported, or is no study.
    """
    found: dict[str, Study[Any]] = {}
    for entry in entry_points(group=GROUP):
        try:
            value = entry.load()
        except Exception as error:
            raise UserError(
                f"study {entry.name} of {entry.value} cannot be imported: {error}; "
                "repair or remove that package"
            ) from error
        if isinstance(value, Study):
            found[entry.name] = value
        elif isinstance(value, type) and issubclass(value, Experiment):
            found[entry.name] = study_of(value)
        else:
            raise UserError(
                f"study {entry.name} must be an Experiment or a Study, not "
                f"{type(value).__name__}; repair or remove {entry.value}"
            )
    return found


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
    except Exception as error:
        line = _line_of(error, path)
        raise UserError(
            f"{path} fails{line}: {type(error).__name__}: {error}; try 'python {path}'"
        ) from error
    return module


def _line_of(error: BaseException, path: Path) -> str:
    """``" in line 7"`` where the file itself is on the way to an error."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f" in line {error.lineno}"
    trace, line = error.__traceback__, ""
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = f" in line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _studies_in(module: ModuleType, source: str) -> list[Study[Any]]:
    found = []
    for value in vars(module).values():
        if isinstance(value, Study):
            found.append(value)
        elif (
            isinstance(value, type)
            and issubclass(value, Experiment)
            and value is not Experiment
            and value.__module__ == module.__name__
        ):
            found.append(study_of(value, source))
    return found
