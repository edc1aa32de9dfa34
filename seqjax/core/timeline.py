"""Which steps a recurrence takes, and buffers that hold a value for each of them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int

from seqjax.core.boundary import Size
from seqjax.core.cells.base import Cell

Tree = Any


class Span(NamedTuple):
    """Which of the stored time steps are real.

    Attributes:
        num_steps: steps to take, at most the length of the buffers; traced.
        lengths: steps of each sequence in the batch, or None where all are full.
    """

    num_steps: Int[Array, ""]
    lengths: Int[Array, " batch"] | None

    def at_first(self, xs: Tree) -> "Span":
        """The same for a first step outside a loop, which there may not be."""
        if self.lengths is not None:
            return self
        _, batch = extent(xs)
        return self._replace(lengths=jnp.broadcast_to(self.num_steps, batch))


class Plan(NamedTuple):
    """What is static about a recurrence.

    Attributes:
        cell: the cell; its `adjoint` is used where there is one.
        reverse: run from the last step of the span to the first.
        outputs: keep the outputs of all steps.
        segment: steps of a segment whose insides are computed twice; None: store all.
        from_zero: the first carry is zero and nobody wants its cotangent, so that the
            first step needs no recurrent product, neither forward nor back.
        whole: the span is known to hold all steps of every sequence that it has no
            lengths of.
    """

    cell: Cell
    reverse: bool = False
    outputs: bool = True
    segment: int | None = None
    from_zero: bool = False
    whole: bool = False

    def place(self, span: Span, k: Int[Array, ""] | int) -> Int[Array, ""]:
        """The place in the inputs of the k-th step taken."""
        if self.reverse:
            return jnp.maximum(span.num_steps - 1 - k, 0)
        return jnp.asarray(k, jnp.int32)

    def first(self, span: Span) -> Int[Array, ""]:
        """Zero, traced: XLA would write to a place that it knows by a slow pad."""
        return jnp.minimum(span.num_steps, 0)

    def num_segments(self, span: Span) -> Int[Array, ""]:
        """How many segments a span has."""
        size = self.segment or 1
        return (span.num_steps + (size - 1)) // size

    def bounds(
        self, span: Span, index: Int[Array, ""] | int
    ) -> tuple[Int[Array, ""] | int, Int[Array, ""]]:
        """The first step of a segment, and the one after its last."""
        size = self.segment or 1
        return index * size, jnp.minimum((index + 1) * size, span.num_steps)


def hold(t: Int[Array, ""], span: Span, new: Tree, old: Tree) -> Tree:
    """`new` in those sequences whose step `t` is in the `span`, `old` in the others."""
    if span.lengths is None:
        return new
    real = (t < span.lengths)[:, None]
    return jax.tree.map(lambda a, b: jnp.where(real, a, b), new, old)


def extent(xs: Tree) -> tuple[Size, Size]:
    """Time steps and sequences of inputs, by their first array."""
    time, batch = jax.tree.leaves(xs)[0].shape[:2]
    return time, batch


def without_padding(
    xs: Tree, limit: Int[Array, ""] | Int[Array, " batch"] | None
) -> Tree:
    """Inputs with zeros from step `limit` on; all of them where that is None.

    The steps there are taken and thrown away, which is not enough: in the derivative
    the zero cotangent of such a step would meet its NaN, and 0 * NaN is NaN.
    """
    if limit is None:
        return xs

    def masked(leaf: Array) -> Array:
        # One row that stands for all sequences is needed as long as any of them runs.
        own = limit if limit.shape in ((), leaf.shape[1:2]) else limit.max()
        times = jnp.arange(leaf.shape[0], dtype=jnp.int32)
        times = times.reshape(-1, *[1] * (leaf.ndim - 1))
        real = times < own.reshape(-1, *[1] * (leaf.ndim - 2))[None]
        return jnp.where(real, leaf, jnp.zeros_like(leaf))

    return jax.tree.map(masked, xs)


def buffer(steps: Size, leaf: Any) -> Array:
    """Zeros for `steps` values like `leaf`, time first.

    Made of one, so that they lie on the devices, and differ between them, as it does.
    """
    return jnp.broadcast_to(jnp.zeros_like(leaf), (steps, *leaf.shape))


def at(buffers: Tree, t: Int[Array, ""] | int) -> Tree:
    """The values of step `t` in `buffers`."""
    return jax.tree.map(
        lambda b: lax.dynamic_index_in_dim(b, t, axis=0, keepdims=False), buffers
    )


def put(buffers: Tree, values: Tree, t: Int[Array, ""] | int) -> Tree:
    """The `buffers` with `values` at step `t`."""
    return jax.tree.map(
        lambda b, v: lax.dynamic_update_index_in_dim(b, v, t, axis=0), buffers, values
    )
