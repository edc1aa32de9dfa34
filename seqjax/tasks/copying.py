"""Copy memory: ten symbols, a wait, a marker; then the ten symbols again, in order.

Hochreiter & Schmidhuber (1997) had such tasks; this is the one of Arjovsky et al.
(2016), section 5.1. With the symbols s_1 .. s_10 of eight, "-" for blank and "!" for
the marker, T + 20 steps:

    step      1 .. 10        11 .. T + 9    T + 10    T + 11 .. T + 20
    input     s_1 .. s_10    - .. -         !         - .. -
    target    - .. -         - .. -         -         s_1 .. s_10

What is to be copied lies T + 10 steps back. The loss is the cross-entropy of all steps
in nats per step. Best of all answers that use nothing of what was read are blanks, then
chance: 10 ln 8 / (T + 20).
"""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import log_softmax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.tasks.network import Network, Params
from seqjax.tasks.strings import Strings, choose, draw_strings, hold_out
from seqjax.tasks.trial import Score, Trial
from seqjax.train import Task

SYMBOLS, COPIED = 8, 10
BLANK, MARKER = SYMBOLS, SYMBOLS + 1
IN_FEATURES, OUTPUTS = SYMBOLS + 2, SYMBOLS + 1
CHANCE = 1 / SYMBOLS


def num_steps(length: int) -> int:
    """Steps of a sequence with delay T = `length`."""
    return length + 2 * COPIED


def baseline(length: int) -> float:
    """Loss of the best answer that uses nothing of what was read, in nats per step."""
    return COPIED * math.log(SYMBOLS) / num_steps(length)


def inputs(
    symbols: Int[Array, "copied batch"], length: Int[Array, ""], max_length: int
) -> Int[Array, "time batch"]:
    """What the network reads, as indices; blank past the end."""
    rest = jnp.full((num_steps(max_length) - COPIED, symbols.shape[1]), BLANK)
    marked = rest.astype(jnp.int32).at[length - 1].set(MARKER)
    return jnp.concatenate([symbols, marked])


def targets(
    symbols: Int[Array, "copied batch"], length: Int[Array, ""], max_length: int
) -> Int[Array, "time batch"]:
    """What the network should answer; blank past the end."""
    blanks = jnp.full((num_steps(max_length), symbols.shape[1]), BLANK, jnp.int32)
    return lax.dynamic_update_slice_in_dim(blanks, symbols, length + COPIED, axis=0)


def judge(
    logits: Float[Array, "time batch outputs"],
    symbols: Int[Array, "copied batch"],
    length: Int[Array, ""],
) -> Score:
    """Nats per step over the T + 20 steps, and accuracy on the ten symbols recalled."""
    steps = length + 2 * COPIED
    wanted = targets(symbols, length, logits.shape[0] - 2 * COPIED)
    log_p = jnp.take_along_axis(log_softmax(logits), wanted[..., None], axis=-1)
    per_step = -jnp.mean(log_p[..., 0], axis=1)
    real = jnp.arange(logits.shape[0]) < steps
    loss = jnp.sum(jnp.where(real, per_step, 0)) / steps.astype(logits.dtype)
    recalled = lax.dynamic_slice_in_dim(logits, length + COPIED, COPIED)
    return Score(loss, losses.accuracy(recalled, symbols))


class CopyingTask(NamedTuple):
    """Copy memory; the delay stays traced, so all of them share a program.

    Attributes:
        network: answers at every step; `IN_FEATURES` in, `OUTPUTS` out.
        batch_size: sequences per update.
        longest: longest delay T; fixes the shapes.
    """

    network: Network
    batch_size: int
    longest: int

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a `Strings`."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=1)

    def trial(self, length: int, size: int) -> Trial:
        """Delay `length`, tested on `size` strings that are never trained on."""
        rng = np.random.default_rng([0, length])
        symbols, disjoint = choose(rng, COPIED, SYMBOLS, size)
        delay = jnp.asarray(length, jnp.int32)
        training = Strings(delay, hold_out(symbols, COPIED))
        evaluation = (jnp.asarray(symbols), delay)
        return Trial(training, evaluation, SYMBOLS**COPIED, disjoint)

    def score(
        self,
        params: Params,
        data: tuple[Int[Array, "copied strings"], Int[Array, ""]],
    ) -> Score:
        """Loss and accuracy on given symbols, at a delay."""
        symbols, length = data
        xs = inputs(symbols, length, self.longest)
        steps = length + 2 * COPIED
        return judge(self.network.apply(params, xs, steps), symbols, length)

    def _batch(self, key: PRNGKeyArray, data: Strings) -> Array:
        shape = (COPIED, self.batch_size)
        return draw_strings(key, data.held_out, COPIED, shape, SYMBOLS)

    def _loss(self, params: Params, symbols: Array, data: Strings) -> tuple[Any, Any]:
        return self.score(params, (symbols, data.length))
