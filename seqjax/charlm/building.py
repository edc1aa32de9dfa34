"""What a training is put together from, as its configuration says."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.charlm.examining import Examiner
from seqjax.charlm.plan import Plan, plan_of
from seqjax.nn import LanguageNetwork
from seqjax.tasks import LanguageTask
from seqjax.train import Ensemble, direction
from seqjax.train.schedules import Schedule, make_schedule


class Equipment(NamedTuple):
    """All that a training needs and does not change; its programs are compiled once.

    Attributes:
        config: What was asked for.
        corpus: What is learnt.
        text: Of it, what is trained on.
        network: What learns.
        plan: When the training ends, is evaluated, and writes.
        schedule: Of the learning rate.
        ensemble: What trains all seeds.
        examiner: What evaluates them.
    """

    config: Config
    corpus: Corpus
    text: Int[Array, " characters"]
    network: LanguageNetwork
    plan: Plan
    schedule: Schedule
    ensemble: Ensemble
    examiner: Examiner

    @property
    def seeds(self) -> range:
        """The numbers of the seeds."""
        first = self.config.first_seed
        return range(first, first + self.config.seeds)

    @property
    def updates_per_epoch(self) -> float:
        """Updates in which a model sees as many characters as are trained on."""
        return self.config.updates_per_epoch(len(self.text))


def equip(config: Config, corpus: Corpus) -> Equipment:
    """What is needed to train on a text as a configuration says.

    Raises:
        UserError: More updates than can be counted.
    """
    network = network_of(config, corpus)
    task = LanguageTask(
        network, config.batch_size, config.window, config.carried, config.reset
    )
    text = jnp.asarray(corpus.vocabulary.encode(corpus.parts.train))
    plan = plan_of(config, len(text))
    schedule = schedule_of(config, len(text))
    ensemble = Ensemble(
        task.task(),
        direction(config.optimizer, config.optimizer_flavor),
        config.seeds,
        parts=config.parts(jax.default_backend()),
        schedule=schedule,
    )
    examiner = Examiner(config, corpus, task, ensemble.mesh)
    return Equipment(config, corpus, text, network, plan, schedule, ensemble, examiner)


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
