"""Trainings small enough for tests, all on one set of compiled programs.

Compiling takes seconds, the training itself does not. What is no part of a program may
be changed from test to test: the plan, the learning rate, the checkpoints.
"""

import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from seqjax.charlm.building import Equipment, equip
from seqjax.charlm.config import Config
from seqjax.charlm.corpus import Corpus
from seqjax.charlm.plan import FAR, plan_of
from seqjax.charlm.training import Training
from seqjax.lab.data.corpora import split, vocabulary_of
from seqjax.lab.run_directory.model_files import StoredModel
from seqjax.lab.study import Block, Number, SilentReporter
from tests.core.numpy_cells import STEPS, weights

Floats = npt.NDArray[np.float64]

_WORDS = "the cat sat on a mat <b> & 'so' it \"ran\" to his den"
_DRAWN = np.random.default_rng(0).choice(_WORDS.split(), 100)
TEXT = "".join(f"{word}{' ' if i % 9 else chr(10)}" for i, word in enumerate(_DRAWN))

CONFIG = Config(
    corpus=("tale.txt",),
    split=(0.8, 0.2, 0.0),
    dropout=0.2,
    hidden_size=8,
    window=5,
    batch_size=4,
    carried=True,
    reset=0.1,
    seeds=2,
    steps=24,
    learning_rate=0.03,
    schedule="cosine",
    warmup=3,
    evaluate_every=8,
    sample_steps=(0, 10, 24),
    sample_temperatures=(0.0, 1.0),
    sample_lengths=(3, 7),
)

OPTIONS = """--split 0.8 0.2 0 --dropout 0.2 --hidden-size 8 --window 5 --batch-size 4
--carried --reset 0.1 --seeds 2 --steps 24 --learning-rate 0.03 --schedule cosine
--warmup 3 --evaluate-every 8 --sample-steps 0 10 24 --sample-temperatures 0 1
--sample-lengths 3 7 --checkpoint-every 0"""
"""`CONFIG` as options, but for the text."""


def corpus(config: Config = CONFIG, text: str = TEXT) -> Corpus:
    """A text as if it had been read from a file."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    parts = split([text], config.split)
    return Corpus("tale.txt", parts, vocabulary_of(text, config.vocabulary), digest, 0)


@lru_cache
def equipment(config: Config = CONFIG) -> Equipment:
    return equip(config, corpus(config))


def adapted(config: Config) -> Equipment:
    """What `equip` makes of a configuration that shares the programs of `CONFIG`."""
    shared = equipment()
    return shared._replace(config=config, plan=plan_of(config, len(shared.text)))


def variant(**changes: Any) -> Equipment:
    return adapted(replace(CONFIG, **changes))


class Recorder(SilentReporter):
    """Keeps what a run directory would; interrupts the training where it is told to.

    Args:
        stops: Events at which to interrupt, from 1.
        until: Interrupt it after so many updates.
        before: Of the same training, which is to go on.
    """

    def __init__(
        self,
        stops: Collection[int] = (),
        until: int = FAR,
        before: "Recorder | None" = None,
    ) -> None:
        self.stops, self.until = stops, until
        self.events: list[str] = []
        self.newest: bytes = before.newest if before else b""
        self.models: dict[str, StoredModel] = dict(before.models) if before else {}
        self.step, self.often = 0, True

    def is_due(self) -> bool:
        return self.often

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        self.step = int(metrics.get("step", 0))
        self._event("advance")
        if self.step >= self.until:
            raise KeyboardInterrupt

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        self._event("keep")
        data = io.BytesIO()
        plain: dict[str, Any] = dict(arrays)
        np.savez(data, **plain)
        self.newest = data.getvalue()

    def kept(self) -> dict[str, np.ndarray] | None:
        if not self.newest:
            return None
        with np.load(io.BytesIO(self.newest), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def model(self, name: str, model: Any) -> None:
        self._event("model")
        self.models[name] = model

    def _event(self, name: str) -> None:
        self.events.append(name)
        if len(self.events) in self.stops:
            raise KeyboardInterrupt


def broken_off(equipment: Equipment, recorder: Recorder) -> Recorder:
    with pytest.raises(KeyboardInterrupt):
        trained(equipment, recorder)
    return recorder


def trained(equipment: Equipment, recorder: Recorder) -> Block:
    return Training(equipment, recorder).run()


Whole = tuple[Block, Recorder]
"""What comes out of a training, and what was heard of it."""


def same(block: Block, other: Block) -> None:
    """The rows and arrays of two trainings are the same, to the bit."""
    assert block.rows == other.rows
    assert set(block.history) == set(other.history)
    for name, array in block.history.items():
        np.testing.assert_array_equal(array, other.history[name], strict=True)


def same_models(
    models: Mapping[str, StoredModel], others: Mapping[str, StoredModel]
) -> None:
    assert set(models) == set(others)
    for name, model in models.items():
        assert model.training == others[name].training
        arrays, theirs = (m.network.to_arrays(m.params) for m in (model, others[name]))
        for array in arrays:
            np.testing.assert_array_equal(arrays[array], theirs[array], strict=True)


def read(model: StoredModel, text: str) -> Floats:
    """Log-probabilities after each character of a text, by NumPy, in double."""
    arrays = model.network.to_arrays(model.params)
    layers = []
    for layer in range(model.network.layers):
        head = f"recurrent.layer_{layer}."
        own = {n.removeprefix(head): a for n, a in arrays.items() if n.startswith(head)}
        layers.append(weights(model.network.cell, SimpleNamespace(**own)))
    zero = np.zeros(model.network.hidden_size)
    states = [{"h": zero, "c": zero} for _ in layers]
    rows = []
    for number in model.vocabulary.encode(text):
        x = np.eye(model.network.vocab_size)[number]
        for i, w in enumerate(layers):
            states[i] = STEPS[model.network.cell](w, states[i], x)
            x = states[i]["h"]
        logits = x @ arrays["projection.w"].astype(float) + arrays["projection.b"]
        rows.append(logits - np.log(np.exp(logits).sum()))
    return np.array(rows)


def score(model: StoredModel, text: str, window: int) -> tuple[float, float]:
    """Mean loss and accuracy where the states are zero every `window` characters."""
    losses, right = [], []
    for start in range(0, len(text) - 1, window):
        piece = text[start : start + window + 1]
        targets = model.vocabulary.encode(piece)[1:]
        rows = read(model, piece[:-1])
        losses += list(-rows[np.arange(len(targets)), targets])
        right += list(rows.argmax(1) == targets)
    assert len(losses) == len(text) - 1
    return float(np.mean(losses)), float(np.mean(right))
