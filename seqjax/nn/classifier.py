"""A recurrent network that reads a sequence and names its class."""

from typing import Any

from flax import nnx
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.cells.base import Cell
from seqjax.core.checks import check_integer
from seqjax.nn.linear import Linear
from seqjax.nn.randomness import check_rngs
from seqjax.nn.recurrent import Recurrent


class RecurrentClassifier(nnx.Module):
    """Recurrent layers and an affine projection of the last hidden state.

    Args:
        cell: a cell or its name.
        in_features: number of input features (or of distinct indices).
        hidden_size: units per direction.
        num_classes: number of classes.
        initializer: name of the initialiser of all matrices.
        rngs: source of the key "params".
        **options: further options of `Recurrent`.

    Raises:
        ValueError: on a size below 1, or what `Recurrent` refuses.
    """

    def __init__(
        self,
        cell: Cell | str,
        in_features: int,
        hidden_size: int,
        num_classes: int,
        *,
        initializer: str = "he",
        rngs: nnx.Rngs,
        **options: Any,
    ) -> None:
        check_integer("num_classes", num_classes, minimum=1)
        check_rngs(rngs)
        self.recurrent = Recurrent(
            cell,
            in_features,
            hidden_size,
            initializer=initializer,
            rngs=rngs,
            **options,
        )
        outputs = hidden_size * (2 if self.recurrent.bidirectional else 1)
        self.projection = Linear(
            outputs, num_classes, initializer=initializer, rngs=rngs
        )

    def __call__(
        self,
        xs: Shaped[Array, "time batch *inputs"] | Any,
        *,
        num_steps: int | Int[Array, ""] | Any = None,
        lengths: Int[Array, " batch"] | Any = None,
        dropout_key: Array | Any = None,
        rngs: nnx.Rngs | Any = None,
    ) -> Float[Array, "*batch classes"]:
        """Logits from the hidden state after each sequence's last step.

        Arguments, and what is refused (raises ValueError), as of the layers.
        """
        _, final = self.recurrent(
            xs,
            num_steps=num_steps,
            lengths=lengths,
            dropout_key=dropout_key,
            rngs=rngs,
            outputs=False,
        )
        return self.projection(self.recurrent.last_output(final))
