"""What a study of one's own says of itself."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, dataclass_transform

from flax import nnx
from jaxtyping import Array

from seqjax.lab.option_groups import (
    LearningRate,
    Optimizer,
    Seeds,
    Updates,
    Validation,
)

Tree = Any


class Data(NamedTuple):
    """What one setting is trained and tested on, the same for every seed.

    Inputs and targets are arrays, or trees of arrays (tuples, dictionaries), with the
    examples along the first axis; what is NumPy's float64 becomes JAX's float32.

    Attributes:
        train: inputs and targets; a batch is drawn from them with replacement. Or a
            function ``key -> (inputs, targets)`` that makes a batch.
        test: inputs and targets to test on, never trained on.
        validation: inputs and targets, never trained on and no part of the test, by
            which the model that is kept and tested is chosen where
            `Experiment.validate_every` is not 0. Default: none.
    """

    train: tuple[Tree, Tree] | Callable[[Array], tuple[Tree, Tree]]
    test: tuple[Tree, Tree]
    validation: tuple[Tree, Tree] | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True)
class Experiment(Validation, LearningRate, Optimizer, Updates, Seeds):
    """A study: every setting of a grid over many seeds.

    A subclass is made a frozen dataclass by itself. Its fields are options of the
    command line: give each a type (``int``, ``float``, ``str``, ``bool``, or a tuple
    such as ``tuple[int, ...]``), a default, and a text under ``Attributes:`` of the
    docstring. It defines `grid`, `data`, `loss`, and `model` (or `init` and `apply`).
    """

    steps: int = 1000
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    clip_norm: float = float("inf")

    def __init_subclass__(cls, **options: Any) -> None:
        """Makes the subclass a frozen dataclass."""
        super().__init_subclass__(**options)
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    def grid(self) -> Mapping[str, Sequence[Any]]:
        """Names and values of what is varied: all combinations are trained.

        Values are numbers, text or bools. The names must be the same whatever the
        options. One that is an option of the training (`TRAINING`) takes its place;
        settings that differ in nothing but `TRACED` ones share their data, network and
        compiled program. The first setting is what the others are compared with.
        Default: one setting.
        """
        return {}

    def data(self, setting: Any) -> Data:
        """What a setting is trained and tested on.

        Args:
            setting: has a field for each name of the grid, but those of `TRACED`.
        """
        raise NotImplementedError

    def model(self, setting: Any, rngs: nnx.Rngs) -> nnx.Module:
        """The network of a setting, freshly initialised.

        Args:
            setting: has a field for each name of the grid, but those of `TRACED`.
            rngs: streams of random numbers of one seed.
        """
        raise NotImplementedError

    def loss(self, outputs: Any, targets: Any) -> Array:
        """What is made small: a scalar, the mean over a batch.

        Args:
            outputs: of the network on the inputs of a batch.
            targets: of the same batch.
        """
        raise NotImplementedError

    def score(self, outputs: Any, targets: Any) -> Array:
        """What is told beside the loss, larger is better; left out by default.

        Args:
            outputs: of the network.
            targets: what they should be.
        """
        raise NotImplementedError

    def init(self, setting: Any, key: Array) -> Tree:
        """Parameters of one seed, where there is no `model`; see `apply`.

        Args:
            setting: as that of `model`.
            key: a key of JAX's, of one seed.
        """
        raise NotImplementedError

    def apply(self, setting: Any, params: Tree, inputs: Tree) -> Any:
        """Outputs of a pure function of parameters, in place of a `model`.

        Args:
            setting: as that of `model`.
            params: of one seed.
            inputs: of a batch.
        """
        raise NotImplementedError

    @classmethod
    def defines(cls, method: str) -> bool:
        """Whether a subclass has a method of its own."""
        return getattr(cls, method) is not getattr(Experiment, method)


TRACED = ("learning_rate", "clip_norm", "steps")
"""Options of the training that are never compiled into it."""

TRAINING = (*TRACED, "batch_size", "optimizer", "optimizer_flavor")
"""Options of the training that a grid may vary."""
