"""Seeds over devices: the numbers belong to the seed alone."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.tasks import Network, PalindromeTask
from seqjax.tasks.palindromes import evaluation_set, palindromes
from seqjax.train import (
    Ensemble,
    Hyper,
    SeedMap,
    Task,
    direction,
    make_hyper,
    seed_map,
    seed_mesh,
)
from tests import compiling
from tests.train.problem import ONE, TASK


def palindrome_task(cell: str, initializer: str = "he") -> Task:
    network = Network(
        cell, in_features=1, outputs=10, hidden_size=16, initializer=initializer
    )
    return PalindromeTask(network, "scalar", batch_size=8, longest=7).task()


def keys(seeds: int) -> jax.Array:
    return jax.vmap(jax.random.key)(jnp.arange(seeds))


def trained(
    cell: str,
    seeds: int,
    devices: int,
    *,
    group: int | None = None,
    length: int = 7,
    quick: bool = False,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Parameters and losses after 20 updates, as NumPy arrays with seeds leading."""
    ensemble = Ensemble(
        palindrome_task(cell),
        direction("rmsprop"),
        seeds,
        capacity=8,
        mesh=seed_mesh(jax.devices()[:devices]),
        group=group,
        quick_compile=quick,
    )
    data = palindromes(length, evaluation_set(length, 7, 32, seed=0))
    chunks = []
    for progress in ensemble.run(keys(seeds), make_hyper(1e-2), data, num_updates=20):
        chunks.append(progress.metrics.loss)
    params = jax.tree.leaves(ensemble.gather(progress.states.params))
    return params, np.concatenate(chunks, axis=1)


@pytest.mark.parametrize(
    ("cell", "others"),
    [
        ("lstm", [(10, 2)]),
        pytest.param("lstm", [(1, 1)], marks=pytest.mark.slow),
        pytest.param("rnn", [(10, 2)], marks=pytest.mark.slow),
        pytest.param("gru", [(10, 2)], marks=pytest.mark.slow),
    ],
)
def test_a_seed_has_the_same_bits_among_3_or_10_on_1_or_2_devices(
    cell: str, others: list[tuple[int, int]]
) -> None:
    assert len(jax.devices()) >= 2
    reference, losses = trained(cell, 3, 1)
    assert np.isfinite(losses).all()
    assert len({loss.tobytes() for loss in losses}) == 3, "seeds must differ"
    for seeds, devices in others:
        params, again = trained(cell, seeds, devices)
        shared = min(seeds, 3)
        np.testing.assert_array_equal(again[:shared], losses[:shared])
        for ours, theirs in zip(params, reference, strict=True):
            np.testing.assert_array_equal(ours[:shared], theirs[:shared])


def test_parts_of_a_batch_give_the_same_bits_on_one_device_and_on_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seed_map, "_HURRY", compiling.usual())
    losses = []
    for mesh in (seed_mesh(jax.devices()[:1]), seed_mesh(jax.devices()[:2], parts=2)):
        task = palindrome_task("lstm")
        ensemble = Ensemble(
            task, direction("rmsprop"), 1, mesh=mesh, parts=2, quick_compile=True
        )
        data = palindromes(7, evaluation_set(7, 7, 32, seed=0))
        *_, last = ensemble.run(keys(1), make_hyper(1e-2), data, num_updates=20)
        leaves = jax.tree.leaves(ensemble.gather(last.states.params))
        losses.append([leaf.tobytes() for leaf in leaves])
    assert losses[0] == losses[1]


def test_a_mesh_for_another_number_of_parts_is_refused() -> None:
    mesh = seed_mesh(jax.devices()[:2], parts=2)
    with pytest.raises(ValueError, match="mesh") as error:
        Ensemble(TASK, direction("sgd"), 1, mesh=mesh)
    assert str(error.value) == (
        "mesh must have one device or all 1 for the parts of a batch, not 2; "
        "make it by seed_mesh(parts=1)"
    )


