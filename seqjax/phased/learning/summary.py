"""The numbers of a study of learning that are worth quoting, and its verdicts."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.gate_params import PARAMETERS
from seqjax.core.statistics import mean
from seqjax.lab import measures
from seqjax.lab.comparisons import Raced, raced
from seqjax.lab.judging.claims import Claim, Finding, claim_rows, stated
from seqjax.lab.judging.rules import RULE, larger, most, sooner
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, outcome, rows_of
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


class Less(NamedTuple):
    """A choice less another one, on the same seeds."""

    learnt: str
    less: str


COMPARED = [
    *measures.difference(
        "accuracy_gained", "accuracy gained", "{:+.3f}", of="accuracy"
    ),
    *measures.difference(
        "updates_more",
        "updates more",
        "{:+.0f}",
        of="updates",
        p_key="updates_p_value_holm",
    ),
]
"""What is told of two choices."""


def outcome_of(config: LearningConfig, results: Results, learnt: str) -> Outcome:
    """How the seeds of one choice fared."""
    setting = Setting(learnt)
    rows, least = rows_of(results, setting), config.success_accuracy
    return outcome(rows, CHANCE, least, config.steps, setting=setting)


def told(config: LearningConfig, results: Results) -> list[Measure]:
    """What is told of a choice."""
    return [
        Measure("parameters", "", lambda o: list(LEARNT[o.setting.learnt])),
        *measured(config, CHANCE, "{:.3f}"),
        measures.DIVERGED,
        Measure("gates", "", lambda o: gate_numbers(config, results, o.setting.learnt)),
    ]


def comparisons(config: LearningConfig, results: Results, less: str) -> list[Raced]:
    """Every other choice against one; none where that was not trained."""
    others = [name for name in config.choices if name not in (less, ALL, NONE)]
    if less == NONE and ALL in config.choices:
        others.append(ALL)
    if less not in config.choices:
        return []
    base = outcome_of(config, results, less)
    return raced(
        {Less(name, less): (outcome_of(config, results, name), base) for name in others}
    )


def claims(config: LearningConfig, results: Results) -> list[Claim]:
    """What became of `CLAIMS`."""
    found: dict[str, Finding] = {}
    if ALL in config.choices:
        found["learning-all-solved"] = most(outcome_of(config, results, ALL).success)
    for (name, _), accuracy, _ in comparisons(config, results, NONE):
        if name in SYMBOLS:
            found[_id(name, "learnable")] = larger(accuracy)
    for (name, _), accuracy, updates in comparisons(config, results, ALL):
        if name in SYMBOLS:
            one, every = (outcome_of(config, results, n) for n in (name, ALL))
            found[_id(name, "easier-accuracy")] = larger(accuracy)
            found[_id(name, "easier-updates")] = sooner(
                updates,
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
            measures.numbers(COMPARED, each)
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
