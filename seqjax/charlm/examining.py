"""What is found out about models in training: loss, samples, memorisation."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array

from seqjax.charlm import measures
from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.charlm.writing import Written, write_table
from seqjax.core.keys import named_keys
from seqjax.lab.run_directory.model_files import StoredModel
from seqjax.tasks import LanguageTask, Score
from seqjax.tasks.language import streams, windows
from seqjax.train import SeedMap

Params = Any
Piece = tuple[np.ndarray, np.ndarray]  # characters and targets

STREAMS, LEAD = 64, 256
"""Streams that held-out text is cut into for the loss with carried state, if they are
longer than what each reads of the one before it."""

PIECE = 512
"""Most streams that are read side by side."""

SHARDS = 2
"""Parts of the text that lie on different cores where there are fewer seeds than these;
not the number of cores, on which no number should depend."""

TEXTS, CHARACTERS, TEMPERATURE = 16, 200, 0.5
"""The samples whose memorisation is measured: how many, how long, how drawn."""


class Held(NamedTuple):
    """Losses on held-out text, an array (seeds,) each.

    Attributes:
        loss: in nats per character, states carried through the text.
        accuracy: states carried through the text.
        reset_loss: every T characters the state begins with zeros, as in training.
        reset_accuracy: the same.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    reset_loss: np.ndarray
    reset_accuracy: np.ndarray


class Examiner:
    """Examines all seeds of a training, by programs that are compiled once.

    Args:
        config: Of the training.
        corpus: What is learnt.
        task: What learns.
        mesh: Devices of the training.
    """

    def __init__(
        self, config: Config, corpus: Corpus, task: LanguageTask, mesh: Mesh
    ) -> None:
        self._config, self._corpus, self._network = config, corpus, task.network
        self._scores: SeedMap[Score] = SeedMap(
            lambda own, shared: task.score(*own), config.seeds * SHARDS, mesh=mesh
        )
        text = corpus.vocabulary.encode(corpus.parts.validation)
        self._carried, self._reset = [], []
        if len(text):
            count = max(1, min(STREAMS, len(text) // (2 * LEAD)))
            self._carried = _pieces(*streams(jnp.asarray(text), count, LEAD))
            self._reset = _pieces(*windows(jnp.asarray(text), config.window))
        self._index = measures.index_text(corpus.parts.train)
        self.expected_run = self._expected_run()

    def held_out(self, params: Params) -> Held | None:
        """Losses of all seeds' (placed) parameters; None without held-out text."""
        if not self._carried:
            return None
        return Held(
            *self._score(params, self._carried), *self._score(params, self._reset)
        )

    def _score(
        self, params: Params, pieces: list[Piece]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean loss and accuracy of all seeds over pieces of a text."""
        seeds, scores = self._config.seeds, self._scores
        own = jax.tree.map(
            lambda leaf: jnp.repeat(jnp.asarray(leaf)[:seeds], SHARDS, axis=0), params
        )
        sums, total = np.zeros((2, seeds)), 0
        for xs, targets in pieces:
            counts = (targets >= 0).sum((1, 2))
            both = [np.tile(array, (seeds, 1, 1)) for array in (xs, targets)]
            found = scores.gather(scores(scores.place((own, tuple(both))), None))
            means = np.stack(found).reshape(2, seeds, SHARDS)
            # A part without a target has no mean; other means may not be finite.
            sums += np.where(counts > 0, means * counts, 0).sum(-1)
            total += counts.sum()
        loss, accuracy = sums / total
        return loss, accuracy

    def samples(self, model: StoredModel, seed: int) -> list[Written]:
        """Texts of every temperature and length, each from a random first character.

        Args:
            model: Of that seed.
            seed: Its number; the same draws at every step of the training.
        """
        return write_table(
            model,
            [""],
            self._config.sample_lengths,
            self._config.sample_temperatures,
            key=_key(seed, "samples"),
            start="random",
        )

    def longest_run(self, model: StoredModel, seed: int) -> float:
        """Mean length of the longest run of a sample that is in the text trained on.

        Args:
            model: Of that seed.
            seed: Its number; the same draws at every step of the training.
        """
        written = write_table(
            model,
            [""] * TEXTS,
            [CHARACTERS],
            [TEMPERATURE],
            key=_key(seed, "memorisation"),
            start="random",
        )
        found = measures.memorisation(self._index, [sample.text for sample in written])
        return float(found.longest.mean())

    def _expected_run(self) -> float | None:
        """The same of pieces of held-out text: what chance gives."""
        text = self._corpus.parts.validation
        if len(text) < CHARACTERS:
            return None
        cut = measures.pieces(text, CHARACTERS, TEXTS)
        return float(measures.memorisation(self._index, cut).longest.mean())


def _key(seed: int, name: str) -> jax.Array:
    return named_keys(jax.random.key(seed), (name,))[name]


def _pieces(xs: Array, targets: Array) -> list[Piece]:
    """Streams in pieces of one shape, (`SHARDS`, time, streams) each."""
    count = xs.shape[1]
    size = min(PIECE, -(-count // SHARDS))
    missing = -count % (size * SHARDS)

    def cut(array: Array, filling: int) -> np.ndarray:
        padded = np.pad(array, ((0, 0), (0, missing)), constant_values=filling)
        return padded.reshape(len(padded), -1, SHARDS, size).transpose(1, 2, 0, 3)

    return list(zip(cut(xs, 0), cut(targets, -1), strict=True))
