"""The memory tasks by name, with what a study needs to know about each."""

from collections.abc import Callable
from typing import NamedTuple

from seqjax.tasks import adding, copying, recall
from seqjax.tasks.network import Network
from seqjax.tasks.trial import Trainable


class MemoryTask(NamedTuple):
    """A task that asks for something read long before.

    Attributes:
        title: what is to be done, in a few words.
        measure: what the loss is, and its unit.
        in_features: number of input features, or of distinct indices.
        outputs: number of classes, or of real outputs.
        every_step: whether it is answered at every step, else at the end.
        shortest: least T.
        needs: why there is none shorter.
        num_steps: steps that the network takes at a length T.
        baseline: loss of the best answer that uses nothing of what was read, at a T.
        chance: accuracy of that answer.
        make: the task for a network, a batch size and a longest T.
    """

    title: str
    measure: str
    in_features: int
    outputs: int
    every_step: bool
    shortest: int
    needs: str
    num_steps: Callable[[int], int]
    baseline: Callable[[int], float]
    chance: float
    make: Callable[[Network, int, int], Trainable]


MEMORY_TASKS = {
    "copying": MemoryTask(
        "copy ten symbols after T + 10 steps",
        "nats per step",
        copying.IN_FEATURES,
        copying.OUTPUTS,
        every_step=True,
        shortest=1,
        needs="the marker is the last step of the delay",
        num_steps=copying.num_steps,
        baseline=copying.baseline,
        chance=copying.CHANCE,
        make=copying.CopyingTask,
    ),
    "adding": MemoryTask(
        "add the two marked ones of T numbers",
        "mean squared error",
        adding.IN_FEATURES,
        adding.OUTPUTS,
        every_step=False,
        shortest=2,
        needs="each half of the sequence needs a number to mark",
        num_steps=adding.num_steps,
        baseline=adding.baseline,
        chance=adding.CHANCE,
        make=adding.AddingTask,
    ),
    "recall": MemoryTask(
        "name the first of T digits",
        "nats",
        recall.IN_FEATURES,
        recall.OUTPUTS,
        every_step=False,
        shortest=2,
        needs="a digit needs another one to distract from it",
        num_steps=recall.num_steps,
        baseline=recall.baseline,
        chance=recall.CHANCE,
        make=recall.RecallTask,
    ),
}
