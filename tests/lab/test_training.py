"""Progress, curves and rows of a training, against the ensemble's own arrays."""

import math
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.keys import seed_keys
from seqjax.lab.running import training
from seqjax.lab.running.stages import Staged, train_in_stages
from seqjax.lab.running.training import endings, last_mean, train
from seqjax.lab.running.tree_arrays import to_arrays
from seqjax.lab.study import Number, SilentReporter
from seqjax.tasks import Score
from seqjax.train import (
    Ensemble,
    Hyper,
    Progress,
    TrainState,
    direction,
    make_hyper,
)
from tests.lab.breaking import Breaking
from tests.train.problem import ONE, TASK

SEEDS, UPDATES = range(4), 40


class Listener(SilentReporter):
    """Remembers what it is told and given; falls over after so many chunks."""

    def __init__(self, chunks: int = 1000, error: type[BaseException] = OSError):
        self.told: list[tuple[Number, Mapping[str, Number | str]]] = []
        self.arrays: dict[str, np.ndarray] | None = None
        self.keeps, self.chunks, self.error = 0, chunks, error
        self.often = True

    def is_due(self) -> bool:
        return self.often

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        self.told.append((work, metrics))
        if len(self.told) > self.chunks:
            raise self.error

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        assert all(array.dtype != object for array in arrays.values())
        self.keeps += 1
        self.arrays = {name: np.array(array) for name, array in arrays.items()}

    def kept(self) -> dict[str, np.ndarray] | None:
        return self.arrays


def ensemble_and_hyper() -> tuple[Ensemble, Hyper]:
    # The third seed learns nothing, the fourth has nothing finite after one update.
    rates = jnp.asarray([0.5, 1.0, 0.0, math.inf], jnp.float32)
    hyper = make_hyper(1.0, solved_accuracy=0.8, patience=3, stop=True)
    ensemble = Ensemble(TASK, direction("sgd"), len(SEEDS), capacity=10)
    return ensemble, hyper._replace(learning_rate=rates)


def test_every_update_is_in_the_curves_and_its_work_reported_once() -> None:
    ensemble, hyper = ensemble_and_hyper()
    keys, report = seed_keys(SEEDS), Listener()
    trained = train(
        ensemble, ensemble.init(keys), hyper, ONE, UPDATES, report, cost=2.5
    )
    chunks = list(ensemble.run(keys, hyper, ONE, num_updates=UPDATES))
    for name, curves in trained.history.items():
        expected = [getattr(chunk.metrics, name) for chunk in chunks]
        np.testing.assert_array_equal(curves, np.concatenate(expected, axis=1))
    assert trained.updates == chunks[-1].updates
    assert sum(work for work, _ in report.told) == 2.5 * trained.updates
    steps = [metrics["step"] for _, metrics in report.told]
    assert steps[-1] == trained.updates


def test_what_is_shown_may_be_something_else() -> None:
    ensemble, hyper = ensemble_and_hyper()
    report = Listener()

    def stopped(progress: Progress) -> Mapping[str, Number | str]:
        return {"stopped": int(ensemble.gather(progress.states.stopped).sum())}

    states = ensemble.init(seed_keys(SEEDS))
    train(ensemble, states, hyper, ONE, UPDATES, report, shown=stopped)
    assert {tuple(metrics) for _, metrics in report.told} == {("step", "stopped")}
    # All but the one that learns nothing.
    assert report.told[-1][1]["stopped"] == 3


def test_the_first_look_after_the_deadline_is_the_last() -> None:
    ensemble, hyper = ensemble_and_hyper()
    report = Listener()
    states = ensemble.init(seed_keys(SEEDS))
    trained = train(ensemble, states, hyper, ONE, UPDATES, report, deadline=0.0)
    assert len(report.told) == 1
    assert 0 < trained.updates < UPDATES


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_broken_off_and_gone_on_with_it_comes_out_the_same(
    error: type[BaseException],
) -> None:
    # As it would be after any half minute, and at once where someone interrupts.
    often = error is OSError
    ensemble, hyper = ensemble_and_hyper()

    def run(report: Listener) -> training.Trained:
        states = ensemble.init(seed_keys(SEEDS))
        return train(ensemble, states, hyper, ONE, UPDATES, report, cost=1)

    undisturbed = run(Listener())
    arrays, done = None, 0.0
    for chunks in range(1, 5):
        report = Listener(chunks, error)
        report.often = often
        report.arrays = arrays
        with pytest.raises(error):
            run(report)
        assert report.keeps
        arrays = report.arrays
        assert arrays is not None
        assert int(arrays["updates-0"]) >= done
        done = int(arrays["updates-0"])
    assert 0 < done < UPDATES
    last = Listener()
    last.arrays = arrays
    found = run(last)
    assert found.updates == undisturbed.updates
    assert sum(work for work, _ in last.told) == found.updates
    expected = to_arrays("states", ensemble.gather(undisturbed.states))
    for name, array in to_arrays("states", ensemble.gather(found.states)).items():
        np.testing.assert_array_equal(array, expected[name], strict=True)
    for name, curves in found.history.items():
        np.testing.assert_array_equal(curves, undisturbed.history[name], strict=True)


