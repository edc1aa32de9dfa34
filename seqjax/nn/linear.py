"""An affine map."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from seqjax.core.boundary import as_array, check_features, check_shape
from seqjax.core.cells.base import bias
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.initializers import INITIALIZERS
from seqjax.nn.randomness import check_rngs


class Linear(nnx.Module):
    """`y = x w + b` over the last axis; b starts at zero.

    Args:
        in_features: size of the last axis of x.
        out_features: size of the last axis of y.
        initializer: name of the weights' initialiser.
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown initialiser.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        initializer: str = "xavier",
        rngs: nnx.Rngs,
    ) -> None:
        check_integer("in_features", in_features, minimum=1)
        check_integer("out_features", out_features, minimum=1)
        check_rngs(rngs)
        check_choice("initializer", initializer, INITIALIZERS)
        draw = INITIALIZERS[initializer]
        self.w = nnx.Param(draw(rngs.params(), in_features, out_features))
        self.b = nnx.Param(jnp.zeros(out_features))

    def __call__(
        self, x: Float[Array, "*batch inputs"] | Any
    ) -> Float[Array, "*batch outputs"]:
        """Map x to `x w + b`; raises ValueError on another number of features."""
        w = self.w[...]
        x = as_array("x", x)
        if x.ndim == 0:
            check_shape("x", x.shape, [(w.shape[0],)])
        check_features("x", x.shape[-1], w.shape[0])
        if jnp.issubdtype(x.dtype, jnp.integer):
            x = x.astype(w.dtype)
        y = x @ w
        return y + bias(self.b[...], y)
