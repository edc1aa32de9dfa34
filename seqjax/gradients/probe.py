"""Gradients and Jacobians of one network over the time of its sequence."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float64, Int

from seqjax.core import losses
from seqjax.core.cells import CELLS, Cell
from seqjax.core.cells.base import Carry
from seqjax.core.gradient_flow import (
    memory_gradients,
    scaled_norm,
    state_gradients,
    state_jacobians,
)
from seqjax.gradients.config import Config
from seqjax.tasks import Network
from seqjax.tasks.network import Params
from seqjax.tasks.palindromes import encode

SMALLEST = float(np.finfo(np.float32).tiny)
"""The smallest normal number of single precision, 2^-126."""


class Probe(NamedTuple):
    """What is seen in one network.

    Gradients are of each example's own cross-entropy. Norms are euclidean, over units,
    and averaged over examples; they and the singular values are taken in double
    precision, in which nothing underflows.

    Attributes:
        loss: mean cross-entropy in nats.
        accuracy: share of last digits named rightly.
        h_norm: of dL/dh_t for t = 0 to T - 1, the last being what p is made from.
        c_norm: of dL/dc_t for t = 1 to T - 1, NaN for t = 0 and in cells without c.
        zeros: share of the entries of dL/dh_t that are 0 in single precision.
        underflows: share of those that are not 0, but too small for a normal number of
            single precision; a CPU takes them for 0.
        singular_values: of ds_{T-1}/ds_t, the final state by that of each of
            `Config.times`, in falling order; NaN where rounding hides them.
    """

    loss: float
    accuracy: float
    h_norm: Float64[np.ndarray, " states"]
    c_norm: Float64[np.ndarray, " states"]
    zeros: Float64[np.ndarray, " states"]
    underflows: Float64[np.ndarray, " states"]
    singular_values: Float64[np.ndarray, "times examples values"]


class Prober:
    """Looks into networks of one cell; compiles once for all of them.

    Args:
        config: of the study.
        network: the network, of one layer.
        digits: palindromes to look with, the last digit included.
    """

    def __init__(
        self, config: Config, network: Network, digits: Int[np.ndarray, "time examples"]
    ) -> None:
        cell = network.cell
        self._cell = CELLS[cell] if isinstance(cell, str) else cell
        self._times = config.times
        self._jacobian_examples = config.jacobian_examples
        self._definition, _ = jax.eval_shape(
            lambda key: nnx.split(network.model(key), nnx.Param), jax.random.key(0)
        )
        self._xs = np.asarray(encode(jnp.asarray(digits), config.encoding))
        self._targets = np.asarray(digits[0], np.int32)
        self._single = jax.jit(self._in_single)
        self._double = jax.jit(self._in_double)

    def __call__(self, params: Params) -> Probe:
        """Everything that is to be seen in a network of these parameters."""
        single = self._single(*self._as(params, np.float32))
        with jax.enable_x64(True):
            double = self._double(*self._as(params, np.float64))
        h_bars = np.asarray(double.h_bars)
        return Probe(
            loss=float(single.loss),
            accuracy=float(single.accuracy),
            h_norm=np.asarray(double.h_norm).mean(1),
            c_norm=np.asarray(double.c_norm).mean(1),
            zeros=_share(np.asarray(single.h_bars) == 0),
            underflows=_share((h_bars != 0) & (np.abs(h_bars) < SMALLEST)),
            singular_values=singular_values(np.asarray(double.jacobians)),
        )

    def _as(self, params: Params, dtype: Any) -> tuple[Params, Array]:
        """Parameters and inputs in a precision; indices stay what they are."""
        xs = self._xs
        if np.issubdtype(xs.dtype, np.floating):
            xs = xs.astype(dtype)
        cast = jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf), dtype), params)
        return cast, jnp.asarray(xs)

    def _flow(self, params: Params, xs: Array) -> tuple[Any, Any, Carry, Carry]:
        """The model, its cell's weights, all states, and the gradients by them."""
        model = nnx.merge(self._definition, params)
        weights = model.recurrent.layer_0.params()
        examples, dtype = xs.shape[1], weights.w_h.dtype
        carry = self._cell.initial_carry(examples, weights.w_h.shape[0], dtype)

        def loss(final: Carry) -> Array:
            # Summed, not averaged, so that the gradient of each example is its own.
            logits = model.projection(final.h)
            return examples * losses.cross_entropy(logits, jnp.asarray(self._targets))

        states, bars = state_gradients(self._cell, weights, xs, carry, loss)
        return model, weights, states, bars

    def _in_single(self, params: Params, xs: Array) -> "_Single":
        model, _, states, bars = self._flow(params, xs)
        logits, targets = model.projection(states.h[-1]), jnp.asarray(self._targets)
        return _Single(
            losses.cross_entropy(logits, targets),
            losses.accuracy(logits, targets),
            bars.h,
        )

    def _in_double(self, params: Params, xs: Array) -> "_Double":
        _, weights, states, bars = self._flow(params, xs)
        h_norm = scaled_norm(bars.h)
        c_norm = jnp.full_like(h_norm, jnp.nan)
        if has_memory(self._cell):
            c_bars = memory_gradients(self._cell, weights, xs, states, bars)
            c_norm = c_norm.at[1:].set(scaled_norm(c_bars))
        few = slice(self._jacobian_examples)
        jacobians = state_jacobians(
            self._cell,
            weights,
            xs[:, few],
            jax.tree.map(lambda leaf: leaf[:, few], states),
            self._times,
        )
        return _Double(bars.h, h_norm, c_norm, jacobians)


class _Single(NamedTuple):
    """What is seen in single precision."""

    loss: Float[Array, ""]
    accuracy: Float[Array, ""]
    h_bars: Float[Array, "states examples hidden"]


class _Double(NamedTuple):
    """What is seen in double precision."""

    h_bars: Float[Array, "states examples hidden"]
    h_norm: Float[Array, "states examples"]
    c_norm: Float[Array, "states examples"]
    jacobians: Float[Array, "times examples state state"]


def has_memory(cell: Cell) -> bool:
    """Whether the cell has a memory c beside its output, as the LSTM."""
    return "o" in cell.gates


def singular_values(
    jacobians: Float64[np.ndarray, "times examples state state"],
) -> Float64[np.ndarray, "times examples values"]:
    """Singular values in falling order; NaN where rounding hides them.

    A singular value below the largest by the precision of the numbers is rounding
    error of the product, not a property of the network.
    """
    # Of a seed that has diverged, products may be beyond double precision too.
    finite = np.isfinite(jacobians).all(axis=(-2, -1))
    values: np.ndarray = np.full(jacobians.shape[:-1], np.nan)
    values[finite] = np.linalg.svd(jacobians[finite], compute_uv=False)
    floor = values.shape[-1] * np.finfo(np.float64).eps * values[..., :1]
    return np.where((values > floor) & (values > 0), values, np.nan)


def _share(of: Bool[np.ndarray, "states examples hidden"]) -> np.ndarray:
    return np.asarray(of.mean((1, 2)))
