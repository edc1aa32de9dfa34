"""A person's file: read it, and call what it defines, whatever it does."""

import contextlib
import inspect
import io
import linecache
import signal
import sys
import threading
import tokenize
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.gradients.derivations.catalogue import Example
from seqjax.gradients.derivations.diagnosis import CannotJudge
from seqjax.gradients.derivations.examples import copied
from seqjax.lab.errors import UserError, one_line

Array = np.ndarray
MODULE = "seqjax_derivation"


class _TooLong(BaseException):
    """Time is up. Not an Exception, which the person's own code may catch."""


def load(path: Path, time_limit: float) -> dict[str, Any]:
    """What a Python file defines, by name.

    It is compiled here rather than imported, so that nothing is left beside it.

    Args:
        path: the file; its folder is searched for what it imports.
        time_limit: seconds that it may take.

    Raises:
        UserError: if there is no such file, or it does not run to its end.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"cannot read {path}: {error.strerror or error}; name a Python file, or "
            "write one with --template"
        ) from error
    module = types.ModuleType(MODULE)
    module.__file__ = str(path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        source = io.TextIOWrapper(io.BytesIO(data), encoding).read()
        code = compile(source, str(path), "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        reason = getattr(error, "msg", None) or error
        raise UserError(
            f"{path} must be a Python file, but cannot be read{where}: {reason}; "
            "mend it and try again"
        ) from error
    linecache.lazycache(str(path), module.__dict__)
    sys.modules[MODULE] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        with _guarded(time_limit):
            exec(code, module.__dict__)  # noqa: S102
    except _TooLong:
        raise UserError(
            f"{path} must be importable, but was not done after {time_limit:g} "
            "seconds; leave only functions in it, or give a larger --time-limit"
        ) from None
    except (Exception, SystemExit) as error:
        raise UserError(
            f"{path} must be importable, but raised {_raised(error, path)}; "
            "mend it and try again"
        ) from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module.__dict__


def derivation(
    value: Any, shapes: Callable[[Example], tuple[int, ...]], path: Path, limit: float
) -> Callable[[Example], Array]:
    """A person's function as one whose results can be compared.

    Args:
        value: what the file has under the name.
        shapes: the shape of the right result for an example.
        path: the file, for messages.
        limit: seconds that a call may take.

    Returns:
        A function of an example; it raises `CannotJudge`.
    """
    if not callable(value):
        raise CannotJudge(
            f"must be a function of one argument s, not {type(value).__name__}"
        )
    with contextlib.suppress(ValueError):
        _check_arguments(value)

    def result(example: Example) -> Array:
        try:
            with _guarded(limit):
                found = value(copied(example))
        except _TooLong:
            raise CannotJudge(
                f"did not return within {limit:g} seconds; give a larger --time-limit "
                "if it only needs more time"
            ) from None
        except NotImplementedError:
            raise CannotJudge("is not written yet") from None
        except (Exception, SystemExit) as error:
            raise CannotJudge(f"raised {_raised(error, path)}") from error
        return _array(found, shapes(example))

    return result


def _check_arguments(function: Callable[..., Any]) -> None:
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        raise CannotJudge(f"must take one argument s: {error}") from error


def _array(found: Any, shape: tuple[int, ...]) -> Array:
    """A result as an array of numbers of the right shape, up to a transpose."""
    if found is None:
        raise CannotJudge("returned None; end it with return")
    try:
        array = np.asarray(found)
    except Exception as error:
        raise CannotJudge(f"returned no array of numbers: {one_line(error)}") from error
    if array.dtype.kind not in "fiu":
        raise CannotJudge(
            f"must return an array of real numbers, not {type(found).__name__} of "
            f"{array.dtype}"
        )
    # Single precision is kept, and judged less strictly.
    short = array.dtype.kind == "f" and array.dtype.itemsize < 8
    array = array.astype(np.float32 if short else np.float64)
    rows = shape if len(shape) == 2 else (shape[0], 1)
    if array.shape not in (shape, rows, rows[::-1]):
        raise CannotJudge(
            f"must return shape {shape}, like what it is the gradient of, not "
            f"{array.shape}"
        )
    bad = ~np.isfinite(array)
    if bad.any():
        raise CannotJudge(f"returned {array[bad][0]} among its numbers")
    return array


def _raised(error: BaseException, path: Path) -> str:
    """An exception in one clause, with the line of the file that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    where = f" (line {lines[-1]})" if lines else ""
    text = one_line(error)
    return f"{type(error).__name__}{': ' if text else ''}{text}{where}"


@contextlib.contextmanager
def _guarded(seconds: float) -> Iterator[None]:
    """Ends what takes too long, and keeps warnings of the person's code quiet.

    An alarm reaches the main thread only, and Windows has none: there it may go on.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        timed = threading.current_thread() is threading.main_thread()
        if not (timed and hasattr(signal, "setitimer")):
            yield
            return

        def stop(*_: Any) -> None:
            raise _TooLong

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
