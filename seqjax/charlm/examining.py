"""What is found out about models in training: loss, samples, memorisation."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from seqjax.charlm import measures
from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.charlm.writing import Written, write_table
from seqjax.core.keys import named_keys
from seqjax.lab.model_files import StoredModel
from seqjax.tasks import LanguageTask, Score
from seqjax.tasks.language import streams, windows
from seqjax.train import SeedMap

Params = Any

STREAMS, LEAD = 64, 256
"""Streams that held-out text is cut into for the loss with carried state, if they are
longer than what each reads of the one before it."""

PIECE = 1024
"""Windows that are read at once for the loss with reset state."""

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
        self._scores: SeedMap[Score] = SeedMap(task.score, config.seeds, mesh=mesh)
        text = corpus.vocabulary.encode(corpus.parts.validation)
        self._carried, self._reset = None, []
        if len(text):
            count = max(1, min(STREAMS, len(text) // (2 * LEAD)))
            self._carried = streams(jnp.asarray(text), count, LEAD)
            self._reset = _pieces(text, config.window)
        self._index = measures.index_text(corpus.parts.train)
        self.expected_run = self._expected_run()

    def held_out(self, params: Params) -> Held | None:
        """Losses of all seeds' (placed) parameters; None without held-out text."""
        if self._carried is None:
            return None
        scores = self._scores
        carried = scores.gather(scores(params, self._carried))
        counts = [int((np.asarray(targets) >= 0).sum()) for _, targets in self._reset]
        parts = [scores.gather(scores(params, piece)) for piece in self._reset]
        weights = np.array(counts) / sum(counts)
        return Held(
            carried.loss,
            carried.accuracy,
            sum(w * part.loss for w, part in zip(weights, parts, strict=True)),
            sum(w * part.accuracy for w, part in zip(weights, parts, strict=True)),
        )

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


def _pieces(text: np.ndarray, window: int) -> list[tuple[jax.Array, jax.Array]]:
    """Windows of a text with their targets, in pieces of one shape."""
    xs, targets = (np.asarray(array) for array in windows(jnp.asarray(text), window))
    count = xs.shape[1]
    size = min(PIECE, count)
    missing = -count % size
    xs = np.pad(xs, ((0, 0), (0, missing)))
    targets = np.pad(targets, ((0, 0), (0, missing)), constant_values=-1)
    return [
        (jnp.asarray(xs[:, i : i + size]), jnp.asarray(targets[:, i : i + size]))
        for i in range(0, count, size)
    ]
