"""Training and testing all seeds of one model at one length of silence."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Int

from seqjax.core import counting
from seqjax.core.cells import LSTM
from seqjax.lab.study import Block, Reporter
from seqjax.phased.running import Look, look, seed_numbers, starts, train_and_test
from seqjax.phased.silence.config import SilenceConfig, block_name
from seqjax.tasks import Network
from seqjax.tasks.gated_network import GatedNetwork
from seqjax.tasks.silence import IN_FEATURES, OUTPUTS, SilenceTask, num_steps
from seqjax.train import Ensemble, SeedMap, direction


def gflop_per_update(config: SilenceConfig, length: int) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    steps = num_steps(length, config.copied)
    return counting.gflop_per_update(LSTM, config.batch_size, config.hidden_size, steps)


def network_of(
    config: SilenceConfig, model: str, length: int
) -> Network | GatedNetwork:
    """The network of a model, for a length of silence."""
    # Of influence on chrono alone, which asks for three steps, as there always are.
    steps = num_steps(length, config.copied)
    if model == "lstm":
        return Network(
            "lstm",
            IN_FEATURES,
            OUTPUTS,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            memory_length=steps,
            every_step=True,
        )
    longest = max(config.shortest_period, config.longest_period * length)
    return GatedNetwork(
        "lstm",
        IN_FEATURES,
        OUTPUTS,
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
        memory_length=steps,
        period=(config.shortest_period, longest),
        shift=(0.0, longest),
        open_ratio=config.open_ratio,
        learnt=config.learnt,
    )


def run_block(
    config: SilenceConfig, model: str, length: int, report: Reporter
) -> Block:
    """Train and test one model at one length.

    Args:
        config: the study's.
        model: which contender.
        length: of the silence.
        report: told of the progress.

    Returns:
        A row and curves per seed.
    """
    network = network_of(config, model, length)
    task = SilenceTask(network, config.batch_size, length, config.copied)
    trial = task.trial(config.evaluation_size)
    ensemble = Ensemble(
        task.task(),
        direction(config.optimizer),
        config.seeds,
        group=config.seeds_per_device or None,
    )
    times = jnp.arange(num_steps(length, config.copied), dtype=jnp.float32)[:, None]

    def looked(params: Any, symbols: Int[Array, "copied strings"]) -> Look:
        score = task.score(params, symbols)
        if not isinstance(network, GatedNetwork):
            return Look(score)
        return look(score, network.gate(params), times)

    cost = config.seeds * gflop_per_update(config, length)
    name = block_name(model, length)
    report.block(name, f"{model} T={length}", cost * config.steps)
    ended = train_and_test(
        config,
        ensemble,
        SeedMap(looked, config.seeds, mesh=ensemble.mesh),
        ensemble.init(starts(config)),
        trial.training,
        trial.evaluation,
        report,
        cost,
    )
    rows = [
        {"model": model, "length": length, "seed": seed, **row}
        for seed, row in zip(seed_numbers(config), ended.rows, strict=True)
    ]
    for row in rows:
        row["held_out"] = trial.held_out
    return Block(name, rows, ended.history)
