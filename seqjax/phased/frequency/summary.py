"""The numbers of a frequency study that are worth quoting."""

from typing import Any, NamedTuple

from seqjax.core.statistics import (
    Comparison,
    Estimate,
    mean,
    paired_comparisons,
)
from seqjax.lab import measures
from seqjax.lab.measures import Measure
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import (
    MODELS,
    FrequencyConfig,
    Setting,
    settings,
)
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.frequency.selection import outcome_of, trained_epochs
from seqjax.phased.measured import gates_told
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
        own = outcome_of(config, results, regime, first).accuracy
        pairs = [
            (own, outcome_of(config, results, regime, model).accuracy)
            for model in others
        ]
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


def told(config: FrequencyConfig, results: Results) -> list[Measure]:
    """What is told of a model in a regime, beside what was published of it."""
    epochs = trained_epochs(results)
    return [
        Measure(
            "accuracy",
            "mean accuracy (%)",
            lambda o: mean(o.accuracy),
            lambda value, _: estimate_text(percent(value), "{:.2f}"),
            "mean: bootstrap",
        ),
        Measure(
            "",
            "published (%)",
            lambda o: PUBLISHED[o.setting],
            lambda value, _: f"{value.mean:.2f} ± {value.deviation:.2f}",
        ),
        Measure("", "chance (%)", lambda _: f"{100 * CHANCE:.1f}"),
        measures.success(config.success_accuracy),
        measures.solving(epochs)._replace(
            key="median_epochs_to_solve",
            heading="median epochs to it",
            interval="median: Kaplan-Meier of the first test passed, the others "
            "censored",
        ),
        measures.DIVERGED,
        Measure("published_accuracy", "", lambda o: PUBLISHED[o.setting].mean / 100),
        Measure(
            "published_standard_deviation",
            "",
            lambda o: PUBLISHED[o.setting].deviation / 100,
        ),
    ]


def percent(estimate: Estimate) -> Estimate:
    """The same in per cent."""
    return estimate._replace(
        value=100 * estimate.value, low=100 * estimate.low, high=100 * estimate.high
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
        "settings": [
            measures.numbers(told(config, results), outcome_of(config, results, *each))
            for each in settings(config)
        ],
        "comparisons": [_against(found) for found in comparisons(config, results)],
        "gates": [
            gate_numbers(config, results, regime)
            for regime in config.regimes
            if MODELS[0] in config.models
        ],
    }


def _test_set(config: FrequencyConfig, results: Results, regime: str) -> dict[str, Any]:
    name = Setting(regime, config.models[0]).name
    lengths = results.history[f"{name}/test_lengths"]
    return {
        "waves": len(lengths),
        "share_of_class_1": float(results.history[f"{name}/test_labels"].mean()),
        "time_points_per_wave": float(lengths.mean()),
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
    found = gates_told(results, Setting(regime, MODELS[0]), config.hidden_size)
    return {"regime": regime, "range_ms": list(RANGE), **found}
