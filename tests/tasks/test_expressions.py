"""Expressions: values by Python itself, strings that read back, what is held out."""

import itertools
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.trees import Tree
from seqjax.tasks.expression_sets import (
    ExpressionSets,
    Strings,
    as_strings,
    as_trees,
    make_sets,
    mirror_images,
)
from seqjax.tasks.expression_task import ExpressionTask, make_network
from seqjax.tasks.expressions import (
    GRAMMARS,
    Grammar,
    count,
    depth_of,
    draw,
    mirrored,
    text,
    tokens,
    value,
)
from tests.variants import and_slow

PYTHON: dict[str, Any] = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "not": lambda a: not a,
    "max": lambda a, b: a if a > b else b,
    "min": lambda a, b: a if a < b else b,
    "sum-mod-10": lambda a, b: int(str(a + b)[-1]),
    "first": lambda *given: given[0],
    "last": lambda *given: given[-1],
    "true": True,
    "false": False,
}


def read(words: list[str]) -> Any:
    """The value of an expression as it is written; takes its words off the front."""
    word = words.pop(0)
    if not word.startswith("("):
        return PYTHON[word] if word in PYTHON else int(word)
    given = []
    while words[0] != ")":
        given.append(read(words))
    words.pop(0)
    return PYTHON[word[1:]](*given)


def some(grammar: Grammar, depth: int, number: int = 40) -> list[Tree]:
    random = np.random.default_rng(depth)
    return [draw(random, grammar, depth) for _ in range(number)]


@pytest.mark.parametrize("name", GRAMMARS)
def test_values_are_those_of_the_written_expression(name: str) -> None:
    grammar = GRAMMARS[name]
    for depth in range(6):
        for tree in some(grammar, depth):
            words = text(grammar, tree).split(" ")
            assert [grammar.words.index(word) for word in words] == tokens(
                grammar, tree
            )
            found = value(grammar, tree)
            assert found == read(words)
            assert words == []
            assert 0 <= found < grammar.classes
            assert depth_of(tree) == depth


def test_how_an_expression_is_written() -> None:
    tree = (2, (1,), (4, (0,)))
    assert text(GRAMMARS["boolean"], tree) == "(and true (not false ) )"
    assert text(GRAMMARS["ordered"], (13, (7,), (3,))) == "(last 7 3 )"


@pytest.mark.parametrize("name", GRAMMARS)
def test_all_operators_and_both_sides_are_drawn(name: str) -> None:
    grammar = GRAMMARS[name]
    trees = some(grammar, 3, 600)
    roots = np.bincount([tree[0] - grammar.classes for tree in trees])
    expected = 600 / len(grammar.operators)
    assert len(roots) == len(grammar.operators)
    assert np.abs(roots - expected).max() < 5 * np.sqrt(expected)
    depths = [
        tuple(depth_of(child) for child in tree[1:]) for tree in trees if len(tree) == 3
    ]
    assert set(depths) == {(2, k) for k in range(3)} | {(k, 2) for k in range(3)}


@pytest.mark.parametrize("name", GRAMMARS)
def test_mirrored_expressions(name: str) -> None:
    grammar = GRAMMARS[name]
    swapped = {"first": "last", "last": "first"}
    for tree in some(grammar, 4):
        image = mirrored(tree)
        assert mirrored(image) == tree
        if name != "ordered":
            assert value(grammar, image) == value(grammar, tree)
        else:
            # First of the image is last of the expression.
            words = [
                f"({swapped.get(word[1:], word[1:])}" if word[0] == "(" else word
                for word in text(grammar, image).split(" ")
            ]
            assert read(words) == value(grammar, tree)


def all_of(grammar: Grammar, depth: int) -> set[Tree]:
    if depth == 0:
        return {(i,) for i in range(grammar.classes)}
    lower = set().union(*(all_of(grammar, d) for d in range(depth)))
    found = set()
    for number, operator in enumerate(grammar.operators, grammar.classes):
        for given in itertools.product(lower, repeat=operator.arity):
            if max(map(depth_of, given)) == depth - 1:
                found.add((number, *given))
    return found


def test_expressions_are_counted() -> None:
    boolean, listops = GRAMMARS["boolean"], GRAMMARS["listops"]
    assert [count(boolean, d) for d in range(3)] == [2, 10, 290]
    for grammar, depths in ((boolean, 3), (listops, 2)):
        for depth in range(depths):
            assert count(grammar, depth) == len(all_of(grammar, depth))


@pytest.fixture(scope="module")
def sets() -> ExpressionSets:
    return make_sets(GRAMMARS["boolean"], 3, 4, 16, 20, 50)


def test_what_is_tested_on_is_never_trained_on(sets: ExpressionSets) -> None:
    trained = {tree for batch in sets.batches for tree in batch}
    for test in sets.tests:
        assert {depth_of(tree) for tree in test.expressions} == {test.depth}
        assert len(test.expressions) == 50
        if test.held_out:
            assert not trained & set(test.expressions)
            assert len(set(test.expressions)) == 50
    # Of depth 1 there are ten.
    assert [test.held_out for test in sets.tests] == [False, True, True, True]


