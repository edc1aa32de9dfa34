"""The numbers of a study of periodic noise, its verdicts, and their tables."""

from typing import Any

import numpy as np

from seqjax.core.gate_params import PARAMETERS
from seqjax.core.statistics import Adjusted, mean, paired_comparisons
from seqjax.lab import measures
from seqjax.lab.comparisons import SHARES, raced
from seqjax.lab.judging.claims import Claim, Finding, claim_rows, claim_table, stated
from seqjax.lab.judging.rules import RULE, larger, most, sooner
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, outcome, rows_of
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.phased.measured import ends, gate_history, measured
from seqjax.phased.noise.config import (
    ALL,
    HELD,
    LEARNT,
    OFF,
    PLAIN,
    RIGHT,
    WRONG,
    NoiseConfig,
    Setting,
)
from seqjax.tasks.periodic import CHANCE, best, blind

SYMBOLS = {**dict(zip(PARAMETERS, ("tau", "s", "r_on"), strict=True)), ALL: "all three"}
"""What report 001 calls what is learnt."""


def _id(model: str, what: str) -> str:
    return f"noise-{model.partition('-')[0].replace('_', '-')}-{what}"


CLAIMS = {
    "noise-right-solved": "a gate of the right period solves the task",
    "noise-right-over-lstm": "a gate of the right period is more accurate than an LSTM "
    "without a gate",
    "noise-right-over-wrong": "a gate of the right period is more accurate than a gate "
    "of a wrong period",
    **{
        _id(name, what): f"{SYMBOLS[name]} can be learnt: {words}"
        for what, words in (
            ("learnable", "more accurate than if held"),
            ("selective", "gates open more for what counts"),
        )
        for name in OFF
    },
    **{
        _id(name, f"easier-{what}"): f"{SYMBOLS[name]} alone is easier than all three: "
        + words
        for name in PARAMETERS
        for what, words in (("accuracy", "more accurate"), ("updates", "fewer updates"))
    },
}
"""Report 001: a gate ignores periodic noise, and can learn to; one is easier."""

Findings = dict[str, Finding]


def outcome_of(config: NoiseConfig, results: Results, model: str) -> Outcome:
    """How the seeds of one model fared."""
    setting = Setting(model)
    rows, least = rows_of(results, setting), config.success_accuracy
    return outcome(rows, CHANCE, least, config.steps, setting=setting)


def selectivities(results: Results, model: str) -> np.ndarray | None:
    """Selectivity (before, after) of every seed; None without a gate.

    A seed that diverged has learnt nothing: its gates count as they began.
    """
    rows = rows_of(results, Setting(model))
    before, after = "selectivity_before", "selectivity"
    if rows[0][before] is None:
        return None
    ends = [(r[before], r[before if r["diverged"] else after]) for r in rows]
    return np.array(ends, float).T


def told(config: NoiseConfig, results: Results) -> list[Measure]:
    """What is told of a model."""

    def selected(o: Outcome) -> np.ndarray | None:
        return selectivities(results, o.setting.model)

    def before(found: np.ndarray | None, o: Outcome) -> str:
        return "-" if found is None else f"{found[0].mean():.3f}"

    def after(found: np.ndarray | None, o: Outcome) -> str:
        return "-" if found is None else estimate_text(mean(found[1]), "{:.3f}")

    return [
        *measured(config, CHANCE, interval="accuracy: Gaffke, other means: Student"),
        Measure("", "selectivity before", selected, before),
        Measure("", "selectivity after", selected, after),
        measures.DIVERGED,
    ]


def accuracy_gained(
    config: NoiseConfig, results: Results, pairs: list[tuple[str, str]]
) -> dict[tuple[str, str], Adjusted]:
    """Accuracy of one model less another's; Holm over the pairs that were trained."""
    there = [pair for pair in pairs if set(pair) <= set(config.models)]
    sides = [
        [outcome_of(config, results, name).accuracy for name in pair] for pair in there
    ]
    found = paired_comparisons([(a, b) for a, b in sides], bounds=SHARES)
    return dict(zip(there, found, strict=True))


def claims(config: NoiseConfig, results: Results) -> list[Claim]:
    """What became of `CLAIMS`."""
    return stated(
        CLAIMS,
        _ignored(config, results) | _learnt(config, results) | _easier(config, results),
    )


