"""Progress, curves and rows of a training, against the ensemble's own arrays."""

import math

import jax.numpy as jnp
import numpy as np

from seqjax.core.keys import seed_keys
from seqjax.lab.study import SilentReporter
from seqjax.lab.training import endings, last_mean, train
from seqjax.tasks import Score
from seqjax.train import Ensemble, Hyper, direction, make_hyper
from tests.train.problem import ONE, TASK

SEEDS, UPDATES = range(4), 40


class Listener(SilentReporter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, dict[str, object]]] = []

    def advance(self, work: float, metrics: object) -> None:
        assert isinstance(metrics, dict)
        self.told.append((work, metrics))


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


def test_the_first_look_after_the_deadline_is_the_last() -> None:
    ensemble, hyper = ensemble_and_hyper()
    report = Listener()
    states = ensemble.init(seed_keys(SEEDS))
    trained = train(ensemble, states, hyper, ONE, UPDATES, report, deadline=0.0)
    assert len(report.told) == 1
    assert 0 < trained.updates < UPDATES


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
