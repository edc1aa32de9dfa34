"""What a CPU's compiler is to compute apart from what stands around it.

An optimisation barrier does not help, for XLA:CPU takes it out before it fuses. A
conditional stays: these always take the same way, which XLA cannot know. Elsewhere than
on a CPU, where a conditional may wait for the host, there is none.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool

Tree = Any


def alone(function: Callable[..., Tree], always: Bool[Array, ""], *args: Tree) -> Tree:
    """``function(*args)``, compiled on a CPU as if it were a program of its own.

    Under `jax.vmap` it is a selection, which keeps nothing apart.

    Args:
        function: of arrays.
        always: true, but not to XLA's knowledge: made of data.
        *args: of the function.
    """

    def bordered(*args: Tree) -> Tree:
        shapes = jax.eval_shape(function, *args)

        def never(*_: Tree) -> Tree:
            return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

        return lax.cond(always, function, never, *args)

    return lax.platform_dependent(*args, cpu=bordered, default=function)


def fusion_barrier(values: Tree) -> Tree:
    """The same `values`, whose rounding does not depend on who reads them.

    Of a sum of two products, such as `g * i + c_prev * f`, a CPU rounds one product by
    itself and adds the other exactly (a fused multiply-add). Which one, LLVM decides
    from what stands around the sum, and XLA repeats a cheap sum in every loop that
    reads it: what is written once may be rounded in several ways. Here it costs a copy
    of the values, and saves the repeated work.

    Args:
        values: floating arrays; where the first is empty, nothing is to be rounded.
    """
    leaf = jax.tree.leaves(values)[0]
    if not leaf.size:
        return values
    first = leaf.reshape(-1)[0]
    return alone(lambda own: own, jnp.isnan(first) | (first == first), values)
