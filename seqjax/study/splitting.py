"""Examples parted into those to train on, to validate by and to test on."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from seqjax.lab.errors import UserError
from seqjax.study.checks import check_data, check_examples
from seqjax.study.experiment import Data

Tree = Any
Pair = tuple[Tree, Tree]
Examples = Pair | Callable[[Any], Pair]

TEST = 0.2
"""Share of the examples that is drawn for the test where nothing is said of it."""


def data_of(
    examples: Examples | Data,
    test: Pair | float | None,
    validation: Pair | float | None,
) -> Data:
    """All that a network is trained, validated and tested on.

    What is drawn is the same each time: it does not depend on the seeds.

    Args:
        examples: inputs and targets; or a function of a key that makes a batch; or all.
        test: inputs and targets, or the share that is drawn; default: `TEST`.
        validation: likewise; default: none.

    Raises:
        UserError: they cannot be parted so.
    """
    if isinstance(examples, Data):
        for name, given in (("test", test), ("validation", validation)):
            if given is not None:
                raise UserError(
                    f"{name} must be left out where data is study.Data, which has its "
                    "own; give study.Data(train=..., test=..., validation=...)"
                )
        return check_data(examples)
    if callable(examples):
        for name, given in (("test", test), ("validation", validation)):
            if not isinstance(given, tuple) and not (
                name == "validation" and not given
            ):
                raise UserError(
                    f"{name} must be a pair of inputs and targets where data is a "
                    f"function, not {given!r}; give {name}=(inputs, targets)"
                )
        return check_data(Data(examples, test, validation))  # type: ignore[arg-type]
    check_examples("data", examples)
    count = len(jax.tree.leaves(examples)[0])
    order = np.random.default_rng(0).permutation(count)
    parted: dict[str, Pair | None] = {"validation": None}
    for name, given in (
        ("test", TEST if test is None else test),
        ("validation", validation),
    ):
        if given is None or isinstance(given, tuple):
            parted[name] = given
            continue
        drawn = _share(name, given, count)
        parted[name] = _some(examples, np.sort(order[:drawn]))
        order = order[drawn:]
    if not len(order):
        raise UserError(
            f"test and validation must leave some of the {count} examples to train on; "
            "give smaller shares"
        )
    train = examples if len(order) == count else _some(examples, np.sort(order))
    return check_data(Data(train, parted["test"], parted["validation"]))  # type: ignore[arg-type]


def _share(name: str, value: Any, count: int) -> int:
    """How many examples a share is, at least one."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < 1:
        raise UserError(
            f"{name} must be a pair of inputs and targets, or a share between 0 and 1, "
            f"not {value!r}; for example {name}=0.2"
        )
    return max(1, round(value * count))


def _some(examples: Pair, chosen: np.ndarray) -> Pair:
    found: Pair = jax.tree.map(lambda leaf: np.asarray(leaf)[chosen], examples)
    return found
