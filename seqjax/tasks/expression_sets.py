"""Expressions to train and to test on, the same for every seed and every network."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from seqjax.core.checks import check_integer
from seqjax.core.trees import Forest, Tree, pack, widths_of
from seqjax.tasks.expressions import (
    Grammar,
    count,
    draw,
    mirrored,
    tokens,
    value,
)


class Strings(NamedTuple):
    """Expressions written out, one after another.

    Attributes:
        tokens: symbols; what stands behind an end is 0, and is not read.
        lengths: of the strings.
    """

    tokens: Int[Array, "time batch"]
    lengths: Int[Array, " batch"]


class Expressions(NamedTuple):
    """Expressions as one network reads them, and their values.

    Attributes:
        inputs: trees in levels, or strings.
        values: classes.
    """

    inputs: Forest | Strings
    values: Int[Array, " batch"]


class TestSet(NamedTuple):
    """Expressions of one depth.

    Attributes:
        depth: of all of them.
        expressions: the trees.
        held_out: whether none of them is ever trained on.
        majority: share of the most frequent value: the chance level.
        from_root: accuracy of the best answer that sees the first operator alone.
    """

    depth: int
    expressions: tuple[Tree, ...]
    held_out: bool
    majority: float
    from_root: float


class ExpressionSets(NamedTuple):
    """What is trained and tested on.

    Attributes:
        grammar: what expressions are made of.
        batches: of training, with equally many expressions each.
        tests: one set per depth.
    """

    grammar: Grammar
    batches: tuple[tuple[Tree, ...], ...]
    tests: tuple[TestSet, ...]


def make_sets(
    grammar: Grammar,
    train_depth: int,
    test_depth: int,
    batch_size: int,
    batches: int,
    test_size: int,
) -> ExpressionSets:
    """Draw expressions to test on, then others to train on.

    Where there are at least four times as many expressions of a depth as are tested on,
    those to test on are all different and never trained on; at smaller depths all are
    seen, and the test is of look-up.

    Args:
        grammar: what expressions are made of.
        train_depth: depths from 1 to this are trained on, each equally often.
        test_depth: depths from 1 to this are tested on.
        batch_size: expressions of a batch.
        batches: different batches of training; an update takes one of them.
        test_size: expressions per depth to test on.

    Raises:
        ValueError: on a number below 1.
    """
    for name, number in (
        ("train_depth", train_depth),
        ("test_depth", test_depth),
        ("batch_size", batch_size),
        ("batches", batches),
        ("test_size", test_size),
    ):
        check_integer(name, number, minimum=1)
    random = np.random.default_rng([0, *b"expressions"])
    tests = tuple(
        _test_set(random, grammar, depth, test_size)
        for depth in range(1, test_depth + 1)
    )
    kept = {each for test in tests if test.held_out for each in test.expressions}

    def one() -> Tree:
        depth = int(random.integers(1, train_depth + 1))
        while (drawn := draw(random, grammar, depth)) in kept:
            pass
        return drawn

    made = tuple(tuple(one() for _ in range(batch_size)) for _ in range(batches))
    return ExpressionSets(grammar, made, tests)


def as_trees(grammar: Grammar, batches: tuple[tuple[Tree, ...], ...]) -> Expressions:
    """Batches side by side as forests, filled up to the same widths.

    Args:
        grammar: what expressions are made of.
        batches: with equally many expressions each.

    Returns:
        Arrays whose first axis counts the batches.
    """
    widths = widths_of(batches)
    forests = [pack(batch, widths=widths) for batch in batches]
    return Expressions(_stacked(forests), _values(grammar, batches))


def as_strings(grammar: Grammar, batches: tuple[tuple[Tree, ...], ...]) -> Expressions:
    """Batches side by side as strings, filled up to the same length.

    Args:
        grammar: what expressions are made of.
        batches: with equally many expressions each.

    Returns:
        Arrays whose first axis counts the batches.
    """
    written = [[tokens(grammar, tree) for tree in batch] for batch in batches]
    lengths = np.array([[len(each) for each in batch] for batch in written], np.int32)
    padded = np.zeros((len(batches), lengths.max(), lengths.shape[1]), np.int32)
    for batch, strings in zip(padded, written, strict=True):
        for i, string in enumerate(strings):
            batch[: len(string), i] = string
    strings_of = Strings(jnp.asarray(padded), jnp.asarray(lengths))
    return Expressions(strings_of, _values(grammar, batches))


def _test_set(
    random: np.random.Generator, grammar: Grammar, depth: int, size: int
) -> TestSet:
    held_out = count(grammar, depth) >= 4 * size
    if held_out:
        # In the order in which they are drawn first.
        found: dict[Tree, None] = {}
        while len(found) < size:
            found[draw(random, grammar, depth)] = None
        expressions = tuple(found)
    else:
        expressions = tuple(draw(random, grammar, depth) for _ in range(size))
    table = np.zeros((len(grammar.operators), grammar.classes), np.int64)
    for each in expressions:
        table[each[0] - grammar.classes, value(grammar, each)] += 1
    return TestSet(
        depth,
        expressions,
        held_out,
        float(table.sum(axis=0).max() / size),
        float(table.max(axis=1).sum() / size),
    )


def mirror_images(expressions: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Every expression with all its operands in reverse order.

    Args:
        expressions: the trees.
    """
    return tuple(mirrored(each) for each in expressions)


def _stacked(forests: list[Forest]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *forests)


def _values(grammar: Grammar, batches: tuple[tuple[Tree, ...], ...]) -> Array:
    values = [[value(grammar, tree) for tree in batch] for batch in batches]
    return jnp.asarray(np.array(values, np.int32))
