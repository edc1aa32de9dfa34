"""Training and testing all seeds of every model; those with gates share a program."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from seqjax.core import counting
from seqjax.core.cells import LSTM
from seqjax.core.time_gate import TimeGate, openness
from seqjax.lab.study import Block, Reporter
from seqjax.phased.noise.config import (
    PLAIN,
    RIGHT,
    WRONG,
    NoiseConfig,
    learnt_of,
    start_of,
)
from seqjax.phased.running import Look, look, seed_numbers, starts, train_and_test
from seqjax.tasks import GatedDiscriminator, PlainDiscriminator, Waves
from seqjax.tasks.choosing import choice, choosing
from seqjax.tasks.periodic import PeriodicTask
from seqjax.train import Ensemble, SeedMap, direction


def gflop_per_update(config: NoiseConfig) -> float:
    """Arithmetic of one update of one seed in GFLOP."""
    return counting.gflop_per_update(
        LSTM, config.batch_size, config.hidden_size, config.values
    )


def gated_network(config: NoiseConfig, model: str) -> GatedDiscriminator:
    """The network of a model with a gate, as it starts."""
    off = start_of(model)
    right = float(config.period)
    period = right if model != WRONG else config.wrong_period
    ratio = config.off_open_ratio if "open_ratio" in off else config.open_ratio
    # It is open the most in the middle of its opening: then a value counts.
    peak = -ratio * period / 2
    return GatedDiscriminator(
        config.cell,
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
        period=(right / 2, 2 * right) if "period" in off else (period, period),
        shift=(peak - right / 2, peak + right / 2) if "shift" in off else (peak, peak),
        open_ratio=ratio,
    )


def selectivity(gate: TimeGate, values: int, period: int) -> float:
    """Share of all units' openness that falls on values that count.

    1 for gates that are open then alone, 1 / period for gates that are always open; 0
    where none is open at all.

    Args:
        gate: of every unit.
        values: whole times that are looked at, from 0 on.
        period: of the values that count.
    """
    times = jnp.arange(values, dtype=jnp.float32)
    k = np.asarray(openness(TimeGate(*map(jnp.asarray, gate)), times, 0.0), float)
    total = k.sum()
    return float(k[::period].sum() / total) if total > 0 else 0.0


class Trainer:
    """All seeds of all models with a gate, or of the one without.

    Args:
        config: the study's.
        gated: with a gate.
    """

    def __init__(self, config: NoiseConfig, gated: bool) -> None:
        self._config = config
        self.network: GatedDiscriminator | PlainDiscriminator = (
            gated_network(config, RIGHT)
            if gated
            else PlainDiscriminator(
                "lstm",
                config.hidden_size,
                initializer=config.initializer,
                forget_bias=config.forget_bias,
            )
        )
        self.task = PeriodicTask(
            self.network, config.batch_size, config.values, config.noise
        )
        self.trial = self.task.trial(config.period, config.evaluation_size)
        self._ensemble = Ensemble(
            choosing(self.task.task()),
            direction(config.optimizer),
            config.seeds,
            group=config.seeds_per_device or None,
        )
        self._looks = SeedMap(self._look, config.seeds, mesh=self._ensemble.mesh)

    def run(self, model: str, report: Reporter) -> Block:
        """Train and test one model.

        Args:
            model: its name.
            report: told of the progress.

        Returns:
            A row and curves per seed, and the gates at both ends.
        """
        config = self._config
        cost = config.seeds * gflop_per_update(config)
        report.block(model, model, cost * config.steps)
        init = self.network.init
        if model != PLAIN:
            init = gated_network(config, model).init
        ended = train_and_test(
            config,
            self._ensemble,
            self._looks,
            self._ensemble.starter(init)(starts(config)),
            choice(self.trial.training, learnt_of(model)),
            self.trial.evaluation,
            report,
            cost,
        )
        shares = self._selectivities(ended.history)
        rows = [
            {
                "model": model,
                "seed": seed,
                **row,
                "selectivity_before": None if shares is None else float(shares[i, 0]),
                "selectivity": None if shares is None else float(shares[i, 1]),
            }
            for i, (seed, row) in enumerate(
                zip(seed_numbers(config), ended.rows, strict=True)
            )
        ]
        return Block(model, rows, ended.history)

    def _selectivities(
        self, history: dict[str, np.ndarray]
    ) -> Float[np.ndarray, "seeds 2"] | None:
        """Before and after training; None without a gate."""
        if "period" not in history:
            return None
        config = self._config
        gates = [history[name] for name in TimeGate._fields]
        # As many times as a sequence has, from the earliest start on.
        return np.array(
            [
                [
                    selectivity(
                        TimeGate(*(field[seed, end] for field in gates)),
                        config.values,
                        config.period,
                    )
                    for end in range(2)
                ]
                for seed in range(config.seeds)
            ]
        )

    def _look(self, params: Any, waves: Waves) -> Look:
        """Test one seed."""
        score = self.task.score(params, waves)
        if not isinstance(self.network, GatedDiscriminator):
            return Look(score)
        return look(score, self.network.gates(params)["layer_0"], waves.times)
