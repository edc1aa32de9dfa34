"""What is asked of an experiment, and the errors where it is not so."""

import dataclasses
import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.lab.command_line.options import options_of
from seqjax.lab.errors import UserError, one_line
from seqjax.study.experiment import Data, Experiment

Values = tuple[Any, ...]

RESULTS = (
    *("block", "setting", "seed", "loss", "score"),
    *("untrained_loss", "untrained_score", "updates", "diverged"),
)
"""Names in the results beside those of the grid."""

_OF_ALL = ("seeds", "first_seed", "seeds_per_device")
_METHODS = ("grid", "data", "model", "loss", "score", "init", "apply")
_MUST = {
    "data": "data(setting); return study.Data(train=(inputs, targets), test=(...))",
    "loss": "loss(outputs, targets); for example return study.squared_error(outputs, "
    "targets)",
}
_FLOATS = ("learning_rate", "clip_norm")
_LONGEST = 150
_QUICK = 2**26


@contextmanager
def told(experiment: type[Experiment]) -> Iterator[None]:
    """Inside, what the experiment's own code raises becomes a `UserError`.

    Args:
        experiment: whose.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        file = getattr(sys.modules.get(experiment.__module__), "__file__", None)
        line = line_in(file, error) if file else None
        if line is None:
            raise
        raise UserError(
            f"{experiment.__name__} fails in line {line} of {Path(file or '').name}: "
            f"{type(error).__name__}: {one_line(error)}"
        ) from error


def check_experiment(experiment: type[Experiment]) -> None:
    """Raise a `UserError` where a method is missing, or a field can be no option."""
    check_fields(experiment, _METHODS, "a method")
    for missing in missing_methods(experiment):
        raise UserError(f"{experiment.__name__} must define {missing}")
    try:
        options_of(experiment)
    except TypeError as error:
        raise UserError(str(error)) from error


def check_fields(
    experiment: type[Experiment], taken: Collection[str], what: str
) -> None:
    """Raise a `UserError` where a field has a name that is taken.

    Args:
        experiment: whose fields.
        taken: names that no field may have.
        what: these are, in words.
    """
    for field in dataclasses.fields(experiment):
        if field.name in taken:
            raise UserError(
                f"field {field.name} of {experiment.__name__} must have another name, "
                f"as {field.name} is {what}; for example {field.name}_used"
            )


def missing_methods(experiment: type[Experiment]) -> list[str]:
    """What an experiment must define but does not, with the way out."""
    found = [text for name, text in _MUST.items() if not experiment.defines(name)]
    pure = [experiment.defines(name) for name in ("init", "apply")]
    if experiment.defines("model") == all(pure) or any(pure) != all(pure):
        found.append(
            "either model(setting, rngs), which returns an nnx.Module, or both "
            "init(setting, key) and apply(setting, params, inputs); define one of them"
        )
    return found


def values_of(grid: Any) -> dict[str, Values]:
    """The names and values of a grid, each name's of one type.

    Args:
        grid: what `Experiment.grid` returns.

    Raises:
        UserError: they cannot be the columns of a table.
    """
    if not isinstance(grid, Mapping):
        raise UserError(
            f"grid must return a dictionary, not {type(grid).__name__}; for example "
            "{'width': (2, 8)}"
        )
    return {name: _values(name, values) for name, values in grid.items()}


def _values(name: Any, values: Any) -> Values:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise UserError(
            f"grid must have names that could be a variable's, not {name!r}; use "
            "letters, digits and _"
        )
    if name in RESULTS or name in _OF_ALL:
        what = "an option of all settings" if name in _OF_ALL else "a result"
        raise UserError(
            f"grid must not have the name {name}, which is {what}; choose another"
        )
    where = f"grid[{name!r}]"
    if isinstance(values, np.ndarray | jax.Array):
        values = np.asarray(values).tolist()
    if not isinstance(values, list | tuple | range):
        raise UserError(
            f"{where} must be a tuple or list of values, not {values!r}; "
            + (
                f"give ({values!r},)"
                if isinstance(values, int | float | str)
                else "for example (2, 8)"
            )
        )
    found = [v.item() if isinstance(v, np.generic) else v for v in values]
    if not found:
        raise UserError(f"{where} must have at least one value, got none; give one")
    kinds = {type(value) for value in found}
    if kinds == {int, float} or (kinds == {int} and name in _FLOATS):
        kinds, found = {float}, [float(value) for value in found]
    if len(kinds) != 1 or not kinds <= {int, float, str, bool}:
        raise UserError(
            f"{where} must have numbers, or text, or bools, not {values!r}; give "
            "values of one type"
        )
    for value in found:
        if value == "" or (isinstance(value, float) and math.isnan(value)):
            raise UserError(f"{where} must have no {value!r}; leave it out")
    return tuple(found)


def check_names(names: list[str]) -> None:
    """Raise a `UserError` where names of blocks are the same or too long."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UserError(
                f"grid must have settings of different names, got {name} twice; give "
                "values that differ in letters or digits"
            )
        if len(name) > _LONGEST:
            raise UserError(
                f"grid must have settings with names of at most {_LONGEST} letters, "
                f"got {len(name)}: {name}; give shorter text"
            )


