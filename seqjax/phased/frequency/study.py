"""The frequency study: train every model in every regime, then count and compare."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqjax.core.processes import clock
from seqjax.core.time_gate import TimeGate
from seqjax.lab.running.stages import Staged, train_in_stages
from seqjax.lab.study import Block, Reporter, Study
from seqjax.lab.sweep import CURVES, Program
from seqjax.phased.frequency.config import FrequencyConfig, Setting
from seqjax.phased.frequency.figures import figures
from seqjax.phased.frequency.pace import Pace, affordable_epochs, timed
from seqjax.phased.frequency.summary import summarise
from seqjax.phased.frequency.tables import tables
from seqjax.phased.gated_sweep import GatedSweep, Look
from seqjax.tasks import (
    SAMPLINGS,
    BatchNormDiscriminator,
    Discriminator,
    FrequencyTask,
    GatedDiscriminator,
    PlainDiscriminator,
    Trial,
)
from seqjax.train import TrainState

EPOCHS = "epochs"
"""What a checkpoint has from the first: a run with a budget goes on with as many."""

GATES = (*TimeGate._fields, "share_open")
"""What is kept of the gates."""


class Frequency(GatedSweep[FrequencyConfig]):
    """Every regime and model, tested before the first epoch and after each."""

    setting = Setting
    ending = {
        "accuracy": float,
        "loss": float,
        "solved": bool,
        "solved_epoch": int,
        "epochs": int,
        "steps": int,
        "diverged": bool,
        "share_open": float,
    }
    axes = {
        **CURVES,
        "test_loss": ("seed", "epoch"),
        "test_accuracy": ("seed", "epoch"),
        "test_lengths": ("wave",),
        "test_labels": ("wave",),
        **{name: GatedSweep.axes[name] for name in TimeGate._fields},
        "share_open": ("seed", "epoch"),
    }
    # A budget pays for all seeds of all models, which are timed before the first.
    in_chunks = False
    most_programs = 9

    def title(self, config: FrequencyConfig, setting: Setting) -> str:
        """``standard, lstm, 70 epochs``."""
        return f"{setting.regime}, {setting.model}, {config.epochs} epochs"

    def learner(self, config: FrequencyConfig, setting: Setting) -> FrequencyTask:
        """A network that tells waves apart."""
        return FrequencyTask(
            discriminator(config, setting.model),
            config.batch_size,
            SAMPLINGS[setting.regime],
            config.longest,
        )

    def trial(
        self, config: FrequencyConfig, learner: FrequencyTask, setting: Setting
    ) -> Trial:
        """Waves."""
        return learner.trial(config.longest, config.evaluation_size)

    def updates(self, config: FrequencyConfig, setting: Setting) -> int:
        """Those of all epochs, if the budget allows them."""
        return config.epochs * config.updates_per_epoch

    def cost(self, config: FrequencyConfig, setting: Setting) -> float:
        """GFLOP of one update of one seed, the same for all models."""
        places = SAMPLINGS[setting.regime].places(config.longest)
        return self.gflop(config, "lstm", places)

    def run(
        self, config: FrequencyConfig, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train and test; a block per setting. Pure but for the report and a budget."""
        left = [each for each in Setting.all(config) if each.name not in finished]
        if left and config.budget is not None:
            epochs = self._epochs(config, config.budget, left, report)
            config = replace(config, epochs=epochs)
        yield from super().run(config, finished, report)

    def compiled(self, config: FrequencyConfig, setting: Setting) -> Program:
        """One for all numbers of epochs: what is timed is not compiled again."""
        return super().compiled(replace(config, epochs=1, budget=None), setting)

    # No deadline: all models have as many epochs.
    def block(  # type: ignore[override]
        self, config: FrequencyConfig, setting: Setting, report: Reporter
    ) -> Block:
        """Train all seeds of a setting; test before the first epoch and after each."""
        program, trial = self.begin(config, setting, report)

        def look(states: TrainState) -> Mapping[str, np.ndarray]:
            found: Look = self.tested(program, states, trial)
            seen = {f"test_{name}": x for name, x in found.score._asdict().items()}
            if found.gates is not None:
                seen |= {name: getattr(found.gates, name) for name in GATES}
            steps = program.ensemble.gather(states.step)
            tested = {"tested": float(found.score.accuracy.mean())}
            report.advance(0, {"step": int(steps.max()), **tested})
            return seen

        updates = self.updates(config, setting)
        staged = train_in_stages(
            program.ensemble,
            self.start(config, setting, program),
            self.hyper(config, setting),
            trial.training,
            range(0, updates + 1, config.updates_per_epoch),
            look,
            report,
            cost=config.seeds * self.cost(config, setting),
            also={EPOCHS: np.asarray(config.epochs)},
        )
        waves, _ = trial.evaluation
        history = {
            **_curves(staged, updates),
            "test_lengths": np.asarray(waves.lengths),
            "test_labels": np.asarray(waves.labels),
        }
        states = staged.trained.states
        steps, diverged = program.ensemble.gather((states.step, states.diverged))
        rows = [
            {
                **setting._asdict(),
                "seed": seed,
                **_tested(history, i, config.success_accuracy, bool(diverged[i])),
                "epochs": config.epochs,
                "steps": int(steps[i]),
            }
            for i, seed in enumerate(config.seed_numbers)
        ]
        arrays = {name: history[name] for name in self.axes if name in history}
        return Block(setting.name, rows, arrays)

    def pace(self, config: FrequencyConfig, setting: Setting) -> Pace:
        """Time updates and a test on models that are then thrown away."""
        program = self.compiled(config, setting)
        trial = self.trial(config, program.learner, setting)
        hyper = self.hyper(config, setting)
        states, done = self.start(config, setting, program), 0

        def update(count: int) -> None:
            nonlocal states, done
            done += count
            for progress in program.ensemble.resume(
                states, hyper, trial.training, num_updates=done
            ):
                states = progress.states

        return timed(update, lambda: self.tested(program, states, trial))

    def _epochs(
        self,
        config: FrequencyConfig,
        budget: float,
        left: Sequence[Setting],
        report: Reporter,
    ) -> int:
        """The same for all models, timed once for a run and all its resumptions."""
        start = clock()
        # With the block that is finished last, whose checkpoints live the longest.
        report.block(left[-1].name, "how long an epoch takes", 0)
        kept = report.kept()
        if kept is not None:
            return int(kept[EPOCHS])
        paces = []
        for setting in left:
            paces.append(self.pace(config, setting))
            seconds = paces[-1].epoch(config.updates_per_epoch)
            report.advance(0, {"timed": setting.name, "seconds_per_epoch": seconds})
        epochs = affordable_epochs(config, budget, paces, clock() - start)
        # Older than any checkpoint of a training, which holds it too.
        report.keep(0, {EPOCHS: np.asarray(epochs)})
        return epochs


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


