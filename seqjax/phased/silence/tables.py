"""What a silence study prints: results, horizons, comparisons, verdicts."""

from seqjax.lab import horizons, measures
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.phased.silence.config import Setting, SilenceConfig
from seqjax.phased.silence.summary import (
    COMPARED,
    claims,
    comparisons,
    outcome_of,
    reaches,
    told,
)


def tables(config: SilenceConfig, results: Results) -> list[Table]:
    """Results, horizons, comparisons, verdicts; without what there is none of."""
    found = [
        _results(config, results),
        horizons.table(
            reaches(config, results),
            title="Horizons",
            axes=("model",),
            steps=config.steps,
        ),
        _comparisons(config, results),
        claim_table(
            "The gate's memory across silence, within "
            + counted(config.steps, "update"),
            [each for each in claims(config, results) if each.is_judged],
            RULE,
        ),
    ]
    return [table for table in found if table.rows]


def _results(config: SilenceConfig, results: Results) -> Table:
    seen = (
        "never trained on"
        if all(row["held_out"] for row in results.rows)
        else "which are trained on too: there are too few others"
    )
    return measures.table(
        told(config, results),
        [outcome_of(config, results, *setting) for setting in Setting.all(config)],
        title=(
            f"Copying {counted(config.copied, 'symbol')} across silence: "
            f"{counted(config.seeds, 'seed')}, {counted(config.hidden_size, 'unit')}"
        ),
        axes=("model", "T"),
        caption=(
            "Brackets: 95 % intervals over seeds ({intervals}). At most "
            f"{config.steps} updates. Tested on "
            f"{counted(config.evaluation_size, 'sequence')}, {seen}."
        ),
    )


def _comparisons(config: SilenceConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title="With the gate less without, on the same seeds",
        axes=("T",),
        left=0,
        caption=(
            "Sign-flip test on pairs of a seed, whose sequences are the same; Holm "
            f"over the lengths. At {counted(config.seeds, 'seed')} no p-value before "
            f"Holm can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )
