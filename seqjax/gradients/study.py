"""The study of gradients over time, and the commands of this package."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.core.cells import CELLS
from seqjax.gradients.config import Config
from seqjax.gradients.derivations import command
from seqjax.gradients.figures import figures
from seqjax.gradients.probe import Probe, Prober, has_memory
from seqjax.gradients.summary import facts, summarise
from seqjax.gradients.tables import tables
from seqjax.gradients.training import clipped, gflop_per_update, network_of, train
from seqjax.lab.command_line.cli import Command
from seqjax.lab.study import Block, Reporter, Study
from seqjax.tasks.palindromes import evaluation_set, mirror

SEEN = "seen-"
"""What the names of probes begin with in a checkpoint."""


def gflop_per_probe(config: Config, cell: str) -> float:
    """Arithmetic of one look into one seed in GFLOP, double precision counted twice."""
    hidden, gates = config.hidden_size, len(CELLS[cell].gates)
    size = hidden * (2 if has_memory(CELLS[cell]) else 1)
    step = 2 * hidden**2 * gates
    rows = 2 * config.examples * 3 + config.jacobian_examples * size * 2
    singular = 20 * size**3 * config.jacobian_times * config.jacobian_examples
    return (step * rows * (config.length - 1) + singular) / 1e9


def work(config: Config) -> dict[str, float]:
    """Expected GFLOP of every block."""
    return {
        cell: config.seeds
        * (
            config.at[-1] * gflop_per_update(config, cell)
            + len(config.at) * gflop_per_probe(config, cell)
        )
        for cell in config.cells
    }


def run(config: Config, finished: Collection[str], report: Reporter) -> Iterator[Block]:
    """Train and look; yields a block per cell. Pure but for the report."""
    for cell in config.cells:
        if cell not in finished:
            yield _run_block(config, cell, report)


def _run_block(config: Config, cell: str, report: Reporter) -> Block:
    """Train all seeds of a cell, and look into each at every step."""
    report.block(cell, f"{cell} T={config.length}", work(config)[cell])
    length = jnp.asarray(config.length, jnp.int32)
    test = evaluation_set(config.length, config.length, config.examples, seed=0)
    digits = np.asarray(mirror(jnp.asarray(test.left), length, config.length))
    prober = Prober(config, network_of(config, cell), digits)
    rows: list[dict[str, Any]] = []
    # What was seen before a break is kept with the training.
    probes = _unpacked(report.kept())
    norms = np.empty((config.seeds, 0), np.float32)
    stages = train(config, cell, test, report, lambda: _packed(probes))
    for number, stage in enumerate(stages):
        norms = stage.norms
        if number == len(probes):
            probes.append([])
        looks = probes[number]
        for seed, params in enumerate(stage.params):
            if seed == len(looks):
                looks.append(prober(params))
            probe = looks[seed]
            report.advance(gflop_per_probe(config, cell), {"step": stage.step})
            rows.append(
                {
                    "cell": cell,
                    "step": stage.step,
                    "seed": config.first_seed + seed,
                    "loss": probe.loss,
                    "accuracy": probe.accuracy,
                    **facts(probe),
                    "clipped": clipped(norms[seed], config.clip_norm),
                    "diverged": bool(stage.diverged[seed]),
                    "held_out": test.disjoint,
                }
            )
    seen = _packed(probes)
    history = {
        name: seen[SEEN + name]
        for name in ("h_norm", "c_norm", "zeros", "underflows", "singular_values")
        if name != "c_norm" or has_memory(CELLS[cell])
    }
    return Block(cell, rows, history | {"gradient_norm": norms})


def _packed(probes: list[list[Probe]]) -> dict[str, np.ndarray]:
    """Probes by stage and seed, as one array per field."""
    return {
        SEEN + name: np.array([[getattr(p, name) for p in looks] for looks in probes])
        for name in Probe._fields
    }


def _unpacked(arrays: Mapping[str, np.ndarray] | None) -> list[list[Probe]]:
    """The probes that `_packed` has turned into these, if it has."""
    if arrays is None:
        return []
    stages = zip(*(arrays[SEEN + name] for name in Probe._fields), strict=True)
    return [
        [
            Probe(float(loss), float(accuracy), *fields)
            for loss, accuracy, *fields in zip(*stage, strict=True)
        ]
        for stage in stages
    ]


FLOW: Study[Config] = Study(
    name="gradients flow",
    summary="gradients of the loss by every hidden state, against time",
    config_type=Config,
    columns={
        "cell": str,
        "step": int,
        "seed": int,
        "loss": float,
        "accuracy": float,
        "first": float,
        "last": float,
        "log10_ratio": float,
        "log10_per_step": float,
        "log10_rise": float,
        "zeros": float,
        "underflows": float,
        "log10_largest_singular": float,
        "clipped": float,
        "diverged": bool,
        "held_out": bool,
    },
    history_axes={
        "h_norm": ("at", "seed", "t"),
        "c_norm": ("at", "seed", "t"),
        "zeros": ("at", "seed", "t"),
        "underflows": ("at", "seed", "t"),
        "singular_values": ("at", "seed", "time", "example", "value"),
        "gradient_norm": ("seed", "update"),
    },
    block_names=lambda config: list(config.cells),
    work=work,
    run=run,
    summarise=summarise,
    tables=tables,
    figures=figures,
    unit="GFLOP",
)

CHECK = Command("gradients check", command.SUMMARY, command.run)

STUDIES = (FLOW, CHECK)
