"""A recurrent network that answers at every step of a sequence."""

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
        xs: Shaped[Array, "time batch *inputs"],
        *,
        num_steps: int | Int[Array, ""] | None = None,
        lengths: Int[Array, " batch"] | None = None,
        dropout_key: Array | None = None,
    ) -> Float[Array, "time batch classes"]:
        """Logits after each step.

        Args:
            xs: (time, batch, in_features), or integer indices (time, batch).
            num_steps: take only the first so many steps; may be traced.
            lengths: steps of each sequence of a ragged batch.
            dropout_key: drop outputs between layers with this key; None drops nothing.

        Returns:
            Logits of every step; on steps that were not taken they mean nothing (they
            are the projection's bias).
        """
        ys, _ = self.recurrent(
            xs, num_steps=num_steps, lengths=lengths, dropout_key=dropout_key
        )
        return self.projection(ys)
