"""What both ways of training share: the protocol of Kipf & Welling (2017).

The loss is the mean cross-entropy of the training nodes, and half the sum of squares of
the first layer's weights times the weight decay, which so is part of the gradient that
Adam scales; Adam is that of TensorFlow 1, where epsilon stands beside the uncorrected
moment. After an epoch the loss on the validation nodes is taken without dropout, weight
decay included; a seed stops once that exceeds the mean of the `window` losses before
it, and keeps the weights that it has then.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seqjax.core.graphs import GraphWeights
from seqjax.core.keys import named_keys
from seqjax.lab.running.training import last_mean
from seqjax.lab.study import Number
from seqjax.train import Progress, direction

ADAM = direction("adam", "tf1")


class Validation(NamedTuple):
    """How a seed did on its validation nodes, epoch by epoch.

    Attributes:
        epochs: how many there were.
        loss: without dropout, with weight decay; NaN from here on, or without nodes.
        accuracy: likewise.
    """

    epochs: Int[Array, "*seeds"]
    loss: Float[Array, "*seeds epochs"]
    accuracy: Float[Array, "*seeds epochs"]

    @classmethod
    def none(cls, epochs: int) -> "Validation":
        """Before the first of so many epochs."""
        curve = jnp.full(epochs, jnp.nan, jnp.float32)
        return cls(jnp.zeros([], jnp.int32), curve, curve)

    def after_epoch(
        self, loss: Float[Array, ""], accuracy: Float[Array, ""], window: int
    ) -> tuple["Validation", Bool[Array, ""]]:
        """With one more epoch; and whether to stop now.

        Args:
            loss: on the validation nodes, NaN without any.
            accuracy: likewise.
            window: losses before this one that their mean is taken of; 0: never stop.
        """
        epoch = self.epochs
        found = Validation(
            epoch + 1,
            self.loss.at[epoch].set(loss),
            self.accuracy.at[epoch].set(accuracy),
        )
        if not 0 < window < len(self.loss):
            return found, jnp.zeros([], jnp.bool_)
        before = lax.dynamic_slice_in_dim(self.loss, epoch - window, window)
        # Word for word theirs, which never stops at the first epoch that could.
        return found, (epoch > window) & (loss > jnp.mean(before))


def half_square(weights: GraphWeights) -> Float[Array, ""]:
    """Half the sum of squares of the first layer's weights."""
    return jnp.sum(weights.first**2) / 2


def dropout_key(key: PRNGKeyArray) -> PRNGKeyArray:
    """The stream of a seed's dropout, from the seed's whole randomness."""
    return named_keys(key, ("dropout",))["dropout"]


def shown(progress: Progress, validation: Validation) -> dict[str, Number | str]:
    """Means over the seeds still training, at the newest epoch."""
    found: dict[str, Number | str] = {"loss": last_mean(progress.metrics.loss)}
    validated = last_mean(validation.accuracy[:, : progress.updates])
    return found | ({"validated": validated} if np.isfinite(validated) else {})
