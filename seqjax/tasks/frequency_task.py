"""The frequency task for a network, see `seqjax.tasks.frequency`."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core import losses
from seqjax.core.checks import check_integer
from seqjax.core.keys import named_keys
from seqjax.tasks.discriminators import Discriminator
from seqjax.tasks.frequency import LONGEST, SHORTEST, Sampling, Waves, draw
from seqjax.tasks.network import Params
from seqjax.tasks.trial import Score, Trial, evaluation_key
from seqjax.train import Task

AT_ONCE = 64
"""So many waves are tested at a time: all at once they may need gigabytes."""

POPULATION = 512
"""Waves that the population's statistics are taken from, where a network has some."""


class FrequencyTask(NamedTuple):
    """Tell waves of one range of periods from others.

    Attributes:
        network: reads waves; two classes out.
        batch_size: waves per update.
        sampling: when they are looked at, see `SAMPLINGS`.
        longest: largest duration of a wave in ms; fixes the shapes.
    """

    network: Discriminator
    batch_size: int
    sampling: Sampling
    longest: int = LONGEST

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is the longest duration."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=-1)

    def trial(self, length: int, size: int) -> Trial:
        """Waves of up to `length` ms, tested on `size` of them.

        Other waves, neither trained nor tested on, stand beside them for the
        population's statistics.

        Args:
            length: largest duration of a wave in ms.
            size: number of waves.

        Raises:
            ValueError: if the length is below `SHORTEST` or above the task's longest.
        """
        check_integer("length", length, minimum=SHORTEST)
        if length > self.longest:
            raise ValueError(
                f"length must be at most the longest duration of {self.longest} ms, "
                f"not {length}; make the task with a longer one"
            )
        longest = jnp.asarray(length, jnp.float32)
        keys = named_keys(evaluation_key(length), ("tested", "population"))
        places = self.sampling.places(self.longest)
        tested = draw(keys["tested"], longest, size, places, self.sampling)
        population = draw(
            keys["population"], longest, POPULATION, places, self.sampling
        )
        return Trial(longest, (tested, population), None, held_out=True)

    def score(self, params: Params, data: tuple[Waves, Waves]) -> Score:
        """Loss in nats and accuracy of a test on given waves.

        Args:
            params: of the network.
            data: waves to be tested on, and waves that stand for the population.
        """
        waves, others = data
        logits = self.answers(params, waves, others)
        return Score(
            losses.cross_entropy(logits, waves.labels),
            losses.accuracy(logits, waves.labels),
        )

    def answers(
        self, params: Params, waves: Waves, others: Waves
    ) -> Float[Array, "batch classes"]:
        """Logits in a test; arguments as those of `score`."""
        population = self.network.fit(params, others)
        size = len(waves.labels)
        share = min(size, AT_ONCE)
        parts = -(-size // share)
        # Where they do not fill the parts, the first ones come again, and are cut off.
        index = jnp.arange(parts * share) % size

        def answer(places: Array) -> Array:
            part = jax.tree.map(lambda leaf: leaf[..., places], waves)
            return self.network.test(params, part, population)

        logits = lax.map(answer, index.reshape(parts, share))
        return logits.reshape(-1, logits.shape[-1])[:size]

    def _batch(self, key: PRNGKeyArray, data: Float[Array, ""]) -> Waves:
        places = self.sampling.places(self.longest)
        return draw(key, data, self.batch_size, places, self.sampling)

    def _loss(
        self, params: Params, waves: Waves, data: Float[Array, ""]
    ) -> tuple[Any, Any]:
        logits = self.network.train(params, waves)
        loss = losses.cross_entropy(logits, waves.labels)
        return loss, losses.accuracy(logits, waves.labels)
