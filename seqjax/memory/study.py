"""The memory study: train every cell on every task at every length, and test it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import jax

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.core.keys import seed_keys
from seqjax.lab.running.training import endings, train
from seqjax.lab.study import Block, Reporter, Study
from seqjax.memory.config import CHRONO_STEPS, Config
from seqjax.memory.figures import figures
from seqjax.memory.summary import block_name, settings, summarise
from seqjax.memory.tables import tables
from seqjax.tasks import MEMORY_TASKS, Network, Score, Trainable
from seqjax.train import Ensemble, SeedMap, direction, make_hyper, seed_bytes


def block_names(config: Config) -> list[str]:
    """Blocks in the order of the results: tasks, then cells, then lengths."""
    return [block_name(*setting) for setting in settings(config)]


def gflop_per_update(config: Config, task: str, cell: str, length: int) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    steps = MEMORY_TASKS[task].num_steps(length)
    return counting.gflop_per_update(
        CELLS[cell], config.batch_size, config.hidden_size, steps, config.layers
    )


def work(config: Config) -> dict[str, float]:
    """Expected GFLOP of every block, if no seed stops early."""
    return {
        block_name(*setting): config.seeds
        * config.steps
        * gflop_per_update(config, *setting)
        for setting in settings(config)
    }


def task_of(config: Config, task: str, cell: str) -> Trainable:
    """What a cell of the study learns."""
    known, longest = MEMORY_TASKS[task], max(config.lengths(task))
    network = Network(
        cell,
        known.in_features,
        known.outputs,
        config.hidden_size,
        config.layers,
        config.initializer,
        config.forget_bias,
        # Of no influence but on chrono, for which the config asks for enough steps.
        memory_length=max(CHRONO_STEPS, known.num_steps(longest)),
        every_step=known.every_step,
    )
    return known.make(network, config.batch_size, longest)


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train and test; yields a block per setting. Pure but for the report."""
    for task in config.tasks:
        for cell in config.cells:
            lengths = [
                length
                for length in config.lengths(task)
                if block_name(task, cell, length) not in finished
            ]
            if not lengths:
                continue
            program = _program(replace(config, first_seed=0), task, cell)
            for length in lengths:
                yield _run_block(config, program, length, report)


def bytes_of_a_seed(config: Config) -> int:
    """What one more seed takes of memory, with the curves of all blocks."""
    return seed_bytes(
        (
            task_of(config, task, cell).task()
            for task in config.tasks
            for cell in config.cells
        ),
        direction(config.optimizer, config.optimizer_flavor),
        config.steps,
        len(block_names(config)),
    )


class _Program(NamedTuple):
    """What all lengths of one task and cell share: it is compiled once."""

    task: str
    cell: str
    trainable: Trainable
    ensemble: Ensemble
    scores: SeedMap[Score]


# Chunks of seeds differ in nothing but their first: what is compiled serves all.
@lru_cache(maxsize=8)
def _program(config: Config, task: str, cell: str) -> _Program:
    trainable = task_of(config, task, cell)
    ensemble = Ensemble(
        trainable.task(),
        direction(config.optimizer, config.optimizer_flavor),
        config.seeds,
        group=config.seeds_per_device or None,
        parts=config.parts(jax.default_backend()),
    )
    scores = SeedMap(trainable.score, config.seeds, mesh=ensemble.mesh)
    return _Program(task, cell, trainable, ensemble, scores)


def _run_block(
    config: Config, program: _Program, length: int, report: Reporter
) -> Block:
    """Train all seeds at one length with a program that may be compiled already."""
    setting = program.task, program.cell, length
    name = block_name(*setting)
    report.block(name, f"{program.task} {program.cell} T={length}", work(config)[name])
    trial = program.trainable.trial(length, config.evaluation_size)
    hyper = make_hyper(
        config.learning_rate,
        clip_norm=config.clip_norm,
        solved_accuracy=config.stop_accuracy,
        patience=config.stop_patience,
        stop=config.early_stop,
    )
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    trained = train(
        program.ensemble,
        program.ensemble.init(seed_keys(seeds)),
        hyper,
        trial.training,
        config.steps,
        report,
        cost=config.seeds * gflop_per_update(config, *setting),
    )
    score = program.scores(trained.states.params, trial.evaluation)
    ended = endings(program.ensemble, trained.states, program.scores.gather(score))
    rows = [
        {
            "task": program.task,
            "cell": program.cell,
            "length": length,
            "seed": seed,
            **ending,
            "held_out": trial.held_out,
        }
        for seed, ending in zip(seeds, ended, strict=True)
    ]
    return Block(name, rows, trained.history)


STUDY: Study[Config] = Study(
    name="memory",
    summary="how long recurrent networks remember: copying, adding and recall",
    config_type=Config,
    columns={
        "task": str,
        "cell": str,
        "length": int,
        "seed": int,
        "accuracy": float,
        "loss": float,
        "steps": int,
        "solved_step": int,
        "diverged": bool,
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
    unit="GFLOP",
)
