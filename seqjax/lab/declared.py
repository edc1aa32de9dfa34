"""What a study declares of its grid; `seqjax.lab.sweep.Sweep` trains it."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import jax
import numpy as np
from jaxtyping import Array

from seqjax.core.cells import CELLS
from seqjax.core.counting import gflop_per_update
from seqjax.lab.option_groups import BatchParts, EarlyStop
from seqjax.lab.running.training import Trained, endings, loss_and_accuracy
from seqjax.lab.study import Number
from seqjax.train import (
    Ensemble,
    Hyper,
    Progress,
    SeedMap,
    Task,
    TrainState,
    direction,
    make_hyper,
)
from seqjax.train.optimizers import Optimizer

C = TypeVar("C")
Setting = Any  # a NamedTuple, the study's own
Tree = Any

ENDING: Mapping[str, type] = {
    "accuracy": float,
    "loss": float,
    "steps": int,
    "solved_step": int,
    "diverged": bool,
}
"""Columns of what `seqjax.lab.running.training.endings` says of a seed."""

CURVES: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("loss", "accuracy", "gradient_norm"), ("seed", "step")
)
"""Axes of the curves of a training."""


class Program(NamedTuple):
    """What all settings of one program share: it is compiled once.

    Attributes:
        learner: what `Sweep.learner` made of the first of these settings.
        ensemble: trains all seeds.
        tests: tests all seeds.
        starts: makes states before the first update, by a key of the initial weights.
    """

    learner: Any
    ensemble: Ensemble
    tests: SeedMap[Any]
    starts: dict[Hashable, Callable[[Array], TrainState]]


class Ended(NamedTuple):
    """All seeds of one setting, trained and tested.

    Attributes:
        program: that trained them.
        trial: what they were trained and tested on, as `Sweep.trial` made it.
        trained: states, curves and number of updates.
        tested: what `Sweep.test` returns, with a leading axis of seeds, on the host.
        untrained: the same before the first update; None unless
            `Sweep.tests_untrained`.
    """

    program: Program
    trial: Any
    trained: Trained
    tested: Any
    untrained: Any

    def gathered(self, leaves: Tree) -> Tree:
        """Parts of the states of all seeds, on the host."""
        return self.program.ensemble.gather(leaves)


class Declared(Generic[C]):
    """What a subclass of `seqjax.lab.sweep.Sweep` says, and what it may say.

    The configuration has ``seeds``, ``first_seed``, ``seed_numbers`` and
    ``seeds_per_device`` (`seqjax.lab.option_groups.Seeds`).

    Attributes:
        setting: type of a setting, a NamedTuple; the types of its fields are those of
            the first columns.
        told: further columns, filled by the fields of these names of `trial`.
        ending: columns of how a seed ended; a study with other rows overrides them and
            `rows`.
        axes: of the curves and arrays of `history`.
        unit: what `cost` counts.
        tests_untrained: test before the first update as well.
        in_chunks: seeds that do not fit into memory at once may be trained in chunks:
            nothing is chosen among all seeds of a setting.
        most_programs: compiled programs that are kept; chunks of seeds come back to the
            first of them.
    """

    setting: type[Any]
    told: Mapping[str, type] = {}
    ending: Mapping[str, type] = ENDING
    axes: Mapping[str, tuple[str, ...]] = CURVES
    unit: str = "GFLOP"
    tests_untrained: bool = False
    in_chunks: bool = True
    most_programs: int = 8

    # What a study says of itself.

    def settings(self, config: C) -> list[Setting]:
        """All settings, in the order of the results; by default ``Setting.all``."""
        return self.setting.all(config)

    def name(self, setting: Setting) -> str:
        """Of a setting's block, fit for a file name; by default its own, or fields."""
        return getattr(setting, "name", "") or "-".join(map(str, setting))

    def title(self, config: C, setting: Setting) -> str:
        """What is shown of a setting while it trains."""
        return self.name(setting)

    def program(self, setting: Setting) -> Hashable:
        """What a setting shares a compiled program with: all of an equal value."""
        return setting

    def learner(self, config: C, setting: Setting) -> Any:
        """What the settings of one program learn.

        By default it has ``task()`` and ``score(params, evaluation)``, as those of
        `seqjax.tasks` do.
        """
        raise NotImplementedError

    def trial(self, config: Any, learner: Any, setting: Setting) -> Any:
        """What a setting is trained and tested on, the same for every seed.

        By default what ``learner.trial`` has of the setting's ``length``.

        Returns:
            `seqjax.tasks.Trial`, or another with fields ``training`` (what the task's
            batches are drawn by), ``evaluation`` (what is tested on) and one for each
            of `told`.
        """
        return learner.trial(setting.length, config.evaluation_size)

    # What it may say.

    def task(self, learner: Any) -> Task:
        """What is trained."""
        return learner.task()

    def test(self, config: C, learner: Any) -> Callable[[Tree, Any], Any]:
        """The test of one seed: from parameters and ``trial.evaluation``."""
        return learner.score

    def params(self, states: TrainState) -> Tree:
        """The part of the states that is tested; by default the newest parameters."""
        return states.params

    def initial(
        self, config: C, learner: Any, setting: Setting
    ) -> tuple[Hashable, Callable[[Array], Tree]] | None:
        """Initial weights of a setting, where those of its program have several.

        Returns:
            What they are the same by, and the function from a key to parameters; None:
            those of the task.
        """
        return None

    def optimizer(self, config: Any, setting: Setting) -> Optimizer:
        """From gradients to a direction, see `seqjax.train.optimizers`."""
        return direction(config.optimizer, getattr(config, "optimizer_flavor", "torch"))

    def models(self, config: Any, setting: Setting) -> int:
        """Models of a setting; by default one per seed."""
        return config.seeds

    def places(self, config: Any) -> int:
        """Models that an ensemble has room for; by default one per seed."""
        return config.seeds

    def rate(self, config: Any, setting: Setting) -> float:
        """The learning rate."""
        return config.learning_rate

    def updates(self, config: Any, setting: Setting) -> int:
        """Most updates of a seed."""
        return config.steps

    def cost(self, config: C, setting: Setting) -> Number:
        """Work of one update of one seed, in `unit`."""
        return 1.0

    def gflop(self, config: Any, cell: str, steps: int) -> float:
        """GFLOP of one update of one seed, of a recurrent network.

        Args:
            config: with ``batch_size``, ``hidden_size`` and, if it has any, ``layers``.
            cell: name of the cell.
            steps: of a sequence.
        """
        layers = getattr(config, "layers", 1)
        sizes = config.batch_size, config.hidden_size, steps, layers
        return gflop_per_update(CELLS[cell], *sizes)

    def check_untrained(self, setting: Setting, untrained: Any) -> None:
        """Raise a `UserError` where the test before training makes training no use.

        Args:
            setting: which.
            untrained: what `test` returned of all seeds, on the host.
        """

    def shown(self, progress: Progress) -> Mapping[str, Number | str]:
        """The metrics that are shown while a setting trains."""
        return loss_and_accuracy(progress)

    def parts(self, config: Any, setting: Setting) -> int:
        """Parts of a batch whose gradients are added up."""
        if isinstance(config, BatchParts):
            return config.parts(jax.default_backend())
        return 1

    def hyper(self, config: Any, setting: Setting) -> Hyper:
        """Numbers that steer the training, from the options of the same names."""
        rate, clip_norm = self.rate(config, setting), config.clip_norm
        if not isinstance(config, EarlyStop):
            return make_hyper(rate, clip_norm=clip_norm)
        return make_hyper(
            rate,
            clip_norm=clip_norm,
            solved_accuracy=config.stop_accuracy,
            patience=config.stop_patience,
            stop=config.early_stop,
        )

    def rows(self, config: Any, setting: Setting, ended: Ended) -> list[dict[str, Any]]:
        """One row per seed: its setting, number and ending."""
        found = endings(
            ended.program.ensemble, ended.trained.states, score_of(ended.tested)
        )
        told = {name: getattr(ended.trial, name) for name in self.told}
        return [
            {**setting._asdict(), "seed": seed, **ending, **told}
            for seed, ending in zip(config.seed_numbers, found, strict=True)
        ]

    def history(
        self, config: C, setting: Setting, ended: Ended
    ) -> Mapping[str, np.ndarray]:
        """Arrays of a block; by default the curves of `axes` of the training."""
        curves = ended.trained.history
        return {name: curves[name] for name in self.axes if name in curves}


def score_of(tested: Any) -> Any:
    """Loss and accuracy of a test: the test itself, or its field ``score``."""
    return getattr(tested, "score", tested)
