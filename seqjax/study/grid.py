"""From an `Experiment` to the `Sweep` that trains it."""

import itertools
import re
import sys
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, PRNGKeyArray

from seqjax.core.keys import seed_keys
from seqjax.lab.errors import UserError, one_line
from seqjax.lab.running.training import loss_and_accuracy
from seqjax.lab.study import Block, Number, Reporter
from seqjax.lab.sweep import Ended, Program, Setting, Sweep
from seqjax.study.experiment import Data, Experiment
from seqjax.train import Progress, SeedMap, Task, TrainState

Tree = Any

TRACED = ("learning_rate",)
"""Names of a grid that steer a training without being compiled into it."""


class Tested(NamedTuple):
    """A test of one seed.

    Attributes:
        loss: on the test set.
        score: likewise; NaN where the experiment has none.
    """

    loss: Float[Array, ""]
    score: Float[Array, ""]


class Trial(NamedTuple):
    """What a setting is trained and tested on, on the devices.

    Attributes:
        training: inputs and targets to draw batches from; None where a function makes
            them.
        evaluation: inputs and targets of the test set.
    """

    training: Any
    evaluation: Any


class Learner(NamedTuple):
    """A network as functions of its parameters, and what it is trained on.

    Attributes:
        experiment: whose.
        setting: any of the program's.
        batch: makes a batch; None: they are drawn from arrays.
    """

    experiment: Experiment
    setting: Setting
    batch: Callable[[Array], tuple[Tree, Tree]] | None

    def init(self, key: PRNGKeyArray) -> tuple[Tree, Tree]:
        """Parameters of one seed, and what else its network keeps."""
        if self.experiment.defines("apply"):
            return self.experiment.init(self.setting, key), ()
        _, params, rest = self._split(key)
        return params, rest

    def apply(
        self, params: Tree, rest: Tree, inputs: Tree, *, training: bool
    ) -> tuple[Any, Tree]:
        """Outputs, and what the network keeps after them."""
        if self.experiment.defines("apply"):
            return self.experiment.apply(self.setting, params, inputs), ()
        split: Any = jax.eval_shape(self._split, jax.random.key(0))
        # Variables of this trace: flax lets no other be changed. A network that keeps
        # nothing else has no memory, which is an empty tuple.
        params, rest = jax.tree.map(lambda leaf: leaf, (params, rest))
        model = nnx.merge(split[0], params, rest or nnx.State({}))
        model.train() if training else model.eval()
        outputs = model(inputs)
        after: Any = nnx.split(model, nnx.Param, ...)
        return outputs, after[2]

    def _split(self, key: PRNGKeyArray) -> Any:
        model = self.experiment.model(self.setting, nnx.Rngs(key))
        if not isinstance(model, nnx.Module):
            raise ValueError(
                f"model must return an nnx.Module, not {type(model).__name__}; for a "
                "pure function define init and apply instead"
            )
        return nnx.split(model, nnx.Param, ...)

    def judged(self, outputs: Any, targets: Tree) -> Tested:
        """Loss and score of outputs."""
        loss = _scalar("loss", self.experiment.loss(outputs, targets))
        if not self.experiment.defines("score"):
            return Tested(loss, jnp.full_like(loss, jnp.nan))
        score = _scalar("score", self.experiment.score(outputs, targets))
        return Tested(loss, score.astype(loss.dtype))

    def task(self) -> Task:
        """What `seqjax.train` trains; the memory is what the network keeps."""
        size = self.experiment.batch_size

        def batch(key: PRNGKeyArray, data: Tree) -> tuple[Tree, Tree]:
            if self.batch is not None:
                return self.batch(key)
            count = len(jax.tree.leaves(data)[0])
            chosen = jax.random.randint(key, (size,), 0, count)
            taken: tuple[Tree, Tree] = jax.tree.map(lambda leaf: leaf[chosen], data)
            return taken

        def loss(
            params: Tree, batch: tuple[Tree, Tree], memory: Tree, data: Tree
        ) -> tuple[Array, Array, Tree]:
            outputs, after = self.apply(params, memory, batch[0], training=True)
            found = self.judged(outputs, batch[1])
            return found.loss, found.score, after

        def plain(
            params: Tree, batch: tuple[Tree, Tree], data: Tree
        ) -> tuple[Array, Array]:
            return loss(params, batch, (), data)[:2]

        rest = jax.eval_shape(self.init, jax.random.key(0))[1]
        if not jax.tree.leaves(rest):
            return Task(lambda key: self.init(key)[0], batch, plain)
        return Task(
            lambda key: self.init(key)[0],
            batch,
            loss,
            # Of any seed: `Grid.start` gives each its own.
            memory=lambda: self.init(jax.random.key(0))[1],
        )

    def test(self, state: tuple[Tree, Tree], data: tuple[Tree, Tree]) -> Tested:
        """Loss and score of one seed on the test set."""
        outputs, _ = self.apply(*state, data[0], training=False)
        return self.judged(outputs, data[1])


