"""The work that all contenders do, as plain arrays.

One update: cross-entropy of a recurrent network's last hidden state, projected to ten
classes; its gradient, clipped to a norm; a step of RMSProp with torch's constants. All
contenders take the same parameters and batch, and do the same number of updates.
"""

from typing import NamedTuple

import numpy as np

from benchmarks.harness.workers import Result

GATES = {"rnn": ("h",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}
"""Gate blocks in the order of the fused matrices below."""

CLASSES = 10
RATE = 1e-3

SAMPLE_GFLOP = 50.0
"""Work of a sample: half a second, long beside the cost of asking for it."""

REPEATS = 10, 100
"""Fewest and most updates of a sample. The studies ask for a hundred at a time; what a
call costs should not weigh more here than it does there."""


class Problem(NamedTuple):
    """What is trained.

    Attributes:
        cell: rnn, lstm or gru.
        inputs: steps in time, one float each.
        seeds: number of models.
        batch: sequences per update.
        hidden: hidden size.
        clip: largest norm of the gradient.
    """

    cell: str
    inputs: int
    seeds: int
    batch: int = 128
    hidden: int = 128
    clip: float = 10.0

    @property
    def gflop(self) -> float:
        """Recurrent products of one model's update: forward, backward, weights."""
        product = 2 * self.batch * self.hidden**2 * len(GATES[self.cell])
        return 3 * product * self.inputs / 1e9

    @property
    def parts(self) -> int:
        """Parts of a batch that the palindrome study chooses on a CPU."""
        return 1 if self.batch % 2 else 2

    def repeats(self, *, smoke: bool) -> int:
        """Updates of all seeds in one sample."""
        if smoke:
            return 1
        wanted = round(SAMPLE_GFLOP / (self.gflop * self.seeds))
        return min(max(REPEATS[0], wanted), REPEATS[1])

    def params(self) -> Result:
        """Parameters of all models, seeds leading; seed i's do not depend on `seeds`.

        `w_x` (seeds, 1, gates * hidden), `w_h` (seeds, hidden, gates * hidden), `b`
        (seeds, gates * hidden), `w_p` (seeds, hidden, classes), `b_p` (seeds, classes);
        the GRU's `b_hn` (seeds, hidden).
        """
        gates = len(GATES[self.cell]) * self.hidden
        shapes: dict[str, tuple[int, ...]] = {
            "w_x": (1, gates),
            "w_h": (self.hidden, gates),
            "b": (gates,),
            "w_p": (self.hidden, CLASSES),
            "b_p": (CLASSES,),
        }
        if self.cell == "gru":
            shapes["b_hn"] = (self.hidden,)
        bound = 1 / np.sqrt(self.hidden)
        rngs = [np.random.default_rng([1, seed]) for seed in range(self.seeds)]
        return {
            name: np.stack([rng.uniform(-bound, bound, shape) for rng in rngs]).astype(
                np.float32
            )
            for name, shape in shapes.items()
        }

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Digits as one float (inputs, batch, 1), and targets (batch,): the first."""
        rng = np.random.default_rng(2)
        digits = rng.integers(0, CLASSES, (self.inputs, self.batch))
        return digits[..., None].astype(np.float32), digits[0].astype(np.int32)

    def change(self, params: Result) -> Result:
        """How far parameters are from where they started: what contenders show."""
        return {name: params[name] - start for name, start in self.params().items()}
