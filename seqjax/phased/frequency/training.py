"""Training and testing all seeds of one model in one regime."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from seqjax.core.keys import seed_keys
from seqjax.core.time_gate import TimeGate, share_open
from seqjax.lab.running.training import last_mean
from seqjax.lab.running.tree_arrays import from_arrays, to_arrays
from seqjax.lab.study import Block, Reporter
from seqjax.phased.frequency.config import FrequencyConfig, block_name
from seqjax.phased.frequency.networks import discriminator, gflop_per_update
from seqjax.phased.frequency.pace import Pace, timed
from seqjax.tasks import SAMPLINGS, FrequencyTask, GatedDiscriminator, Score, Waves
from seqjax.train import Ensemble, Metrics, SeedMap, TrainState, direction, make_hyper

EPOCHS = "epochs"
"""What a checkpoint has from the first: a run with a budget goes on with as many."""


class Look(NamedTuple):
    """A test of every seed, and the gates as they are then.

    Attributes:
        score: on the test set.
        gates: of all units; None where the model has none.
        share_open: share of units that are open, mean over the steps of the test set.
    """

    score: Score
    gates: TimeGate | None
    share_open: Float[Array | np.ndarray, "*seeds"] | None


class Course(NamedTuple):
    """How far a training has come, at the end of an epoch.

    Attributes:
        states: of all seeds.
        curves: of every metric, (seeds, updates), NaN for those still to come.
        looks: before the first epoch and after each.
    """

    states: TrainState
    curves: dict[str, np.ndarray]
    looks: list[Look]

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.looks) - 1


class Trainer:
    """All seeds of one model in one regime.

    Args:
        config: the study's.
        regime: when the waves are looked at.
        model: which contender.
    """

    def __init__(self, config: FrequencyConfig, regime: str, model: str) -> None:
        self.name = block_name(regime, model)
        self._config, self._regime, self._model = config, regime, model
        self._network = discriminator(config, model)
        self._task = FrequencyTask(
            self._network, config.batch_size, SAMPLINGS[regime], config.longest
        )
        self._trial = self._task.trial(config.longest, config.evaluation_size)
        self._hyper = make_hyper(config.learning_rate, clip_norm=config.clip_norm)
        self._ensemble = Ensemble(
            self._task.task(),
            direction(config.optimizer),
            config.seeds,
            capacity=min(100, config.updates_per_epoch),
            group=config.seeds_per_device or None,
        )
        self._looks = SeedMap(self._look, config.seeds, mesh=self._ensemble.mesh)

    def pace(self) -> Pace:
        """Time updates and a test on models that are then thrown away."""
        states, done = self._start(), 0

        def update(count: int) -> None:
            nonlocal states, done
            done += count
            while int(self._ensemble.gather(states.step).max()) < done:
                states, _ = self._ensemble.advance(
                    states, self._hyper, self._trial.training, done
                )
                if self._ensemble.gather(states.stopped).all():
                    break

        def test() -> None:
            self._looked(states)

        return timed(update, test)

    def run(self, epochs: int, report: Reporter) -> Block:
        """Train for so many epochs, and test before the first and after each.

        Goes on where the report's block was kept last: at the end of an epoch.

        Args:
            epochs: of every seed.
            report: told of the loss and accuracy as they come.

        Returns:
            A row and curves per seed.
        """
        config, per_epoch = self._config, self._config.updates_per_epoch
        cost = config.seeds * gflop_per_update(config, self._regime)
        title = f"{self._regime}, {self._model}, {epochs} epochs"
        report.block(self.name, title, cost * per_epoch * epochs)
        course = self._begin(epochs, report.kept())
        report.advance(cost * per_epoch * course.epoch, {"epoch": course.epoch})
        try:
            while course.epoch < epochs:
                course = self._epoch(course, cost, report)
                if report.is_due() and course.epoch < epochs:
                    self._keep(course, epochs, report)
        except KeyboardInterrupt:
            self._keep(course, epochs, report)
            raise
        history = course.curves | self._tested(course.looks)
        return Block(self.name, self._rows(course.states, history, epochs), history)

    def _epoch(self, course: Course, cost: float, report: Reporter) -> Course:
        """One more epoch, and a test."""
        per_epoch, number = self._config.updates_per_epoch, course.epoch + 1
        states, before = course.states, course.epoch * per_epoch
        curves = {name: curve.copy() for name, curve in course.curves.items()}
        for progress in self._ensemble.resume(
            states, self._hyper, self._trial.training, num_updates=number * per_epoch
        ):
            states, after = progress.states, progress.updates
            if after == before:  # all have diverged
                break
            for name, curve in curves.items():
                curve[:, before:after] = getattr(progress.metrics, name)
            report.advance(
                cost * (after - before),
                {
                    "epoch": number,
                    "loss": last_mean(progress.metrics.loss),
                    "tested": float(course.looks[-1].score.accuracy.mean()),
                },
            )
            before = after
        return Course(states, curves, [*course.looks, self._looked(states)])

    def _begin(self, epochs: int, arrays: Mapping[str, np.ndarray] | None) -> Course:
        """Before the first epoch, or where it was kept last."""
        shape = (self._config.seeds, epochs * self._config.updates_per_epoch)
        states = self._start()
        first = self._looked(states)
        if arrays is None or "loss" not in arrays:
            curves = {
                name: np.full(shape, np.nan, np.float32) for name in Metrics._fields
            }
            return Course(states, curves, [first])
        found = from_arrays("states", self._ensemble.gather(states), arrays)
        count = int(arrays["looks"])
        looks = [from_arrays(f"look-{i}", first, arrays) for i in range(count)]
        curves = {name: arrays[name] for name in Metrics._fields}
        return Course(self._ensemble.place(found), curves, looks)

    def _keep(self, course: Course, epochs: int, report: Reporter) -> None:
        """Leaves all there is to go on from."""
        arrays = to_arrays("states", self._ensemble.gather(course.states))
        for number, look in enumerate(course.looks):
            arrays |= to_arrays(f"look-{number}", look)
        counts = {"looks": np.asarray(len(course.looks)), EPOCHS: np.asarray(epochs)}
        report.keep(len(course.looks), arrays | course.curves | counts)

    def _start(self) -> TrainState:
        return self._ensemble.init(seed_keys(self._config.seed_numbers))

    def _look(self, params: Any, data: tuple[Waves, Waves]) -> Look:
        """Test one seed."""
        score, waves = self._task.score(params, data), data[0]
        if not isinstance(self._network, GatedDiscriminator):
            return Look(score, None, None)
        gate = self._network.gates(params)["layer_0"]
        shares = share_open(gate, waves.times, waves.lengths)
        steps = jnp.arange(len(shares), dtype=waves.lengths.dtype)[:, None]
        taken = (steps < waves.lengths).sum(1).astype(shares.dtype)
        return Look(score, gate, (shares * taken).sum() / taken.sum())

    def _looked(self, states: TrainState) -> Look:
        """Test all seeds; what comes back is on the host."""
        look: Look = self._looks.gather(
            self._looks(states.params, self._trial.evaluation)
        )
        return look

    def _tested(self, looks: list[Look]) -> dict[str, np.ndarray]:
        """Curves of the tests, and the gates at both ends."""
        tested, _ = self._trial.evaluation
        found = {
            "test_loss": np.stack([look.score.loss for look in looks], axis=1),
            "test_accuracy": np.stack([look.score.accuracy for look in looks], axis=1),
            "test_lengths": np.asarray(tested.lengths),
            "test_labels": np.asarray(tested.labels),
        }
        first, last = looks[0].gates, looks[-1].gates
        if first is None or last is None:
            return found
        for name in TimeGate._fields:
            ends = getattr(first, name), getattr(last, name)
            found[name] = np.stack(ends, axis=1)
        shares = [np.asarray(look.share_open) for look in looks]
        return found | {"share_open": np.stack(shares, axis=1)}

    def _rows(
        self, states: TrainState, history: dict[str, np.ndarray], epochs: int
    ) -> list[dict[str, Any]]:
        steps, diverged = self._ensemble.gather((states.step, states.diverged))
        least = self._config.success_accuracy
        rows = []
        for i, seed in enumerate(self._config.seed_numbers):
            curve = history["test_accuracy"][i]
            reached = np.flatnonzero(curve >= least)
            lost, shares = bool(diverged[i]), history.get("share_open")
            rows.append(
                {
                    "regime": self._regime,
                    "model": self._model,
                    "seed": seed,
                    "accuracy": float(curve[-1]),
                    "loss": float(history["test_loss"][i, -1]),
                    "solved": bool(curve[-1] >= least) and not lost,
                    "solved_epoch": int(reached[0]) if len(reached) else None,
                    "epochs": epochs,
                    "steps": int(steps[i]),
                    "diverged": lost,
                    "share_open": None if shares is None else float(shares[i, -1]),
                }
            )
        return rows
