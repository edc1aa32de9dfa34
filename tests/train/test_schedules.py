"""Learning-rate schedules against plain Python."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqjax.train import make_schedule
from seqjax.train.schedules import Schedule, as_schedule


def factors(schedule: Schedule, updates: Sequence[int], of: int = 1000) -> np.ndarray:
    numbers = jnp.asarray(updates, jnp.int32)
    mapped = jax.jit(jax.vmap(schedule, in_axes=(0, None)))
    return np.asarray(mapped(numbers, jnp.asarray(of, jnp.int32)))


def test_constant_is_one_everywhere() -> None:
    np.testing.assert_array_equal(factors(make_schedule(), [0, 1, 999]), 1)


def test_report_003_multiplies_by_a_factor_every_5000_updates() -> None:
    schedule = make_schedule("step", decay=0.96, decay_every=5000)
    found = factors(schedule, [0, 4999, 5000, 9999, 10000, 500_000])
    np.testing.assert_allclose(found, [1, 1, 0.96, 0.96, 0.96**2, 0.96**100], rtol=1e-5)


def test_char_rnn_decays_after_every_epoch_from_the_tenth_on() -> None:
    # Karpathy's train.lua: `if i % ntrain == 0` and `epoch >= 10`, times 0.97.
    ntrain = 7
    rate, expected = 1.0, []
    for i in range(1, 30 * ntrain + 1):
        expected.append(rate)
        if i % ntrain == 0 and i / ntrain >= 10:
            rate *= 0.97
    schedule = make_schedule(
        "step", decay=0.97, decay_every=ntrain, decay_after=10 * ntrain
    )
    np.testing.assert_allclose(
        factors(schedule, range(30 * ntrain)), expected, rtol=1e-5
    )


@pytest.mark.parametrize("every", [0.37, 2.5, 1204.4333])
def test_decays_need_not_come_at_whole_updates(every: float) -> None:
    updates = range(200)
    expected = [0.9 ** math.floor((u + 0.5) / every) for u in updates]
    found = factors(make_schedule("step", decay=0.9, decay_every=every), updates)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-30)


def test_cosine_falls_from_one_to_zero_over_the_updates_there_are() -> None:
    for of in (10, 1000):
        updates = [0, of // 4, of // 2, of]
        expected = [1, (1 + math.cos(math.pi / 4)) / 2, 0.5, 0]
        if of == 10:
            expected[1] = (1 + math.cos(math.pi * 0.2)) / 2
        found = factors(make_schedule("cosine"), updates, of)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_warm_up_rises_evenly_and_then_leaves_the_schedule_alone() -> None:
    warm = factors(make_schedule("cosine", warmup=4), range(0, 104), 104)
    np.testing.assert_allclose(warm[:4], [0.25, 0.5, 0.75, 1], rtol=1e-6)
    plain = factors(make_schedule("cosine"), range(0, 100), 100)
    np.testing.assert_allclose(warm[4:], plain, atol=1e-6)


def test_a_schedule_of_optax_is_one() -> None:
    theirs = optax.cosine_decay_schedule(0.5, 10)
    ours = as_schedule(theirs)
    assert ours is not None
    with jax.numpy_dtype_promotion("standard"):
        found = factors(ours, range(10))
    expected = [theirs(update) for update in range(10)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    assert as_schedule(None) is None
    own = make_schedule("cosine")
    assert as_schedule(own) is own


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "cosin"},
            "schedule must be one of constant, step, cosine, not 'cosin'; did you mean "
            "'cosine'?",
        ),
        ({"decay": 0.0}, "decay must be a finite number above 0, not 0.0"),
        ({"decay_every": 0}, "decay_every must be a finite number above 0, not 0"),
        (
            {"decay_after": -1},
            "decay_after must be a finite number of at least 0, not -1",
        ),
        (
            {"warmup": -1},
            "warmup must be an integer of at least 0, not -1; give 0 or more",
        ),
    ],
)
def test_f6_what_is_no_schedule_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        make_schedule(**options)
    assert str(caught.value) == message


def test_a_name_is_no_schedule() -> None:
    with pytest.raises(ValueError, match="schedule") as caught:
        as_schedule("cosine")
    assert str(caught.value) == (
        "schedule must be a function of the updates done, not 'cosine'; give "
        "make_schedule('cosine') or one of optax"
    )
