"""The numbers of a study of node classes that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from seqjax.core.statistics import Estimate, mean
from seqjax.graphs.classify.config import FIRST, ClassifyConfig
from seqjax.graphs.classify.published import Published, published_of
from seqjax.graphs.classify.testing import macro_f1, shares_right, with_failures
from seqjax.lab import measures
from seqjax.lab.comparisons import Against, against
from seqjax.lab.data.graph_data import read_summary
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Rows, rows_of
from seqjax.lab.reporting.text import estimate_text, percent
from seqjax.lab.study import Results


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    model: str


class Seen(NamedTuple):
    """What is measured of a model, of every seed, and what is published of it."""

    setting: Setting
    rows: Rows
    accuracy: Float64[np.ndarray, " seeds"]
    macro_f1: Float64[np.ndarray, " seeds"]
    published: Published | None


class Less(NamedTuple):
    """A model less another one, on the same seeds and splits."""

    model: str
    less: str


COMPARED = measures.points_gained("difference", "{:+.1f}", "{:.2g}")
"""What is told of a model and the GCN."""


def select(results: Results, model: str) -> Rows:
    """The rows of one model, one per seed."""
    return rows_of(results, Setting(model))


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
    """Mean accuracy over seeds with its interval."""
    return mean(accuracies(results, model))


def areas(rows: Rows) -> Estimate | None:
    """Mean area under the curve, that of a seed that diverged being 0.5; or none."""
    found = [0.5 if row["diverged"] else row["auc"] for row in rows]
    if any(area is None for area in found):
        return None
    return mean(np.array(found, np.float64))


def comparisons(config: ClassifyConfig, results: Results) -> list[Against]:
    """The other models against the GCN; none where that was not trained."""
    return against(
        {
            Less(model, FIRST): (accuracies(results, model), accuracies(results, FIRST))
            for model in config.model
            if model != FIRST and FIRST in config.model
        }
    )


def seen(config: ClassifyConfig, results: Results) -> list[Seen]:
    """All models, in the order of the results."""
    return [
        Seen(
            Setting(model),
            select(results, model),
            accuracies(results, model),
            macro_f1(confusion(results, model)),
            published_of(config, model),
        )
        for model in config.model
    ]


EARLY = 20
"""A seed that its stop rule ends in its first so many epochs has hardly begun."""


def stopped_at_once(rows: Rows) -> int:
    """How many seeds the stop rule ended in their first `EARLY` epochs."""
    return sum(row["stopped_early"] and row["epochs"] <= EARLY for row in rows)


def _count(key: str, heading: str) -> Measure:
    return Measure(key, heading, lambda s: sum(row[key] for row in s.rows))


MEASURED = [
    Measure(
        "accuracy",
        "mean accuracy",
        lambda s: mean(s.accuracy),
        lambda value, _: estimate_text(percent(value), "{:.1f}"),
    ),
    Measure(
        "standard_deviation",
        "sd",
        lambda s: float(np.std(s.accuracy)),
        lambda value, _: f"{100 * value:.1f}",
    ),
    Measure(
        "median_accuracy",
        "median",
        lambda s: float(np.median(s.accuracy)),
        lambda value, _: f"{100 * value:.1f}",
    ),
    Measure(
        "macro_f1",
        "macro F1",
        lambda s: mean(s.macro_f1),
        lambda value, _: estimate_text(percent(value), "{:.1f}"),
    ),
    Measure(
        "auc",
        "AUC",
        lambda s: areas(s.rows),
        lambda value, _: "" if value is None else estimate_text(value, "{:.3f}"),
    ),
    Measure("", "published", lambda s: s.published, lambda p, _: p.text if p else ""),
    Measure("published_accuracy", "", lambda s: s.published and s.published.mean / 100),
    Measure("published_source", "", lambda s: s.published and s.published.source),
    Measure(
        "",
        "epochs",
        lambda s: np.mean([row["epochs"] for row in s.rows]),
        lambda value, _: f"{value:.0f}",
    ),
    _count("stopped_early", "stopped early"),
    Measure(
        f"stopped_in_first_{EARLY}_epochs",
        f"by epoch {EARLY}",
        lambda s: stopped_at_once(s.rows),
    ),
    _count("diverged", "diverged"),
]
"""What is told of a model."""


def summarise(config: ClassifyConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates and published numbers per model, comparisons."""
    tested = confusion(results, config.model[0])[0].sum()
    return {
        "dataset": config.dataset,
        **read_summary(results),
        "split": config.split,
        "test_nodes": int(tested),
        "chance_accuracy": chance(results, config.model[0]),
        "models": [measures.numbers(MEASURED, each) for each in seen(config, results)],
        "comparisons": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
    }
