"""Copying across silence: a few symbols, a long wait, a marker; then the symbols again.

The sequences of `seqjax.tasks.copying` with as few symbols as wanted. With K of them,
s_1 .. s_K of eight, "-" for blank and "!" for the marker, T + 2 K steps:

    step      1 .. K        K + 1 .. K + T - 1    K + T    K + T + 1 .. T + 2 K
    input     s_1 .. s_K    - .. -                !        - .. -
    answer                                                 s_1 .. s_K

What is to be copied lies T + K steps back. Only the answers are judged, not the silence
before them: the loss is their cross-entropy in nats per symbol, that of a guess ln 8 at
every T, and its accuracy 1/8.
"""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.tasks.copying import BLANK, MARKER, SYMBOLS
from seqjax.tasks.gated_network import GatedNetwork
from seqjax.tasks.network import Network, Params
from seqjax.tasks.strings import BUCKETS, Strings, choose, draw_strings, hold_out
from seqjax.tasks.trial import Score, Trial
from seqjax.train import Task

IN_FEATURES, OUTPUTS = SYMBOLS + 2, SYMBOLS
CHANCE, BASELINE = 1 / SYMBOLS, math.log(SYMBOLS)


def num_steps(silence: int, copied: int) -> int:
    """Steps of a sequence with a silence T of so many symbols."""
    return silence + 2 * copied


def inputs(
    symbols: Int[Array, "copied batch"], silence: int
) -> Int[Array, "time batch"]:
    """What the network reads, as indices."""
    copied, batch = symbols.shape
    rest = jnp.full((silence + copied, batch), BLANK, jnp.int32)
    return jnp.concatenate([symbols, rest.at[silence - 1].set(MARKER)])


class SilenceTask(NamedTuple):
    """Copy symbols across a silence of one length.

    Attributes:
        network: answers at every step; `IN_FEATURES` in, `OUTPUTS` out.
        batch_size: sequences per update.
        silence: T, in steps, at least 1.
        copied: symbols K to be copied.
    """

    network: Network | GatedNetwork
    batch_size: int
    silence: int
    copied: int

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a `Strings`."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=1)

    def trial(self, size: int) -> Trial:
        """The task tested on `size` strings.

        Those are never trained on, unless there are no others.
        """
        rng = np.random.default_rng([0, self.copied])
        symbols, disjoint = choose(rng, self.copied, SYMBOLS, size)
        held_out = (
            hold_out(symbols, self.copied) if disjoint else jnp.zeros(BUCKETS, bool)
        )
        training = Strings(jnp.asarray(self.copied, jnp.int32), held_out)
        return Trial(training, jnp.asarray(symbols), SYMBOLS**self.copied, disjoint)

    def score(self, params: Params, symbols: Int[Array, "copied strings"]) -> Score:
        """Loss and accuracy of a test on given symbols."""
        return self._judged(params, symbols, 0.0)

    def _judged(
        self, params: Params, symbols: Int[Array, "copied batch"], leak: float
    ) -> Score:
        xs = inputs(symbols, self.silence)
        answers: Float[Array, "copied batch outputs"]
        if isinstance(self.network, GatedNetwork):
            answers = self.network.apply(params, xs, leak)[-self.copied :]
        else:
            answers = self.network.apply(params, xs)[-self.copied :]
        return Score(
            losses.cross_entropy(answers, symbols), losses.accuracy(answers, symbols)
        )

    def _batch(self, key: PRNGKeyArray, data: Strings) -> Array:
        shape = (self.copied, self.batch_size)
        return draw_strings(key, data.held_out, data.length, shape, SYMBOLS)

    def _loss(self, params: Params, symbols: Array, data: Strings) -> tuple[Any, Any]:
        leak = getattr(self.network, "leak", 0.0)
        return self._judged(params, symbols, leak)
