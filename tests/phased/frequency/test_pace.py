"""How many epochs a budget buys, with clocks that the tests set themselves."""

import pytest

from seqjax.lab.errors import UserError
from seqjax.phased.frequency.config import FrequencyConfig
from seqjax.phased.frequency.pace import (
    LEAST_SECONDS,
    MOST_UPDATES,
    SHARE,
    Pace,
    affordable_epochs,
    timed,
)

CONFIG = FrequencyConfig(epochs=20, epoch_size=100, batch_size=10)


class Machine:
    """A clock that work moves on; the first update and the first test compile."""

    def __init__(self, update: float, test: float) -> None:
        self.now, self.updates = 0.0, 0
        self._update, self._test, self._compiled = update, test, {"u": 0, "t": 0}

    def update(self, count: int) -> None:
        self.updates += count
        self.now += count * self._update + self._compile("u")

    def test(self) -> None:
        self.now += self._test + self._compile("t")

    def _compile(self, what: str) -> float:
        self._compiled[what] += 1
        return 30.0 if self._compiled[what] == 1 else 0.0


@pytest.mark.parametrize("update", [0.001, 0.1, 5.0])
def test_the_pace_is_the_machines_without_compilation(update: float) -> None:
    machine = Machine(update, test=0.7)
    pace = timed(machine.update, machine.test, lambda: machine.now)
    assert pace == pytest.approx(Pace(update, 0.7))
    assert pace.epoch(100) == pytest.approx(100 * update + 0.7)
    # One to compile, then no more than it takes to be sure of the time.
    assert machine.updates <= max(2, 2 * MOST_UPDATES, 6 * LEAST_SECONDS / update)
    assert (update < 1) == (machine.updates > 2)


def test_as_many_epochs_as_end_within_the_budgets_share() -> None:
    paces = [Pace(0.5, 1.0), Pace(0.25, 2.0)]
    spent = 45.0
    for budget in (2.0, 3.0, 5.5, 9.0):
        # Epoch after epoch, all models, until the time is over.
        one = 10 * 0.5 + 1 + 10 * 0.25 + 2
        ends = [spent + n * one / SHARE for n in range(1, 1000)]
        within = sum(end <= 60 * budget for end in ends)
        found = affordable_epochs(CONFIG, budget, paces, spent)
        assert found == min(20, within)
    assert affordable_epochs(CONFIG, 9.0, paces, spent) == 20  # never more than asked


def test_a_budget_below_one_epoch_is_refused_with_what_would_do() -> None:
    paces = [Pace(5.0, 4.0)]  # 54 s an epoch, one minute with what is left for the rest
    with pytest.raises(UserError) as caught:
        affordable_epochs(CONFIG, 1.9, paces, spent=60.0)
    assert str(caught.value) == (
        "budget must hold one epoch of every model, which takes 2 minutes here (timing "
        "it: 1), not 1.9; give 2.2 or more, or fewer regimes, models or seeds"
    )
    assert affordable_epochs(CONFIG, 2.2, paces, spent=60.0) == 1


def test_long_times_are_told_in_whole_minutes() -> None:
    with pytest.raises(UserError, match=r"takes 1000 minutes .*; give 1100 or more"):
        affordable_epochs(CONFIG, 20.0, [Pace(5400.0, 0.0)], spent=0.0)
