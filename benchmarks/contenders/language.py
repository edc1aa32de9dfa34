"""Character language models: the work that all contenders do, as plain arrays.

One update: windows of a text, cross-entropy of every next character under stacked LSTMs
and a projection; its gradient, clipped to a norm; a step of Adam. The sizes are those
of the course: two layers of 128 units, 87 characters, 64 windows of 30.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.harness.workers import Result

RATE = 2e-3
TEMPERATURE = 0.5

CHARACTERS = 300_000
"""Length of the text: no stream comes to its end within a sample."""

SAMPLE_GFLOP = 60.0
"""Work of a training sample: half a second, long beside the cost of asking for it."""

SHARP = 0.3
"""Largest weight of a model that is sampled: small ones would write one character all
over again, which proves little."""

SHOWN = 30
"""Characters of a prompt, and of the text after it, by which samplers are compared."""

REPEATS = 10, 100
"""Fewest and most updates of a sample."""


class Language(NamedTuple):
    """A language model and its training.

    Attributes:
        seeds: number of models.
        embedding: length of a character's learnt vector; None: one-hot vectors.
        carried: go on with the hidden states of the update before, through contiguous
            streams; else windows start anywhere, from the zero state.
        dropout: probability that an output between the layers is dropped.
        vocab: distinct characters.
        hidden: hidden size.
        layers: LSTM layers.
        batch: windows per update.
        window: characters of a window.
        clip: largest norm of the gradient.
        bound: largest weight at the start; None: as torch has it.
    """

    seeds: int = 1
    embedding: int | None = None
    carried: bool = False
    dropout: float = 0.0
    vocab: int = 87
    hidden: int = 128
    layers: int = 2
    batch: int = 64
    window: int = 30
    clip: float = 5.0
    bound: float | None = None

    @property
    def flop_per_character(self) -> float:
        """Products of one step forward but those with one-hot vectors or embeddings.

        These are rows of a table. What is left are the recurrent products, those
        between layers and the projection.
        """
        products = (2 * self.layers - 1) * 4 * self.hidden**2
        return 2 * (products + self.hidden * self.vocab)

    @property
    def gflop(self) -> float:
        """Products of one model's update: forward, backward, weights."""
        return 3 * self.flop_per_character * self.batch * self.window / 1e9

    @property
    def parts(self) -> int:
        """Parts of a batch that the study chooses on a CPU."""
        return 1 if self.batch % 2 else 2

    def repeats(self, *, smoke: bool) -> int:
        """Updates of all seeds in one sample."""
        if smoke:
            return 1
        wanted = round(SAMPLE_GFLOP / (self.gflop * self.seeds))
        return min(max(REPEATS[0], wanted), REPEATS[1])

    def params(self) -> Result:
        """Parameters of all models by seqjax's names, seeds leading.

        `recurrent.layer_0.w_x` (seeds, inputs, 4 * hidden) with the gates in the order
        i, f, g, o, and so on, as `LanguageNetwork.to_arrays` has them.
        """
        gates = 4 * self.hidden
        inputs = self.embedding or self.vocab
        shapes: dict[str, tuple[int, ...]] = {}
        if self.embedding:
            shapes["embedding"] = (self.vocab, self.embedding)
        for layer in range(self.layers):
            ours = f"recurrent.layer_{layer}"
            shapes[f"{ours}.w_x"] = (inputs if layer == 0 else self.hidden, gates)
            shapes[f"{ours}.w_h"] = (self.hidden, gates)
            shapes[f"{ours}.b"] = (gates,)
        shapes["projection.w"] = (self.hidden, self.vocab)
        shapes["projection.b"] = (self.vocab,)
        bound = self.bound or 1 / np.sqrt(self.hidden)
        rngs = [np.random.default_rng([1, seed]) for seed in range(self.seeds)]
        return {
            name: np.stack([rng.uniform(-bound, bound, shape) for rng in rngs]).astype(
                np.float32
            )
            for name, shape in shapes.items()
        }

    def text(self) -> np.ndarray:
        """Characters as indices, as unevenly spread as letters are (Zipf's law)."""
        shares = 1 / np.arange(1, self.vocab + 1)
        rng = np.random.default_rng(2)
        drawn = rng.choice(self.vocab, CHARACTERS, p=shares / shares.sum())
        return drawn.astype(np.int32)

    def prompt(self) -> list[int]:
        """The beginning of a text that all samplers go on with."""
        prompt: list[int] = self.text()[:SHOWN].tolist()
        return prompt

    def change(self, params: Result) -> Result:
        """How far parameters are from where they started: what contenders show.

        Nothing where outputs are dropped: each library draws which by itself.
        """
        if self.dropout:
            return {}
        return {name: params[name] - start for name, start in self.params().items()}


def shown(logits: np.ndarray, greedy: Sequence[int] | np.ndarray) -> Result:
    """What a sampler shows.

    Args:
        logits: of the first character after the prompt.
        greedy: the text after the prompt, always the most probable character.
    """
    return {"logits": logits, "greedy": np.asarray(greedy, np.float32)}
