"""The networks that are compared, and what an update of each costs."""

from seqjax.core import counting
from seqjax.core.cells import LSTM
from seqjax.phased.frequency.config import FrequencyConfig
from seqjax.tasks import (
    SAMPLINGS,
    BatchNormDiscriminator,
    Discriminator,
    GatedDiscriminator,
    PlainDiscriminator,
)


def discriminator(config: FrequencyConfig, model: str) -> Discriminator:
    """The network of a model."""
    if model == "phased":
        return GatedDiscriminator(
            config.phased_cell,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            open_ratio=config.open_ratio,
            learnt=config.learnt,
        )
    if model == "bn-lstm":
        return BatchNormDiscriminator(
            config.hidden_size, config.normalized, config.initializer
        )
    return PlainDiscriminator(
        "lstm",
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
    )


def gflop_per_update(config: FrequencyConfig, regime: str) -> float:
    """Arithmetic of one update of one seed in GFLOP, the same for all models."""
    places = SAMPLINGS[regime].places(config.longest)
    return counting.gflop_per_update(
        LSTM, config.batch_size, config.hidden_size, places
    )
