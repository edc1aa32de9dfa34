"""The expressions of a task as a model reads them, and the test of one seed."""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from seqjax.graphs.trees.config import TreesConfig
from seqjax.tasks.expression_sets import (
    Expressions,
    ExpressionSets,
    Strings,
    TestSet,
    as_strings,
    as_trees,
    make_sets,
    mirror_images,
)
from seqjax.tasks.expression_task import ExpressionTask
from seqjax.tasks.expressions import GRAMMARS


class Trial(NamedTuple):
    """What a model is trained and tested on, the same for every seed.

    Attributes:
        training: batches.
        evaluation: each depth's expressions followed by their mirror images. Strings of
            a depth are a batch, trees of all depths are one.
        tests: the same tests, one per depth.
    """

    training: Expressions
    evaluation: Expressions
    tests: tuple[TestSet, ...]


class Tested(NamedTuple):
    """A test of one seed at every depth.

    Attributes:
        accuracy: share of right answers.
        loss: in nats.
        same_mirrored: share of expressions that get the same answer when the operands
            of all their operators change places.
    """

    accuracy: Float[Array, " depths"]
    loss: Float[Array, " depths"]
    same_mirrored: Float[Array, " depths"]


# All models of a task have its expressions, both readers of trees the same forests: to
# lay them out takes longest. Blocks of a task follow each other.
@lru_cache(maxsize=1)
def sets_of(config: TreesConfig, task: str) -> ExpressionSets:
    """The expressions of a task."""
    return make_sets(
        GRAMMARS[task],
        config.train_depth,
        config.test_depth,
        config.batch_size,
        config.training_size // config.batch_size,
        config.evaluation_size,
    )


@lru_cache(maxsize=2)
def trial_of(config: TreesConfig, task: str, *, trees: bool) -> Trial:
    """The expressions of a task as trees, or as strings."""
    grammar, batches, tests = sets_of(config, task)
    both = tuple(test.expressions + mirror_images(test.expressions) for test in tests)
    if not trees:
        return Trial(as_strings(grammar, batches), as_strings(grammar, both), tests)
    everything = as_trees(grammar, (tuple(tree for part in both for tree in part),))
    one = jax.tree.map(lambda leaf: leaf[0], everything)
    return Trial(as_trees(grammar, batches), one, tests)


def judge(
    task: ExpressionTask, depths: int, params: Any, evaluation: Expressions
) -> Tested:
    """Test one seed at so many depths."""
    if isinstance(evaluation.inputs, Strings):
        logits = lax.map(lambda part: task.answers(params, part), evaluation)
    else:
        logits = task.answers(params, evaluation)
    logits = logits.reshape(depths, 2, -1, logits.shape[-1])
    values = evaluation.values.reshape(depths, 2, -1)[:, 0]
    log_p = jax.nn.log_softmax(logits[:, 0])
    found = jnp.take_along_axis(log_p, values[..., None], axis=-1)[..., 0]
    answers = jnp.argmax(logits, axis=-1)

    def share(found: Array) -> Array:
        return found.astype(logits.dtype).mean(axis=1)

    return Tested(
        share(answers[:, 0] == values),
        -found.mean(axis=1),
        share(answers[:, 0] == answers[:, 1]),
    )
