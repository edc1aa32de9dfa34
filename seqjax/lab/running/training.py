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


LOOK = "look-"
"""What the names of looks begin with in a checkpoint."""


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


class Staged(NamedTuple):
    """All seeds after a training that was looked at now and then.

    Attributes:
        trained: after the last stage.
        looks: what was seen, by name; a leading axis of stages.
    """

    trained: Trained
    looks: dict[str, np.ndarray]


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

    def keep(trained: Trained) -> None:
        trainings = [*before, trained]
        arrays: dict[str, np.ndarray] = {}
        for number, each in enumerate(trainings):
            arrays |= _arrays(ensemble, number, each)
        report.keep(sum(each.updates for each in trainings), arrays)

    trained = _begin(ensemble, states, report.kept(), len(before))
    kept = trained.history["loss"].shape[1]
    if kept:
        report.advance(kept * cost, {"step": trained.updates})
    return _go_on(
        *(ensemble, trained, hyper, data, updates, report, keep, cost),
        deadline=deadline,
        shown=shown,
    )


def train_in_stages(
    ensemble: Resumable,
    states: TrainState,
    hyper: Hyper,
    data: Any,
    stages: Sequence[int],
    look: Callable[[TrainState], Mapping[str, np.ndarray]],
    report: Reporter,
    *,
    cost: Number = 0,
    look_cost: Number = 0,
    also: Mapping[str, np.ndarray] | None = None,
) -> Staged:
    """Train up to each of several updates, and look at the networks at each.

    What was seen is kept with the training. So it goes on where the present block of
    the report was kept last, and looks at no stage twice.

    Args:
        ensemble: whose states these are.
        states: to begin with.
        hyper: numbers that steer the training.
        data: what batches are drawn by.
        stages: updates after which to look, going up, at least one; 0: before the
            first. Seeds that have stopped are looked at all the same.
        look: from states to what is seen of all seeds, on the host: arrays, of the same
            names and shapes at every stage.
        report: told of the loss and accuracy as they come.
        cost: of one update of all seeds, in the study's unit of work; default: none.
        look_cost: of one look. `look` reports it; where a look was kept, it is
            reported here. Default: none.
        also: what else of this block is to be kept, in names of its own; default:
            nothing.
    """
    arrays = report.kept()
    trained = _begin(ensemble, states, arrays, 0)
    seen = {
        name.removeprefix(LOOK): list(array)
        for name, array in (arrays or {}).items()
        if name.startswith(LOOK)
    }

    def looks() -> int:
        return len(next(iter(seen.values()), ()))

    def keep(trained: Trained) -> None:
        found = {LOOK + name: np.stack(each) for name, each in seen.items()}
        arrays = {**(also or {}), **found, **_arrays(ensemble, 0, trained)}
        report.keep(trained.updates + looks(), arrays)

    if arrays is not None:
        done = trained.history["loss"].shape[1] * cost + looks() * look_cost
        report.advance(done, {"step": trained.updates})
    for step in stages[looks() :]:
        trained = _go_on(ensemble, trained, hyper, data, step, report, keep, cost)
        try:
            found = look(trained.states)
        except KeyboardInterrupt:
            keep(trained)
            raise
        for name, array in found.items():
            seen.setdefault(name, []).append(array)
        if step < stages[-1] and report.is_due():
            keep(trained)
    return Staged(trained, {name: np.stack(each) for name, each in seen.items()})


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


def _begin(
    ensemble: Resumable,
    states: TrainState,
    arrays: Mapping[str, np.ndarray] | None,
    number: int,
) -> Trained:
    """Where a training was broken off, or its states before the first update."""
    if arrays is None or f"updates-{number}" not in arrays:
        steps = ensemble.gather(states.step)
        nothing = np.zeros((len(steps), 0), np.float32)
        history = dict.fromkeys(Metrics._fields, nothing)
        return Trained(states, history, int(steps.max()))
    found = from_arrays(f"states-{number}", ensemble.gather(states), arrays)
    history = {name: arrays[f"{name}-{number}"] for name in Metrics._fields}
    return Trained(ensemble.place(found), history, int(arrays[f"updates-{number}"]))


def _go_on(
    ensemble: Resumable,
    trained: Trained,
    hyper: Hyper,
    data: Any,
    updates: int,
    report: Reporter,
    keep: Callable[[Trained], None],
    cost: Number,
    deadline: Number = float("inf"),
    shown: Callable[[Progress], Mapping[str, Number | str]] = loss_and_accuracy,
) -> Trained:
    """Train on, as `train`; keeps it now and then, and where it is interrupted."""
    if trained.updates >= updates or ensemble.gather(trained.states.stopped).all():
        return trained
    try:
        for progress in ensemble.resume(
            trained.states, hyper, data, num_updates=updates
        ):
            report.advance(
                (progress.updates - trained.updates) * cost,
                {"step": progress.updates, **shown(progress)},
            )
            trained = _advanced(trained, progress)
            # Asking the time is an exchange between processes, if there are several.
            if deadline < float("inf") and clock() >= deadline:
                break
            if not progress.done and report.is_due():
                keep(trained)
    except KeyboardInterrupt:
        keep(trained)
        raise
    return trained


def _advanced(trained: Trained, progress: Progress) -> Trained:
    """What there is after a chunk of updates."""
    history = {
        name: np.concatenate([old, getattr(progress.metrics, name)], axis=1)
        for name, old in trained.history.items()
    }
    return Trained(progress.states, history, progress.updates)


def _arrays(
    ensemble: Resumable, number: int, trained: Trained
) -> dict[str, np.ndarray]:
    """All there is to go on from, of one training of the block."""
    return {
        **to_arrays(f"states-{number}", ensemble.gather(trained.states)),
        **{f"{name}-{number}": a for name, a in trained.history.items()},
        f"updates-{number}": np.asarray(trained.updates),
    }
