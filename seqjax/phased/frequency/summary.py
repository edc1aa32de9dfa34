"""The numbers of a frequency study that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.statistics import (
    Comparison,
    mean,
    paired_comparisons,
    success_rate,
)
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import (
    MODELS,
    FrequencyConfig,
    block_name,
    settings,
)
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.frequency.selection import (
    accuracies,
    gates_of,
    in_range,
    select,
    solving_time,
    successes,
    trained_epochs,
)
from seqjax.phased.frequency.sparsity import products
from seqjax.tasks.frequency import CHANCE, RANGE


class Against(NamedTuple):
    """The phased model's accuracy less another's, on the same seeds and waves.

    Attributes:
        regime: in which they are compared.
        model: the other one.
        accuracy: the comparison.
        p_value: after Holm, over the others of the regime.
    """

    regime: str
    model: str
    accuracy: Comparison
    p_value: float


def comparisons(config: FrequencyConfig, results: Results) -> list[Against]:
    """The phased model against the others; none where there is nothing to compare."""
    first, others = MODELS[0], [m for m in config.models if m != MODELS[0]]
    if first not in config.models or not others:
        return []
    found = []
    for regime in config.regimes:
        own = accuracies(select(results, regime, first))
        pairs = [(own, accuracies(select(results, regime, model))) for model in others]
        found += [
            Against(regime, model, *each)
            for model, each in zip(others, paired_comparisons(pairs), strict=True)
        ]
    return found


def epochs_text(config: FrequencyConfig, results: Results) -> str:
    """How long was trained, and what the budget had to do with it."""
    epochs = trained_epochs(results)
    if epochs == config.epochs:
        return counted(epochs, "epoch")
    return (
        f"scaled to {counted(epochs, 'epoch')} of {config.epochs} "
        f"by the budget of {config.budget:g} minutes"
    )


def summarise(config: FrequencyConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: an estimate per cell of the table, comparisons, gates."""
    return {
        "training": epochs_text(config, results),
        "epochs": trained_epochs(results),
        "epochs_of_the_protocol": config.epochs,
        "updates_per_epoch": config.updates_per_epoch,
        "success_accuracy": config.success_accuracy,
        "chance_accuracy": CHANCE,
        "test_set": {
            regime: _test_set(config, results, regime) for regime in config.regimes
        },
        "settings": [_setting(results, *setting) for setting in settings(config)],
        "comparisons": [_against(found) for found in comparisons(config, results)],
        "gates": [
            gate_numbers(config, results, regime)
            for regime in config.regimes
            if MODELS[0] in config.models
        ],
    }


def _test_set(config: FrequencyConfig, results: Results, regime: str) -> dict[str, Any]:
    name = block_name(regime, config.models[0])
    lengths = results.history[f"{name}/test_lengths"]
    return {
        "waves": len(lengths),
        "share_of_class_1": float(results.history[f"{name}/test_labels"].mean()),
        "time_points_per_wave": float(lengths.mean()),
    }


def _setting(results: Results, regime: str, model: str) -> dict[str, Any]:
    rows, published = select(results, regime, model), PUBLISHED[regime, model]
    return {
        "regime": regime,
        "model": model,
        "accuracy": mean(accuracies(rows))._asdict(),
        "success_rate": success_rate(successes(rows))._asdict(),
        "median_epochs_to_solve": solving_time(rows)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
        "published_accuracy": published.mean / 100,
        "published_standard_deviation": published.deviation / 100,
    }


def _against(found: Against) -> dict[str, Any]:
    accuracy = found.accuracy
    return {
        "regime": found.regime,
        "less": found.model,
        "accuracy_gained": accuracy.difference._asdict(),
        "p_value": accuracy.p_value,
        "p_value_holm": found.p_value,
    }


def gate_numbers(
    config: FrequencyConfig, results: Results, regime: str
) -> dict[str, Any]:
    """What the gates of the phased model have learnt, and what they save."""
    gates, test = gates_of(results, regime), _test_set(config, results, regime)
    inside = in_range(gates["period"])
    ratio = gates["open_ratio"].mean(axis=-1)
    shares = gates["share_open"]
    counts = products(
        config.hidden_size, test["time_points_per_wave"], float(shares[:, -1].mean())
    )
    return {
        "regime": regime,
        "range_ms": list(RANGE),
        "share_of_periods_in_range": _ends(inside),
        "open_ratio": _ends(ratio),
        "share_of_units_open": _ends(shares[:, [0, -1]]),
        "products_per_wave": counts._asdict(),
        "products_saved_as_computed_here": 0.0,
    }


def _ends(values: np.ndarray) -> dict[str, Any]:
    """Estimates over seeds at the start and at the end."""
    start, end = (mean(np.array(column, float)) for column in values.T)
    return {"start": start._asdict(), "end": end._asdict()}
