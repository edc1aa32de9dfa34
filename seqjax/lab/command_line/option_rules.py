"""What options that several studies have must be: each rule once, by the option's name.

A study's configuration calls `check_fields`, and then checks what is its own.
"""

from collections.abc import Callable, Collection
from dataclasses import fields
from functools import partial
from typing import Any

from seqjax.core.cells import CELLS
from seqjax.core.checks import (
    check_choice,
    check_distinct,
    check_integer,
    check_number,
)
from seqjax.core.graphs import MODELS
from seqjax.core.initializers import FORGET_BIASES, INITIALIZERS
from seqjax.tasks.palindromes import ENCODINGS
from seqjax.train.optimizers import FLAVORS, OPTIMIZERS, direction

Rule = Callable[[str, Any], None]

REGISTERED: dict[str, Collection[str]] = {
    "cells": CELLS,
    "optimizers": OPTIMIZERS,
    "graph_models": MODELS,
}
"""What `--help` puts for ``{cells}`` and the like in the docstring of a configuration:
whoever adds a name where it is registered need not add it to the text of any option."""


def check_fields(config: Any, own: Collection[str] = ()) -> None:
    """Raise ValueError where an option with a rule breaks it.

    Args:
        config: a dataclass; fields of other names are left alone.
        own: options for which the study has a rule of its own; default: none.
    """
    for name in (field.name for field in fields(config)):
        if name in own:
            continue
        value = getattr(config, name)
        if name in _RULES:
            # A number of its own for each of some things: the same may come twice.
            for each in value if isinstance(value, tuple) else (value,):
                _RULES[name](name, each)
        elif name in _SINGULARS:
            check_distinct(name, value)
            for each in value:
                _RULES[_SINGULARS[name]](name, each)
    _check_parts(config)
    _check_flavor(config)
    _check_validation(config)


def _check_validation(config: Any) -> None:
    """A training has looks at a validation set, or nothing to be patient with."""
    every = getattr(config, "validate_every", None)
    if every is None:
        return
    if every > config.steps:
        raise ValueError(
            f"validate_every must be at most the {config.steps} steps, not {every}; "
            "look more often, or train longer"
        )
    if config.patience and not every:
        raise ValueError(
            f"patience must be 0 without looks at a validation set, not "
            f"{config.patience}; give validate_every too"
        )


def _check_parts(config: Any) -> None:
    parts = getattr(config, "batch_parts", 0)
    if parts and config.batch_size % parts:
        raise ValueError(
            f"batch_parts must divide batch_size ({config.batch_size}), "
            f"not {parts}; give 0 to have it chosen"
        )


def _check_flavor(config: Any) -> None:
    """Not every optimiser has constants of every flavour."""
    if hasattr(config, "optimizer_flavor"):
        one = getattr(config, "optimizer", None)
        for optimizer in getattr(config, "optimizers", ()) if one is None else (one,):
            direction(optimizer, config.optimizer_flavor)


def _integer(minimum: int, hint: str = "") -> Rule:
    return partial(check_integer, minimum=minimum, hint=hint)


def _choice(choices: Collection[str]) -> Rule:
    return partial(check_choice, choices=choices)


_RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "seeds",
            "steps",
            "batch_size",
            "hidden_size",
            "layers",
            "evaluation_size",
            "stop_patience",
        ),
        _integer(1),
    ),
    **dict.fromkeys(
        ("first_seed", "batch_parts", "seeds_per_device", "validate_every", "patience"),
        _integer(0),
    ),
    "cell": _choice(CELLS),
    "encoding": _choice(ENCODINGS),
    "initializer": _choice(INITIALIZERS),
    "forget_bias": _choice(FORGET_BIASES),
    "optimizer": _choice(OPTIMIZERS),
    "optimizer_flavor": _choice(FLAVORS),
    "learning_rate": partial(
        check_number, minimum=0.0, exclusive=True, hint="try 1e-3"
    ),
    "clip_norm": partial(
        check_number,
        minimum=0.0,
        exclusive=True,
        finite=False,
        hint="give inf for none",
    ),
    **dict.fromkeys(
        ("stop_accuracy", "success_accuracy"),
        partial(check_number, minimum=0.0, maximum=1.0),
    ),
}

_SINGULARS = {
    "cells": "cell",
    "encodings": "encoding",
    "initializers": "initializer",
    "forget_biases": "forget_bias",
    "optimizers": "optimizer",
    "batch_sizes": "batch_size",
    "learning_rates": "learning_rate",
}
"""Options of several values, none of them twice, and the option of one such value."""


def check_palindrome_length(
    name: str, length: object, forget_bias: str = "zero"
) -> None:
    """Raise ValueError unless a palindrome of so many digits can be learnt from.

    Args:
        name: of the option.
        length: digits of the palindrome.
        forget_bias: of the network; default: one that asks for nothing.
    """
    hint = "a palindrome needs a digit to read and one to predict"
    check_integer(name, length, minimum=2, hint=hint)
    if forget_bias == "chrono":
        hint = "the chrono forget bias needs at least three inputs"
        check_integer(name, length, minimum=4, hint=hint)
