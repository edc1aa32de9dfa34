"""Many streams as rows of one product, such that each is written as if it were alone.

A sum of products depends on the order of its terms, and XLA's CPU products choose that
order by the number of rows. A text must not: one last digit, and from there on it is
another text. Single rows and blocks of 64 or more are added in the same order (measured
with jax 0.10 to 0.12; a test watches it), those between are not. So streams are taken
one after the other where they are few, and else filled up to 64.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Tree = Any

FEWEST_ROWS = 64
"""Rows from which on the order of summation is that of a single row."""

MOST_ALONE = 12
"""So many streams are sooner done one by one than as `FEWEST_ROWS` rows together."""


def in_rows(run: Callable[[Tree], Tree], streams: Tree) -> Tree:
    """`run(streams)`, with numbers that do not depend on how many streams there are.

    Args:
        run: a function of the streams; treats each by itself.
        streams: arrays whose first axis counts the streams.

    Returns:
        What `run` returns, streams first again.
    """
    count = len(jax.tree.leaves(streams)[0])
    if count == 1 or jax.default_backend() != "cpu":
        return run(streams)
    if count <= MOST_ALONE:
        alone = jax.tree.map(lambda leaf: leaf[:, None], streams)
        return jax.tree.map(lambda leaf: leaf[:, 0], lax.map(run, alone))
    results = run(jax.tree.map(lambda leaf: _filled(leaf, count), streams))
    return jax.tree.map(lambda leaf: leaf[:count], results)


def _filled(leaf: jax.Array, count: int) -> jax.Array:
    """At least `FEWEST_ROWS` rows; those added repeat the last."""
    missing = max(0, FEWEST_ROWS - count)
    return jnp.concatenate([leaf, jnp.repeat(leaf[-1:], missing, axis=0)])
