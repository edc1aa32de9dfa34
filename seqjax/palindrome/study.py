"""The palindrome study: train every cell at every length, then count and compare."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.core.keys import seed_keys
from seqjax.lab.running.training import endings, train
from seqjax.lab.study import Block, Reporter, Study
from seqjax.palindrome.config import Config, resolve
from seqjax.palindrome.figures import figures
from seqjax.palindrome.summary import summarise, tables
from seqjax.tasks import Network, PalindromeTask, Score
from seqjax.tasks.palindromes import (
    NUM_CLASSES,
    evaluation_set,
    num_features,
    palindromes,
)
from seqjax.train import (
    Ensemble,
    SeedMap,
    direction,
    make_hyper,
    seed_bytes,
)


def block_name(cell: str, length: int) -> str:
    """The name of one (cell, length) block."""
    return f"{cell}-{length:03d}"


def block_names(config: Config) -> list[str]:
    """Blocks in the order of the results: cells outside, lengths inside."""
    return [block_name(c, n) for c in config.cells for n in config.lengths]


def gflop_per_update(config: Config, cell: str, length: int) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    return counting.gflop_per_update(
        CELLS[cell], config.batch_size, config.hidden_size, length - 1, config.layers
    )


def work(config: Config) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    return {
        block_name(cell, length): config.seeds
        * config.steps
        * gflop_per_update(config, cell, length)
        for cell in config.cells
        for length in config.lengths
    }


def task_of(config: Config, cell: str) -> PalindromeTask:
    """What a cell of the study learns."""
    longest = max(config.lengths)
    network = Network(
        cell,
        num_features(config.encoding),
        NUM_CLASSES,
        config.hidden_size,
        config.layers,
        config.initializer,
        config.forget_bias,
        memory_length=max(3, longest - 1),
    )
    return PalindromeTask(network, config.encoding, config.batch_size, longest)


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train and test; yields a block per cell and length. Pure but for the report."""
    for cell in config.cells:
        lengths = [n for n in config.lengths if block_name(cell, n) not in finished]
        if not lengths:
            continue
        program = _program(replace(config, first_seed=0), cell)
        for length in lengths:
            yield _run_block(config, program, length, report)


def bytes_of_a_seed(config: Config) -> int:
    """What one more seed takes of memory, with the curves of all blocks."""
    return seed_bytes(
        (task_of(config, cell).task() for cell in config.cells),
        direction(config.optimizer, config.optimizer_flavor),
        config.steps,
        len(block_names(config)),
    )


class _Program(NamedTuple):
    """What all lengths of one cell share: it is compiled once."""

    cell: str
    ensemble: Ensemble
    scores: SeedMap[Score]


# Chunks of seeds differ in nothing but their first: what is compiled serves all.
@lru_cache(maxsize=8)
def _program(config: Config, cell: str) -> _Program:
    task = task_of(config, cell)
    ensemble = Ensemble(
        task.task(),
        direction(config.optimizer, config.optimizer_flavor),
        config.seeds,
        group=config.seeds_per_device or None,
        parts=config.parts(jax.default_backend()),
    )
    scores = SeedMap(task.score, config.seeds, mesh=ensemble.mesh)
    return _Program(cell, ensemble, scores)


def _run_block(
    config: Config, program: _Program, length: int, report: Reporter
) -> Block:
    """Train all seeds at one length with a program that may be compiled already."""
    cell, ensemble = program.cell, program.ensemble
    name = block_name(cell, length)
    report.block(name, f"{cell} T={length}", work(config)[name])
    longest = max(config.lengths)
    test = evaluation_set(length, longest, config.evaluation_size, seed=0)
    hyper = make_hyper(
        config.rate(length),
        clip_norm=config.clip_norm,
        solved_accuracy=config.stop_accuracy,
        patience=config.stop_patience,
        stop=config.early_stop,
    )
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    trained = train(
        ensemble,
        ensemble.init(seed_keys(seeds)),
        hyper,
        palindromes(length, test),
        config.steps,
        report,
        cost=config.seeds * gflop_per_update(config, cell, length),
    )
    tested_on = jnp.asarray(test.left), jnp.asarray(length, jnp.int32)
    score = program.scores(trained.states.params, tested_on)
    rows = [
        {
            "cell": cell,
            "length": length,
            "seed": seed,
            **ending,
            "distinct_strings": test.distinct_strings,
            "held_out": test.disjoint,
        }
        for seed, ending in zip(
            seeds,
            endings(ensemble, trained.states, program.scores.gather(score)),
            strict=True,
        )
    ]
    return Block(name, rows, trained.history)


STUDY: Study[Config] = Study(
    name="palindrome",
    summary="how many steps a recurrent network can remember, over many seeds",
    config_type=Config,
    columns={
        "cell": str,
        "length": int,
        "seed": int,
        "accuracy": float,
        "loss": float,
        "steps": int,
        "solved_step": int,
        "diverged": bool,
        "distinct_strings": int,
        "held_out": bool,
    },
    history_axes={
        "loss": ("seed", "step"),
        "accuracy": ("seed", "step"),
        "gradient_norm": ("seed", "step"),
    },
    block_names=block_names,
    work=work,
    run=run,
    seed_bytes=bytes_of_a_seed,
    summarise=summarise,
    tables=tables,
    figures=figures,
    resolve=resolve,
    unit="GFLOP",
)
