"""Training up to each of several updates, with a look at the networks at each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqjax.lab.running.training import Resumable, Trained, Training
from seqjax.lab.study import Number, Reporter
from seqjax.train import Hyper, TrainState

LOOK = "look-"
"""What the names of looks begin with in a checkpoint."""


class Staged(NamedTuple):
    """All seeds after a training that was looked at now and then.

    Attributes:
        trained: after the last stage.
        looks: what was seen, by name; a leading axis of stages.
    """

    trained: Trained
    looks: dict[str, np.ndarray]


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
    training, arrays = Training(ensemble, hyper, data, report, cost), report.kept()
    trained = training.begin(states, arrays)
    seen = {
        name.removeprefix(LOOK): list(array)
        for name, array in (arrays or {}).items()
        if name.startswith(LOOK)
    }

    def looks() -> int:
        return len(next(iter(seen.values()), ()))

    def keep(trained: Trained) -> None:
        found = {LOOK + name: np.stack(each) for name, each in seen.items()}
        arrays = {**(also or {}), **found, **training.arrays(trained)}
        report.keep(trained.updates + looks(), arrays)

    if arrays is not None:
        done = trained.history["loss"].shape[1] * cost + looks() * look_cost
        report.advance(done, {"step": trained.updates})
    for step in stages[looks() :]:
        trained = training.go_on(trained, step, keep)
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
