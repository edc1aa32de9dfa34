"""What every task of this layer offers to a study."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
from jaxtyping import Array, Float

from seqjax.core.keys import named_keys
from seqjax.train import Task


class Score(NamedTuple):
    """Result on the evaluation set."""

    loss: Float[Array, ""]
    accuracy: Float[Array, ""]


class Trial(NamedTuple):
    """A task at one length.

    Attributes:
        training: what the task's batches are drawn by.
        evaluation: what is tested on, the same for every seed.
        distinct_strings: number of different inputs; None where they are real numbers.
        held_out: nothing that is tested on is ever trained on.
    """

    training: Any
    evaluation: Any
    distinct_strings: int | None
    held_out: bool


@runtime_checkable
class Trainable(Protocol):
    """A network, and what it is to learn at any length up to some longest one."""

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is the `training` of a `Trial`."""

    def score(self, params: Any, data: Any) -> Score:
        """Result of a model on the `evaluation` of a `Trial`."""

    def trial(self, length: int, size: int) -> Trial:
        """The task at one length, with `size` examples to test on."""


def evaluation_key(length: int) -> Array:
    """The key that fixes what is tested on at a length.

    Training draws from streams named "batches" (see `seqjax.train.loop.init`), this is
    one of another name: no seed ever trains on it.
    """
    key = named_keys(jax.random.key(0), ("evaluation",))["evaluation"]
    return jax.random.fold_in(key, length)
