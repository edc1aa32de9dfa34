"""The training of a language model: many seeds at once, resumable at any moment."""

from typing import Any

from seqjax.charlm.building import Equipment
from seqjax.charlm.looking import look, store_best, write
from seqjax.charlm.plan import Place
from seqjax.charlm.snapshot import Snapshot, first_snapshot
from seqjax.core.keys import seed_keys
from seqjax.core.processes import clock
from seqjax.lab.running.training import last_mean
from seqjax.lab.study import Block, Reporter
from seqjax.train import Hyper, Progress, make_hyper

BLOCK = "training"

WORK = 100.0
"""A training in the progress bar's own unit, which is percent."""


class Training:
    """One training, from its first update or from where it was broken off.

    Args:
        equipment: What it needs.
        report: Whom to tell, and who keeps what there is to go on from.

    Raises:
        UserError: It was broken off on another text.
    """

    def __init__(self, equipment: Equipment, report: Reporter) -> None:
        self._equipment, self._report = equipment, report
        self._config, self._plan = equipment.config, equipment.plan
        started = clock()
        self._states, self._snapshot = self._begin()
        self._clock = started - self._snapshot.seconds
        self._horizon = self._snapshot.horizon
        self._paced: Place | None = None
        self._has_looked = False

    def run(self) -> Block:
        """Train to the end; the block of the results."""
        try:
            while not self._examine():
                self._train()
        except KeyboardInterrupt:
            self._keep()
            raise
        snapshot = self._snapshot
        return Block(BLOCK, snapshot.rows, snapshot.history())

    def _begin(self) -> tuple[Any, Snapshot]:
        """The states before the first update, or where a training was broken off."""
        ensemble, plan = self._equipment.ensemble, self._plan
        states = ensemble.init(seed_keys(self._equipment.seeds))
        sha256 = self._equipment.corpus.sha256
        snapshot = first_snapshot(ensemble.gather(states), plan.updates, sha256)
        kept = self._report.kept()
        if kept is not None:
            snapshot = snapshot.restored(kept)
            states = ensemble.place(snapshot.states)
            store_best(self._equipment, snapshot, self._report)
            self._report.advance(WORK * plan.share(snapshot.place), {})
        return states, snapshot

    def _train(self) -> None:
        """Update until something else is to be done."""
        ensemble, text = self._equipment.ensemble, self._equipment.text
        stop = self._plan.next_stop(self._snapshot.updates)
        for progress in ensemble.resume(
            self._states, self._hyper, text, num_updates=stop
        ):
            self._went_on(progress)
            if self._report.is_due():
                self._keep()
            # Where the time decides, it may be up long before the next update that is.
            if self._plan.is_timed and self._is_due():
                return

    def _went_on(self, progress: Progress) -> None:
        """Take in a chunk of updates, and tell of it."""
        before, metrics = self._snapshot, progress.metrics
        self._states = progress.states
        self._snapshot = after = before.advanced(
            self._equipment.ensemble.gather(progress.states),
            progress,
            seconds=clock() - self._clock,
            horizon=self._horizon,
        )
        if self._paced is None:  # the first chunk holds the compiler's time
            self._paced = after.place
        share = self._plan.share(after.place) - self._plan.share(before.place)
        read = self._config.batch_size * self._config.window * self._config.seeds
        took = max(after.seconds - before.seconds, 1e-9)
        pace = (after.updates - before.updates) / took
        self._report.advance(
            WORK * share,
            {
                "step": after.updates,
                "loss": last_mean(metrics.loss),
                "accuracy": last_mean(metrics.accuracy),
                "k characters/s": read * pace / 1000,
            },
        )

    def _hyper(self, updates: int) -> Hyper:
        """The numbers that steer the updates after so many."""
        self._horizon = self._next_horizon(updates)
        return make_hyper(
            self._config.learning_rate,
            clip_norm=self._config.clip_norm,
            horizon=self._horizon,
        )

    def _next_horizon(self, updates: int) -> int:
        """Updates of the whole training; where the time decides, an estimate."""
        if not self._plan.is_timed or self._paced is None:
            return self._horizon
        seconds = self._snapshot.seconds
        done, took = updates - self._paced.updates, seconds - self._paced.seconds
        left = max(0.0, self._plan.seconds - seconds)
        return updates + round(left * done / took) if done else self._horizon

    def _examine(self) -> bool:
        """Evaluate and write what is due; whether the training is over."""
        place, over = self._snapshot.place, self._is_over()
        if self._is_look():
            started = clock()
            looked = look(
                self._equipment, self._snapshot, self._states.params, self._report
            )
            if self._has_looked:  # the first one holds the compiler's time
                looked = looked._replace(look_seconds=clock() - started)
            self._snapshot, self._has_looked = looked, True
        snapshot = self._snapshot
        if self._plan.is_writing(snapshot.asked, place, over):
            snapshot = write(self._equipment, snapshot)
        self._snapshot = snapshot._replace(asked=place)
        return over

    def _is_over(self) -> bool:
        snapshot = self._snapshot
        return self._plan.is_over(snapshot.place) or bool(snapshot.states.stopped.all())

    def _is_look(self) -> bool:
        snapshot, over = self._snapshot, self._is_over()
        cost = snapshot.look_seconds
        return self._plan.is_look(snapshot.looked, snapshot.place, cost, over)

    def _is_due(self) -> bool:
        """Whether anything is to be done but updates."""
        snapshot, over = self._snapshot, self._is_over()
        return self._is_look() or (
            self._plan.is_writing(snapshot.asked, snapshot.place, over)
        )

    def _keep(self) -> None:
        """A checkpoint, to go on from."""
        self._report.keep(self._snapshot.updates, self._snapshot.to_arrays())
