"""The networks that are compared."""

from seqjax.phased.frequency.config import FrequencyConfig
from seqjax.tasks import (
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
