"""Palindromes as a training task, and the test on strings never trained on."""

from typing import Any, NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core import losses
from seqjax.nn import RecurrentClassifier
from seqjax.palindrome.config import Config
from seqjax.palindrome.task import NUM_CLASSES, Palindromes, draw, encode, mirror
from seqjax.train import Task

Params = Any  # an nnx.State of arrays


class Score(NamedTuple):
    """Result on the evaluation set."""

    loss: Float[Array, ""]
    accuracy: Float[Array, ""]


class PalindromeTask(NamedTuple):
    """The task of one cell; `length` stays traced, so all lengths share a program."""

    config: Config
    cell: str

    def model(self, key: PRNGKeyArray) -> RecurrentClassifier:
        """A freshly initialised network."""
        config = self.config
        return RecurrentClassifier(
            self.cell,
            NUM_CLASSES if config.encoding == "onehot" else 1,
            config.hidden_size,
            NUM_CLASSES,
            num_layers=config.layers,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            memory_length=max(3, max(config.lengths) - 1),
            rngs=nnx.Rngs(params=key),
        )

    def task(self) -> Task:
        """What `seqjax.train` needs."""
        return Task(self._init, self._batch, self._loss, batch_axis=1)

    def _init(self, key: PRNGKeyArray) -> Params:
        return nnx.split(self.model(key), nnx.Param)[1]

    def _logits(self, params: Params, digits: Array, length: Array) -> Array:
        shapes = jax.eval_shape(
            lambda key: nnx.split(self.model(key), nnx.Param), jax.random.key(0)
        )
        model = nnx.merge(shapes[0], params)
        return model(encode(digits, self.config.encoding), num_steps=length - 1)

    def _batch(self, key: PRNGKeyArray, data: Palindromes) -> Array:
        return draw(key, data, self.config.batch_size, max(self.config.lengths))

    def _loss(
        self, params: Params, digits: Array, data: Palindromes
    ) -> tuple[Array, Array]:
        logits = self._logits(params, digits, data.length)
        return (
            losses.cross_entropy(logits, digits[0]),
            losses.accuracy(logits, digits[0]),
        )

    def score(
        self, params: Params, data: tuple[Int[Array, "half strings"], Int[Array, ""]]
    ) -> Score:
        """Loss and accuracy on given left halves, at a length."""
        left, length = data
        digits = mirror(left, length, max(self.config.lengths))
        logits = self._logits(params, digits, length)
        return Score(
            losses.cross_entropy(logits, digits[0]), losses.accuracy(logits, digits[0])
        )
