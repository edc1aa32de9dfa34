"""How a loss at the end depends on every state on the way, and how states depend.

States are numbered from 0, the carry before the first step, to `time`, the final one.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Shaped

from seqjax.core.cells.base import Carry, Cell, Params, bias, project, sigmoid
from seqjax.core.checks import check_integer


def state_gradients(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    carry: Carry,
    loss: Callable[[Carry], Float[Array, ""]],
) -> tuple[Carry, Carry]:
    """All states of a recurrence, and the gradient of a loss with respect to each.

    Every state is given a perturbation, `s_t = step(s_{t-1}, x_t) + e_t`, and the
    gradient is taken with respect to all e_t at zero: that of a field of the carry
    leaves the other fields of the same step alone. In the LSTM the way of c_t through
    h_t is thereby left out: see `memory_gradients`.

    Args:
        cell: the cell.
        params: its parameters.
        xs: inputs, or indices that stand for one-hot vectors.
        carry: the state before the first step.
        loss: of the final carry; a sum over examples gives each example its own
            gradient.

    Returns:
        States and gradients, both with leaves of shape (time + 1, batch, hidden).
    """

    def run(nudges: Carry) -> tuple[Array, Carry]:
        def body(carry: Carry, inputs: tuple[Array, Carry]) -> tuple[Carry, Carry]:
            x, nudge = inputs
            new = jax.tree.map(jnp.add, cell.step(params, carry, x)[0], nudge)
            return new, new

        first = jax.tree.map(lambda leaf, e: leaf + e[0], carry, nudges)
        rest = jax.tree.map(lambda e: e[1:], nudges)
        final, states = lax.scan(body, first, (xs, rest))
        states = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, states)
        return loss(final), states

    zeros = jax.tree.map(
        lambda leaf: jnp.zeros((len(xs) + 1, *leaf.shape), leaf.dtype), carry
    )
    bars, states = jax.grad(run, has_aux=True)(zeros)
    return states, bars


def memory_gradients(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    states: Carry,
    bars: Carry,
) -> Float[Array, "steps batch hidden"]:
    """The LSTM's dL/dc_t as back-propagation has it, its way through h_t included.

    With h_t = tanh(c_t) o_t, and o_t no function of c_t, the chain rule adds
    `h_bar o (1 - tanh(c)^2)` to the `c_bar` that leaves h_t alone.

    Args:
        cell: the LSTM.
        params: its parameters.
        xs: inputs, or indices that stand for one-hot vectors.
        states: from `state_gradients`.
        bars: from `state_gradients`.

    Returns:
        Gradients of c_1 to c_time; c_0 has no h_0 = tanh(c_0) o_0 to go through.

    Raises:
        ValueError: if the cell has no memory c with an output gate.
    """
    if "c" not in states._fields or "o" not in cell.gates:
        raise ValueError(
            f"cell must have a memory c and an output gate o, not {cell.name!r}; "
            "use the lstm"
        )
    start = cell.gates.index("o") * states.h.shape[-1]
    block = slice(start, start + states.h.shape[-1])

    def output_gate(x: Array, h_prev: Array) -> Array:
        a_o = project(x, params.w_x[:, block]) + h_prev @ params.w_h[:, block]
        return sigmoid(a_o + bias(params.b[block], a_o))

    o = jax.vmap(output_gate)(xs, states.h[:-1])
    return bars.c[1:] + bars.h[1:] * o * (1 - jnp.tanh(states.c[1:]) ** 2)


def state_jacobians(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    states: Carry,
    times: Sequence[int],
) -> Float[Array, "times batch state state"]:
    """Jacobians ds_time/ds_t of the final state, as products of the steps' own.

    The state is all fields of the carry, one after the other: (c, h) for the LSTM. The
    product is taken from the end, `J <- J ds_t/ds_{t-1}`, each row of J going back
    through the step by its vector-Jacobian product.

    Args:
        cell: the cell.
        params: its parameters.
        xs: inputs, or indices that stand for one-hot vectors.
        states: from `state_gradients`, leaves (time + 1, batch, hidden).
        times: the t wanted, each from 0 to time.

    Returns:
        One (state, state) matrix per time and example; rows are the final state's.

    Raises:
        ValueError: if a time is not among those of the states.
    """
    steps = len(xs)
    for t in times:
        check_integer("times", t, minimum=0)
        if t > steps:
            raise ValueError(
                f"times must be at most the {steps} steps of xs, not {t}; "
                "ask for an earlier state"
            )
    final = jax.tree.map(lambda leaf: leaf[-1], states)
    batch, hidden = final.h.shape
    fields = len(final)
    size = fields * hidden

    def rows(carry_bar: Array) -> Carry:
        return type(final)(*jnp.split(carry_bar, fields, axis=-1))

    def back(
        state: tuple[Array, Array], inputs: tuple[Array, Carry, Array]
    ) -> tuple[tuple[Array, Array], None]:
        product, kept = state
        x, carry, slot = inputs
        _, vjp = jax.vjp(lambda c: cell.step(params, c, x)[0], carry)

        def pull(row: Array) -> Array:
            return jnp.concatenate(list(vjp(rows(row))[0]), axis=-1)

        product = jax.vmap(pull)(product)
        # A slot past the end is dropped: the product at this time is not wanted.
        return (product, kept.at[slot].set(product, mode="drop")), None

    identity = jnp.eye(size, dtype=final.h.dtype)
    product = jnp.broadcast_to(identity[:, None], (size, batch, size))
    kept = jnp.broadcast_to(product, (len(times), *product.shape))
    slots = jnp.array(
        [times.index(t) if t in times else len(times) for t in range(steps)], jnp.int32
    )
    before = jax.tree.map(lambda leaf: leaf[:-1], states)
    (_, kept), _ = lax.scan(back, (product, kept), (xs, before, slots), reverse=True)
    return jnp.swapaxes(kept, 1, 2)


def scaled_norm(x: Float[Array, "*batch units"]) -> Float[Array, "*batch"]:
    """Euclidean norm over the last axis that neither over- nor underflows."""
    largest = jnp.max(jnp.abs(x), axis=-1, keepdims=True)
    safe = jnp.where(largest > 0, largest, 1)
    norm = safe[..., 0] * jnp.sqrt(jnp.sum((x / safe) ** 2, axis=-1))
    return jnp.where(largest[..., 0] > 0, norm, 0)
