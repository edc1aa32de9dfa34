"""Which numbers of the time gates are learnt, chosen by traced flags.

`seqjax.nn.GatedRecurrent` has the choice as a static option, for which every one of the
eight choices would be compiled by itself; here all of them share a program.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, PRNGKeyArray

from seqjax.core.checks import check_choice
from seqjax.core.gate_params import PARAMETERS
from seqjax.tasks.network import Params
from seqjax.train import Task


class Choice(NamedTuple):
    """The data of a task, and what is learnt of the gates of its network.

    Attributes:
        data: of the task.
        period: whether periods are learnt.
        shift: whether shifts are.
        open_ratio: whether open ratios are.
    """

    data: Any
    period: Bool[Array, ""]
    shift: Bool[Array, ""]
    open_ratio: Bool[Array, ""]


def choice(data: Any, learnt: Collection[str]) -> Choice:
    """Data with a choice.

    Args:
        data: of the task.
        learnt: names among period, shift and open_ratio; may be empty.

    Raises:
        ValueError: on an unknown name.
    """
    for name in learnt:
        check_choice("learnt", name, PARAMETERS)
    return Choice(data, *(jnp.asarray(name in learnt) for name in PARAMETERS))


def choosing(task: Task) -> Task:
    """The same task for a network that learns all of its gates, with `Choice` as data.

    To what is not chosen the gradient is exactly 0, so that an optimiser which moves
    nothing without a gradient (one without weight decay) leaves it as it was.
    """

    def batch(key: PRNGKeyArray, data: Choice) -> Any:
        return task.batch(key, data.data)

    def loss(params: Params, batch: Any, data: Choice) -> tuple[Any, ...]:
        return task.loss(held(params, data), batch, data.data)

    return task._replace(batch=batch, loss=loss)


def held(params: Params, chosen: Choice) -> Params:
    """Parameters of the same values, without a gradient to what is not chosen."""

    def own(path: tuple[Any, ...], leaf: Array) -> Array:
        keys = [str(getattr(key, "key", getattr(key, "name", ""))) for key in path]
        for gate, name in zip(keys, keys[1:], strict=False):
            if gate.endswith("_gate") and name in PARAMETERS:
                learnt = getattr(chosen, name)
                return jnp.where(learnt, leaf, lax.stop_gradient(leaf))
        return leaf

    return jax.tree_util.tree_map_with_path(own, params)
