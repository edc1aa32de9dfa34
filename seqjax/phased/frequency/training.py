"""Training and testing all seeds of one model in one regime."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from seqjax.core import counting
from seqjax.core.cells import LSTM
from seqjax.core.keys import seed_keys
from seqjax.core.time_gate import TimeGate, share_open
from seqjax.lab.study import Block, Reporter
from seqjax.lab.training import last_mean
from seqjax.phased.frequency.config import FrequencyConfig, block_name
from seqjax.phased.frequency.pace import Pace, timed
from seqjax.tasks import (
    SAMPLINGS,
    BatchNormDiscriminator,
    Discriminator,
    FrequencyTask,
    GatedDiscriminator,
    PlainDiscriminator,
    Score,
    Waves,
)
from seqjax.train import Ensemble, Metrics, SeedMap, TrainState, direction, make_hyper


def discriminator(config: FrequencyConfig, model: str) -> Discriminator:
    """The network of a model."""
    if model == "phased":
        return GatedDiscriminator(
            config.phased_cell,
            config.hidden_size,
            initializer=config.initializer,
            forget_bias=config.forget_bias,
            open_ratio=config.open_ratio,
            learnt=config.learnt,
        )
    if model == "bn-lstm":
        return BatchNormDiscriminator(
            config.hidden_size, config.normalized, config.initializer
        )
    return PlainDiscriminator(
        "lstm",
        config.hidden_size,
        initializer=config.initializer,
        forget_bias=config.forget_bias,
    )


def gflop_per_update(config: FrequencyConfig, regime: str) -> float:
    """Arithmetic of one update of one seed in GFLOP, the same for all models."""
    places = SAMPLINGS[regime].places(config.longest)
    return counting.gflop_per_update(
        LSTM, config.batch_size, config.hidden_size, places
    )


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
        curves = {
            name: np.full((config.seeds, epochs * per_epoch), np.nan, np.float32)
            for name in Metrics._fields
        }
        states = self._start()
        looks = [self._looked(states)]
        for epoch in range(epochs):
            end, before = (epoch + 1) * per_epoch, epoch * per_epoch
            for progress in self._ensemble.resume(
                states, self._hyper, self._trial.training, num_updates=end
            ):
                states, after = progress.states, progress.updates
                if after == before:  # all have diverged
                    break
                for name, curve in curves.items():
                    curve[:, before:after] = getattr(progress.metrics, name)
                report.advance(
                    cost * (after - before),
                    {
                        "epoch": epoch + 1,
                        "loss": last_mean(progress.metrics.loss),
                        "tested": float(looks[-1].score.accuracy.mean()),
                    },
                )
                before = after
            looks.append(self._looked(states))
        history = curves | self._tested(looks)
        return Block(self.name, self._rows(states, history, epochs), history)

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
