"""A study that trains every setting of a grid over many seeds, and tests what came out.

A subclass of `Sweep` declares the study: its settings (NamedTuples, whose fields are
the first columns of the results), what each of them learns, is tested on and costs.
Everything that such studies share stands here: blocks and their names, expected work,
one compiled program for all settings that differ in nothing but numbers, the training
loop with its checkpoints, rows and curves, memory of a chunk of seeds.
"""

from collections import OrderedDict
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import replace
from typing import Any, Generic, NamedTuple, TypeVar

import jax
import numpy as np
import optax
from jaxtyping import Array

from seqjax.core.keys import seed_keys
from seqjax.lab import measures
from seqjax.lab.option_groups import BatchParts, EarlyStop
from seqjax.lab.running.training import Trained, endings, train
from seqjax.lab.study import Block, Number, Reporter, Results, Study
from seqjax.train import (
    Ensemble,
    Hyper,
    SeedMap,
    Task,
    TrainState,
    direction,
    make_hyper,
    seed_bytes,
)

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


class Sweep(Generic[C]):
    """A study as a declared grid; `study` makes the `Study` of it.

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
        accuracy: what the accuracy of a batch is called while it trains.
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
    accuracy: str = "accuracy"
    tests_untrained: bool = False
    in_chunks: bool = True
    most_programs: int = 8

    def __init__(self) -> None:
        self._programs: OrderedDict[tuple[C, Hashable], Program] = OrderedDict()

    # What a study says of itself.

    def settings(self, config: C) -> list[Setting]:
        """All settings, in the order of the results."""
        raise NotImplementedError

    def name(self, setting: Setting) -> str:
        """Of a setting's block, fit for a file name."""
        return "-".join(str(value) for value in setting)

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

    def trial(self, config: C, learner: Any, setting: Setting) -> Any:
        """What a setting is trained and tested on, the same for every seed.

        Returns:
            `seqjax.tasks.Trial`, or another with fields ``training`` (what the task's
            batches are drawn by), ``evaluation`` (what is tested on) and one for each
            of `told`.
        """
        raise NotImplementedError

    # What it may say.

    def task(self, learner: Any) -> Task:
        """What is trained."""
        task: Task = learner.task()
        return task

    def test(self, config: C, learner: Any) -> Callable[[Tree, Any], Any]:
        """The test of one seed: from parameters and ``trial.evaluation``."""
        test: Callable[[Tree, Any], Any] = learner.score
        return test

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

    def optimizer(self, config: Any, setting: Setting) -> optax.GradientTransformation:
        """From gradients to a direction, see `seqjax.train.optimizers`."""
        return direction(config.optimizer, getattr(config, "optimizer_flavor", "torch"))

    def models(self, config: Any, setting: Setting) -> int:
        """Models of a setting; by default one per seed."""
        seeds: int = config.seeds
        return seeds

    def places(self, config: Any) -> int:
        """Models that an ensemble has room for; by default one per seed."""
        places: int = config.seeds
        return places

    def rate(self, config: Any, setting: Setting) -> float:
        """The learning rate."""
        rate: float = config.learning_rate
        return rate

    def updates(self, config: Any, setting: Setting) -> int:
        """Most updates of a seed."""
        steps: int = config.steps
        return steps

    def cost(self, config: C, setting: Setting) -> Number:
        """Work of one update of one seed, in `unit`."""
        return 1.0

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

    # What all have.

    def study(self, **said: Any) -> Study[C]:
        """The study of this sweep.

        Args:
            **said: what else a `Study` has: name, summary, config_type, summarise,
                tables, figures, ...
        """
        fields = self.setting._fields
        kinds = {name: self.setting.__annotations__[name] for name in fields}
        declared: dict[str, Any] = {
            "columns": {**kinds, "seed": int, **self.ending, **self.told},
            "history_axes": self.axes,
            "block_names": self.block_names,
            "work": self.work,
            "run": self.run,
            "seed_bytes": self.seed_bytes if self.in_chunks else None,
            "unit": self.unit,
        }
        return Study(**{**declared, **said})

    def block_names(self, config: C) -> list[str]:
        """A block per setting."""
        return [self.name(setting) for setting in self.settings(config)]

    def work(self, config: Any) -> dict[str, float]:
        """Expected work of every block, if no seed stops early."""

        def expected(each: Setting) -> float:
            updates = self.models(config, each) * self.updates(config, each)
            return float(updates * self.cost(config, each))

        return {self.name(each): expected(each) for each in self.settings(config)}

    def run(
        self, config: C, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train and test; yields a block per setting. Pure but for the report."""
        for setting in self.settings(config):
            if self.name(setting) not in finished:
                yield self.block(config, setting, report)

    def rows_of(self, results: Results, setting: Setting) -> list[dict[str, Any]]:
        """The rows of one setting."""
        return measures.rows_of(results, setting)

    def seed_bytes(self, config: Any) -> int:
        """What one more seed takes of memory, with the curves of all blocks."""
        settings = self.settings(config)
        programs = {self.program(each): each for each in settings}
        return seed_bytes(
            [self.task(self.learner(config, each)) for each in programs.values()],
            self.optimizer(config, settings[0]),
            max(self.updates(config, each) for each in settings),
            len(settings),
        )

    def block(
        self,
        config: Any,
        setting: Setting,
        report: Reporter,
        *,
        deadline: Number = float("inf"),
    ) -> Block:
        """Train and test all seeds of one setting.

        Args:
            config: of the study.
            setting: which.
            report: told of the progress.
            deadline: end with the first look after this time of `core.processes.clock`,
                in seconds; default: never.
        """
        program, trial = self.begin(config, setting, report)
        ended = self.train_and_test(
            config, setting, program, trial, report, deadline=deadline
        )
        rows = self.rows(config, setting, ended)
        history = dict(self.history(config, setting, ended))
        return Block(self.name(setting), rows, history)

    def begin(
        self, config: Any, setting: Setting, report: Reporter
    ) -> tuple[Program, Any]:
        """Tell that a block begins, and make what it is trained by and on."""
        name = self.name(setting)
        report.block(name, self.title(config, setting), self.work(config)[name])
        program = self.compiled(config, setting)
        return program, self.trial(config, program.learner, setting)

    def train_and_test(
        self,
        config: Any,
        setting: Setting,
        program: Program,
        trial: Any,
        report: Reporter,
        *,
        before: Sequence[Trained] = (),
        deadline: Number = float("inf"),
    ) -> Ended:
        """Train and test all models of a setting.

        Args:
            config: of the study.
            setting: which.
            program: its program.
            trial: what they are trained and tested on.
            report: told of the progress.
            before: earlier trainings of the same block; default: none.
            deadline: as that of `block`.
        """
        states = self.start(config, setting, program)
        untrained = None
        if self.tests_untrained:
            untrained = self.tested(program, states, trial)
        trained = train(
            program.ensemble,
            states,
            self.hyper(config, setting),
            trial.training,
            self.updates(config, setting),
            report,
            cost=self.models(config, setting) * self.cost(config, setting),
            deadline=deadline,
            before=before,
            accuracy=self.accuracy,
        )
        tested = self.tested(program, trained.states, trial)
        return Ended(program, trial, trained, tested, untrained)

    def compiled(self, config: Any, setting: Setting) -> Program:
        """The program of a setting, from an earlier one where there is one."""
        # Chunks of seeds differ in nothing but their first: a program serves all.
        key = (replace(config, first_seed=0), self.program(setting))
        if key not in self._programs:
            learner, places = self.learner(config, setting), self.places(config)
            ensemble = Ensemble(
                self.task(learner),
                self.optimizer(config, setting),
                places,
                group=config.seeds_per_device or None,
                parts=self.parts(config, setting),
            )
            tests = SeedMap(self.test(config, learner), places, mesh=ensemble.mesh)
            while len(self._programs) >= self.most_programs:
                self._programs.popitem(last=False)
            self._programs[key] = Program(learner, ensemble, tests, {})
        return self._programs[key]

    def start(self, config: Any, setting: Setting, program: Program) -> TrainState:
        """States of all seeds before the first update."""
        keys = seed_keys(config.seed_numbers)
        initial = self.initial(config, program.learner, setting)
        if initial is None:
            return program.ensemble.init(keys)
        same, init = initial
        if same not in program.starts:
            program.starts[same] = program.ensemble.starter(init)
        return program.starts[same](keys)

    def tested(self, program: Program, states: TrainState, trial: Any) -> Any:
        """What `test` returns of all seeds, on the host."""
        return program.tests.gather(
            program.tests(self.params(states), trial.evaluation)
        )


def score_of(tested: Any) -> Any:
    """Loss and accuracy of a test: the test itself, or its field ``score``."""
    return getattr(tested, "score", tested)
