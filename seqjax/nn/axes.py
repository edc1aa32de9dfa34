"""Where time and batch stand in what a layer is given, and in what it gives back.

Inside, time comes first and there is always a batch. Outside, a layer made with
`batch_first` has them the other way round, as torch's; and one sequence alone comes
without a batch and goes without one, as in torch and flax.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from seqjax.core.boundary import Size, as_array, as_inputs, check_lengths, check_shape

Tree = Any


class Axes(NamedTuple):
    """The axes of one call.

    Attributes:
        time: steps of the inputs.
        batch: shape of the batch: (sequences,), or () of one sequence alone.
        batch_first: the batch, where there is one, comes before time.
    """

    time: Size
    batch: tuple[int, ...]
    batch_first: bool

    def inside(self, array: Array) -> Array:
        """Time first, then the batch."""
        if not self.batch:
            return array[:, None]
        return jnp.swapaxes(array, 0, 1) if self.batch_first else array

    def outside(self, array: Array) -> Array:
        """As the layer was given its inputs."""
        if not self.batch:
            return array[:, 0]
        return jnp.swapaxes(array, 0, 1) if self.batch_first else array

    def rows_inside(self, tree: Tree) -> Tree:
        """Carries with a batch, whose axis is their first either way."""
        if self.batch:
            return tree
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], tree)

    def rows_outside(self, tree: Tree) -> Tree:
        """Carries as the layer was given its inputs."""
        return tree if self.batch else jax.tree.map(lambda leaf: leaf[0], tree)

    def lengths_inside(self, lengths: Any) -> Array | None:
        """Lengths of a batch; raises ValueError where they do not fit the inputs."""
        found = check_lengths(lengths, self.time, self.batch)
        return found if found is None or self.batch else found[None]

    def shared_inside(
        self, name: str, array: Any, *features: int, hint: str = ""
    ) -> Array:
        """What stands beside the inputs, one for each sequence or one for all.

        Raises:
            ValueError: it is of another shape.
        """
        array = as_array(name, array)
        wanted = [(self.time, *self.batch)]
        if self.batch:
            wanted.append((self.time, 1))
        if self.batch and self.batch_first:
            wanted = [shape[::-1] for shape in wanted]
        check_shape(name, array.shape, [(*w, *features) for w in wanted], hint)
        return self.inside(array)


def enter(
    xs: Any,
    features: int,
    dtype: Any,
    batch_first: bool,
    *,
    may_be_indices: bool = True,
) -> tuple[Array, Axes]:
    """The inputs of a layer inside of it, and their axes.

    Args:
        xs: as given, see `seqjax.core.boundary.as_inputs`.
        features: how many the layer takes.
        dtype: that integer features are cast to.
        batch_first: whether the layer's batch comes first.
        may_be_indices: whether the layer takes any.

    Raises:
        ValueError: where they do not fit.
    """
    xs = as_array("xs", xs)
    indices = may_be_indices and jnp.issubdtype(xs.dtype, jnp.integer)
    names: tuple[str, ...] = ("batch", "time") if batch_first else ("time", "batch")
    if xs.ndim == (1 if indices else 2):
        names = ("time",)
    xs = as_inputs("xs", xs, features, dtype, names, may_be_indices=may_be_indices)
    shape = dict(zip(names, xs.shape, strict=False))
    batch = (shape["batch"],) if "batch" in shape else ()
    axes = Axes(shape["time"], batch, batch_first)
    return axes.inside(xs), axes
