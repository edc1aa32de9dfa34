"""From the options of the command line to a manner of writing."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from seqjax.charlm.commands.manner import Manner
from seqjax.core.checks import check_integer, check_number
from seqjax.core.decoding import Choice, make_choice
from seqjax.lab.errors import UserError

SEEDS = 2**32
"""So many seeds differ: `jax.random.key` takes no more bits of a number."""

MOST_BEAMS, MOST_SEARCHED = 1000, 10**7
"""Beams, and their product with the length: the whole search is kept until its end."""

_TOP = 2**31 - 1  # more characters than any vocabulary has, and the largest int32
_ESCAPES = {"\\n": "\n", "\\t": "\t"}


def manner_of(given: Mapping[str, Any], values: Mapping[str, Any]) -> Manner:
    """The manner that options ask for.

    Args:
        given: Values of the options given.
        values: The same with the defaults of the others.

    Raises:
        UserError: A value that cannot be, or options that contradict each other.
    """
    try:
        _check_together(given)
        check_integer("length", values["length"], minimum=1)
        if values["beam"] is not None:
            _check_search(values)
        seed = values["seed"]
        if seed is None:
            seed = secrets.randbelow(SEEDS)
        if not 0 <= seed < SEEDS:
            raise ValueError(
                f"seed must be from 0 to {SEEDS - 1}, not {seed}; leave it out for a "
                "random one"
            )
        return Manner(
            values["length"],
            _choice(values),
            values["beam"],
            values["length_normalization"],
            _ESCAPES.get(values["end"], values["end"]),
            values["start"],
            seed,
        )
    except ValueError as error:
        raise UserError(str(error)) from error


def _choice(values: Mapping[str, Any]) -> Choice:
    """The choice; raises as `make_choice`, in the options' own names."""
    temperature, inverse = values["temperature"], values["inverse_temperature"]
    if inverse is not None:
        check_number(
            "inverse_temperature",
            inverse,
            minimum=0,
            exclusive=True,
            hint="it multiplies the logits; --temperature 0 takes the most probable",
        )
        temperature = 1 / inverse
    top_k = values["top_k"]
    return make_choice(
        temperature,
        top_k=None if top_k is None else min(top_k, _TOP),
        top_p=values["top_p"],
    )


def _check_search(values: Mapping[str, Any]) -> None:
    """Raises unless the search can be."""
    beam, length = values["beam"], values["length"]
    check_integer("beam", beam, minimum=1, hint="1 is the greedy choice")
    check_number(
        "length_normalization",
        values["length_normalization"],
        minimum=0,
        hint="0 is the log-probability itself",
    )
    if beam > MOST_BEAMS:
        raise ValueError(
            f"beam must be at most {MOST_BEAMS}, not {beam}; give fewer beams"
        )
    if beam * length > MOST_SEARCHED:
        raise ValueError(
            f"length must be at most {MOST_SEARCHED // beam} with {beam} beams, not "
            f"{length}; give less of one"
        )


def _check_together(given: Mapping[str, Any]) -> None:
    """Raises where options mean nothing together."""
    if "temperature" in given and "inverse_temperature" in given:
        raise ValueError(
            f"{_typed(given, 'temperature')} must stand without "
            f"{_typed(given, 'inverse_temperature')}; leave one out: the first divides "
            "the logits, the second multiplies them"
        )
    draws: dict[str, Callable[[Any], bool]] = {
        "temperature": lambda value: value > 0,
        "inverse_temperature": lambda value: True,
        "top_k": lambda value: True,
        "top_p": lambda value: True,
        "samples": lambda value: value > 1,
    }
    for name, draws_with in draws.items():
        if "beam" in given and name in given and draws_with(given[name]):
            raise ValueError(
                f"{_typed(given, 'beam')} must stand without {_typed(given, name)}; "
                "leave one out: a beam search draws nothing"
            )
    for name in ("length_normalization", "end"):
        if name in given and "beam" not in given:
            raise ValueError(
                f"{_typed(given, name)} must stand with --beam; add it or leave this "
                "out: it is about the texts of a beam search"
            )


def _typed(given: Mapping[str, Any], name: str) -> str:
    """An option about as it was typed."""
    return f"--{name.replace('_', '-')} {given[name]}"