def test_several_trainings_make_a_block_that_can_be_broken_off_in_each() -> None:
    ensemble, hyper = ensemble_and_hyper()

    def run(report: SilentReporter) -> list[training.Trained]:
        trainings: list[training.Trained] = []
        for seeds in (SEEDS, [seed + 10 for seed in SEEDS]):
            states = ensemble.init(seed_keys(seeds))
            trainings.append(
                train(
                    *(ensemble, states, hyper, ONE, UPDATES, report),
                    cost=1,
                    before=trainings,
                )
            )
        return trainings

    whole = Breaking(math.inf)
    undisturbed = run(whole)
    first = undisturbed[0].updates
    for after in (0, 15, first - 1, first, first + 15, whole.done - 1):
        report = Breaking(after)
        with pytest.raises(KeyboardInterrupt):
            run(report)
        assert report.arrays is not None
        assert ("updates-1" in report.arrays) == (after >= first)
        following = report.going_on()
        for found, expected in zip(run(following), undisturbed, strict=True):
            assert found.updates == expected.updates
            theirs = to_arrays("states", ensemble.gather(expected.states))
            ours = to_arrays("states", ensemble.gather(found.states))
            for name, array in ours.items():
                np.testing.assert_array_equal(array, theirs[name], strict=True)
            for name, curves in found.history.items():
                np.testing.assert_array_equal(curves, expected.history[name])
        assert following.done == whole.done


def test_a_training_is_looked_at_after_each_stage_and_at_none_twice() -> None:
    ensemble, hyper = ensemble_and_hyper()
    stages, number = (0, 7, 8, UPDATES), np.asarray(3)

    def run(report: SilentReporter) -> tuple[Staged, list[int]]:
        looked: list[int] = []

        def look(states: TrainState) -> dict[str, np.ndarray]:
            steps, w = ensemble.gather((states.step, states.params["w"]))
            report.advance(100, {"step": int(steps.max())})
            looked.append(int(steps.max()))
            return {"step": steps, "w": w}

        states = ensemble.init(seed_keys(SEEDS))
        staged = train_in_stages(
            *(ensemble, states, hyper, ONE, stages, look, report),
            cost=1,
            look_cost=100,
            also={"number": number},
        )
        return staged, looked

    whole = Breaking(math.inf)
    staged, looked = run(whole)
    alone = train(
        *(ensemble, ensemble.init(seed_keys(SEEDS)), hyper, ONE, UPDATES),
        SilentReporter(),
    )
    assert looked == [0, 7, 8, alone.updates]
    # Seeds that have stopped are looked at all the same.
    steps = ensemble.gather(alone.states.step)
    np.testing.assert_array_equal(
        staged.looks["step"], np.minimum(steps, np.array(stages)[:, None])
    )
    np.testing.assert_array_equal(
        staged.looks["w"][-1], ensemble.gather(alone.states.params["w"])
    )
    for name, curves in alone.history.items():
        np.testing.assert_array_equal(staged.trained.history[name], curves)
    assert whole.done == 400 + alone.updates
    # In a look, and in training, in turn.
    moments = {0: 0, 102: 1, 107: 1, 207: 2, 208: 2, 310: 3, 300 + alone.updates: 3}
    for after, seen in moments.items():
        report = Breaking(after)
        with pytest.raises(KeyboardInterrupt):
            run(report)
        assert report.arrays is not None
        assert report.arrays["number"] == number
        following = report.going_on()
        again, looked = run(following)
        assert len(looked) == len(stages) - seen
        assert following.done == whole.done
        for name, array in staged.looks.items():
            np.testing.assert_array_equal(again.looks[name], array, strict=True)
        for name, curves in staged.trained.history.items():
            np.testing.assert_array_equal(again.trained.history[name], curves)


def test_a_row_says_how_each_seed_ended() -> None:
    ensemble, hyper = ensemble_and_hyper()
    states = ensemble.init(seed_keys(SEEDS))
    trained = train(ensemble, states, hyper, ONE, UPDATES, SilentReporter())
    score = Score(jnp.array([0.5, 0.25, 2, math.nan]), jnp.array([0.75, 1, 0.5, 0]))
    rows = endings(ensemble, trained.states, score)
    assert [row["accuracy"] for row in rows] == [0.75, 1.0, 0.5, 0.0]
    assert [row["loss"] for row in rows][:3] == [0.5, 0.25, 2.0]
    assert math.isnan(rows[3]["loss"])
    assert [row["diverged"] for row in rows] == [False, False, False, True]
    tried = np.isfinite(trained.history["loss"]).sum(axis=1)
    assert [row["steps"] for row in rows[:3]] == tried[:3].tolist()
    first, second, never, diverged = (row["solved_step"] for row in rows)
    # Never is another thing than at update 0.
    assert never is diverged is None
    assert 0 < second <= first < UPDATES


def test_the_last_update_is_averaged_over_those_still_training() -> None:
    metric = np.array([[9.0, 1.0], [9.0, math.nan], [9.0, 3.0]])
    assert last_mean(metric) == 2.0
    assert math.isnan(last_mean(np.full((2, 3), math.nan)))
    assert math.isnan(last_mean(np.zeros((2, 0))))
