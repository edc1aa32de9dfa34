"""Settings of the study of gradients over time."""

from dataclasses import dataclass

from seqjax.core.checks import check_distinct, check_integer
from seqjax.lab.option_groups import (
    BatchParts,
    HiddenSize,
    LearningRate,
    Optimizer,
    Seeds,
    Weights,
)


@dataclass(frozen=True)
class Config(Weights, HiddenSize, BatchParts, LearningRate, Optimizer, Seeds):
    """Gradients of every cell at every chosen training step, over many seeds.

    Attributes:
        cells: Cells to look into, among {cells}.
        length: Digits T of the palindromes; the network reads T - 1 of them.
        at: Updates after which to look, going up; 0 is the untrained network.
        examples: Palindromes, never trained on, over whose gradients the norms are
            averaged.
        jacobian_examples: How many of them have their Jacobians taken.
        jacobian_times: At how many hidden states, evenly spaced over time.
        batch_size: Palindromes per update.
        encoding: Input digit as one float (scalar) or one-hot vector (onehot).
    """

    cells: tuple[str, ...] = ("rnn", "lstm")
    length: int = 100
    at: tuple[int, ...] = (0, 100)
    examples: int = 128
    jacobian_examples: int = 2
    jacobian_times: int = 10
    batch_size: int = 128
    encoding: str = "scalar"

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        super().__post_init__()
        check_integer(
            "length",
            self.length,
            minimum=4,
            hint="a gradient over time needs at least three steps",
        )
        check_distinct("at", self.at)
        for step in self.at:
            check_integer("at", step, minimum=0)
        if list(self.at) != sorted(self.at):
            raise ValueError(
                f"at must go up, not {' '.join(map(str, self.at))}; "
                f"give {' '.join(map(str, sorted(self.at)))}"
            )
        for name in ("examples", "jacobian_examples", "jacobian_times"):
            check_integer(name, getattr(self, name), minimum=1)
        if self.jacobian_examples > self.examples:
            raise ValueError(
                f"jacobian_examples must be at most examples ({self.examples}), "
                f"not {self.jacobian_examples}; give fewer, or more examples"
            )
        if self.jacobian_times > self.length - 1:
            raise ValueError(
                f"jacobian_times must be at most length - 1 ({self.length - 1}), "
                f"not {self.jacobian_times}; give fewer"
            )

    @property
    def times(self) -> tuple[int, ...]:
        """Hidden states whose Jacobians are taken, from h_0 to that before the last."""
        last, count = self.length - 2, self.jacobian_times
        if count == 1:
            return (0,)
        return tuple(round(k * last / (count - 1)) for k in range(count))