@pytest.mark.slow
def test_groups_side_by_side_agree_to_rounding() -> None:
    _, alone = trained("rnn", 5, 2)
    _, grouped = trained("rnn", 5, 2, group=2)
    np.testing.assert_allclose(grouped, alone, rtol=1e-4)


def test_what_is_compiled_in_a_hurry_agrees_to_rounding() -> None:
    _, losses = trained("rnn", 3, 1)
    _, quick = trained("rnn", 3, 1, quick=True)
    np.testing.assert_allclose(quick, losses, rtol=1e-4)


def counted(task: Task) -> tuple[Task, list[int]]:
    """The task, and a list that grows by one whenever its loss is traced."""
    traces: list[int] = []

    def loss(params: Any, batch: Any, data: Any) -> tuple[jax.Array, jax.Array]:
        traces.append(1)
        return task.loss(params, batch, data)

    return task._replace(loss=loss), traces


def test_one_compile_serves_all_lengths_and_rates() -> None:
    task, traces = counted(palindrome_task("lstm"))
    ensemble = Ensemble(task, direction("rmsprop"), 3)
    after_first = 0
    for length, rate in ((4, 1e-3), (7, 1e-2), (5, 1e-1)):
        data = palindromes(length, evaluation_set(length, 7, 32, seed=0))
        for _ in ensemble.run(keys(3), make_hyper(rate), data, num_updates=3):
            pass
        after_first = after_first or len(traces)
    assert len(traces) == after_first > 0


@pytest.mark.slow
def test_every_model_may_have_its_own_rate() -> None:
    data = palindromes(7, evaluation_set(7, 7, 32, seed=0))
    rates = (1e-3, 1e-2, 1e-1)

    def losses(hyper: Hyper, seeds: int) -> np.ndarray:
        ensemble = Ensemble(palindrome_task("rnn"), direction("rmsprop"), seeds)
        run = ensemble.run(keys(seeds), hyper, data, num_updates=5)
        return np.concatenate([np.asarray(p.metrics.loss) for p in run], axis=1)

    each = make_hyper(0.0)._replace(learning_rate=jnp.array(rates, jnp.float32))
    together = losses(each, 3)
    for i, rate in enumerate(rates):
        np.testing.assert_array_equal(together[i], losses(make_hyper(rate), 3)[i])


