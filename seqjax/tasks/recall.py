"""Recall under distraction: a digit, then T - 1 other digits; name the first.

The distractors are drawn uniformly and independently of the answer, so nothing after
the first step says anything about it: no palindrome's second half to lean on. (They may
equal the answer. If they could not, the digit that never comes would give it away.)
What is to be recalled lies T - 1 steps back; chance is 0.1, and the loss of it ln 10.
"""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.tasks.network import Network, Params
from seqjax.tasks.strings import BUCKETS, Strings, choose, draw_strings, hold_out
from seqjax.tasks.trial import Score, Trial
from seqjax.train import Task

DIGITS = 10
IN_FEATURES = OUTPUTS = DIGITS
CHANCE = 1 / DIGITS


def num_steps(length: int) -> int:
    """Steps of a sequence of T = `length` digits: one each."""
    return length


def baseline(length: int) -> float:
    """Loss of a guess, in nats; the same at every length."""
    return math.log(DIGITS)


def judge(
    logits: Float[Array, "batch outputs"], digits: Int[Array, "time batch"]
) -> Score:
    """Cross-entropy in nats, and accuracy, of naming the first digit."""
    return Score(
        losses.cross_entropy(logits, digits[0]), losses.accuracy(logits, digits[0])
    )


class RecallTask(NamedTuple):
    """Name the first digit; the length stays traced, so all lengths share a program.

    Attributes:
        network: answers at the end; `IN_FEATURES` in, `OUTPUTS` out.
        batch_size: strings per update.
        longest: digits of the longest string; fixes the shapes.
    """

    network: Network
    batch_size: int
    longest: int

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a `Strings`."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=1)

    def trial(self, length: int, size: int) -> Trial:
        """Strings of `length` digits, tested on `size` of them.

        Those are never trained on, unless there are no others: then all are tested on,
        and the accuracy measures look-up.
        """
        rng = np.random.default_rng([0, length])
        digits, disjoint = choose(rng, length, DIGITS, size)
        padded = np.zeros((self.longest, size), np.int32)
        padded[:length] = digits
        held_out = hold_out(padded, length) if disjoint else jnp.zeros(BUCKETS, bool)
        steps = jnp.asarray(length, jnp.int32)
        evaluation = (jnp.asarray(padded), steps)
        return Trial(Strings(steps, held_out), evaluation, DIGITS**length, disjoint)

    def score(
        self, params: Params, data: tuple[Int[Array, "time strings"], Int[Array, ""]]
    ) -> Score:
        """Loss and accuracy on given strings, at a length."""
        digits, length = data
        return judge(self.network.apply(params, digits, length), digits)

    def _batch(self, key: PRNGKeyArray, data: Strings) -> Array:
        shape = (self.longest, self.batch_size)
        return draw_strings(key, data.held_out, data.length, shape, DIGITS)

    def _loss(self, params: Params, digits: Array, data: Strings) -> tuple[Any, Any]:
        return self.score(params, (digits, data.length))
