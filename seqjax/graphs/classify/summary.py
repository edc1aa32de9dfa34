"""The numbers of a study of node classes that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from seqjax.core.statistics import (
    Comparison,
    Estimate,
    mean,
    paired_comparisons,
)
from seqjax.graphs.classify.config import FIRST, ClassifyConfig
from seqjax.graphs.classify.published import PUBLISHED
from seqjax.graphs.classify.testing import shares_right, with_failures
from seqjax.lab.study import Results

Rows = list[dict[str, Any]]


class Against(NamedTuple):
    """A model's accuracy less the GCN's, on the same seeds and splits.

    Attributes:
        model: which.
        accuracy: the comparison.
        p_value: after Holm, over all models compared.
    """

    model: str
    accuracy: Comparison
    p_value: float


def select(results: Results, model: str) -> Rows:
    """The rows of one model, one per seed."""
    return [row for row in results.rows if row["model"] == model]


def confusion(results: Results, model: str) -> Int[np.ndarray, "seeds class given"]:
    """Test nodes of each class that were given which, of every seed.

    A seed that diverged counts as the best constant answer.
    """
    diverged = np.array([row["diverged"] for row in select(results, model)])
    return with_failures(results.history[f"{model}/confusion"], diverged)


def chance(results: Results, model: str) -> float:
    """Accuracy of the best constant answer on the test nodes, mean over seeds."""
    truth = confusion(results, model).sum(axis=2)
    return float(np.mean(truth.max(axis=1) / truth.sum(axis=1)))


def accuracies(results: Results, model: str) -> Float64[np.ndarray, " seeds"]:
    """Accuracy on the test nodes; of a seed that diverged, the best constant's."""
    return shares_right(confusion(results, model))


def accuracy_of(results: Results, model: str) -> Estimate:
    """Mean accuracy over seeds with its bootstrap interval."""
    return mean(accuracies(results, model))


def comparisons(config: ClassifyConfig, results: Results) -> list[Against]:
    """The other models against the GCN; none where there is nothing to compare."""
    others = [model for model in config.model if model != FIRST]
    if FIRST not in config.model or not others:
        return []
    own = accuracies(results, FIRST)
    pairs = [(accuracies(results, model), own) for model in others]
    return [
        Against(model, *each)
        for model, each in zip(others, paired_comparisons(pairs), strict=True)
    ]


def summarise(config: ClassifyConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates and published numbers per model, comparisons."""
    tested = confusion(results, config.model[0])[0].sum()
    return {
        "dataset": config.dataset,
        "split": config.split,
        "test_nodes": int(tested),
        "chance_accuracy": chance(results, config.model[0]),
        "models": [_model(config, results, model) for model in config.model],
        "comparisons": [
            {
                "model": found.model,
                "less": FIRST,
                "accuracy_gained": found.accuracy.difference._asdict(),
                "p_value": found.accuracy.p_value,
                "p_value_holm": found.p_value,
            }
            for found in comparisons(config, results)
        ],
    }


def _model(config: ClassifyConfig, results: Results, model: str) -> dict[str, Any]:
    rows = select(results, model)
    published = PUBLISHED.get((config.dataset, config.split, model))
    return {
        "model": model,
        "accuracy": accuracy_of(results, model)._asdict(),
        "standard_deviation": float(np.std(accuracies(results, model))),
        "published_accuracy": None if published is None else published.mean / 100,
        "published_source": None if published is None else published.source,
        "stopped_early": sum(row["stopped_early"] for row in rows),
        "diverged": sum(row["diverged"] for row in rows),
    }
