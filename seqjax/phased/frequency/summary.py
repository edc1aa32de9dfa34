"""The numbers of a frequency study that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from seqjax.lab import measures
from seqjax.lab.comparisons import SHARES, Against, against
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, outcome, rows_of
from seqjax.lab.reporting.text import counted, estimate_text, percent
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, Setting
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.measured import gates_told
from seqjax.tasks.frequency import CHANCE, RANGE


class Less(NamedTuple):
    """The phased model less another one, on the same seeds and waves of a regime."""

    regime: str
    less: str


def outcome_of(
    config: FrequencyConfig, results: Results, regime: str, model: str
) -> Outcome:
    """How the seeds of one regime and model fared; times are epochs."""
    setting, epochs = Setting(regime, model), trained_epochs(results)
    rows, least = rows_of(results, setting), config.success_accuracy
    return outcome(rows, CHANCE, least, epochs, setting=setting, solved="solved_epoch")


def trained_epochs(results: Results) -> int:
    """Epochs of every training, as many as the budget allowed."""
    return int(results.rows[0]["epochs"])


def curves_of_tests(
    config: FrequencyConfig, results: Results, regime: str, model: str
) -> Float[np.ndarray, "seeds epochs"]:
    """Test accuracy before the first epoch and after each; chance once diverged."""
    setting = Setting(regime, model)
    curves = np.array(results.history[f"{setting.name}/test_accuracy"], float)
    for curve, row in zip(curves, rows_of(results, setting), strict=True):
        if row["diverged"]:
            curve[-(-row["steps"] // config.updates_per_epoch) :] = CHANCE
    return curves


def comparisons(config: FrequencyConfig, results: Results) -> list[Against]:
    """The phased model against the others; Holm over those of a regime."""
    first, found = MODELS[0], []
    for regime in config.regimes if first in config.models else ():
        others = {
            model: outcome_of(config, results, regime, model).accuracy
            for model in config.models
        }
        own = others.pop(first)
        found += against(
            {Less(regime, model): (own, other) for model, other in others.items()},
            SHARES,
        )
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
            lambda o: o.mean,
            lambda value, _: estimate_text(percent(value), "{:.2f}"),
            "mean: Gaffke",
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
            interval="median: Kaplan-Meier of the first test passed, if the last is; "
            "the others censored",
        ),
        measures.DIVERGED,
        Measure("published_accuracy", "", lambda o: PUBLISHED[o.setting].mean / 100),
        Measure(
            "published_standard_deviation",
            "",
            lambda o: PUBLISHED[o.setting].deviation / 100,
        ),
    ]


COMPARED = measures.points_gained("accuracy gained (points)", "{:+.2f}")
"""What is told of the phased model and another one."""


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
            for each in Setting.all(config)
        ],
        "comparisons": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
        "gates": gates(config, results),
    }


def _test_set(config: FrequencyConfig, results: Results, regime: str) -> dict[str, Any]:
    name = Setting(regime, config.models[0]).name
    lengths = results.history[f"{name}/test_lengths"]
    return {
        "waves": len(lengths),
        "share_of_class_1": float(results.history[f"{name}/test_labels"].mean()),
        "time_points_per_wave": float(lengths.mean()),
    }


def gates(config: FrequencyConfig, results: Results) -> list[dict[str, Any]]:
    """What the gates of the phased model have learnt, and what they save."""
    found = []
    for regime in config.regimes if MODELS[0] in config.models else ():
        told = gates_told(results, Setting(regime, MODELS[0]), config.hidden_size)
        found.append({"regime": regime, "range_ms": list(RANGE), **told})
    return found
