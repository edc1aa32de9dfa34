"""The settings of the grid, in the order in which a limited time is spent on them."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from seqjax.reconcile.config import CELL_NAMES, Config


class Setting(NamedTuple):
    """One point of the grid: everything that decides a training but the seed.

    Attributes:
        cell: rnn or lstm.
        length: digits T of the palindrome.
        encoding: scalar or onehot.
        initializer: of all weights.
        forget_bias: of the LSTM; zero for the RNN, which has none.
        learning_rate: step size.
        optimizer: with torch's constants.
        batch_size: palindromes per update.
        stop: solved or never.
    """

    cell: str
    length: int
    encoding: str = "scalar"
    initializer: str = "he"
    forget_bias: str = "zero"
    learning_rate: float = 1e-3
    optimizer: str = "rmsprop"
    batch_size: int = 128
    stop: str = "solved"

    @property
    def name(self) -> str:
        """The setting as the name of a block."""
        length, rate = f"{self.length:03d}", f"{self.learning_rate:g}"
        shown = {**self._asdict(), "length": length, "learning_rate": rate}
        return "-".join(map(str, shown.values()))


FACTORS = Setting._fields[2:]
"""What the reports leave open."""

CORE = ("encoding", "initializer")
"""Factors that are crossed first: those that a first look had found to matter most."""


def levels(config: Config) -> dict[str, tuple[Any, ...]]:
    """The levels of every factor; the first is its reference."""
    return {
        "encoding": config.encodings,
        "initializer": config.initializers,
        "forget_bias": config.forget_biases,
        "learning_rate": config.learning_rates,
        "optimizer": config.optimizers,
        "batch_size": config.batch_sizes,
        "stop": config.stops,
    }


def reference(config: Config, cell: str, length: int) -> Setting:
    """The setting with every factor at its reference."""
    first = {factor: values[0] for factor, values in levels(config).items()}
    return _valid(Setting(cell, length)._replace(**first))


def stages(config: Config) -> dict[str, list[Setting]]:
    """The whole factorial grid by stages, most telling settings first, each once.

    First the `CORE` factors crossed, then one other factor at a time off its reference
    at the core's reference, then what is left of the full crossing; always all lengths,
    short before long, and both cells side by side. Nothing where claims are named.
    """
    if config.claims:
        return {}
    seen: set[Setting] = set()
    found = {}
    for name, stage in (
        (f"{' x '.join(CORE)}", _core),
        ("one other factor at a time", _one_at_a_time),
        ("all factors crossed", _full),
    ):
        settings = dict.fromkeys(
            _valid(reference(config, cell, length)._replace(**changes))
            for changes in stage(config)
            for length in sorted(config.lengths)
            for cell in CELL_NAMES
        )
        found[name] = [setting for setting in settings if setting not in seen]
        seen.update(settings)
    return found


def _core(config: Config) -> Iterator[dict[str, Any]]:
    every = levels(config)
    for values in product(*(every[factor] for factor in CORE)):
        yield dict(zip(CORE, values, strict=True))


def _one_at_a_time(config: Config) -> Iterator[dict[str, Any]]:
    for factor, values in levels(config).items():
        if factor not in CORE:
            yield from ({factor: value} for value in values[1:])


def _full(config: Config) -> Iterator[dict[str, Any]]:
    every = levels(config)
    for values in product(*every.values()):
        yield dict(zip(every, values, strict=True))


def _valid(setting: Setting) -> Setting:
    """Without a forget bias where there is no forget gate."""
    return setting._replace(forget_bias="zero") if setting.cell == "rnn" else setting
