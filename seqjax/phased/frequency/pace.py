"""How many epochs fit into a budget, from the time that one takes here."""

from collections.abc import Callable
from typing import NamedTuple

from seqjax.core import processes
from seqjax.lab.errors import UserError
from seqjax.phased.frequency.config import FrequencyConfig

SHARE = 0.9
"""Of the time left: the rest is for what comes between, and for a slower hour."""

LEAST_SECONDS = 2.0
"""Time at least that updates are timed for."""

MOST_UPDATES = 64
"""Updates that are timed at most."""


class Pace(NamedTuple):
    """What one model takes here, all its seeds together.

    Attributes:
        update: seconds of one update.
        test: seconds of one test.
    """

    update: float
    test: float

    def epoch(self, updates: int) -> float:
        """Seconds of an epoch of so many updates, and its test."""
        return updates * self.update + self.test


def timed(
    update: Callable[[int], None],
    test: Callable[[], None],
    clock: Callable[[], float] = processes.clock,
) -> Pace:
    """Time a model's updates and its test, each after a first one that compiles it.

    Args:
        update: makes so many updates, and waits for their end.
        test: tests once, and waits for the end.
        clock: seconds, never going back.
    """

    def seconds(action: Callable[..., None], *arguments: int) -> float:
        start = clock()
        action(*arguments)
        return clock() - start

    update(1)
    count, taken = 1, seconds(update, 1)
    while taken < LEAST_SECONDS and count < MOST_UPDATES:
        count *= 4
        taken = seconds(update, count)
    test()
    return Pace(taken / count, seconds(test))


def affordable_epochs(
    config: FrequencyConfig, budget: float, paces: list[Pace], spent: float
) -> int:
    """Epochs of every model that fit into the budget, at most as many as wanted.

    Args:
        config: the study's.
        budget: minutes for everything.
        paces: of the models that are left to be trained.
        spent: seconds of the budget that are gone.

    Raises:
        UserError: if not even one epoch fits.
    """
    one = sum(pace.epoch(config.updates_per_epoch) for pace in paces) / SHARE
    fitting = int((60 * budget - spent) / one)
    if fitting < 1:
        needed = (spent + one) / 60
        raise UserError(
            f"budget must hold one epoch of every model, which takes {_short(needed)} "
            f"minutes here (timing it: {_short(spent / 60)}), not {budget:g}; give "
            f"{_short(1.1 * needed)} or more, or fewer regimes, models or seeds"
        )
    return min(config.epochs, fitting)


def _short(minutes: float) -> str:
    """To two digits, or to whole minutes."""
    return f"{minutes:.2g}" if minutes < 10 else f"{minutes:.0f}"
