"""A cell whose units follow a gate: what a step would change is taken over in part.

With the openness k of a unit at a step, between 0 and 1, and what the cell's own step
makes of the carry written with a tilde, every field of the new carry is

    c = k c~ + (1 - k) c_prev;    h = k h~ + (1 - k) h_prev

(Neil et al. 2016, eq. 7 to 10; h~ comes from c~). So k = 1 is the cell itself, and
k = 0 keeps the carry, to the bit; k = 1 with all gradients, by the method "adjoint" on
a CPU. (One exception: a ragged batch without gradients, where XLA rounds the GRU and
the LSTM with peepholes in another way if they stand alone.) Where k comes from is
another module's affair, see `seqjax.core.time_gate`: here it is a second input, which
stands beside the first.
"""

from functools import cache, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from seqjax.core.cells.base import Carry, Cell, Params
from seqjax.core.cotangents import Rule, rule_of
from seqjax.core.fusion_barrier import fusion_barrier

Tree = Any


class GatedInput(NamedTuple):
    """What a gated cell reads, at one step or (time first) at all of them.

    Attributes:
        x: input of the cell, (batch, inputs), or indices (batch,).
        k: openness of every unit, one row per sequence or one for all of them.
    """

    x: Shaped[Array, "..."]
    k: Float[Array, "*time rows hidden"]


@cache
def gated(cell: Cell) -> Cell:
    """The cell with a gate on every unit; its steps take a `GatedInput`.

    The same object for the same cell, so that what was compiled for it is found again.
    """

    def step(params: Params, carry: Carry, x: GatedInput) -> tuple[Carry, Array]:
        new = mix(x.k, cell.step(params, carry, x.x)[0], carry)
        return new, new.h

    return cell._replace(
        name=f"gated {cell.name}", step=step, adjoint=None, rule=_Gated(rule_of(cell))
    )


def mix(k: Float[Array, "rows hidden"], new: Carry, old: Carry) -> Carry:
    """Every field between `old` (where k is 0) and `new` (where it is 1)."""
    return jax.tree.map(lambda a, b: k * a + (1 - k) * b, new, old)


class _Gated(NamedTuple):
    """Another rule's steps, each taken over as far as the gate is open.

    They are kept apart from the mixing, so that they round as the cell's alone do.
    """

    rule: Rule

    def forward(
        self, params: Params, carry: Carry, x: GatedInput, *, from_zero: bool = False
    ) -> tuple[Carry, Tree]:
        new, saved = self.rule.forward(params, carry, x.x, from_zero=from_zero)
        return mix(x.k, fusion_barrier(new), carry), saved

    def zeros(self, params: Params) -> Tree:
        return self.rule.zeros(params)

    def backward_params(self, params: Params) -> Tree:
        return self.rule.backward_params(params)

    def step(
        self,
        params: Tree,
        carry_prev: Carry,
        saved: Tree,
        x: GatedInput,
        carry_bar: Carry,
        sums: Tree,
        *,
        from_zero: bool = False,
    ) -> tuple[Carry, Tree, GatedInput]:
        new = self.rule.again(params, carry_prev, saved, x.x)
        changes = jax.tree.map(
            lambda bar, new, old: bar * (new - old), carry_bar, new, carry_prev
        )
        k_bar = reduce(jnp.add, changes)
        if len(x.k) == 1:
            k_bar = k_bar.sum(0, keepdims=True)
        taken = fusion_barrier(jax.tree.map(lambda bar: x.k * bar, carry_bar))
        kept = jax.tree.map(lambda bar: (1 - x.k) * bar, carry_bar)
        carry_bar, sums, x_bar = self.rule.step(
            params, carry_prev, saved, x.x, taken, sums, from_zero=from_zero
        )
        carry_bar = jax.tree.map(jnp.add, carry_bar, kept)
        return carry_bar, sums, GatedInput(x_bar, k_bar)

    def again(
        self, params: Tree, carry_prev: Carry, saved: Tree, x: GatedInput
    ) -> Carry:
        return mix(x.k, self.rule.again(params, carry_prev, saved, x.x), carry_prev)

    def params_bar(self, sums: Tree) -> Params:
        return self.rule.params_bar(sums)
