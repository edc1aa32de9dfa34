"""What a study of learning prints: results, comparisons, gates, verdicts."""

from collections.abc import Callable
from typing import Any

from seqjax.lab import measures
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.phased.learning.config import ALL, NONE, LearningConfig
from seqjax.phased.learning.summary import (
    COMPARED,
    claims,
    comparisons,
    gate_numbers,
    outcome_of,
    told,
)
from seqjax.phased.measured import PERIODS, change, saved
from seqjax.tasks.frequency import RANGE


def tables(config: LearningConfig, results: Results) -> list[Table]:
    """Results, comparisons, gates, verdicts; without what there is none of."""
    found = [
        _results(config, results),
        _comparisons(config, results),
        _gates(config, results),
        claim_table(
            'Report 001: "tau, s and r_on can be learnt, one more easily than all", '
            f"within {counted(config.steps, 'update')}",
            [each for each in claims(config, results) if each.is_judged],
            RULE,
        ),
    ]
    return [table for table in found if table.rows]


def _results(config: LearningConfig, results: Results) -> Table:
    return measures.table(
        told(config, results),
        [outcome_of(config, results, name) for name in config.choices],
        title=(
            f"What the gates learn, frequency discrimination: "
            f"{counted(config.seeds, 'seed')}, {counted(config.hidden_size, 'unit')}"
        ),
        axes=("learnt",),
        caption=(
            "Brackets: 95 % intervals over seeds ({intervals}). Solved: running "
            f"training accuracy of {config.stop_accuracy:g}. At most {config.steps} "
            f"updates. Tested on {config.evaluation_size} waves, never trained on, the "
            "same for all seeds; chance: always answering class 1."
        ),
    )


def _comparisons(config: LearningConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        [each for less in (ALL, NONE) for each in comparisons(config, results, less)],
        title="Against all and none learnt, on the same seeds",
        axes=("learnt", "against"),
        left=2,
        caption=(
            "Sign-flip test on pairs of a seed, whose waves and first weights are the "
            "same; Holm over all that are compared with the same one. Before Holm no "
            f"p-value can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g} at "
            f"{counted(config.seeds, 'seed')}. A failure needs all updates."
        ),
    )


def _gates(config: LearningConfig, results: Results) -> Table:
    def moved(field: str) -> Callable[[dict[str, Any]], str]:
        return lambda told: f"{told['mean_change'][field]['value']:.3g}"

    return Table.of(
        [
            {"learnt": name, **gate_numbers(config, results, name)}
            for name in config.choices
        ],
        {
            "learnt": lambda told: told["learnt"],
            "change of tau (ms)": moved("period"),
            "of s (ms)": moved("shift"),
            "of r_on": moved("open_ratio"),
            f"periods in {RANGE[0]:g} to {RANGE[1]:g} ms": change(PERIODS),
            "mean r_on": change("open_ratio"),
            "units open at a step": change("share_of_units_open"),
            "products not needed": saved,
        },
        title="Gates before and after training",
        caption=(
            "Means over units and seeds; changes without their sign. A step needs the "
            "products of its open units only, in a test, where gates do not leak. "
            "Counted, not gained: all products are computed here."
        ),
    )
