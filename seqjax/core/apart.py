"""Values that a CPU's compiler computes apart from what is made of them."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Tree = Any


def apart(values: Tree) -> Tree:
    """The same `values`, whose rounding does not depend on who reads them.

    Of a sum of two products, such as `g * i + c_prev * f`, a CPU rounds one product by
    itself and adds the other exactly (a fused multiply-add). Which one, LLVM decides
    from what stands around the sum, and XLA repeats a cheap sum in every loop that
    reads it: what is written once may be rounded in several ways. An optimisation
    barrier does not help, for XLA:CPU takes it out before it fuses. A conditional
    stays: this one always takes the same way, which XLA cannot know. It costs a copy of
    the values, and saves the repeated work.

    Elsewhere than on a CPU, where a conditional may wait for the host, values are
    passed on as they are. Under `jax.vmap` it is a selection, which keeps nothing
    apart.

    Args:
        values: floating arrays, none of them empty.
    """

    def bordered(values: Tree) -> Tree:
        first = jax.tree.leaves(values)[0].reshape(-1)[0]
        always = jnp.isnan(first) | (first == first)
        return lax.cond(
            always,
            lambda own: own,
            lambda own: jax.tree.map(jnp.zeros_like, own),
            values,
        )

    return lax.platform_dependent(values, cpu=bordered, default=lambda values: values)
