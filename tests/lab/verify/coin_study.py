"""A study that throws coins: seed i throws the same whatever is thrown beside it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqjax.lab.study import Block, Reporter, Results, Study

OFFSET = {"by": 0.0}
"""Added to every share of heads; not 0.0 as if the program had changed."""


@dataclass(frozen=True)
class CoinConfig:
    """Settings of the coins.

    Attributes:
        seeds: Persons who throw.
        first_seed: Number of the first.
        throws: Throws of each, of every coin.
        minutes: Time limit.
    """

    seeds: int = 4
    first_seed: int = 0
    throws: tuple[int, ...] = (100, 10)
    minutes: float | None = None


def block_names(config: CoinConfig) -> list[str]:
    return [f"coin-{throws}" for throws in config.throws]


def run(
    config: CoinConfig, finished: Collection[str], report: Reporter
) -> Iterator[Block]:
    for throws, name in zip(config.throws, block_names(config), strict=True):
        if name in finished:
            continue
        report.block(name, name, throws)
        rows = []
        for seed in range(config.first_seed, config.first_seed + config.seeds):
            heads = np.random.default_rng([seed, throws]).random(throws) < 0.5
            report.advance(throws, {})
            rows.append(
                {
                    "throws": throws,
                    "seed": seed,
                    "heads": float(heads.mean()) + OFFSET["by"],
                    "first_head": int(heads.argmax()) if heads.any() else None,
                    "fair": True,
                    "seconds": float(np.random.default_rng().random()),
                }
            )
        yield Block(name, rows, {})


def summarise(config: CoinConfig, results: Results) -> dict[str, Any]:
    return {"heads": float(np.mean([row["heads"] for row in results.rows]))}


COIN = Study(
    name="coin",
    summary="A study for the tests.",
    config_type=CoinConfig,
    columns={
        "throws": int,
        "seed": int,
        "heads": float,
        "first_head": int,
        "fair": bool,
        "seconds": float,
    },
    block_names=block_names,
    work=lambda config: dict(zip(block_names(config), config.throws, strict=True)),
    run=run,
    summarise=summarise,
    tables=lambda config, results: [],
    figures=lambda config, results: {},
)
