"""Naming the value of an expression, from its tree or from its string."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core import losses
from seqjax.nn.trees import TreeClassifier
from seqjax.tasks.expression_sets import Expressions, Strings
from seqjax.tasks.expressions import Grammar
from seqjax.tasks.network import Network, Params, merged
from seqjax.tasks.trial import Score
from seqjax.train import Task


class TreeNetwork(NamedTuple):
    """A Tree-LSTM, as plain functions of its parameters.

    Attributes:
        cell: name of the cell.
        symbols: number of distinct symbols.
        outputs: number of classes.
        hidden_size: units.
        initializer: of all matrices, see `seqjax.core.initializers`.
        forget_bias: at the start: zero or one.
    """

    cell: str
    symbols: int
    outputs: int
    hidden_size: int
    initializer: str = "xavier"
    forget_bias: str = "zero"

    def model(self, key: PRNGKeyArray) -> TreeClassifier:
        """A freshly initialised network."""
        return TreeClassifier(
            self.cell,
            self.symbols,
            self.hidden_size,
            self.outputs,
            initializer=self.initializer,
            forget_bias=self.forget_bias,
            rngs=nnx.Rngs(params=key),
        )

    def init(self, key: PRNGKeyArray) -> Params:
        """Fresh parameters, an `nnx.State`."""
        return nnx.split(self.model(key), nnx.Param)[1]

    def apply(self, params: Params, forest: Any) -> Float[Array, "trees classes"]:
        """Logits of every tree."""
        return merged(self, params)(forest)


class ExpressionTask(NamedTuple):
    """Name the value of an expression.

    Attributes:
        network: reads trees, or strings where it is a `Network`.
    """

    network: TreeNetwork | Network

    def task(self) -> Task:
        """What `seqjax.train` needs; its `data` is `Expressions` of several batches.

        An update takes one of the batches, whichever the key draws. They cannot be cut
        into parts, for the trees of a batch share their levels.
        """
        return Task(self.network.init, _chosen, self._loss)

    def score(self, params: Params, data: Expressions) -> Score:
        """Loss in nats and accuracy on given expressions, one batch.

        Args:
            params: of the network.
            data: of one batch.
        """
        logits = self.answers(params, data)
        return Score(
            losses.cross_entropy(logits, data.values),
            losses.accuracy(logits, data.values),
        )

    def answers(
        self, params: Params, data: Expressions
    ) -> Float[Array, "batch classes"]:
        """Logits; arguments as those of `score`."""
        inputs = data.inputs
        if isinstance(self.network, Network):
            if not isinstance(inputs, Strings):
                raise ValueError(
                    "inputs must be strings for a network of sequences, not a forest; "
                    "make them by as_strings"
                )
            # Not further than the longest string goes.
            return self.network.apply(
                params, inputs.tokens, jnp.max(inputs.lengths), inputs.lengths
            )
        return self.network.apply(params, inputs)

    def _loss(
        self, params: Params, batch: Expressions, data: Expressions
    ) -> tuple[Any, Any]:
        return self.score(params, batch)


def make_network(
    model: str,
    grammar: Grammar,
    hidden_size: int,
    initializer: str = "xavier",
    forget_bias: str = "zero",
) -> TreeNetwork | Network:
    """The network of a model by name.

    Args:
        model: a name in `seqjax.core.trees.TREE_CELLS`, or of a cell of sequences.
        grammar: what it reads.
        hidden_size: units.
        initializer: of all matrices, "xavier" by default.
        forget_bias: at the start, "zero" (the default) or "one".
    """
    symbols = len(grammar.words) - 1
    if model in ("child-sum", "binary"):
        return TreeNetwork(
            model, symbols, grammar.classes, hidden_size, initializer, forget_bias
        )
    # The string has one more symbol: that which closes an expression.
    return Network(
        model,
        symbols + 1,
        grammar.classes,
        hidden_size,
        initializer=initializer,
        forget_bias=forget_bias,
    )


def _chosen(key: PRNGKeyArray, data: Expressions) -> Expressions:
    number = jax.random.randint(key, (), 0, data.values.shape[0])
    return jax.tree.map(lambda leaf: leaf[number], data)
