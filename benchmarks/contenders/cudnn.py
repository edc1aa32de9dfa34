"""cuDNN's LSTM as JAX offers it, on an NVIDIA GPU only."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.experimental import rnn

from benchmarks.contenders import plain_jax
from benchmarks.contenders.problem import Problem
from benchmarks.harness.workers import Contender
from seqjax.core import losses


def pack(params: Any) -> jax.Array:
    """One model's cell in cuDNN's flat layout; its second bias is zero and stays so."""
    parts = [params["w_x"].T, params["w_h"].T, params["b"], jnp.zeros_like(params["b"])]
    return jnp.concatenate([part.ravel() for part in parts])


def training(problem: Problem, tf32: bool = True) -> Contender:
    """`jax.experimental.rnn.lstm`; it cannot be vmapped: seeds one after another."""
    return plain_jax.contender(problem, make_loss(problem, tf32), "map")


def make_loss(problem: Problem, tf32: bool) -> Callable[[Any, Any], jax.Array]:
    """`(params, data) -> loss` of one model."""
    # It knows these two only: HIGH admits TF32.
    precision = lax.Precision.HIGH if tf32 else lax.Precision.HIGHEST
    lengths = jnp.full(problem.batch, problem.inputs, jnp.int32)
    zeros = jnp.zeros((1, problem.batch, problem.hidden))

    def loss(params: Any, data: Any) -> jax.Array:
        xs, targets = data
        _, h, _ = rnn.lstm(
            jnp.swapaxes(xs, 0, 1),
            zeros,
            zeros,
            pack(params),
            lengths,
            input_size=1,
            hidden_size=problem.hidden,
            num_layers=1,
            dropout=0.0,
            bidirectional=False,
            precision=precision,
        )
        return losses.cross_entropy(h[0] @ params["w_p"] + params["b_p"], targets)

    return loss
