"""The adding problem: T random numbers of which two are marked; their sum is wanted.

Hochreiter & Schmidhuber (1997), section 5.4, in the form of Le et al. (2015): numbers
uniform in [0, 1), a marker in each half of the sequence, the plain sum as the target.
The loss is the mean squared error. Of all answers that use nothing of what was read, 1,
the mean of the sum, is best, and its error the sum's variance, 1/6.

A sum counts as right within 0.08. This is Hochreiter & Schmidhuber's 0.04: their target
is half of ours (0.5 + (x_1 + x_2) / 4 with x in [-1, 1]). By always answering 1 one is
right with probability 0.1536.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from seqjax.core.keys import named_keys
from seqjax.tasks.network import Network, Params
from seqjax.tasks.trial import Score, Trial, evaluation_key
from seqjax.train import Task

IN_FEATURES, OUTPUTS = 2, 1

TOLERANCE = 0.08
"""A sum is right if its error is smaller."""

# The sum of two uniforms has the density 1 - |s - 1|, integrated over 1 +- TOLERANCE.
CHANCE = 2 * TOLERANCE - TOLERANCE**2


class Addends(NamedTuple):
    """Numbers, and which of them are to be added.

    Attributes:
        values: uniform in [0, 1).
        marked: places of the two that count, one in each half.
    """

    values: Float[Array, "time batch"]
    marked: Int[Array, "2 batch"]


def num_steps(length: int) -> int:
    """Steps of a sequence of T = `length` numbers: one each."""
    return length


def baseline(length: int) -> float:
    """Mean squared error of always answering 1; the same at every length."""
    return 1 / 6


def draw(
    key: PRNGKeyArray, length: Int[Array, ""], batch_size: int, max_length: int
) -> Addends:
    """Draw sequences.

    Args:
        key: fixes the batch, which does not depend on `max_length`.
        length: T; one marker is in the first T // 2 places, one in the rest.
        batch_size: number of sequences.
        max_length: longest T of the study; fixes the shape.
    """
    keys = named_keys(key, ("values", "first", "second"))
    half, one = length // 2, (batch_size,)
    first = jax.random.randint(keys["first"], one, 0, half)
    second = jax.random.randint(keys["second"], one, half, length)
    values = jax.random.uniform(keys["values"], (max_length, batch_size))
    return Addends(values, jnp.stack([first, second]))


def inputs(addends: Addends) -> Float[Array, "time batch 2"]:
    """What the network reads: each number, and 1 beside it if it is marked, else 0."""
    places = jnp.arange(len(addends.values))[:, None]
    marks = (places == addends.marked[0]) | (places == addends.marked[1])
    return jnp.stack([addends.values, marks.astype(addends.values.dtype)], axis=-1)


def sums(addends: Addends) -> Float[Array, " batch"]:
    """What the network should answer."""
    return jnp.take_along_axis(addends.values, addends.marked, axis=0).sum(axis=0)


def judge(outputs: Float[Array, "batch 1"], addends: Addends) -> Score:
    """Mean squared error, and the share of sums that are right within `TOLERANCE`."""
    errors = outputs[:, 0] - sums(addends)
    right = jnp.abs(errors) < TOLERANCE
    return Score(jnp.mean(errors**2), jnp.mean(right.astype(errors.dtype)))


class AddingTask(NamedTuple):
    """Add two numbers; the length stays traced, so all lengths share a program.

    Attributes:
        network: answers at the end; `IN_FEATURES` in, `OUTPUTS` out.
        batch_size: sequences per update.
        longest: longest T; fixes the shapes.
    """

    network: Network
    batch_size: int
    longest: int

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is the length."""
        return Task(self.network.init, self._batch, self._loss, batch_axis=1)

    def trial(self, length: int, size: int) -> Trial:
        """Sequences of `length`, tested on `size` fresh ones, see `evaluation_key`."""
        steps = jnp.asarray(length, jnp.int32)
        addends = draw(evaluation_key(length), steps, size, self.longest)
        return Trial(steps, (addends, steps), None, held_out=True)

    def score(self, params: Params, data: tuple[Addends, Int[Array, ""]]) -> Score:
        """Loss and share of right sums on given sequences, at a length."""
        addends, length = data
        return judge(self.network.apply(params, inputs(addends), length), addends)

    def _batch(self, key: PRNGKeyArray, data: Int[Array, ""]) -> Addends:
        return draw(key, data, self.batch_size, self.longest)

    def _loss(
        self, params: Params, addends: Addends, data: Int[Array, ""]
    ) -> tuple[Any, Any]:
        return self.score(params, (addends, data))
