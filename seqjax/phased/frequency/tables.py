"""What a frequency study prints: the paper's table, comparisons, the gates."""

from typing import Any

from seqjax.core.statistics import Estimate, mean, success_rate
from seqjax.lab.reporting.text import counted, estimate_text, time_text
from seqjax.lab.study import Results, Table
from seqjax.phased.frequency.config import MODELS, FrequencyConfig, settings
from seqjax.phased.frequency.published import PUBLISHED
from seqjax.phased.frequency.selection import (
    accuracies,
    select,
    solving_time,
    successes,
    trained_epochs,
)
from seqjax.phased.frequency.summary import comparisons, epochs_text, gate_numbers
from seqjax.tasks.frequency import CHANCE, RANGE


def tables(config: FrequencyConfig, results: Results) -> list[Table]:
    """Results, comparisons, gates; without what there is none of."""
    found = [
        _results(config, results),
        _comparisons(config, results),
        _gates(config, results),
    ]
    return [table for table in found if table.rows]


def _results(config: FrequencyConfig, results: Results) -> Table:
    body = []
    for regime, model in settings(config):
        rows, published = select(results, regime, model), PUBLISHED[regime, model]
        body.append(
            [
                regime,
                model,
                estimate_text(_percent(mean(accuracies(rows))), "{:.2f}"),
                f"{published.mean:.2f} ± {published.deviation:.2f}",
                f"{100 * CHANCE:.1f}",
                estimate_text(success_rate(successes(rows)), "{:.2f}"),
                time_text(solving_time(rows), trained_epochs(results)),
                str(sum(row["diverged"] for row in rows)),
            ]
        )
    return Table(
        title=(
            f"Frequency discrimination: {counted(config.seeds, 'seed')}, "
            f"{counted(config.hidden_size, 'unit')}, {epochs_text(config, results)}"
        ),
        columns=(
            "regime",
            "model",
            "mean accuracy (%)",
            "published (%)",
            "chance (%)",
            f"success (accuracy >= {config.success_accuracy:g})",
            "median epochs to it",
            "diverged",
        ),
        rows=body,
        left=2,
        caption=(
            "Brackets: 95 % intervals over seeds (mean: bootstrap; success: Wilson; "
            "median: Kaplan-Meier of the first test passed, the others censored). "
            "Published: Neil et al. (2016), mean and standard deviation of 5 seeds "
            f"after 70 epochs. Tested on {config.evaluation_size} waves, never trained "
            "on, the same for all seeds; chance: always answering class 1."
        ),
    )


def _percent(estimate: Estimate) -> Estimate:
    return estimate._replace(
        value=100 * estimate.value, low=100 * estimate.low, high=100 * estimate.high
    )


def _comparisons(config: FrequencyConfig, results: Results) -> Table:
    compared = comparisons(config, results)
    return Table(
        title=f"{MODELS[0]} against the others, on the same seeds",
        columns=("regime", "model", "accuracy gained (points)", "p (Holm)"),
        rows=[
            [
                found.regime,
                found.model,
                estimate_text(_percent(found.accuracy.difference), "{:+.2f}"),
                f"{found.p_value:.3f}",
            ]
            for found in compared
        ],
        left=2,
        caption=(
            "Sign-flip test on pairs of a seed, whose waves are the same; Holm over "
            f"the others of a regime. At {counted(config.seeds, 'seed')} no p-value "
            f"can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )


def _gates(config: FrequencyConfig, results: Results) -> Table:
    body = []
    for regime in config.regimes if MODELS[0] in config.models else ():
        numbers = gate_numbers(config, results, regime)
        saved = numbers["products_per_wave"]["saved"]
        body.append(
            [
                regime,
                _change(numbers["share_of_periods_in_range"], "{:.3f}"),
                _change(numbers["open_ratio"], "{:.3f}"),
                _change(numbers["share_of_units_open"], "{:.3f}"),
                f"{100 * saved:.1f} %",
            ]
        )
    return Table(
        title=f"Gates of {MODELS[0]}, before and after training",
        columns=(
            "regime",
            f"share of periods in {RANGE[0]:g} to {RANGE[1]:g} ms",
            "mean open ratio",
            "units open at a step",
            "products not needed",
        ),
        rows=body,
        caption=(
            "Means over seeds. A step needs the products of its open units only, in a "
            "test, where gates do not leak; in training they do, and nothing is saved. "
            "Counted, not gained: all products are computed here."
        ),
    )


def _change(ends: dict[str, dict[str, Any]], form: str) -> str:
    start, end = (form.format(ends[name]["value"]) for name in ("start", "end"))
    return f"{start} → {end}"
