"""Training all seeds of one setting: progress as it goes, then curves and rows.

Now and then what there is to go on from is kept: broken off at any moment, a training
begins again where it was kept last, and comes out the same to the bit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Array, Float

from seqjax.core.processes import clock
from seqjax.lab.running.tree_arrays import from_arrays, to_arrays
from seqjax.lab.study import Number, Reporter
from seqjax.tasks import Score
from seqjax.train import Hyper, Metrics, Progress, TrainState

Tree = Any


@runtime_checkable
class Resumable(Protocol):
    """What `train` asks of an `Ensemble`, or of what trains in another way."""

    def place(self, tree: Tree) -> Tree:
        """As `Ensemble.place`."""

    def gather(self, tree: Tree) -> Tree:
        """As `Ensemble.gather`."""

    def resume(
        self, states: TrainState, hyper: Hyper, data: Tree, *, num_updates: int
    ) -> Iterator[Progress]:
        """As `Ensemble.resume`."""


def loss_and_accuracy(progress: Progress) -> Mapping[str, Number | str]:
    """Means over the seeds still training, at the chunk's last update.

    Args:
        progress: after the chunk.
    """
    metrics = progress.metrics
    shown: dict[str, Number | str] = {"loss": last_mean(metrics.loss)}
    # A task without a score has none at any update.
    if not np.isnan(metrics.accuracy).all() or np.isnan(metrics.loss).all():
        shown["accuracy"] = last_mean(metrics.accuracy)
    return shown


class Trained(NamedTuple):
    """All seeds after their training.

    Attributes:
        states: on their devices, as the ensemble has them.
        history: curves of every metric, NaN after a seed has stopped; of the updates
            made by this training.
        updates: of the furthest seed, those before this training included.
    """

    states: TrainState
    history: dict[str, Float[np.ndarray, "seeds updates"]]
    updates: int

    def curves(self, metric: str, updates: int) -> Float[np.ndarray, "seeds updates"]:
        """A metric of all seeds up to so many updates, NaN where none was tried."""
        curves = self.history[metric]
        missing = updates - curves.shape[1]
        return np.pad(curves, ((0, 0), (0, missing)), constant_values=np.nan)

    def after(self, progress: Progress) -> "Trained":
        """What there is after one more chunk of updates."""
        history = {
            name: np.concatenate([old, getattr(progress.metrics, name)], axis=1)
            for name, old in self.history.items()
        }
        return Trained(progress.states, history, progress.updates)


class Training(NamedTuple):
    """What stays the same while an ensemble is trained.

    Attributes:
        ensemble: whose states are trained.
        hyper: numbers that steer the training.
        data: what batches are drawn by.
        report: told of the metrics as they come.
        cost: of one update of all seeds, in the study's unit of work.
        deadline: end with the first look after this time of `core.processes.clock`,
            in seconds.
        shown: which metrics are reported after a chunk of updates.
    """

    ensemble: Resumable
    hyper: Hyper
    data: Any
    report: Reporter
    cost: Number = 0
    deadline: Number = float("inf")
    shown: Callable[[Progress], Mapping[str, Number | str]] = loss_and_accuracy

    def begin(
        self,
        states: TrainState,
        arrays: Mapping[str, np.ndarray] | None,
        number: int = 0,
    ) -> Trained:
        """Where this training of a block was kept last, or its first states."""
        if arrays is None or f"updates-{number}" not in arrays:
            steps = self.ensemble.gather(states.step)
            nothing = np.zeros((len(steps), 0), np.float32)
            history = dict.fromkeys(Metrics._fields, nothing)
            return Trained(states, history, int(steps.max()))
        like = self.ensemble.gather(states)
        found = self.ensemble.place(from_arrays(f"states-{number}", like, arrays))
        history = {name: arrays[f"{name}-{number}"] for name in Metrics._fields}
        return Trained(found, history, int(arrays[f"updates-{number}"]))

    def go_on(
        self, trained: Trained, updates: int, keep: Callable[[Trained], None]
    ) -> Trained:
        """Train on, up to so many updates.

        Args:
            trained: from where.
            updates: most of a seed.
            keep: called now and then, and where it is interrupted.
        """
        report, stopped = self.report, trained.states.stopped
        if trained.updates >= updates or self.ensemble.gather(stopped).all():
            return trained
        try:
            for progress in self.ensemble.resume(
                trained.states, self.hyper, self.data, num_updates=updates
            ):
                report.advance(
                    (progress.updates - trained.updates) * self.cost,
                    {"step": progress.updates, **self.shown(progress)},
                )
                trained = trained.after(progress)
                # Asking the time is an exchange between processes, if there are more.
                if self.deadline < float("inf") and clock() >= self.deadline:
                    break
                if not progress.done and report.is_due():
                    keep(trained)
        except KeyboardInterrupt:
            keep(trained)
            raise
        return trained

    def arrays(self, trained: Trained, number: int = 0) -> dict[str, np.ndarray]:
        """All there is to go on from, by names for a checkpoint."""
        states = self.ensemble.gather(trained.states)
        return {
            **to_arrays(f"states-{number}", states),
            **{f"{name}-{number}": a for name, a in trained.history.items()},
            f"updates-{number}": np.asarray(trained.updates),
        }


def train(
    ensemble: Resumable,
    states: TrainState,
    hyper: Hyper,
    data: Any,
    updates: int,
    report: Reporter,
    *,
    cost: Number = 0,
    deadline: Number = float("inf"),
    before: Sequence[Trained] = (),
    shown: Callable[[Progress], Mapping[str, Number | str]] = loss_and_accuracy,
) -> Trained:
    """Train until every seed has stopped or has had all its updates.

    Goes on where the present block of the report was kept last, if it was. Several
    trainings of one ensemble may make a block, one after another, each of fresh states:
    each is told of those before it, and what is kept holds them too.

    Args:
        ensemble: whose states these are.
        states: to begin with.
        hyper: numbers that steer the training.
        data: what batches are drawn by.
        updates: most of a seed, those made before these states included.
        report: told of the loss and accuracy as they come.
        cost: of one update of all seeds, in the study's unit of work; default: none.
        deadline: end with the first look after this time of `core.processes.clock`,
            in seconds; default: never.
        before: the trainings of this block that are finished; default: none.
        shown: which metrics are reported after a chunk of updates.
    """
    training = Training(ensemble, hyper, data, report, cost, deadline, shown)

    def keep(trained: Trained) -> None:
        trainings = [*before, trained]
        arrays: dict[str, np.ndarray] = {}
        for number, each in enumerate(trainings):
            arrays |= training.arrays(each, number)
        report.keep(sum(each.updates for each in trainings), arrays)

    trained = training.begin(states, report.kept(), len(before))
    kept = trained.history["loss"].shape[1]
    if kept:
        report.advance(kept * cost, {"step": trained.updates})
    return training.go_on(trained, updates, keep)


def endings(
    ensemble: Resumable, states: TrainState, score: Score
) -> list[dict[str, Any]]:
    """What the row of every seed says of its test and of how its training ended.

    Args:
        ensemble: whose states these are.
        states: after training.
        score: of every seed, on the host.

    Returns:
        Of each seed ``accuracy`` and ``loss`` of the test, ``steps`` (updates made),
        ``solved_step`` (None: never) and ``diverged``.
    """
    steps, solved, diverged = ensemble.gather(
        (states.step, states.solved_step, states.diverged)
    )
    return [
        {
            "accuracy": float(score.accuracy[i]),
            "loss": float(score.loss[i]),
            "steps": int(steps[i]),
            "solved_step": int(solved[i]) if solved[i] >= 0 else None,
            "diverged": bool(diverged[i]),
        }
        for i in range(len(steps))
    ]


def last_mean(metric: Array | np.ndarray) -> float:
    """Mean over seeds of a chunk's last update; NaN once all have stopped.

    A chunk without updates comes where all had stopped before.

    Args:
        metric: (seeds, updates of the chunk), NaN where a seed had stopped.
    """
    last = np.asarray(metric)[:, -1:]
    return float(np.nanmean(last)) if np.isfinite(last).any() else float("nan")
