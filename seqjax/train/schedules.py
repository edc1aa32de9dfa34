"""How the learning rate changes during a training: factors of it.

A schedule is a function of the updates done, and of the updates that the training is to
have; both are traced, so that neither is compiled in.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

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
    """
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