def check_data(data: Any) -> Data:
    """The data, or a `UserError` where it cannot be trained and tested on."""
    if not isinstance(data, Data):
        raise UserError(
            f"data must return study.Data, not {type(data).__name__}; give "
            "study.Data(train=(inputs, targets), test=(inputs, targets))"
        )
    check_examples("data.test", data.test)
    if data.validation is not None:
        check_examples("data.validation", data.validation)
    if not callable(data.train):
        check_examples("data.train", data.train)
    return data


def check_validation(config: Experiment, data: Data) -> None:
    """Raise a `UserError` where there is no validation set for the looks asked for.

    Args:
        config: the experiment with its options.
        data: of a setting.
    """
    if config.validate_every and data.validation is None:
        raise UserError(
            f"validate_every must be 0 where data has no validation set, not "
            f"{config.validate_every}; give study.Data(..., validation=(inputs, "
            "targets))"
        )


def check_repeatable(data: Data, again: Callable[[], Data]) -> None:
    """Raise a `UserError` where data that are made anew are others.

    A run that goes on would train on those. More than `_QUICK` bytes are taken on
    trust: to read them twice takes long, and nobody draws them.

    Args:
        data: as made.
        again: makes them.
    """
    leaves = [np.asarray(leaf) for leaf in _leaves(data)]
    if sum(leaf.nbytes for leaf in leaves) > _QUICK:
        return
    others = [np.asarray(leaf) for leaf in _leaves(again())]
    if not all(map(partial(np.array_equal, equal_nan=True), leaves, others)):
        raise UserError(
            "data must return the same each time, but returned other numbers; give a "
            "seed, as in np.random.default_rng(0)"
        )


def _leaves(data: Data) -> list[Any]:
    train = () if callable(data.train) else data.train
    return jax.tree.leaves((train, data.test, data.validation))


def check_examples(name: str, data: Any) -> None:
    """Raise a `UserError` unless these are inputs and targets of the same examples.

    Args:
        name: of the pair.
        data: the pair.
    """
    if not isinstance(data, tuple) or len(data) != 2:
        short = name.rpartition(".")[2]
        example = f"study.Data({short}=(inputs, targets), ...)"
        raise UserError(
            f"{name} must be a pair of inputs and targets, not {type(data).__name__}; "
            f"give {example if short != name else '(inputs, targets)'}"
        )
    counts = _counts(name, data)
    if len(set(counts)) != 1 or not counts[0]:
        raise UserError(
            f"{name} must have as many inputs as targets, at least one, not "
            f"{' and '.join(map(str, counts)) or 'none'}; put examples along the first "
            "axis"
        )


def check_inputs(inputs: Any) -> None:
    """Raise a `UserError` unless these are arrays of the same examples.

    Args:
        inputs: of a network.
    """
    counts = _counts("inputs", inputs)
    if len(set(counts)) != 1 or not counts[0]:
        raise UserError(
            f"inputs must have arrays of one length, at least 1, not "
            f"{' and '.join(map(str, counts)) or 'none'}; put examples along the first "
            "axis"
        )


def _counts(name: str, tree: Any) -> list[int]:
    """How many examples each array has."""
    counts = []
    for leaf in jax.tree.leaves(tree):
        array = np.asarray(leaf)
        number = jnp.issubdtype(array.dtype, np.number) or array.dtype == bool
        if array.ndim == 0 or not number:
            raise UserError(
                f"{name} must be arrays of numbers with the examples along the first "
                f"axis, not {type(leaf).__name__}; give np.asarray(...)"
            )
        counts.append(len(array))
    return counts


def line_in(file: str, error: BaseException) -> int | None:
    """The line of a file at which an error arose; None where it did not.

    Args:
        file: its full path.
        error: as caught.
    """
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