@pytest.mark.slow
def test_a_training_broken_off_goes_on_as_if_it_had_not_been() -> None:
    data = palindromes(7, evaluation_set(7, 7, 32, seed=0))
    ensemble = Ensemble(palindrome_task("gru"), direction("rmsprop"), 3, capacity=8)
    *_, whole = ensemble.run(keys(3), make_hyper(1e-2), data, num_updates=20)
    *_, half = ensemble.run(keys(3), make_hyper(1e-2), data, num_updates=11)
    again = ensemble.resume(half.states, make_hyper(1e-2), data, num_updates=20)
    *_, ended = again
    assert ended.updates == 20
    for ours, theirs in zip(
        jax.tree.leaves(ensemble.gather(ended.states.params)),
        jax.tree.leaves(ensemble.gather(whole.states.params)),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_other_initial_weights_share_the_program() -> None:
    data = palindromes(7, evaluation_set(7, 7, 32, seed=0))
    hyper, optimizer = make_hyper(1e-2), direction("rmsprop")
    task, other = palindrome_task("rnn"), palindrome_task("rnn", "orthogonal")
    ensemble = Ensemble(task, optimizer, 2)
    start = ensemble.starter(other.init)
    *_, ours = ensemble.resume(start(keys(2)), hyper, data, num_updates=4)
    *_, theirs = Ensemble(other, optimizer, 2).run(keys(2), hyper, data, num_updates=4)
    for a, b in zip(
        jax.tree.leaves(ours.states.params),
        jax.tree.leaves(theirs.states.params),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_seeds_that_have_stopped_end_the_run() -> None:
    ensemble = Ensemble(TASK, direction("sgd"), 3, capacity=50)
    hyper = make_hyper(1.0, solved_accuracy=0.8, patience=5, stop=True)
    run = ensemble.run(keys(3), hyper, ONE, num_updates=10_000, look_every=1e9)
    chunks = list(run)
    last = chunks[-1]
    assert last.done
    assert last.updates < 1000
    steps, solved = ensemble.gather((last.states.step, last.states.solved_step))
    assert (steps >= solved + 4).all()
    # And where the last of them has: how long a chunk is, is a matter of the clock.
    assert last.updates == steps.max()
    losses = np.concatenate([chunk.metrics.loss for chunk in chunks], axis=1)
    assert losses.shape == (3, last.updates)
    np.testing.assert_array_equal(np.isfinite(losses).sum(axis=1), steps)


@pytest.mark.parametrize(
    ("seeds", "devices", "group"), [(1, 2, 1), (5, 2, 2), (4, 1, 3)]
)
def test_a_map_returns_each_seeds_own_result(
    seeds: int, devices: int, group: int
) -> None:
    mesh = seed_mesh(jax.devices()[:devices])
    mapped = SeedMap(lambda x, y: (x * y, x + 1), seeds, mesh=mesh, group=group)
    xs = jnp.arange(seeds)
    product, successor = mapped.gather(mapped(mapped.place(xs), jnp.asarray(3)))
    np.testing.assert_array_equal(product, 3 * np.arange(seeds))
    np.testing.assert_array_equal(successor, np.arange(seeds) + 1)


def test_no_seeds_is_an_error() -> None:
    with pytest.raises(ValueError, match="num_seeds") as error:
        SeedMap(lambda x, y: x, 0)
    assert str(error.value) == (
        "num_seeds must be an integer of at least 1, not 0; give 1 or more"
    )


def test_f6_another_number_of_keys_is_refused() -> None:
    ensemble = Ensemble(TASK, direction("sgd"), 4, capacity=5)
    for count in (1, 3, 5):
        given = jax.random.split(jax.random.key(0), count)
        with pytest.raises(ValueError, match="keys") as caught:
            next(ensemble.run(given, make_hyper(0.1), ONE, num_updates=1))
        assert str(caught.value) == (
            f"keys must be keys of shape (4,), not key<fry>[{count}]; give "
            "jax.random.split(key, 4)"
        )
    with pytest.raises(ValueError, match="seeds") as caught:
        ensemble.place(jnp.zeros((3, 2)))
    assert str(caught.value) == (
        "seeds must be 4 along the first axis, not of shape (3, 2); give one of each "
        "for every seed"
    )


def test_f6_another_number_of_rates_is_refused() -> None:
    ensemble = Ensemble(TASK, direction("sgd"), 4, capacity=5)
    states = ensemble.init(keys(4))
    hyper = make_hyper(0.1)._replace(learning_rate=jnp.ones(3, jnp.float32))
    with pytest.raises(ValueError, match="rate") as caught:
        ensemble.advance(states, hyper, ONE, 1)
    assert str(caught.value) == (
        "hyper.learning_rate must be of shape () or (4,), not (3,); give one of shape "
        "()"
    )


@pytest.mark.parametrize("option", ["capacity", "num_seeds", "parts"])
def test_sizes_below_one_are_refused(option: str) -> None:
    given: dict[str, Any] = {"num_seeds": 1, option: 0}
    with pytest.raises(ValueError, match=option) as caught:
        Ensemble(TASK, direction("sgd"), **given)
    assert str(caught.value) == (
        f"{option} must be an integer of at least 1, not 0; give 1 or more"
    )


def test_f13_no_updates_end_at_once() -> None:
    ensemble = Ensemble(TASK, direction("sgd"), 2, capacity=5)
    (only,) = ensemble.run(keys(2), make_hyper(0.1), ONE, num_updates=0)
    assert only.done
    assert only.updates == 0
    assert only.metrics.loss.shape == (2, 0)
