"""Expressions to be evaluated: drawn, written out, and their values.

An expression is a tree (`seqjax.core.trees.Tree`): a number that stands for an operator
or a constant, then the operands. Constants come first among the numbers, so the value
of a constant is its number.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seqjax.core.trees import Tree


class Operator(NamedTuple):
    """What is done with one operand or two.

    Attributes:
        word: as it is written.
        arity: number of operands.
        apply: their values to the value.
    """

    word: str
    arity: int
    apply: Callable[..., int]


class Grammar(NamedTuple):
    """What expressions are made of.

    Attributes:
        constants: words of the constants; their values are 0, 1, ...
        operators: of one or two operands.
    """

    constants: tuple[str, ...]
    operators: tuple[Operator, ...]

    @property
    def classes(self) -> int:
        """How many values there are."""
        return len(self.constants)

    @property
    def words(self) -> tuple[str, ...]:
        """Of all symbols, and last that which closes an expression in a string."""
        return (*self.constants, *(each.word for each in self.operators), ")")


_DIGITS = tuple(map(str, range(10)))

GRAMMARS = {
    "boolean": Grammar(
        ("false", "true"),
        (
            Operator("(and", 2, lambda a, b: a & b),
            Operator("(or", 2, lambda a, b: a | b),
            Operator("(not", 1, lambda a: 1 - a),
        ),
    ),
    "listops": Grammar(
        _DIGITS,
        (
            Operator("(max", 2, max),
            Operator("(min", 2, min),
            Operator("(sum-mod-10", 2, lambda a, b: (a + b) % 10),
        ),
    ),
    "ordered": Grammar(
        _DIGITS,
        (
            Operator("(max", 2, max),
            Operator("(min", 2, min),
            Operator("(first", 2, lambda a, b: a),
            Operator("(last", 2, lambda a, b: b),
        ),
    ),
}
"""By name. "listops" has operators of Nangia & Bowman (2018), on two operands each;
"ordered" has two for which the order of the operands counts."""


def draw(random: np.random.Generator, grammar: Grammar, depth: int) -> Tree:
    """An expression of exactly this depth.

    All operators are as likely. One operand, either, is one level lower; the other may
    be of any lower depth, each as likely. So the number of nodes grows slowly: about 3,
    6, 10, 16, 25, 36, 50, 70 at depths 1 to 8, without operators of one operand.

    Args:
        random: where random numbers come from.
        grammar: what it is made of.
        depth: operators on the longest way down; 0 is a constant.
    """
    if depth == 0:
        return (int(random.integers(grammar.classes)),)
    number = int(random.integers(len(grammar.operators)))
    operands = [draw(random, grammar, depth - 1)]
    if grammar.operators[number].arity == 2:
        other = draw(random, grammar, int(random.integers(depth)))
        operands.insert(int(random.integers(2)), other)
    return (grammar.classes + number, *operands)


def value(grammar: Grammar, expression: Tree) -> int:
    """The value of an expression.

    Args:
        grammar: what it is made of.
        expression: the tree.
    """
    if len(expression) == 1:
        return int(expression[0])
    operands = [value(grammar, operand) for operand in expression[1:]]
    return grammar.operators[expression[0] - grammar.classes].apply(*operands)


def tokens(grammar: Grammar, expression: Tree) -> list[int]:
    """An expression as a string of symbols: operator, operands, closing.

    Args:
        grammar: what it is made of.
        expression: the tree.

    Returns:
        Places in `Grammar.words`.
    """
    if len(expression) == 1:
        return [expression[0]]
    inner = [each for operand in expression[1:] for each in tokens(grammar, operand)]
    return [expression[0], *inner, len(grammar.words) - 1]


def text(grammar: Grammar, expression: Tree) -> str:
    """An expression as one reads it: `(and true (not false ) )`.

    Args:
        grammar: what it is made of.
        expression: the tree.
    """
    return " ".join(grammar.words[each] for each in tokens(grammar, expression))


def mirrored(expression: Tree) -> Tree:
    """The expression with the operands of every operator in reverse order.

    Args:
        expression: the tree.
    """
    return (expression[0], *(mirrored(each) for each in reversed(expression[1:])))


def depth_of(expression: Tree) -> int:
    """Operators on the longest way down.

    Args:
        expression: the tree.
    """
    return 1 + max((depth_of(operand) for operand in expression[1:]), default=-1)


@functools.cache
def count(grammar: Grammar, depth: int) -> int:
    """How many different expressions there are of exactly this depth.

    Args:
        grammar: what they are made of.
        depth: operators on the longest way down.
    """
    if depth == 0:
        return grammar.classes
    of_one = sum(each.arity == 1 for each in grammar.operators)
    of_two = len(grammar.operators) - of_one
    lower = [count(grammar, each) for each in range(depth)]
    # Pairs of which at least one is one level lower.
    pairs = sum(lower) ** 2 - sum(lower[:-1]) ** 2
    return of_one * lower[-1] + of_two * pairs
