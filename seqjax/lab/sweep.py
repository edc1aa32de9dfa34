"""A study that trains every setting of a grid over many seeds, and tests what came out.

A subclass of `Sweep` declares the study: its settings (NamedTuples, whose fields are
the first columns of the results), what each of them learns, is tested on and costs.
Everything that such studies share stands here: blocks and their names, expected work,
one compiled program for all settings that differ in nothing but numbers, the training
loop with its checkpoints, rows and curves, memory of a chunk of seeds.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from seqjax.core.keys import seed_keys
from seqjax.lab.declared import (
    CURVES,
    ENDING,
    C,
    Declared,
    Ended,
    Program,
    Setting,
)
from seqjax.lab.outcomes import rows_of
from seqjax.lab.running.training import Trained, train
from seqjax.lab.study import Block, Number, Reporter, Results, Study
from seqjax.train import Ensemble, SeedMap, TrainState, seed_bytes

__all__ = ["CURVES", "ENDING", "Ended", "Program", "Setting", "Sweep"]


class Sweep(Declared[C]):
    """A study as a declared grid; `study` makes the `Study` of it."""

    def __init__(self) -> None:
        self._programs: OrderedDict[tuple[C, Hashable], Program] = OrderedDict()

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
        return rows_of(results, setting)

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
            self.check_untrained(setting, untrained)
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
            shown=self.shown,
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
