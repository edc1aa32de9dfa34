"""A study that keeps what it can go on from: every number depends on all before it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from seqjax.lab.study import Block, Reporter, Study


@dataclass(frozen=True)
class KeepingConfig:
    """Settings.

    Attributes:
        names: Names of the blocks.
        steps: Numbers of a block.
    """

    names: tuple[str, ...] = ("a", "a-b")
    steps: int = 4


def run(
    config: KeepingConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    for name in config.names:
        if name in finished:
            continue
        report.block(name, "chain", float(config.steps))
        numbers = np.array([sum(name.encode())], np.uint64)
        kept = report.kept()
        if kept is not None:
            numbers = kept["numbers"]
        while len(numbers) <= config.steps:
            # A congruential generator of all that was before: nothing may be lost.
            following = 48271 * (int(numbers.sum()) + 1) % (2**31 - 1)
            numbers = np.append(numbers, np.uint64(following))
            report.keep(len(numbers) - 1, {"numbers": numbers})
            report.advance(1.0, {"number": int(numbers[-1])})
        rows = [{"last": int(numbers[-1])}]
        yield Block(name, rows, {"numbers": numbers})


KEEPING: Study[KeepingConfig] = Study(
    name="keeping",
    summary="A study that can be broken off within a block.",
    config_type=KeepingConfig,
    columns={"last": int},
    block_names=lambda config: list(config.names),
    work=lambda config: dict.fromkeys(config.names, float(config.steps)),
    run=run,
    summarise=lambda config, results: {"last": results.rows[-1]["last"]},
    tables=lambda config, results: [],
    figures=lambda config, results: {},
    texts=lambda config, results: {"last.txt": f"{results.rows[-1]['last']}\n"},
)
