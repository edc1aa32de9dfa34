"""A study without any training: quick, exact, and with awkward numbers in its rows."""

import hashlib
import math
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqjax.lab.command_line.cli import main
from seqjax.lab.study import Block, Reporter, Results, Study, Table


@dataclass(frozen=True)
class ToyConfig:
    """Settings of the toy.

    Attributes:
        seeds: Models per block.
        lengths: Lengths to go through,
            in steps.
        cell: Kind of cell.
        learning_rate: Step size, per update.
        early_stop: Whether to stop early.
        clip_norm: Largest norm, or none.
        pause: Time a block takes, in seconds.
    """

    seeds: int = 2
    lengths: tuple[int, ...] = (1, 2, 3)
    cell: Literal["rnn", "lstm"] = "rnn"
    learning_rate: float = 0.1
    early_stop: bool = False
    clip_norm: float | None = math.inf
    pause: float = 0.0

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise ValueError(
                f"seeds must be at least 1, got {self.seeds}; give for example 10"
            )


def resolve(explicit: Mapping[str, Any]) -> ToyConfig:
    """The LSTM comes with another rate, unless one is given."""
    preset = {"learning_rate": 0.5} if explicit.get("cell") == "lstm" else {}
    return ToyConfig(**(preset | dict(explicit)))


def block_names(config: ToyConfig) -> list[str]:
    return [f"{config.cell}-{length:03}" for length in config.lengths]


def _numbers(name: str, count: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=count)


def run(
    config: ToyConfig, finished: Collection[str], reporter: Reporter
) -> Iterator[Block]:
    # Backwards, to show that the order of the results is not the order of the work.
    for length, name in reversed(
        list(zip(config.lengths, block_names(config), strict=True))
    ):
        if name in finished:
            continue
        if os.environ.get("TOY_STOP_AT") == name:
            # A shell starts what runs in its background with this signal ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.kill(os.getpid(), getattr(signal, os.environ["TOY_STOP_BY"]))
        reporter.block(name, f"{config.cell}, length {length}", 4.0)
        values = _numbers(name, config.seeds)
        for part in range(4):
            time.sleep(config.pause / 4)
            reporter.advance(1.0, {"accuracy": float(values[0]), "part": part})
        rows = [
            {
                "cell": config.cell,
                "length": length,
                "seed": seed,
                "accuracy": value,
                "solved_step": None if value < 0 else seed,
                "diverged": bool(value < -1),
            }
            for seed, value in enumerate(values)
        ]
        yield Block(name, rows, {"loss": np.outer(values, [1.0, math.inf, math.nan])})


def summarise(config: ToyConfig, results: Results) -> dict[str, Any]:
    values = [row["accuracy"] for row in results.rows]
    return {"mean": np.mean(values), "undefined": math.nan, "models": len(values)}


def tables(config: ToyConfig, results: Results) -> list[Table]:
    rows = [[row["block"], f"{row['accuracy']:.3f}"] for row in results.rows]
    return [Table("Toy [results]", ("block", "accuracy"), rows, "one row per model")]


def figures(config: ToyConfig, results: Results) -> dict[str, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1.5))
    axes = figure.subplots()
    for name in block_names(config):
        axes.plot(results.history[f"{name}/loss"][:, 0], label=name)
    axes.legend()
    return {"loss": figure}


STUDY = Study(
    name="toy",
    summary="A study for the tests.",
    config_type=ToyConfig,
    columns={
        "cell": str,
        "length": int,
        "seed": int,
        "accuracy": float,
        "solved_step": int,
        "diverged": bool,
    },
    block_names=block_names,
    work=lambda config: dict.fromkeys(block_names(config), 4.0),
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    history_axes={"loss": ("seed", "step")},
    resolve=resolve,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
