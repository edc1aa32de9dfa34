"""Initial weights by name; a cell's matrices are drawn gate by gate.

A fused matrix (inputs, gates * hidden) must not be initialised as one: the columns of
an orthogonal (128, 512) matrix do not make four orthogonal (128, 128) blocks, and the
fan-out of a gate is the hidden size, not four times it.
"""

import math
from collections.abc import Callable
from functools import wraps

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import sequential_vmap
from jaxtyping import Array, Float

from seqjax.core.cells.base import Cell, Params
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.keys import named_keys

Initializer = Callable[[Array, int, int], Array]


def _one_by_one(draw: Initializer) -> Initializer:
    """Under `jax.vmap`, of gates or seeds, draw one after another.

    XLA takes seconds to compile the generator for many keys side by side, and weights
    are drawn once.
    """

    @wraps(draw)
    def drawn(key: Array, inputs: int, outputs: int) -> Array:
        return sequential_vmap(lambda key: draw(key, inputs, outputs))(key)

    return drawn


@_one_by_one
def normal(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """Normal with standard deviation 0.05, whatever the shape (Keras RandomNormal)."""
    return 0.05 * jax.random.normal(key, (inputs, outputs))


@_one_by_one
def xavier(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """Uniform with variance 2 / (inputs + outputs) (Glorot & Bengio 2010, eq. 16)."""
    bound = math.sqrt(6 / (inputs + outputs))
    return jax.random.uniform(key, (inputs, outputs), minval=-bound, maxval=bound)


@_one_by_one
def he(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """Normal with variance 2 / inputs (He et al. 2015, eq. 10)."""
    return math.sqrt(2 / inputs) * jax.random.normal(key, (inputs, outputs))


@_one_by_one
def orthogonal(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """Uniformly random (semi-)orthogonal (Saxe et al. 2014): singular values 1."""
    rows, columns = max(inputs, outputs), min(inputs, outputs)
    q = _orthonormalized(jax.random.normal(key, (rows, columns)))
    return q if inputs >= outputs else q.T


def _orthonormalized(a: Float[Array, "rows columns"]) -> Float[Array, "rows columns"]:
    """Q of the QR decomposition with a positive diagonal of R: uniformly random.

    Gram-Schmidt, every column projected twice, which is enough for full precision
    (Giraud et al. 2005). Not LAPACK: several of its decompositions in one program on
    several CPU devices (a gate or a seed each) wait for each other for ever.
    """

    def add(k: Array, q: Array) -> Array:
        v = a[:, k]
        for _ in range(2):
            v = v - jnp.dot(q, jnp.dot(v, q, precision="highest"), precision="highest")
        return q.at[:, k].set(v / jnp.linalg.norm(v))

    return lax.fori_loop(0, a.shape[1], add, jnp.zeros_like(a))


@_one_by_one
def identity(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """The identity (Le et al. 2015); a matrix that is not square is drawn by xavier."""
    if inputs == outputs:
        return jnp.eye(inputs)
    return xavier(key, inputs, outputs)


@_one_by_one
def torch(key: Array, inputs: int, outputs: int) -> Float[Array, "inputs outputs"]:
    """Uniform within 1 / sqrt(outputs), as `torch.nn.RNN`, `LSTM` and `GRU` start."""
    bound = 1 / math.sqrt(outputs)
    return jax.random.uniform(key, (inputs, outputs), minval=-bound, maxval=bound)


INITIALIZERS: dict[str, Initializer] = {
    "normal": normal,
    "xavier": xavier,
    "he": he,
    "orthogonal": orthogonal,
    "identity": identity,
    "torch": torch,
}

FORGET_BIASES = ("zero", "one", "chrono")


def initialize_cell(
    key: Array,
    cell: Cell,
    inputs: int,
    hidden: int,
    *,
    initializer: str = "he",
    forget_bias: str = "zero",
    memory_length: int | None = None,
) -> Params:
    """Draw a cell's parameters, every gate's block by itself; biases start at zero.

    Args:
        key: a typed key.
        cell: which cell.
        inputs: number of input features (or of distinct indices).
        hidden: hidden size.
        initializer: a name in `INITIALIZERS`, for input and recurrent matrices.
        forget_bias: "zero"; "one" (Jozefowicz et al. 2015); or "chrono" (Tallec &
            Ollivier 2018): b_f = log(u), u uniform in [1, memory_length - 1], and
            b_i = -b_f (in a cell that has i). A cell without a gate f keeps its zeros
            under every name.
        memory_length: longest dependency in steps, at least 3, for "chrono"; None
            (default) with every other name.

    Raises:
        ValueError: on an unknown name, a size below 1, or a memory length that would be
            ignored.
    """
    check_integer("inputs", inputs, minimum=1)
    check_integer("hidden", hidden, minimum=1)
    check_choice("initializer", initializer, INITIALIZERS)
    check_choice("forget_bias", forget_bias, FORGET_BIASES)
    if forget_bias == "chrono":
        check_integer("memory_length", memory_length, minimum=3)
    elif memory_length is not None:
        raise ValueError(
            f"memory_length must be None with the forget_bias {forget_bias!r}, not "
            f"{memory_length}; use 'chrono'"
        )
    draw, keys = INITIALIZERS[initializer], named_keys(key, ("w_x", "w_h", "bias"))

    def fused(key: Array, rows: int) -> Array:
        gate_keys = jnp.stack(list(named_keys(key, cell.gates).values()))
        blocks = jax.vmap(lambda k: draw(k, rows, hidden))(gate_keys)
        return blocks.swapaxes(0, 1).reshape(rows, -1)

    biases = {gate: jnp.zeros(hidden) for gate in cell.gates}
    if "f" in cell.gates and forget_bias == "one":
        biases["f"] = jnp.ones(hidden)
    if "f" in cell.gates and memory_length is not None:
        drawn = jax.random.uniform(
            keys["bias"], (hidden,), minval=1.0, maxval=memory_length - 1.0
        )
        biases["f"] = jnp.log(drawn)
        if "i" in cell.gates:
            biases["i"] = -jnp.log(drawn)
    # Fields beyond the first three are further biases of one block, zero like the rest.
    rest = [jnp.zeros(hidden) for _ in cell.params._fields[3:]]
    return cell.params(
        fused(keys["w_x"], inputs),
        fused(keys["w_h"], hidden),
        jnp.concatenate(list(biases.values())),
        *rest,
    )