def _ignored(config: NoiseConfig, results: Results) -> Findings:
    found: Findings = {}
    if RIGHT in config.models:
        found["noise-right-solved"] = most(outcome_of(config, results, RIGHT).success)
    compared = accuracy_gained(config, results, [(RIGHT, PLAIN), (RIGHT, WRONG)])
    for (_, other), comparison in compared.items():
        found[f"noise-right-over-{other}"] = larger(comparison)
    return found


def _learnt(config: NoiseConfig, results: Results) -> Findings:
    pairs = [(f"{name}-{LEARNT}", f"{name}-{HELD}") for name in OFF]
    gained = accuracy_gained(config, results, pairs)
    found = {
        _id(model, "learnable"): larger(comparison)
        for (model, _), comparison in gained.items()
    }
    models = [model for model, _ in pairs if model in config.models]
    both = [selectivities(results, model) for model in models]
    risen = paired_comparisons(
        [(ends[1], ends[0]) for ends in both if ends is not None], bounds=SHARES
    )
    return found | {
        _id(model, "selective"): larger(comparison)
        for model, comparison in zip(models, risen, strict=True)
    }


def _easier(config: NoiseConfig, results: Results) -> Findings:
    every = f"{ALL}-{LEARNT}"
    if every not in config.models:
        return {}
    other = outcome_of(config, results, every)
    pairs = {
        model: (outcome_of(config, results, model), other)
        for model in (f"{name}-{LEARNT}" for name in PARAMETERS)
        if model in config.models
    }
    found: Findings = {}
    for model, gained, fewer in raced(pairs):
        unsolved = bool(pairs[model][0].unsolved.all() and other.unsolved.all())
        found[_id(model, "easier-accuracy")] = larger(gained)
        found[_id(model, "easier-updates")] = sooner(fewer, unsolved=unsolved)
    return found


def summarise(config: NoiseConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per model beside what could be reached, verdicts."""
    others = config.values - config.counting
    return {
        "success_accuracy": config.success_accuracy,
        "best_accuracy": best(config.counting),
        "accuracy_of_the_sum_of_all": blind(config.counting, others, config.noise),
        "selectivity_of_an_open_gate": 1 / config.period,
        "settings": [_setting(config, results, name) for name in config.models],
        "rule": RULE,
        "claims": claim_rows(claims(config, results)),
    }


def _setting(config: NoiseConfig, results: Results, model: str) -> dict[str, Any]:
    found = outcome_of(config, results, model)
    numbers = measures.numbers(told(config, results), found)
    selected = selectivities(results, model)
    if selected is None:
        return numbers
    shares = gate_history(results, found.setting, "share_open")[:, -1]
    return {
        **numbers,
        "selectivity": ends(selected.T),
        "share_of_units_open": mean(shares.astype(float))._asdict(),
    }


def tables(config: NoiseConfig, results: Results) -> list[Table]:
    """Results and verdicts; without what there is none of."""
    found = [
        _results(config, results),
        claim_table(
            'Report 001: "noise that comes periodically", within '
            + counted(config.steps, "update"),
            [each for each in claims(config, results) if each.is_judged],
            RULE,
        ),
    ]
    return [table for table in found if table.rows]


def _results(config: NoiseConfig, results: Results) -> Table:
    counting, others = config.counting, config.values - config.counting
    return measures.table(
        told(config, results),
        [outcome_of(config, results, model) for model in config.models],
        title=(
            f"A signal every {config.period} steps between noise: "
            f"{counted(config.seeds, 'seed')}, {counted(config.hidden_size, 'unit')}"
        ),
        axes=("model",),
        caption=(
            "Brackets: 95 % intervals over seeds ({intervals}). At most "
            f"{config.steps} updates. Tested on {config.evaluation_size} sequences, "
            "never trained on, the same for all seeds. Who adds up the values that "
            f"count is right in {best(counting):.4f} of all cases, nobody in more; "
            f"who adds up all, in {blind(counting, others, config.noise):.3f}. "
            "Selectivity: share of the gates' openness that falls on values that "
            f"count; {1 / config.period:.3g} for gates that are always open."
        ),
    )
