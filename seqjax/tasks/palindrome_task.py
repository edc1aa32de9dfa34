"""Palindromes as a training task, and the test on strings never trained on."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.tasks.network import Network, Params
from seqjax.tasks.palindromes import (
    Palindromes,
    draw,
    encode,
    evaluation_set,
    mirror,
    palindromes,
)
from seqjax.tasks.trial import Score, Trial
from seqjax.train import Task


class PalindromeTask(NamedTuple):
    """Name the last digit; the length stays traced, so all lengths share a program.

    Attributes:
        network: what learns; see `palindromes.num_features` for its inputs.
        encoding: "scalar" or "onehot", see `palindromes.encode`.
        batch_size: palindromes per update.
        longest: digits of the longest palindrome; fixes the shapes.
    """

    network: Network
    encoding: str
    batch_size: int
    longest: int

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is a `Palindromes`."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=1)

    def trial(self, length: int, size: int) -> Trial:
        """Palindromes of `length` digits, tested on `size` of them."""
        test = evaluation_set(length, self.longest, size, seed=0)
        tested_on = jnp.asarray(test.left), jnp.asarray(length, jnp.int32)
        training = palindromes(length, test)
        return Trial(training, tested_on, test.distinct_strings, test.disjoint)

    def _batch(self, key: PRNGKeyArray, data: Palindromes) -> Array:
        return draw(key, data, self.batch_size, self.longest)

    def _loss(
        self, params: Params, digits: Array, data: Palindromes
    ) -> tuple[Array, Array]:
        return self._judge(params, digits, data.length)

    def score(
        self, params: Params, data: tuple[Int[Array, "half strings"], Int[Array, ""]]
    ) -> Score:
        """Loss and accuracy on given left halves, at a length."""
        left, length = data
        digits = mirror(left, length, self.longest)
        return Score(*self._judge(params, digits, length))

    def _judge(self, params: Params, digits: Array, length: Any) -> tuple[Array, Array]:
        logits = self.network.apply(params, encode(digits, self.encoding), length - 1)
        return (
            losses.cross_entropy(logits, digits[0]),
            losses.accuracy(logits, digits[0]),
        )
