"""The numbers of a study of learning that are worth quoting, and its verdicts."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.gate_params import PARAMETERS
from seqjax.core.statistics import Adjusted, mean, paired_comparisons
from seqjax.lab import measures
from seqjax.lab.judging.claims import Claim, Finding, claim_rows, stated
from seqjax.lab.judging.rules import RULE, larger, most, sooner
from seqjax.lab.measures import Measure, Outcome
from seqjax.lab.study import Results
from seqjax.phased.learning.config import ALL, LEARNT, NONE, LearningConfig, Setting
from seqjax.phased.measured import gate_history, gates_told, measured
from seqjax.tasks.frequency import CHANCE, RANGE

SYMBOLS = dict(zip(PARAMETERS, ("tau", "s", "r_on"), strict=True))
"""What report 001 calls them."""


def _id(parameter: str, what: str) -> str:
    return f"learning-{parameter.replace('_', '-')}-{what}"


CLAIMS = {
    "learning-all-solved": "with tau, s and r_on learnt the task is solved",
    **{
        _id(name, what): f"{symbol} {words}"
        for name, symbol in SYMBOLS.items()
        for what, words in (
            ("learnable", "can be learnt: more accurate than if fixed"),
            ("easier-accuracy", "alone is easier than all three: more accurate"),
            ("easier-updates", "alone is easier than all three: fewer updates"),
        )
    },
}
"""Report 001: they can be learnt; one of them more easily than all three."""


class Against(NamedTuple):
    """A choice less another, on the same seeds.

    Attributes:
        learnt: the first choice.
        less: the other one.
        accuracy: first less other; p-value by Holm over all with the same other.
        updates: likewise, of the updates needed.
    """

    learnt: str
    less: str
    accuracy: Adjusted
    updates: Adjusted


def outcome_of(config: LearningConfig, results: Results, learnt: str) -> Outcome:
    """How the seeds of one choice fared."""
    setting = Setting(learnt)
    rows, least = measures.rows_of(results, setting), config.success_accuracy
    return measures.outcome(rows, CHANCE, least, config.steps, setting=setting)


def told(config: LearningConfig, results: Results) -> list[Measure]:
    """What is told of a choice."""
    return [
        Measure("parameters", "", lambda o: list(LEARNT[o.setting.learnt])),
        *measured(config, CHANCE, "{:.3f}"),
        measures.DIVERGED,
        Measure("gates", "", lambda o: gate_numbers(config, results, o.setting.learnt)),
    ]


def comparisons(config: LearningConfig, results: Results, less: str) -> list[Against]:
    """Every other choice against one; none where that was not trained."""
    others = [name for name in config.choices if name not in (less, ALL, NONE)]
    if less == NONE and ALL in config.choices:
        others.append(ALL)
    if less not in config.choices or not others:
        return []
    base = outcome_of(config, results, less)
    found = [outcome_of(config, results, name) for name in others]
    accuracy = paired_comparisons([(each.accuracy, base.accuracy) for each in found])
    updates = paired_comparisons([(each.updates, base.updates) for each in found])
    return [
        Against(name, less, *pair)
        for name, *pair in zip(others, accuracy, updates, strict=True)
    ]


def claims(config: LearningConfig, results: Results) -> list[Claim]:
    """What became of `CLAIMS`."""
    found: dict[str, Finding] = {}
    if ALL in config.choices:
        found["learning-all-solved"] = most(outcome_of(config, results, ALL).rate)
    for each in comparisons(config, results, NONE):
        if each.learnt in SYMBOLS:
            found[_id(each.learnt, "learnable")] = larger(each.accuracy)
    for each in comparisons(config, results, ALL):
        if each.learnt in SYMBOLS:
            one, every = (outcome_of(config, results, n) for n in (each.learnt, ALL))
            found[_id(each.learnt, "easier-accuracy")] = larger(each.accuracy)
            found[_id(each.learnt, "easier-updates")] = sooner(
                each.updates,
                config.steps,
                unsolved=bool(one.unsolved.all() and every.unsolved.all()),
            )
    return stated(CLAIMS, found)


def summarise(config: LearningConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per choice, comparisons, gates, verdicts."""
    return {
        "success_accuracy": config.success_accuracy,
        "range_ms": list(RANGE),
        "settings": [
            measures.numbers(told(config, results), outcome_of(config, results, name))
            for name in config.choices
        ],
        "comparisons": [
            {
                "learnt": each.learnt,
                "less": each.less,
                "accuracy_gained": each.accuracy.difference._asdict(),
                "p_value_holm": each.accuracy.p_value,
                "updates_more": each.updates.difference._asdict(),
                "updates_p_value_holm": each.updates.p_value,
            }
            for less in (ALL, NONE)
            for each in comparisons(config, results, less)
        ],
        "rule": RULE,
        "claims": claim_rows(claims(config, results)),
    }


def gate_numbers(
    config: LearningConfig, results: Results, learnt: str
) -> dict[str, Any]:
    """What the gates were and have become, and what they save; means over seeds."""
    change = {}
    for name in PARAMETERS:
        ends = gate_history(results, Setting(learnt), name)
        moved = np.abs(ends[:, 1] - ends[:, 0]).mean(axis=-1)
        change[name] = mean(moved.astype(float))._asdict()
    more = {"mean_change": change}
    return gates_told(results, Setting(learnt), config.hidden_size, more)
