"""What every benchmark shares: contenders in processes of their own, timed in turn.

Each contender lives in its own process with the environment that suits it (threads, XLA
flags), so none is slowed by another's settings. Before anything is timed all must show
the same result. Then they take turns, one sample each per round, so that a machine that
changes its speed changes it for all; ratios are taken within a round. Compilation and
three warm-up calls come before, and every sample is kept.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

WARM_UP = 3
Result = dict[str, np.ndarray]


class Contender(NamedTuple):
    """Something to time.

    Attributes:
        run: does the work once and returns when it is finished.
        result: what came out of the first run, for comparison.
    """

    run: Callable[[], None]
    result: Callable[[], Result]


class Timing(NamedTuple):
    """Samples of one contender in seconds, one per round."""

    samples: list[float]
    first: float

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def spread(self) -> tuple[float, float]:
        """Quartiles of the samples."""
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(low), float(high)


class Worker:
    """A contender in a process of its own."""

    def __init__(
        self,
        name: str,
        build: Callable[..., Contender],
        *args: Any,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, build, args))
        with _environment(environment or {}):
            self._process.start()

    def ask(self, question: str) -> Any:
        """Send a request and wait for the answer."""
        self._pipe.send(question)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._pipe.send("end")
        self._process.join(10)
        self._process.kill()


def _serve(pipe: Any, build: Callable[..., Contender], args: tuple[Any, ...]) -> None:
    started = time.perf_counter()
    try:
        contender = build(*args)
        first: float | None = None
        while (question := pipe.recv()) != "end":
            if question == "first":
                contender.run()
                first = time.perf_counter() - started
                pipe.send(first)
            elif question == "result":
                pipe.send(contender.result())
            else:
                before = time.perf_counter()
                contender.run()
                pipe.send(time.perf_counter() - before)
    except EOFError:
        pass
    except Exception as error:
        pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def race(
    workers: Sequence[Worker], *, rounds: int, tolerance: float
) -> dict[str, Timing]:
    """First run, comparison of results, warm-up, then `rounds` in turn.

    Raises:
        AssertionError: if two contenders do not show the same result.
    """
    firsts = {worker.name: float(worker.ask("first")) for worker in workers}
    results = {worker.name: worker.ask("result") for worker in workers}
    check_equal(results, tolerance)
    for worker in workers:
        for _ in range(WARM_UP - 1):
            worker.ask("time")
    samples: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for _ in range(rounds):
        for worker in workers:
            samples[worker.name].append(float(worker.ask("time")))
    return {name: Timing(samples[name], firsts[name]) for name in samples}


def check_equal(results: Mapping[str, Result], tolerance: float) -> None:
    """Hold all results against the first; empty ones have nothing to show."""
    shown = {name: result for name, result in results.items() if result}
    (first, reference), *others = shown.items()
    for name, result in others:
        assert set(result) == set(reference), f"{name} and {first} show other things"
        for key, value in result.items():
            difference = float(np.abs(value - reference[key]).max())
            scale = max(1.0, float(np.abs(reference[key]).max()))
            assert difference <= tolerance * scale, (
                f"{name} and {first} differ in {key} by {difference:.2g}"
            )


def ratio(slow: Timing, fast: Timing) -> float:
    """Median over rounds of the two samples' quotient."""
    pairs = zip(slow.samples, fast.samples, strict=True)
    return statistics.median(a / b for a, b in pairs)


def build_ceiling(size: int) -> Contender:
    """Large single-precision products on every core at once: what the machine can do."""
    import jax
    import jax.numpy as jnp

    cores = os.cpu_count() or 1
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
    )
    jax.config.update("jax_num_cpu_devices", cores)
    devices = jax.devices()
    matrix = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    placed = [jax.device_put(jnp.asarray(matrix), device) for device in devices]
    product = jax.jit(lambda a: a @ a)

    def run() -> None:
        jax.block_until_ready([product(a) for a in placed])

    return Contender(run, dict)


def ceiling_gflop(size: int) -> float:
    """Work of one run of `build_ceiling`."""
    return 2 * size**3 * (os.cpu_count() or 1) / 1e9


def build_torch_ceiling(size: int) -> Contender:
    """The same by torch, all cores inside one product."""
    import torch

    matrix = torch.randn(size, size)

    def run() -> None:
        for _ in range(os.cpu_count() or 1):
            matrix @ matrix

    return Contender(run, dict)


def arguments(description: str) -> argparse.Namespace:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, seconds")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    parser.add_argument("--rounds", type=int, default=11, help="samples of each")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    versions = {}
    for package in ("jax", "jaxlib", "flax", "optax", "numpy", "torch", "seqjax"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def _cpu_model() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def report(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown, ready for the README beside the scripts."""
    print(f"\n{title}\n")
    print("| " + " | ".join(columns) + " |")
    print("| " + " | ".join(["---"] + ["---:"] * (len(columns) - 1)) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def write_json(path: Path | None, content: dict[str, Any]) -> None:
    """Write machine, versions and every sample."""
    if path is not None:
        text = json.dumps({"machine": machine(), **content}, indent=1)
        path.write_text(text + "\n")
        print(f"\nwrote {path}", file=sys.stderr)


def has_torch() -> bool:
    """Whether torch is installed; without it its rows are left out, and it is said."""
    try:
        metadata.version("torch")
    except metadata.PackageNotFoundError:
        print("torch is not installed: its rows are left out", file=sys.stderr)
        return False
    return True
