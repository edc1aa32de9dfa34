"""What a study of one's own says of itself."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, dataclass_transform

from flax import nnx
from jaxtyping import Array

from seqjax.lab.option_groups import LearningRate, Optimizer, Seeds, Updates

Tree = Any


class Data(NamedTuple):
    """What one setting is trained and tested on, the same for every seed.

    Attributes:
        train: inputs and targets, arrays (or trees of arrays) with the examples along
            the first axis; a batch is drawn from them with replacement. Or a function
            ``key -> (inputs, targets)`` that makes a batch.
        test: inputs and targets to test on, never trained on.
    """

    train: tuple[Tree, Tree] | Callable[[Array], tuple[Tree, Tree]]
    test: tuple[Tree, Tree]


@dataclass_transform(frozen_default=True)
@dataclass(frozen=True)
class Experiment(LearningRate, Optimizer, Updates, Seeds):
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
        dataclasses.dataclass(frozen=True)(cls)

    def grid(self) -> Mapping[str, Sequence[Any]]:
        """Names and values of what is varied: all combinations are trained.

        Values are numbers or text. The names must be the same whatever the options;
        one called ``learning_rate`` is the learning rate, and compiles nothing anew.
        The first setting is what the others are compared with. Default: one setting.
        """
        return {}

    def data(self, setting: Any) -> Data:
        """What a setting is trained and tested on.

        Args:
            setting: has a field for each name of the grid.
        """
        raise NotImplementedError(
            _must(self, "data(setting)", "return study.Data(...)")
        )

    def model(self, setting: Any, rngs: nnx.Rngs) -> nnx.Module:
        """The network of a setting, freshly initialised.

        Args:
            setting: has a field for each name of the grid.
            rngs: streams of random numbers of one seed.
        """
        way_out = "return an nnx.Module, or define init and apply"
        raise ValueError(_must(self, "model(setting, rngs)", way_out))

    def loss(self, outputs: Any, targets: Any) -> Array:
        """What is made small: a scalar, the mean over a batch.

        Args:
            outputs: of the network on the inputs of a batch.
            targets: of the same batch.
        """
        way_out = "for example return study.squared_error(outputs, targets)"
        raise ValueError(_must(self, "loss(outputs, targets)", way_out))

    def score(self, outputs: Any, targets: Any) -> Array:
        """What is told beside the loss, larger is better; left out by default.

        Args:
            outputs: of the network.
            targets: what they should be.
        """
        raise NotImplementedError

    def init(self, setting: Any, key: Array) -> Tree:
        """Parameters of one seed, where there is no `model`; see `apply`."""
        raise NotImplementedError

    def apply(self, setting: Any, params: Tree, inputs: Tree) -> Any:
        """Outputs of a pure function of parameters, in place of a `model`."""
        raise NotImplementedError

    @classmethod
    def defines(cls, method: str) -> bool:
        """Whether a subclass has a method of its own."""
        return getattr(cls, method) is not getattr(Experiment, method)


def _must(experiment: Experiment, what: str, way_out: str) -> str:
    return f"{type(experiment).__name__} must define {what}, but does not; {way_out}"