class Grid(Sweep[Any]):
    """The sweep of an experiment.

    Args:
        experiment: a subclass of `Experiment`; all of its fields have defaults.

    Raises:
        ValueError: the grid cannot be a table's columns.
    """

    unit = "updates"
    tests_untrained = True

    def __init__(self, experiment: type[Experiment]) -> None:
        super().__init__()
        self._data: tuple[Any, Data] | None = None
        grid = experiment().grid()
        kinds = {name: _kind(name, values) for name, values in grid.items()}
        self.setting: Any = NamedTuple("Setting", list(kinds.items()))  # type: ignore[misc]
        names = ("loss", "score") if experiment.defines("score") else ("loss",)
        self.ending = {
            **dict.fromkeys(names, float),
            **dict.fromkeys((f"untrained_{name}" for name in names), float),
            "steps": int,
            "diverged": bool,
        }
        self.axes = dict.fromkeys((*names, "gradient_norm"), ("seed", "step"))

    def settings(self, config: Experiment) -> list[Setting]:
        """All combinations, the last name of the grid innermost."""
        grid = config.grid()
        if tuple(grid) != self.setting._fields:
            raise ValueError(
                f"grid must have the names {', '.join(self.setting._fields)} whatever "
                f"the options, not {', '.join(grid)}; let options choose the values"
            )
        for name, values in grid.items():
            _kind(name, values)
        found = [self.setting(*values) for values in itertools.product(*grid.values())]
        names = [self.name(setting) for setting in found]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ValueError(
                    f"grid must have settings of different names, not {name} twice; "
                    "give values that differ in letters or digits"
                )
        return found

    def name(self, setting: Setting) -> str:
        """``width-8-noise-0.1``; without a grid ``all``."""
        parts = [f"{name}-{value}" for name, value in setting._asdict().items()]
        return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-") or "all"

    def program(self, setting: Setting) -> Hashable:
        """All that is not a traced number."""
        return tuple(
            value for name, value in setting._asdict().items() if name not in TRACED
        )

    def run(
        self, config: Experiment, finished: Collection[str], report: Reporter
    ) -> Iterator[Block]:
        """Train and test; yields a block per setting.

        Raises:
            UserError: the experiment's own code fails: one line that names the place.
        """
        try:
            yield from super().run(config, finished, report)
        except UserError:
            raise
        except Exception as error:
            place = _place_of(error, type(config))
            if not place and not isinstance(error, ValueError):
                raise
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            raise UserError(
                f"{type(config).__name__}{place}: {kind}{one_line(error)}"
            ) from error

    def learner(self, config: Experiment, setting: Setting) -> Learner:
        """The network of a setting."""
        train = self.data(config, setting).train
        return Learner(config, setting, train if callable(train) else None)

    def data(self, config: Experiment, setting: Setting) -> Data:
        """The data of a setting, made once for as long as it trains."""
        if self._data is None or self._data[0] != (config, setting):
            found = config.data(setting)
            if not isinstance(found, Data):
                raise ValueError(
                    f"data must return study.Data, not {type(found).__name__}; give "
                    "study.Data(train=(inputs, targets), test=(inputs, targets))"
                )
            _check_examples("test", found.test)
            if not callable(found.train):
                _check_examples("train", found.train)
            self._data = (config, setting), found
        return self._data[1]

    def trial(self, config: Experiment, learner: Learner, setting: Setting) -> Trial:
        """The data of a setting."""
        data = self.data(config, setting)
        if callable(data.train):
            return Trial(None, jax.tree.map(jnp.asarray, data.test))
        return Trial(*jax.tree.map(jnp.asarray, (data.train, data.test)))

    def test(
        self, config: Experiment, learner: Learner
    ) -> Callable[[Tree, Any], Tested]:
        """Loss and score on the test set."""
        return learner.test

    def params(self, states: TrainState) -> Tree:
        """Parameters and what else a network keeps."""
        return states.params, states.memory

    def rate(self, config: Experiment, setting: Setting) -> float:
        """That of the grid, or the option."""
        return float(getattr(setting, "learning_rate", config.learning_rate))

    def shown(self, progress: Progress) -> Mapping[str, Number | str]:
        """The loss, and the score if there is one."""
        found = dict(loss_and_accuracy(progress))
        score = found.pop("accuracy", None)
        return found if score is None else {**found, "score": score}

    def start(self, config: Any, setting: Setting, program: Program) -> TrainState:
        """Fresh networks; what they keep beside parameters is each seed's own."""
        states = super().start(config, setting, program)
        if not jax.tree.leaves(states.memory):
            return states
        learner: Learner = program.learner

        def rest(key: PRNGKeyArray, shared: None) -> Tree:
            return learner.init(key)[1]

        ensemble = program.ensemble
        made = SeedMap(rest, config.seeds, mesh=ensemble.mesh, run_once=True)
        memory = made(made.place(seed_keys(config.seed_numbers)), None)
        return states._replace(memory=memory)

    def rows(self, config: Any, setting: Setting, ended: Ended) -> list[dict[str, Any]]:
        """One row per seed: its test before and after training."""
        states = ended.trained.states
        steps, diverged = ended.gathered((states.step, states.diverged))
        names = [name for name in Tested._fields if name in self.ending]
        return [
            {
                **setting._asdict(),
                "seed": seed,
                **{name: float(getattr(ended.tested, name)[i]) for name in names},
                **{
                    f"untrained_{name}": float(getattr(ended.untrained, name)[i])
                    for name in names
                },
                "steps": int(steps[i]),
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


def _place_of(error: Exception, experiment: type[Experiment]) -> str:
    """``" (mystudy.py, line 20)"``, where the experiment's file is on the way."""
    file = getattr(sys.modules.get(experiment.__module__), "__file__", None)
    place, trace = "", error.__traceback__
    while trace is not None:
        if file and trace.tb_frame.f_code.co_filename == file:
            place = f" ({Path(file).name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


def _scalar(name: str, value: Any) -> Array:
    found = jnp.asarray(value)
    if found.shape or not jnp.issubdtype(found.dtype, jnp.floating):
        raise ValueError(
            f"{name} must return one floating number, not {found.dtype}"
            f"{list(found.shape)}; return the mean over the batch"
        )
    return found


def _kind(name: str, values: Any) -> type:
    """The type of a column, from the values of a grid."""
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) != 1 or not kinds <= {int, float, str, bool}:
        raise ValueError(
            f"grid[{name!r}] must be a sequence of numbers or of text, not {values!r}; "
            "give at least one value, all of one type"
        )
    return kinds.pop()


def _check_examples(name: str, data: Any) -> None:
    """Raise ValueError unless inputs and targets have as many examples."""
    if not isinstance(data, tuple) or len(data) != 2:
        raise ValueError(
            f"data.{name} must be a pair of inputs and targets, not "
            f"{type(data).__name__}; give study.Data({name}=(inputs, targets), ...)"
        )
    counts = {
        np.shape(leaf)[0] if np.ndim(leaf) else 0 for leaf in jax.tree.leaves(data)
    }
    if len(counts) != 1 or 0 in counts:
        raise ValueError(
            f"data.{name} must have as many inputs as targets, at least one, not "
            f"{' and '.join(map(str, sorted(counts)))}; put examples along the first "
            "axis"
        )
