"""The training of a language model: many seeds at once, resumable at any moment."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.charlm.building import described, network_of, schedule_of
from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.charlm.examining import Examiner, Held
from seqjax.charlm.opening import BEST, LAST, model_name
from seqjax.charlm.plan import FAR, Place, Plan, plan_of
from seqjax.charlm.standing import Row, Standing
from seqjax.lab.model_files import StoredModel
from seqjax.lab.outcome import last_mean
from seqjax.lab.study import Block, Reporter
from seqjax.tasks import LanguageTask
from seqjax.train import Ensemble, Hyper, Metrics, Progress, direction, make_hyper

BLOCK = "training"

WORK = 100.0
"""A training in the progress bar's own unit, which is percent."""


class Training:
    """One training, from its first update or from where it was broken off.

    Args:
        config: What was asked for.
        corpus: What is learnt.
        report: Whom to tell, and who keeps what there is to go on from.
    """

    def __init__(self, config: Config, corpus: Corpus, report: Reporter) -> None:
        self._config, self._corpus, self._report = config, corpus, report
        self._network = network_of(config, corpus)
        task = LanguageTask(
            self._network, config.batch_size, config.window, config.carried
        )
        self._text = jnp.asarray(corpus.vocabulary.encode(corpus.parts.train))
        self._plan: Plan = plan_of(config, len(self._text))
        self._schedule = schedule_of(config, len(self._text))
        self._ensemble = Ensemble(
            task.task(),
            direction(config.optimizer, config.optimizer_flavor),
            config.seeds,
            parts=config.parts(jax.default_backend()),
            schedule=self._schedule,
        )
        self._examiner = Examiner(config, corpus, task, self._ensemble.mesh)
        self._seeds = range(config.first_seed, config.first_seed + config.seeds)
        self._states, self._standing = self._begin()
        self._clock = time.monotonic() - self._standing.seconds
        self._kept_at = time.monotonic()
        self._paced: Place | None = None

    def run(self) -> Block:
        """Train to the end; the block of the results."""
        try:
            while not self._examine():
                self._train()
        except KeyboardInterrupt:
            self._keep()
            raise
        samples = self._standing.samples
        return Block(
            BLOCK,
            self._standing.rows,
            self._standing.metrics
            | {
                f"sample_{field}": np.array([sample[field] for sample in samples])
                for field in samples[0]
            },
        )

    def _begin(self) -> tuple[Any, Standing]:
        """The states before the first update, or where a training was broken off."""
        keys = jax.vmap(jax.random.key)(jnp.asarray(self._seeds, jnp.uint32))
        states = self._ensemble.init(keys)
        hosted, none = self._ensemble.gather(states), np.zeros((len(self._seeds), 0))
        standing = Standing(
            states=hosted,
            updates=0,
            seconds=0.0,
            metrics={name: none.astype(np.float32) for name in Metrics._fields},
            rows=[],
            samples=[],
            best_params=hosted.params,
            best_loss=np.full(len(self._seeds), np.inf),
        )
        kept = self._report.kept()
        if kept is not None:
            standing = standing.restored(kept)
            states = self._ensemble.place(standing.states)
            self._report.advance(WORK * self._plan.share(standing.place), {})
        return states, standing

    def _train(self) -> None:
        """Update until something else is to be done."""
        stop = self._plan.next_stop(self._standing.updates)
        for progress in self._ensemble.resume(
            self._states, self._hyper, self._text, num_updates=stop
        ):
            self._went_on(progress)
            if time.monotonic() - self._kept_at >= self._config.checkpoint_seconds:
                self._keep()
            place, looked = self._standing.place, self._standing.looked
            # Where the time decides, it may be up long before the next update that is.
            if self._plan.updates == FAR and (
                self._plan.is_look(looked, place, self._standing.look_seconds)
                or self._plan.is_writing(self._standing.asked, place)
            ):
                return

    def _went_on(self, progress: Progress) -> None:
        """Take in a chunk of updates, and tell of it."""
        before, metrics = self._standing, progress.metrics
        seconds = time.monotonic() - self._clock
        self._states = progress.states
        self._standing = before._replace(
            states=self._ensemble.gather(progress.states),
            updates=progress.updates,
            seconds=seconds,
            metrics={
                name: np.concatenate([old, getattr(metrics, name)], axis=1)
                for name, old in before.metrics.items()
            },
        )
        if self._paced is None:  # the first chunk holds the compiler's time
            self._paced = self._standing.place
        share = self._plan.share(self._standing.place) - self._plan.share(before.place)
        read = self._config.batch_size * self._config.window * len(self._seeds)
        pace = (progress.updates - before.updates) / (seconds - before.seconds)
        self._report.advance(
            WORK * share,
            {
                "step": progress.updates,
                "loss": last_mean(np.asarray(metrics.loss)),
                "accuracy": last_mean(np.asarray(metrics.accuracy)),
                "k characters/s": read * pace / 1000,
            },
        )

    def _hyper(self, updates: int) -> Hyper:
        """The numbers that steer the updates after so many."""
        return make_hyper(
            self._config.learning_rate,
            clip_norm=self._config.clip_norm,
            horizon=self._horizon(),
        )

    def _horizon(self) -> int:
        """Updates of the whole training; where the time decides, an estimate."""
        updates, seconds = self._standing.place
        if self._plan.updates < FAR or self._paced is None:
            return self._plan.updates
        done, took = updates - self._paced.updates, seconds - self._paced.seconds
        left = max(0.0, self._plan.seconds - seconds)
        return updates + round(left * done / took) if done else FAR

    def _examine(self) -> bool:
        """Evaluate and write what is due; whether the training is over."""
        standing, place = self._standing, self._standing.place
        over = self._plan.is_over(place) or bool(standing.states.stopped.all())
        look = standing.looked != place and (
            over or self._plan.is_look(standing.looked, place, standing.look_seconds)
        )
        if look:
            self._look()
        if standing.asked != place:
            if self._plan.is_writing(standing.asked, place):
                self._write()
            self._standing = self._standing._replace(asked=place)
        return over

    def _look(self) -> None:
        """Evaluate all seeds, and store their models."""
        started = time.monotonic()
        held = self._examiner.held_out(self._states.params)
        standing = self._standing
        params = standing.states.params
        better = np.ones(len(self._seeds), bool)
        if held is not None:
            better = held.loss < standing.best_loss
            # Before anything is better than infinity there is a model all the same.
            better |= standing.looked is None

        def take(new: np.ndarray, old: np.ndarray) -> np.ndarray:
            return np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)

        best = jax.tree.map(take, params, standing.best_params)
        loss = (
            standing.best_loss if held is None else take(held.loss, standing.best_loss)
        )
        rows = [self._row(i, held) for i in range(len(self._seeds))]
        for i, row in enumerate(rows):
            model = self._model(i, row)
            row["longest_run"] = self._examiner.longest_run(model, row["seed"])
            self._report.model(model_name(row["seed"], LAST), model)
            if better[i]:
                self._report.model(model_name(row["seed"], BEST), model)
        self._standing = standing._replace(
            rows=standing.rows + rows,
            best_params=best,
            best_loss=loss,
            looked=standing.place,
            look_seconds=time.monotonic() - started,
        )

    def _row(self, i: int, held: Held | None) -> Row:
        """What there is to say of a seed at an evaluation, but for its samples."""
        standing = self._standing
        step = int(standing.states.step[i])
        last = jnp.asarray(max(0, step - 1), jnp.int32)
        factor = self._schedule(last, jnp.asarray(self._horizon(), jnp.int32))
        row: Row = {
            "seed": self._seeds[i],
            "step": step,
            "epoch": step / self._config.updates_per_epoch(len(self._text)),
            "seconds": standing.seconds if self._config.minutes else None,
            "learning_rate": self._config.learning_rate * float(factor),
            "train_loss": standing.recent_mean("loss", i),
            "train_accuracy": standing.recent_mean("accuracy", i),
        }
        for name in Held._fields:
            value = None if held is None else float(getattr(held, name)[i])
            row[f"validation_{name}"] = value
        return row | {
            "longest_run": None,
            "expected_run": self._examiner.expected_run,
            "diverged": bool(standing.states.diverged[i]),
        }

    def _write(self) -> None:
        """Write samples of the first seed."""
        standing = self._standing
        model = self._model(0, self._row(0, None))
        samples = [
            {
                "step": standing.updates,
                "temperature": float(sample.temperature),
                "length": sample.length,
                "text": sample.text,
            }
            for sample in self._examiner.samples(model, self._seeds[0])
        ]
        self._standing = standing._replace(samples=standing.samples + samples)

    def _model(self, i: int, row: Row) -> StoredModel:
        """The model of a seed as it is now."""
        params = jax.tree.map(lambda leaf: leaf[i], self._standing.states.params)
        return StoredModel(
            self._network,
            params,
            self._corpus.vocabulary,
            described(self._config, self._corpus, row),
        )

    def _keep(self) -> None:
        """A checkpoint, to go on from."""
        self._report.keep(self._standing.updates, self._standing.to_arrays())
        self._kept_at = time.monotonic()
