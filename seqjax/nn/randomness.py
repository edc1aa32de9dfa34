"""Where layers draw from: Flax's `rngs`, and dropout by its convention.

`train()` turns dropout on and `eval()` off, as in Flax. A fresh layer is in neither
mode: it drops where a call gives it a key or `rngs`, and nothing otherwise.
"""

from typing import Any

import jax
from flax import nnx
from jaxtyping import Array

from seqjax.core.boundary import check_key


def check_rngs(rngs: Any) -> None:
    """Raise ValueError unless `rngs` are of Flax, with a stream for parameters."""
    if not isinstance(rngs, nnx.Rngs):
        seed = rngs if isinstance(rngs, int) else 0
        raise ValueError(f"rngs must be nnx.Rngs, not {rngs!r}; give nnx.Rngs({seed})")
    _check_stream(rngs, "params")


def _check_stream(rngs: nnx.Rngs, name: str) -> None:
    if name not in rngs and "default" not in rngs:
        raise ValueError(
            f"rngs must have a stream {name!r}, but have {', '.join(rngs) or 'none'}; "
            f"give nnx.Rngs(0), or {name}=0 among them"
        )


class Dropping(nnx.Module):
    """A module with a rate of `dropout`, and the mode that it is in.

    Attributes:
        dropout: probability that a value is dropped.
        deterministic: True after `eval()`, False after `train()`, None before.
    """

    dropout: int | float
    deterministic: bool | None = None

    def keep_stream(self, rngs: nnx.Rngs) -> None:
        """Keep a stream of these for `train()`, if anything is to be dropped.

        One of their own: other parts draw what they would have drawn without.
        """
        if self.dropout and ("dropout" in rngs or "default" in rngs):
            self.rngs = rngs["dropout"].fork()

    def key_of_call(self, dropout_key: Any, rngs: Any) -> Array | None:
        """The key that a call drops with; None: it drops nothing.

        Args:
            dropout_key: as given to the call.
            rngs: likewise; nnx.Rngs, one of their streams, or a key.

        Raises:
            ValueError: on what is none of these, on both, and on none of them in
                training where the module has no stream of its own.
        """
        if dropout_key is not None and rngs is not None:
            raise ValueError(
                "dropout_key must be None where rngs are given; give one of them"
            )
        if dropout_key is not None:
            check_key("dropout_key", dropout_key)
        if self.deterministic or not self.dropout:
            return None
        if dropout_key is not None:
            return dropout_key
        if rngs is None and self.deterministic is False:
            rngs = getattr(self, "rngs", None)
            if rngs is None:
                raise ValueError(
                    "rngs must be given in training (after train()) to a layer with "
                    "dropout that was made without a stream for it; give "
                    "rngs=nnx.Rngs(0) or dropout_key=..., or call eval()"
                )
        if rngs is None:
            return None
        if isinstance(rngs, nnx.Rngs):
            _check_stream(rngs, "dropout")
            return rngs.dropout()
        if isinstance(rngs, nnx.RngStream):
            return rngs()
        if isinstance(rngs, jax.Array):
            check_key("rngs", rngs)
            return rngs
        raise ValueError(
            f"rngs must be nnx.Rngs, one of their streams or a key, not {rngs!r}; give "
            "nnx.Rngs(0)"
        )
