"""How the learning rate changes during a training: factors of it.

A schedule is a function of the updates done, and of the updates that the training is to
have; both are traced, so that neither is compiled in.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.checks import check_choice, check_integer, check_number

Schedule = Callable[[Array, Array], Array]
"""(number of an update, counted from 0; of how many) to a factor of the rate."""

SCHEDULES = ("constant", "step", "cosine")


def make_schedule(
    name: str = "constant",
    *,
    decay: float = 1.0,
    decay_every: int | float = 1.0,
    decay_after: int | float = 0.0,
    warmup: int = 0,
) -> Schedule:
    """A schedule by name.

    Args:
        name: ``constant``; ``step``: times `decay` once `decay_after` updates are done,
            and again after every `decay_every` more; ``cosine``: half a period, from 1
            down to 0 at the last update (Loshchilov & Hutter 2017, without restarts);
            ``constant`` by default.
        decay: of ``step``, 1 by default.
        decay_every: of ``step``, in updates, which need not be whole; 1 by default.
        decay_after: of ``step``, in updates; 0 (the default): after the first
            `decay_every`.
        warmup: updates during which the rate rises evenly from 0; none by default.

    Raises:
        ValueError: on an unknown name, a decay of 0 or below, or a negative number of
            updates.
    """
    check_choice("schedule", name, SCHEDULES)
    check_number("decay", decay, minimum=0, exclusive=True)
    check_number("decay_every", decay_every, minimum=0, exclusive=True)
    check_number("decay_after", decay_after, minimum=0)
    check_integer("warmup", warmup, minimum=0)
    first = decay_after or decay_every

    def schedule(
        update: Int[Array, ""], of: Int[Array, ""] | Float[Array, ""]
    ) -> Float[Array, ""]:
        done = update.astype(jnp.float32)
        factor = jnp.ones([], jnp.float32)
        if name == "step":
            # The sum is rounded: half an update early rather than one late.
            steps = jnp.floor((done - first + 0.5) / decay_every) + 1
            factor = jnp.float32(decay) ** jnp.maximum(steps, 0)
        elif name == "cosine":
            rest = jnp.maximum(of.astype(jnp.float32) - warmup, 1)
            share = jnp.clip((done - warmup) / rest, 0, 1)
            factor = (1 + jnp.cos(jnp.pi * share)) / 2
        if warmup:
            factor = factor * jnp.minimum(1, (done + 1) / warmup)
        return factor

    return schedule


def as_schedule(schedule: Schedule | Any) -> Schedule | None:
    """A schedule as it is; one of optax, which knows only the updates done, as one.

    What optax's gives is a factor of the learning rate like any other: with a rate of 1
    it is the rate.

    Args:
        schedule: a function of one number (optax) or of two; None stays None.

    Raises:
        ValueError: it is no such function.
    """
    if schedule is None:
        return None
    if not callable(schedule):
        raise ValueError(
            "schedule must be a function of the updates done, not "
            f"{schedule!r}; give make_schedule('cosine') or one of optax"
        )
    try:
        inspect.signature(schedule).bind(0, 0)
    except TypeError:
        return partial(_of_one, schedule)
    found: Schedule = schedule
    return found


def _of_one(schedule: Any, update: Array, of: Array) -> Array:
    return jnp.asarray(schedule(update))
