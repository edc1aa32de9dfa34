"""Contenders in processes of their own, each with the environment that suits it.

Thread pools, XLA flags and the number of XLA devices are settled once per process, so a
process serves one kind of contender only, and none is slowed by another's settings. A
contender is named as "module:function": no process imports a library it does not time.
"""

import contextlib
import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

Result = dict[str, np.ndarray]

CPU: dict[str, str | None] = {
    "JAX_PLATFORMS": "cpu",
    # Nothing may come from a cache: compile times are told.
    "JAX_ENABLE_COMPILATION_CACHE": "false",
    # The libraries' own choice of threads and devices, whatever the shell says.
    "JAX_NUM_CPU_DEVICES": None,
    "XLA_FLAGS": None,
    "OMP_NUM_THREADS": None,
    "MKL_NUM_THREADS": None,
}
"""Environment of contenders on the CPU; None takes a variable away."""


class Contender(NamedTuple):
    """Something to time.

    Attributes:
        run: does the work so many times, from the same start, and returns when it is
            finished.
        result: what the last run has made, to be held against the others'.
    """

    run: Callable[[int], None]
    result: Callable[[], Result]


class Worker:
    """A process that builds contenders by name and runs them when asked.

    Use it as a context manager: leaving ends the process.
    """

    def __init__(self, name: str, environment: Mapping[str, str | None] = CPU) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._pending: list[str] = []
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _environment(environment):
            self._process.start()
        theirs.close()

    def build(self, name: str, target: str, *args: Any) -> None:
        """Make contender `name` by "module:function" and its arguments.

        Returns at once, so that processes import their libraries side by side; what
        goes wrong is told by `settle`, or by the next question.
        """
        self._send("build", name, target, args)

    def settle(self) -> None:
        """Wait until everything has been built."""
        while self._pending:
            self._receive()

    def run(self, name: str, repeats: int) -> float:
        """Run a contender; seconds from its start to its end."""
        return float(self._ask("run", name, repeats))

    def result(self, name: str) -> Result:
        """What the contender's last run has made."""
        shown: Result = self._ask("result", name)
        return shown

    def drop(self) -> None:
        """Forget all contenders and what they hold."""
        self._ask("drop")

    def _ask(self, verb: str, *args: Any) -> Any:
        self.settle()
        self._send(verb, *args)
        return self._receive()

    def _send(self, verb: str, *args: Any) -> None:
        self._pending.append(verb)
        with contextlib.suppress(OSError):  # the answer will be missing as well
            self._pipe.send((verb, *args))

    def _receive(self) -> Any:
        verb = self._pending.pop(0)
        try:
            failed, answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(10)
            raise RuntimeError(
                f"the process of {self.name} ended with status "
                f"{self._process.exitcode} at {verb!r}"
            ) from None
        if failed:
            raise RuntimeError(f"{self.name} failed at {verb!r}:\n{answer}")
        return answer

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def load(target: str) -> Callable[..., Contender]:
    """The function behind "module:function"."""
    module, _, function = target.partition(":")
    found: Callable[..., Contender] = getattr(importlib.import_module(module), function)
    return found


def _serve(pipe: Any) -> None:
    """The life of a worker's process: answer until the pipe is closed."""
    contenders: dict[str, Contender] = {}
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            verb, *args = pipe.recv()
            try:
                pipe.send((False, _answer(contenders, verb, *args)))
            except Exception:
                pipe.send((True, traceback.format_exc()))


def _answer(contenders: dict[str, Contender], verb: str, *args: Any) -> Any:
    if verb == "build":
        name, target, rest = args
        contenders.pop(name, None)
        contenders[name] = load(target)(*rest)
        return None
    if verb == "run":
        name, repeats = args
        before = time.perf_counter()
        contenders[name].run(repeats)
        return time.perf_counter() - before
    if verb == "result":
        return contenders[args[0]].result()
    contenders.clear()
    return None


@contextlib.contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """The environment that a process started inside inherits."""
    before = dict(os.environ)
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