def _curves(staged: Staged, updates: int) -> dict[str, np.ndarray]:
    """Curves of the training and of the tests, and the gates at both ends.

    Args:
        staged: all seeds, trained.
        updates: of all epochs; NaN where no seed has tried them.
    """
    curves = {}
    for name, curve in staged.trained.history.items():
        missing = updates - curve.shape[1]
        curves[name] = np.pad(curve, ((0, 0), (0, missing)), constant_values=np.nan)
    for name, looks in staged.looks.items():
        kept = looks[[0, -1]] if name in TimeGate._fields else looks
        curves[name] = np.stack(list(kept), axis=1)
    return curves


def _tested(
    history: Mapping[str, np.ndarray], seed: int, least: float, diverged: bool
) -> dict[str, Any]:
    """What the row of a seed says of its tests."""
    curve, shares = history["test_accuracy"][seed], history.get("share_open")
    passed = np.flatnonzero(curve >= least)
    return {
        "accuracy": float(curve[-1]),
        "loss": float(history["test_loss"][seed, -1]),
        "solved": bool(curve[-1] >= least) and not diverged,
        "solved_epoch": int(passed[0]) if len(passed) else None,
        "diverged": diverged,
        "share_open": None if shares is None else float(shares[seed, -1]),
    }


SWEEP = Frequency()

FREQUENCY: Study[FrequencyConfig] = SWEEP.study(
    name="phased frequency",
    summary="a wave's period: a time-gated LSTM, a batch-normalised and a plain one",
    config_type=FrequencyConfig,
    summarise=summarise,
    tables=tables,
    figures=figures,
)
