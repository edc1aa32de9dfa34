"""What a training is put together from, as its configuration says."""

from typing import Any

from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.nn import LanguageNetwork
from seqjax.train.schedules import Schedule, make_schedule


def network_of(config: Config, corpus: Corpus) -> LanguageNetwork:
    """What a configuration makes of a text's vocabulary."""
    return LanguageNetwork(
        config.cell,
        corpus.vocabulary.size,
        config.hidden_size,
        config.layers,
        config.embedding or None,
        config.dropout,
        config.initializer,
        config.forget_bias,
        memory_length=max(3, config.window),
    )


def schedule_of(config: Config, characters: int) -> Schedule:
    """The schedule of the learning rate, on a text of so many characters."""
    unit = 1.0
    if config.decay_unit == "epochs":
        unit = config.updates_per_epoch(characters)
    return make_schedule(
        config.schedule,
        decay=config.decay,
        decay_every=config.decay_every * unit,
        decay_after=config.decay_after * unit,
        warmup=config.warmup,
    )


def described(config: Config, corpus: Corpus, row: dict[str, Any]) -> dict[str, Any]:
    """How a model was trained, for its file; `corpus_of` finds the text by it.

    Args:
        config: Of the training.
        corpus: What was learnt.
        row: Of the results, at the model's last update.
    """
    of_config = (
        "corpus",
        "encoding",
        "gutenberg",
        "split",
        "vocabulary",
        "preset",
        "window",
        "batch_size",
        "carried",
    )
    of_row = ("seed", "step", "train_loss", "validation_loss")
    return {
        "text": corpus.name,
        "text_sha256": corpus.sha256,
        **{name: getattr(config, name) for name in of_config},
        **{name: row[name] for name in of_row},
    }
