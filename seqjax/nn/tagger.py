"""A recurrent network that answers at every step of a sequence."""

from typing import Any

from flax import nnx
from jaxtyping import Array, Float, Int, Shaped

from seqjax.nn.classifier import RecurrentClassifier


class RecurrentTagger(RecurrentClassifier):
    """Recurrent layers and one affine projection of every hidden state.

    Made from what a `RecurrentClassifier` is made from, with the same parameters by the
    same names: an answer after n steps is that of the classifier that reads n steps (in
    one direction; a second one has read the rest).
    """

    def __call__(
        self,
        xs: Shaped[Array, "time batch *inputs"] | Any,
        *,
        num_steps: int | Int[Array, ""] | Any = None,
        lengths: Int[Array, " batch"] | Any = None,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
    ) -> Float[Array, "*steps classes"]:
        """Logits after each step.

        Args:
            xs: as `Recurrent` takes them.
            num_steps: take only the first so many steps; may be traced.
            lengths: steps of each sequence of a ragged batch.
            dropout_key: drop outputs between layers with this key.
            rngs: or with these, see `Recurrent`.

        Returns:
            Logits of every step; on steps that were not taken they mean nothing (they
            are the projection's bias).

        Raises:
            ValueError: as the layers.
        """
        ys, _ = self.recurrent(
            xs,
            num_steps=num_steps,
            lengths=lengths,
            dropout_key=dropout_key,
            rngs=rngs,
        )
        return self.projection(ys)
