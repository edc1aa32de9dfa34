"""Where the gates of each model start, and how well gates pick what counts."""

import jax.numpy as jnp
import numpy as np

from seqjax.core.time_gate import TimeGate, openness
from seqjax.phased.noise.config import WRONG, NoiseConfig, start_of
from seqjax.tasks import GatedDiscriminator


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
        values: whole times that are looked at, from 0 on: as many as a sequence has.
        period: of the values that count.
    """
    times = jnp.arange(values, dtype=jnp.float32)
    k = np.asarray(openness(TimeGate(*map(jnp.asarray, gate)), times, 0.0), float)
    total = k.sum()
    return float(k[::period].sum() / total) if total > 0 else 0.0
