"""A network that reads a tree from its leaves up, and names the class of its root."""

from typing import Any

from flax import nnx
from jaxtyping import Array, Float

from seqjax.core.checks import check_choice, check_integer
from seqjax.core.trees import TREE_CELLS, Forest, evaluate, initialize_tree_cell
from seqjax.nn.linear import Linear
from seqjax.nn.randomness import check_rngs


class TreeClassifier(nnx.Module):
    """A Tree-LSTM and an affine projection of the root's output.

    Args:
        cell: name of a cell of trees, "child-sum" or "binary".
        symbols: number of distinct symbols.
        hidden_size: units.
        num_classes: number of classes.
        arity: places for children, 2 by default.
        initializer: name of the initialiser of all matrices, "xavier" by default.
        forget_bias: "zero" (the default) or "one".
        rngs: source of the key "params".

    Raises:
        ValueError: on a size below 1 or an unknown name.
    """

    def __init__(
        self,
        cell: str,
        symbols: int,
        hidden_size: int,
        num_classes: int,
        *,
        arity: int = 2,
        initializer: str = "xavier",
        forget_bias: str = "zero",
        rngs: nnx.Rngs,
    ) -> None:
        check_choice("cell", cell, TREE_CELLS)
        check_integer("num_classes", num_classes, minimum=1)
        check_rngs(rngs)
        self.cell = cell
        params = initialize_tree_cell(
            rngs.params(),
            TREE_CELLS[cell],
            symbols,
            hidden_size,
            arity=arity,
            initializer=initializer,
            forget_bias=forget_bias,
        )
        self.w_x = nnx.Param(params.w_x)
        self.w_h = nnx.Param(params.w_h)
        self.b = nnx.Param(params.b)
        self.projection = Linear(
            hidden_size, num_classes, initializer=initializer, rngs=rngs
        )

    def __call__(self, forest: Forest | Any) -> Float[Array, "trees classes"]:
        """Logits of every tree.

        Args:
            forest: the trees, in levels.

        Raises:
            ValueError: on what is no forest, or a symbol known to be another's.
        """
        cell = TREE_CELLS[self.cell]
        params = cell.params(self.w_x[...], self.w_h[...], self.b[...])
        return self.projection(evaluate(cell, params, forest))
