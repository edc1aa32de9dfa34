"""Untrained models small enough to be compiled in no time, and what they say of texts.

Their parameters are drawn wide, so that they are as sure of themselves as trained ones.
What they say comes from float64 NumPy loops.
"""

from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from seqjax.lab.data.corpora import Vocabulary, vocabulary_of
from seqjax.lab.run_directory.model_files import StoredModel, save_model
from seqjax.nn import LanguageNetwork
from tests.core.numpy_cells import STEPS, weights

Floats = npt.NDArray[np.float64]

TEXT = "The end, é.\n\tA"
WITHOUT_LINES = "abcd"
TRAINING = {"corpus": ["tale.txt"], "step": 1, "validation_loss": 2.5}


@lru_cache
def tiny_model(
    text: str = TEXT, *, of_bytes: bool = False, seed: int = 3, **changes: Any
) -> StoredModel:
    vocabulary = Vocabulary("bytes") if of_bytes else vocabulary_of(text)
    fields: dict[str, Any] = {"cell": "gru", "hidden_size": 8, "layers": 1} | changes
    network = LanguageNetwork(vocab_size=vocabulary.size, **fields)
    rng = np.random.default_rng(seed)

    def draw(shape: Any) -> jax.Array:
        # Biases are small, or all texts would soon be the same symbol.
        scale = 1.5 if len(shape.shape) == 2 else 0.3
        return jnp.asarray(scale * rng.normal(size=shape.shape), jnp.float32)

    # Not `network.init` itself, which takes long to compile.
    params = jax.tree.map(draw, jax.eval_shape(network.init, jax.random.key(0)))
    return StoredModel(network, params, vocabulary, TRAINING)


def stored(folder: Path, model: StoredModel) -> Path:
    save_model(folder, model)
    return folder


def log_probs(model: StoredModel, text: str) -> Floats:
    """Log-probabilities of all symbols after each symbol of a text, by NumPy."""
    network = model.network
    assert network.layers == 1
    assert network.embedding_size is None
    arrays = model.network.to_arrays(model.params)
    head = "recurrent.layer_0."
    cell = {name.removeprefix(head): array for name, array in arrays.items()}
    w = weights(network.cell, SimpleNamespace(**cell))
    project = arrays["projection.w"].astype(np.float64)
    state = {name: np.zeros(network.hidden_size) for name in "hc"}
    rows = []
    for number in model.vocabulary.encode(text):
        state = STEPS[network.cell](w, state, np.eye(network.vocab_size)[number])
        logits = state["h"] @ project + arrays["projection.b"]
        logits -= logits.max()
        rows.append(logits - np.log(np.exp(logits).sum()))
    return np.stack(rows)


def log_prob(model: StoredModel, prompt: str, text: str) -> float:
    """Log-probability of a text after a prompt."""
    numbers = model.vocabulary.encode(prompt + text)
    table, first = log_probs(model, prompt + text), len(model.vocabulary.encode(prompt))
    places = range(first, len(numbers))
    return float(sum(table[i - 1, numbers[i]] for i in places))


def greedy(model: StoredModel, prompt: str, length: int) -> str:
    """The most probable symbol each time; the text is read anew for each."""
    text = prompt
    for _ in range(length):
        text += model.vocabulary.symbols[int(log_probs(model, text)[-1].argmax())]
    return text[len(prompt) :]
