"""What a model's seeds leave: a row each, their curves, and one seed's picture."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from seqjax.graphs.classify.answers import Answers, Embedding
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.learning import Curves
from seqjax.lab.study import Block


def middle(answers: Answers) -> int:
    """The place of the seed of median accuracy, the lower of two."""
    order = np.argsort(answers.accuracy, kind="stable")
    return int(order[(len(order) - 1) // 2])


def block_of(
    config: ClassifyConfig,
    model: str,
    labels: Int[np.ndarray, " all"],
    curves: Curves,
    answers: Answers,
    picture: Embedding,
    *,
    epochs: Int[np.ndarray, " seeds"],
    early: Bool[np.ndarray, " seeds"],
    diverged: Bool[np.ndarray, " seeds"],
) -> Block:
    """The block of a model.

    Args:
        config: the study's.
        model: which.
        labels: classes of all nodes.
        curves: of all seeds, NaN after a seed has stopped.
        answers: on the test nodes, of all seeds.
        picture: of the seed in the `middle`.
        epochs: that each seed has had.
        early: which have stopped because their validation loss had risen.
        diverged: which have diverged.
    """
    history = {name: np.asarray(c) for name, c in curves._asdict().items()} | {
        "confusion": np.asarray(answers.confusion),
        "embedding": picture.places,
        "embedding_share": picture.share,
        "embedding_seed": np.asarray(config.seed_numbers[middle(answers)]),
        "labels": labels,
    }
    accuracy = answers.accuracy
    rows = [
        {
            "model": model,
            "seed": seed,
            "accuracy": float(accuracy[i]),
            "loss": float(answers.loss[i]),
            "validation_accuracy": _last(curves.validation_accuracy, i, epochs),
            "validation_loss": _last(curves.validation_loss, i, epochs),
            "epochs": int(epochs[i]),
            "stopped_early": bool(early[i]),
            "diverged": bool(diverged[i]),
        }
        for i, seed in enumerate(config.seed_numbers)
    ]
    return Block(model, rows, history)


def _last(
    curve: Float[Any, "seeds epochs"], seed: int, epochs: Int[np.ndarray, " seeds"]
) -> float | None:
    """The last value of a seed; None for one that is no number."""
    value = float(curve[seed, epochs[seed] - 1])
    return value if np.isfinite(value) else None