def test_depths_are_trained_on_equally_often(sets: ExpressionSets) -> None:
    depths = [depth_of(tree) for batch in sets.batches for tree in batch]
    assert len(depths) == 16 * 20
    counts = np.bincount(depths)
    assert counts[0] == 0
    assert len(counts) == 4
    assert np.abs(counts[1:] - 320 / 3).max() < 5 * np.sqrt(320 * 2 / 9)


def test_the_same_expressions_every_time(sets: ExpressionSets) -> None:
    assert make_sets(GRAMMARS["boolean"], 3, 4, 16, 20, 50) == sets


def test_levels_of_chance(sets: ExpressionSets) -> None:
    grammar = sets.grammar
    for test in sets.tests:
        values = [value(grammar, tree) for tree in test.expressions]
        assert test.majority == max(values.count(v) for v in (0, 1)) / 50
        right = 0
        for root in range(2, 5):
            mine = [
                value(grammar, tree) for tree in test.expressions if tree[0] == root
            ]
            right += max((mine.count(v) for v in set(mine)), default=0)
        assert test.from_root == right / 50
        assert 0.5 <= test.majority <= test.from_root <= 1


def test_strings_are_filled_up_behind_their_ends(sets: ExpressionSets) -> None:
    found = as_strings(sets.grammar, sets.batches[:3])
    assert isinstance(found.inputs, Strings)
    assert found.inputs.tokens.shape[::2] == (3, 16)
    for b, batch in enumerate(sets.batches[:3]):
        for i, tree in enumerate(batch):
            length = int(found.inputs.lengths[b, i])
            string = np.asarray(found.inputs.tokens[b, :, i])
            assert string[:length].tolist() == tokens(sets.grammar, tree)
            assert not string[length:].any()
            assert int(found.values[b, i]) == value(sets.grammar, tree)
    assert found.inputs.tokens.shape[1] == int(found.inputs.lengths.max())


@pytest.mark.parametrize("model", and_slow(["child-sum"], ["binary", "lstm"]))
def test_a_batch_is_one_of_the_batches_and_the_loss_is_its_own(
    model: str, sets: ExpressionSets
) -> None:
    grammar = sets.grammar
    task = ExpressionTask(make_network(model, grammar, 5))
    make = as_strings if model == "lstm" else as_trees
    data = make(grammar, sets.batches[:4])
    drawn = jax.jit(task.task().batch)
    batches = {tuple(np.asarray(values).tolist()) for values in data.values}
    seen = set()
    for i in range(40):
        batch = drawn(jax.random.key(i), data)
        seen.add(tuple(np.asarray(batch.values).tolist()))
    assert seen == batches
    params = jax.jit(task.task().init)(jax.random.key(0))
    one = jax.tree.map(lambda leaf: leaf[2], data)
    loss, accuracy = jax.jit(task.task().loss)(params, one, data)
    # The same by itself, expression by expression.
    right, nats = 0.0, 0.0
    answers = jax.jit(task.answers)
    for i, tree in enumerate(sets.batches[2][:2]):
        alone = jax.tree.map(lambda leaf: leaf[0], make(grammar, ((tree,),)))
        logits = np.asarray(answers(params, alone), np.float64)[0]
        together = np.asarray(answers(params, one))[i]
        np.testing.assert_allclose(together, logits, rtol=2e-5, atol=2e-6)
    logits = np.asarray(answers(params, one), np.float64)
    for row, tree in zip(logits, sets.batches[2], strict=True):
        true = value(grammar, tree)
        nats -= row[true] - np.log(np.exp(row).sum())
        right += int(row.argmax() == true)
    assert float(loss) == pytest.approx(nats / 16, rel=1e-5)
    assert float(accuracy) == pytest.approx(right / 16)


def test_mirror_images_are_answered_alike_by_child_sum_alone(
    sets: ExpressionSets,
) -> None:
    expressions = sets.tests[3].expressions
    for model, same in (("child-sum", True), ("binary", False)):
        task = ExpressionTask(make_network(model, sets.grammar, 5))
        params = jax.jit(task.task().init)(jax.random.key(0))
        both = [
            jax.jit(task.answers)(
                params,
                jax.tree.map(lambda leaf: leaf[0], as_trees(sets.grammar, (each,))),
            )
            for each in (expressions, mirror_images(expressions))
        ]
        assert bool(jnp.allclose(both[0], both[1], atol=1e-6)) == same


def test_what_is_refused(sets: ExpressionSets) -> None:
    message = "batch_size must be an integer of at least 1, not 0; give 1 or more"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make_sets(GRAMMARS["boolean"], 3, 4, 0, 20, 50)
    task = ExpressionTask(make_network("lstm", sets.grammar, 5))
    forest = jax.tree.map(
        lambda leaf: leaf[0], as_trees(sets.grammar, sets.batches[:1])
    )
    message = (
        "inputs must be strings for a network of sequences, not a forest; make them by "
        "as_strings"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        task.answers(task.network.init(jax.random.key(0)), forest)
