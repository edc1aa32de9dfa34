"""Language models whose weights are set by hand, on texts with known answers."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seqjax.charlm.corpus import read_corpus
from seqjax.lab.data.corpora import vocabulary_of
from seqjax.lab.run_directory.model_files import StoredModel, save_model
from seqjax.nn import LanguageNetwork

Floats = npt.NDArray[np.float64]

ALPHABET = string.ascii_uppercase + string.ascii_lowercase[:14]
NETWORK = LanguageNetwork("rnn", len(ALPHABET), len(ALPHABET), 1)
SPLIT = (0.75, 0.25, 0.0)
WINDOW = 8


def letters(seed: int, length: int, shares: npt.ArrayLike | None = None) -> str:
    """Independent letters of the alphabet."""
    rng = np.random.default_rng(seed)
    p = None if shares is None else np.asarray(shares, float)
    return "".join(rng.choice(np.array(list(ALPHABET)), length, p=p))


def training_of(path: Path, **changes: Any) -> dict[str, Any]:
    """What a training on this file would leave in its models."""
    known = {
        "corpus": [str(path)],
        "encoding": None,
        "gutenberg": False,
        "split": list(SPLIT),
        "vocabulary": "characters",
        "step": 5,
        "window": WINDOW,
    } | changes
    corpus = read_corpus(
        known["corpus"], fractions=known["split"], vocabulary=known["vocabulary"]
    )
    return {"text_sha256": corpus.sha256} | known


def _stored(weights: Mapping[str, Floats], training: Mapping[str, Any]) -> StoredModel:
    size = len(ALPHABET)
    arrays = {
        "projection.b": np.zeros(size),
        "projection.w": np.zeros((size, size)),
        "recurrent.layer_0.b": np.zeros(size),
        "recurrent.layer_0.w_h": np.zeros((size, size)),
        "recurrent.layer_0.w_x": np.zeros((size, size)),
    } | dict(weights)
    params = NETWORK.from_arrays({k: v.astype(np.float32) for k, v in arrays.items()})
    return StoredModel(NETWORK, params, vocabulary_of(ALPHABET), training)


def cycle(training: Mapping[str, Any]) -> StoredModel:
    """After every letter the next of the alphabet, after the last the first."""
    following = np.roll(np.eye(len(ALPHABET)), 1, axis=1)
    return _stored(
        {
            "recurrent.layer_0.w_x": 10 * np.eye(len(ALPHABET)),
            "projection.w": 30 * following,
        },
        training,
    )


def independent(training: Mapping[str, Any], shares: npt.ArrayLike) -> StoredModel:
    """Every letter with its probability, whatever came before."""
    return _stored({"projection.b": np.log(np.asarray(shares, float))}, training)


def uniform(training: Mapping[str, Any]) -> StoredModel:
    """All letters alike."""
    return _stored({}, training)


def write_text(folder: Path, train: str, held_out: str) -> Path:
    """A file whose first three quarters are trained on; it has the whole alphabet."""
    assert len(train) == 3 * len(held_out)
    assert set(train + held_out) == set(ALPHABET)
    path = folder / "text.txt"
    path.write_text(train + held_out)
    return path


def run_folder(folder: Path, models: Mapping[int, StoredModel]) -> Path:
    """A run directory of a training, as far as its models go."""
    for seed, model in models.items():
        for which in ("best", "last"):
            save_model(folder / "models" / f"seed-{seed}" / which, model)
    return folder
