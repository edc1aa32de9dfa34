"""A signal that comes once in a period, between noise; report 001's use of a time gate.

A sequence has one of two signs, its class. At whole multiples of a period P its value
is the sign plus noise of standard deviation 1; at all other whole times it is noise of
another, larger deviation and says nothing. A sequence starts at any whole time from 0
to P - 1, so that its steps do not tell which values count, only its time stamps do.

Who adds up the n values that count (the best answer of all) is right in `best`; who
adds up all N, whenever they come, in `blind`; a guess in `CHANCE` of all cases.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.core.keys import named_keys
from seqjax.tasks.discriminators import Discriminator
from seqjax.tasks.frequency import Waves
from seqjax.tasks.network import Params
from seqjax.tasks.trial import Score, Trial, evaluation_key
from seqjax.train import Task

CHANCE = 0.5


class Law(NamedTuple):
    """What sequences are drawn by; traced.

    Attributes:
        period: P, a whole number of steps.
        noise: standard deviation of the values that do not count.
    """

    period: Int[Array, ""]
    noise: Float[Array, ""]


def best(counting: int) -> float:
    """Accuracy of the sign of the sum of so many values that count."""
    return _normal(math.sqrt(counting))


def blind(counting: int, others: int, noise: float) -> float:
    """Accuracy of the sign of the sum of all values.

    Args:
        counting: number of those that count.
        others: number of those that do not.
        noise: standard deviation of the latter.
    """
    return _normal(counting / math.sqrt(counting + others * noise**2))


def _normal(z: float) -> float:
    """Distribution function of the normal law."""
    return (1 + math.erf(z / math.sqrt(2))) / 2


def draw(key: PRNGKeyArray, law: Law, batch_size: int, steps: int) -> Waves:
    """Draw sequences, every second one of class 1.

    Args:
        key: fixes the batch.
        law: what is drawn.
        batch_size: number of sequences.
        steps: values of a sequence.
    """
    keys, shape = named_keys(key, ("start", "values")), (steps, batch_size)
    starts = jax.random.randint(keys["start"], (batch_size,), 0, law.period)
    whole = starts + jnp.arange(steps, dtype=starts.dtype)[:, None]
    labels = 1 - jnp.arange(batch_size, dtype=jnp.int32) % 2
    random = jax.random.normal(keys["values"], shape)
    signs = (2 * labels - 1).astype(random.dtype)
    counts = whole % law.period == 0
    values = jnp.where(counts, signs + random, law.noise * random)
    return Waves(
        times=whole.astype(values.dtype),
        values=values,
        lengths=jnp.full(batch_size, steps, jnp.int32),
        labels=labels,
        periods=jnp.full(batch_size, law.period).astype(values.dtype),
    )


class PeriodicTask(NamedTuple):
    """Tell the sign of a signal that comes once in a period.

    Attributes:
        network: reads values and times; two classes out.
        batch_size: sequences per update.
        steps: values of a sequence; a multiple of the period, so that as many count in
            all of them.
        noise: standard deviation of the values that do not count.
    """

    network: Discriminator
    batch_size: int
    steps: int
    noise: float

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a `Law`."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=-1)

    def trial(self, length: int, size: int) -> Trial:
        """A period of `length` steps, tested on `size` sequences of their own."""
        law = Law(jnp.asarray(length, jnp.int32), jnp.asarray(self.noise, jnp.float32))
        tested = draw(evaluation_key(length), law, size, self.steps)
        return Trial(law, tested, None, held_out=True)

    def score(self, params: Params, waves: Waves) -> Score:
        """Loss in nats and accuracy of a test on given sequences."""
        population = self.network.fit(params, waves)
        return _judged(self.network.test(params, waves, population), waves)

    def _batch(self, key: PRNGKeyArray, data: Law) -> Waves:
        return draw(key, data, self.batch_size, self.steps)

    def _loss(self, params: Params, waves: Waves, data: Law) -> tuple[Any, Any]:
        return _judged(self.network.train(params, waves), waves)


def _judged(logits: Float[Array, "batch classes"], waves: Waves) -> Score:
    return Score(
        losses.cross_entropy(logits, waves.labels),
        losses.accuracy(logits, waves.labels),
    )
