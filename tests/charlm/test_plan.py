"""Plans: everything happens once, both ends included, and nothing after the end."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from seqjax.charlm.config import Config
from seqjax.charlm.plan import FAR, Place, Plan, plan_of
from seqjax.lab.errors import UserError


def counted(rng: np.random.Generator) -> Plan:
    """A random plan that goes by updates."""
    updates = int(rng.integers(1, 10 ** rng.integers(1, 5)))
    every = int(rng.integers(1, 2 * updates + 1)) if rng.random() < 0.5 else 0
    steps = rng.choice(2 * updates + 1, min(4, updates), replace=False)
    written = tuple(map(int, steps)) if rng.random() < 0.5 else ()
    return Plan(updates, math.inf, every, written)


def timed(rng: np.random.Generator) -> Plan:
    seconds = float(rng.uniform(1, 1000))
    every = int(rng.integers(1, 300)) if rng.random() < 0.3 else 0
    steps = tuple(map(int, rng.integers(0, 1000, 3))) if rng.random() < 0.3 else ()
    return Plan(FAR, seconds, every, steps)


def conducted(
    plan: Plan, rng: np.random.Generator, cost: float = 0.0, stops_at: int = FAR
) -> Iterator[tuple[Place, bool, bool]]:
    """What a training does at every place that it comes to, by chunks of any size.

    As `seqjax.charlm.training` does it, and without what it does between.
    """
    place, looked, asked = Place(0, 0.0), None, None
    pace = rng.uniform(0.02, 0.1)
    while True:
        over = plan.is_over(place) or place.updates >= stops_at
        look = plan.is_look(looked, place, cost, over)
        write = plan.is_writing(asked, place, over)
        looked, asked = (place if look else looked), place
        yield place, look, write
        # Whatever was done is not due again.
        assert not plan.is_look(looked, place, cost, over)
        assert not plan.is_writing(asked, place, over)
        if over:
            return
        stop = plan.next_stop(place.updates)
        assert place.updates < stop <= plan.updates
        while place.updates < min(stop, stops_at):
            chunk = int(rng.integers(1, 300))
            updates = min(place.updates + chunk, stop, stops_at)
            seconds = place.seconds + pace * (updates - place.updates)
            place = Place(updates, seconds + rng.uniform(0, 0.01))
            if plan.updates == FAR and (
                plan.is_over(place)
                or plan.is_look(looked, place, cost)
                or plan.is_writing(asked, place)
            ):
                break


def test_by_updates_everything_comes_at_its_update_and_once() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        plan = counted(rng)
        visits = list(conducted(plan, rng))
        n, every = plan.updates, plan.look_updates
        looks = (
            {0, n, *range(0, n, every)}
            if every
            else {math.ceil(Fraction(n * i, 20)) for i in range(21)}
        )
        writings = (
            {step for step in plan.write_updates if step <= n}
            if plan.write_updates
            else {0, n, *(-(-n * share // 100) for share in (1, 10, 50))}
        )
        assert [place.updates for place, look, _ in visits if look] == sorted(looks)
        assert [p.updates for p, _, write in visits if write] == sorted(writings)
        assert visits[-1][0].updates == n


def test_a_hundred_updates_are_evaluated_every_five() -> None:
    # In floating point 0.55 of 100 is more than 55.
    plan = plan_of(Config(steps=100), 10_000)
    visits = list(conducted(plan, np.random.default_rng(0)))
    looks = [place.updates for place, look, _ in visits if look]
    assert looks == list(range(0, 101, 5))
    assert [p.updates for p, _, write in visits if write] == [0, 1, 10, 50, 100]


def test_by_time_everything_comes_at_its_share_of_it() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        plan = timed(rng)
        visits = list(conducted(plan, rng))
        last = visits[-1][0]
        # The end is found after the chunk in which it is.
        assert plan.seconds <= last.seconds < plan.seconds + 300 * 0.1 + 1
        looks = [place for place, look, _ in visits if look]
        assert looks[0] == Place(0, 0.0)
        assert looks[-1] == last
        if plan.look_updates:
            numbers = [place.updates for place in looks]
            assert set(range(0, last.updates, plan.look_updates)) <= set(numbers)
            assert numbers == sorted(set(numbers))
        else:
            pauses = np.diff([place.seconds for place in looks])
            assert (pauses[:-1] >= plan.seconds / 20).all()
            assert len(looks) <= 22
        writings = [place for place, _, write in visits if write]
        if plan.write_updates:
            reached = {step for step in plan.write_updates if step <= last.updates}
            assert {place.updates for place in writings} == reached
        else:
            shares = [place.seconds / plan.seconds for place in writings]
            chunk = (300 * 0.1 + 1) / plan.seconds
            for wanted in (0, 0.01, 0.1, 0.5, 1):
                assert any(wanted <= share < wanted + chunk for share in shares)
            assert len(writings) <= 5


def test_by_time_evaluations_take_a_tenth_of_it_at_most() -> None:
    rng = np.random.default_rng(2)
    plan = Plan(FAR, 600.0, 0, ())
    for cost in (0.0, 2.0, 20.0, 1000.0):
        looks = [p.seconds for p, look, _ in conducted(plan, rng, cost) if look]
        assert looks[0] == 0
        assert looks[-1] >= 600
        assert (np.diff(looks)[:-1] >= max(30, 10 * cost)).all()
        assert len(looks) >= 2


def test_a_training_whose_seeds_have_all_stopped_ends_properly() -> None:
    rng = np.random.default_rng(3)
    for make in (counted, timed):
        for _ in range(20):
            plan = make(rng)
            stops_at = int(rng.integers(1, min(plan.updates, 5000) + 1))
            visits = list(conducted(plan, rng, stops_at=stops_at))
            place, look, write = visits[-1]
            assert look
            assert write or plan.write_updates
            assert place.updates <= stops_at


def test_the_share_done_never_falls_and_ends_at_one() -> None:
    rng = np.random.default_rng(4)
    for make in (counted, timed):
        for _ in range(20):
            plan = make(rng)
            shares = [plan.share(place) for place, _, _ in conducted(plan, rng)]
            assert shares == sorted(shares)
            assert (shares[0], shares[-1]) == (0, 1)


def test_epochs_are_counted_in_characters() -> None:
    config = Config(epochs=2.5, window=30, batch_size=64)
    assert plan_of(config, 64 * 30 * 100).updates == 250
    assert plan_of(config, 64 * 30 * 100 + 1).updates == 251
    assert plan_of(config, 10).updates == 1
    assert plan_of(Config(steps=7), 10) == Plan(7, math.inf, 0, ())
    by_time = plan_of(Config(minutes=0.5, evaluate_every=3, sample_steps=(4,)), 10)
    assert by_time == Plan(FAR, 30.0, 3, (4,))


@pytest.mark.parametrize(
    ("config", "updates"),
    [
        (Config(steps=2**31 - 1), "2.147e+09"),
        (Config(steps=10**12), "1e+12"),
        (Config(epochs=1e12), "5.208e+14"),
        (Config(epochs=1e308), "inf"),
    ],
)
def test_more_updates_than_can_be_counted_are_refused(
    config: Config, updates: str
) -> None:
    with pytest.raises(UserError) as error:
        plan_of(config, 10**6 if config.epochs < 1e300 else 10**9)
    assert str(error.value) == (
        f"a training must have fewer than 2147483647 updates, not {updates}; "
        "give fewer steps or epochs"
    )
    assert plan_of(Config(steps=2**31 - 2), 10).updates == 2**31 - 2
