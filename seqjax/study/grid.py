"""From an `Experiment` to the `Sweep` that trains it."""

import itertools
import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.lab.errors import UserError
from seqjax.lab.running.training import loss_and_accuracy
from seqjax.lab.study import Block, Number, Reporter
from seqjax.lab.sweep import Ended, Setting, Sweep
from seqjax.study.checks import (
    check_data,
    check_names,
    check_repeatable,
    check_validation,
    told,
    values_of,
)
from seqjax.study.experiment import TRACED, TRAINING, Data, Experiment
from seqjax.study.learner import Feed, Learner, Tested, kept
from seqjax.train import Hyper, Progress, TrainState, seed_bytes
from seqjax.train.optimizers import Optimizer

Tree = Any


class Trial(NamedTuple):
    """What a setting is trained and tested on, on the devices.

    Attributes:
        training: what batches are drawn from, and the validation set.
        evaluation: inputs and targets of the test set.
    """

    training: Feed
    evaluation: Any


class Grid(Sweep[Any]):
    """The sweep of an experiment.

    Args:
        experiment: a subclass of `Experiment`; all of its fields have defaults.

    Raises:
        UserError: the grid cannot be a table's columns.
    """

    unit = "updates"
    tests_untrained = True

    def __init__(self, experiment: type[Experiment]) -> None:
        super().__init__()
        self._experiment = experiment
        self._data: tuple[Any, Data] | None = None
        self._learners: dict[Any, Learner] = {}
        grid = self._values(_default(experiment))
        kinds = {name: type(values[0]) for name, values in grid.items()}
        compiled = {name: kinds[name] for name in kinds if name not in TRACED}
        self.setting: Any = NamedTuple("Setting", list(kinds.items()))  # type: ignore[misc]
        self._compiled: Any = NamedTuple("Setting", list(compiled.items()))  # type: ignore[misc]
        self.names = ("score", "loss") if experiment.defines("score") else ("loss",)
        self.ending = {
            **dict.fromkeys(self.names, float),
            **dict.fromkeys((f"untrained_{name}" for name in self.names), float),
            "updates": int,
            "diverged": bool,
        }
        self.axes = dict.fromkeys((*self.names, "gradient_norm"), ("seed", "step"))
        self.settings(_default(experiment))

    def settings(self, config: Experiment) -> list[Setting]:
        """All combinations, the last name of the grid innermost."""
        grid = self._values(config)
        if tuple(grid) != self.setting._fields:
            raise UserError(
                f"grid must have the names {', '.join(self.setting._fields) or 'none'} "
                f"whatever the options, not {', '.join(grid) or 'none'}; let options "
                "choose the values"
            )
        found = [self.setting(*values) for values in itertools.product(*grid.values())]
        check_names([self.name(setting) for setting in found])
        for setting in found:
            _steered(config, setting)
        self._check_options(config, grid)
        return found

    def _check_options(self, config: Experiment, grid: Mapping[str, Any]) -> None:
        """Raise a `UserError` for an option that the grid does not look at."""
        usual = _default(self._experiment)
        for name in set(TRAINING) & set(grid):
            given = getattr(config, name)
            if (
                given != getattr(usual, name)
                and grid[name] == self._values(usual)[name]
            ):
                raise UserError(
                    f"{name} must be left out, as the grid of "
                    f"{self._experiment.__name__} varies it, got {given!r}; change "
                    "its values there"
                )

    def name(self, setting: Setting) -> str:
        """``width-8-noise-0.1``; without a grid ``all``."""
        words = [f"{name}-{value}" for name, value in setting._asdict().items()]
        # Without its plus sign 1e+20 is not taken for 1e-20.
        text = "-".join(words).replace("+", "")
        return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-") or "all"

    def title(self, config: Experiment, setting: Setting) -> str:
        """``width 8, noise 0.1``: what is varied; ``all`` where nothing is."""
        names = self.varied(config)
        return ", ".join(f"{name} {getattr(setting, name)}" for name in names) or "all"

    def varied(self, config: Experiment) -> list[str]:
        """Names of the grid with several values."""
        return [name for name, values in self._values(config).items() if values[1:]]

    def program(self, setting: Setting) -> Hashable:
        """All that is not a traced number."""
        return self._compiled(*(getattr(setting, n) for n in self._compiled._fields))

    def run(
        self, config: Experiment, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train and test; yields a block per setting.

        Raises:
            UserError: the experiment's own code fails: one line that names the place.
        """
        settings = self.settings(config)
        programs = [self.program(setting) for setting in settings]
        # Those of one program after one another: it is compiled, its data made, once.
        settings.sort(key=lambda setting: programs.index(self.program(setting)))
        with told(self._experiment):
            for setting in settings:
                if self.name(setting) not in finished:
                    yield self.block(config, setting, report)

    def seed_bytes(self, config: Any) -> int:
        """What one more seed takes of memory, with the curves of all blocks."""
        settings = self.settings(config)
        with told(self._experiment):
            return seed_bytes(
                [self.learner(config, each).task_of_its_size() for each in settings],
                self.optimizer(config, settings[0]),
                max(self.updates(config, each) for each in settings),
                len(settings),
            )

    def learner(self, config: Experiment, setting: Setting) -> Learner:
        """What the program of a setting learns."""
        common: Any = self.program(setting)
        # Nothing that is learnt may depend on how many seeds learn it.
        own = replace(_steered(config, common), first_seed=0, seeds=1)
        if (own, common) not in self._learners:
            made = partial(self._made, own, common)
            self._learners[own, common] = Learner(own, common, made)
        return self._learners[own, common]

    def trial(self, config: Experiment, learner: Learner, setting: Setting) -> Trial:
        """The data of a setting."""
        train, test, validation = learner.data()
        feed = Feed(
            None if callable(train) else train,
            validation if learner.is_watched else None,
        )
        return jax.tree.map(jnp.asarray, Trial(feed, test))

    def test(
        self, config: Experiment, learner: Learner
    ) -> Callable[[Tree, Any], Tested]:
        """Loss and score on the test set."""
        return learner.test

    def check_untrained(self, setting: Setting, untrained: Tested) -> None:
        """Raise a `UserError` where loss or score of every seed are not a number."""
        for name in self.names:
            if np.isnan(getattr(untrained, name)).all():
                raise UserError(
                    f"{name} must be a number, but on the test set that of every "
                    f"untrained network is nan, at {self.name(setting)}; look for nan "
                    "in data.test, or let the loss and the score leave it out"
                )

    def params(self, states: TrainState) -> Tree:
        """Parameters and what else a network keeps, of the model that is kept."""
        return kept(states.params, states.memory)

    def optimizer(self, config: Any, setting: Setting) -> Optimizer:
        """That of the grid, or the option."""
        return super().optimizer(_steered(config, setting), setting)

    def updates(self, config: Any, setting: Setting) -> int:
        """Those of the grid, or the option."""
        return super().updates(_steered(config, setting), setting)

    def shown(self, progress: Progress) -> Mapping[str, Number | str]:
        """The loss, and the score if there is one."""
        found = dict(loss_and_accuracy(progress))
        score = found.pop("accuracy", None)
        return found if score is None else {**found, "score": score}

    def hyper(self, config: Any, setting: Setting) -> Hyper:
        """Numbers of the grid, or the options."""
        return super().hyper(_steered(config, setting), setting)

    def rows(self, config: Any, setting: Setting, ended: Ended) -> list[dict[str, Any]]:
        """One row per seed: its test before and after training."""
        states = ended.trained.states
        updates, diverged = ended.gathered((states.step, states.diverged))
        return [
            {
                **setting._asdict(),
                "seed": seed,
                **{name: float(getattr(ended.tested, name)[i]) for name in self.names},
                **{
                    f"untrained_{name}": float(getattr(ended.untrained, name)[i])
                    for name in self.names
                },
                "updates": int(updates[i]),
                "diverged": bool(diverged[i]),
            }
            for i, seed in enumerate(config.seed_numbers)
        ]

    def history(
        self, config: Any, setting: Setting, ended: Ended
    ) -> Mapping[str, np.ndarray]:
        """Curves of the training batches."""
        found = dict(ended.trained.history)
        found["score"] = found.pop("accuracy")
        return {name: found[name] for name in self.axes}

    def _values(self, config: Experiment) -> dict[str, tuple[Any, ...]]:
        with told(self._experiment):
            return values_of(config.grid())

    def _made(self, config: Experiment, setting: Setting) -> Data:
        """The data of a setting, made once for as long as its program trains."""
        if self._data is None or self._data[0] != (config, setting):
            data = check_data(config.data(setting))
            check_validation(config, data)
            check_repeatable(data, lambda: config.data(setting))
            self._data = (config, setting), data
        return self._data[1]


def _steered(config: Any, setting: Setting) -> Any:
    """The experiment with the training options that its grid varies.

    Raises:
        UserError: one of them breaks the option's rule.
    """
    own = {name: v for name, v in setting._asdict().items() if name in TRAINING}
    try:
        return replace(config, **own)
    except ValueError as error:
        raise UserError(f"grid must keep to the rules of options: {error}") from error


def _default(experiment: type[Experiment]) -> Experiment:
    """The experiment as it is without options.

    Raises:
        UserError: a default breaks the option's rule.
    """
    try:
        return experiment()
    except ValueError as error:
        raise UserError(f"default of {experiment.__name__}: {error}") from error
