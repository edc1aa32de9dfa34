"""Training and testing all seeds of one model on one task."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from seqjax.core.keys import seed_keys
from seqjax.core.trees import TREE_CELLS
from seqjax.graphs.trees.config import TreesConfig, block_name
from seqjax.lab.running.training import train
from seqjax.lab.study import Block, Reporter
from seqjax.tasks.expression_sets import (
    Expressions,
    ExpressionSets,
    Strings,
    as_strings,
    as_trees,
    make_sets,
    mirror_images,
)
from seqjax.tasks.expression_task import ExpressionTask, make_network
from seqjax.tasks.expressions import GRAMMARS
from seqjax.train import Ensemble, SeedMap, direction, make_hyper


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


def inputs_of(sets: ExpressionSets, model: str) -> tuple[Expressions, Expressions]:
    """What a model is trained and tested on.

    Args:
        sets: the expressions.
        model: which reader.

    Returns:
        Batches to train on; and all tests: each depth's expressions followed by their
        mirror images. Strings of a depth are a batch, trees of all depths are one.
    """
    both = tuple(
        test.expressions + mirror_images(test.expressions) for test in sets.tests
    )
    if model not in TREE_CELLS:
        return as_strings(sets.grammar, sets.batches), as_strings(sets.grammar, both)
    everything = tuple(tree for part in both for tree in part)
    tests = as_trees(sets.grammar, (everything,))
    return (
        as_trees(sets.grammar, sets.batches),
        jax.tree.map(lambda leaf: leaf[0], tests),
    )


def judge(task: ExpressionTask, depths: int, params: Any, tests: Expressions) -> Tested:
    """Test one seed at all depths.

    Args:
        task: what was learnt.
        depths: how many are tested.
        params: of the network.
        tests: as `inputs_of` makes them.
    """
    if isinstance(tests.inputs, Strings):
        logits = lax.map(lambda part: task.answers(params, part), tests)
    else:
        logits = task.answers(params, tests)
    logits = logits.reshape(depths, 2, -1, logits.shape[-1])
    values = tests.values.reshape(depths, 2, -1)[:, 0]
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


def run_block(
    config: TreesConfig,
    name: str,
    model: str,
    sets: ExpressionSets,
    inputs: tuple[Expressions, Expressions],
    report: Reporter,
) -> Block:
    """Train and test all seeds.

    Args:
        config: the study's.
        name: of the task.
        model: which reader.
        sets: the task's expressions.
        inputs: the same as the model reads them, of `inputs_of`.
        report: told of the loss and accuracy as they come.

    Returns:
        A row for every seed and depth, and curves per seed.
    """
    block = block_name(name, model)
    report.block(block, f"{name} {model}", float(config.seeds * config.steps))
    network = make_network(
        model,
        sets.grammar,
        config.hidden_size,
        config.initializer,
        config.forget_bias,
    )
    task = ExpressionTask(network)
    training, tests = inputs
    ensemble = Ensemble(
        task.task(),
        direction(config.optimizer, config.optimizer_flavor),
        config.seeds,
        group=config.seeds_per_device or None,
    )
    hyper = make_hyper(
        config.learning_rate,
        clip_norm=config.clip_norm,
        solved_accuracy=config.stop_accuracy,
        patience=config.stop_patience,
        stop=config.early_stop,
    )
    trained = train(
        ensemble,
        ensemble.init(seed_keys(config.seed_numbers)),
        hyper,
        training,
        config.steps,
        report,
        cost=config.seeds,
    )
    depths = len(sets.tests)
    tester = SeedMap(
        lambda params, data: judge(task, depths, params, data),
        config.seeds,
        mesh=ensemble.mesh,
    )
    tested = tester.gather(tester(trained.states.params, tests))
    steps, diverged = ensemble.gather((trained.states.step, trained.states.diverged))
    rows = [
        {
            "task": name,
            "model": model,
            "seed": seed,
            "depth": test.depth,
            "accuracy": float(tested.accuracy[i, d]),
            "loss": float(tested.loss[i, d]),
            "same_mirrored": float(tested.same_mirrored[i, d]),
            "chance": test.majority,
            "from_root": test.from_root,
            "held_out": test.held_out,
            "steps": int(steps[i]),
            "diverged": bool(diverged[i]),
        }
        for i, seed in enumerate(config.seed_numbers)
        for d, test in enumerate(sets.tests)
    ]
    return Block(block, rows, trained.history)
