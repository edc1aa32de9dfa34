"""What a silence study prints: results, horizons, comparisons, verdicts."""

from seqjax.lab import measures
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted, estimate_text, horizon_text
from seqjax.lab.study import Results, Table
from seqjax.phased.silence.config import SilenceConfig, settings
from seqjax.phased.silence.summary import (
    LEVELS,
    claims,
    comparisons,
    horizon,
    outcome_of,
    told,
)


def tables(config: SilenceConfig, results: Results) -> list[Table]:
    """Results, horizons, comparisons, verdicts; without what there is none of."""
    found = [
        _results(config, results),
        _horizons(config, results),
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
        [outcome_of(config, results, *setting) for setting in settings(config)],
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


def _horizons(config: SilenceConfig, results: Results) -> Table:
    return Table(
        title="Horizons: T at which the success rate falls to 0.5 and to 0.9",
        columns=("model", *(f"T{100 * level:.0f}" for level in LEVELS)),
        rows=[
            [
                model,
                *(
                    horizon_text(horizon(config, results, model, level), config.lengths)
                    for level in LEVELS
                ),
            ]
            for model in config.models
        ],
        caption=(
            f"After at most {config.steps} updates. Brackets: 95 % bootstrap intervals "
            "over seeds; they know nothing of the lengths between those tried. > and "
            "<: beyond the lengths tried."
        ),
    )


def _comparisons(config: SilenceConfig, results: Results) -> Table:
    return Table(
        title="With the gate less without, on the same seeds",
        columns=("T", "accuracy gained", "p (Holm)"),
        rows=[
            [
                str(each.length),
                estimate_text(each.accuracy.difference, "{:+.3f}"),
                f"{each.accuracy.p_value:.3f}",
            ]
            for each in comparisons(config, results)
        ],
        left=0,
        caption=(
            "Sign-flip test on pairs of a seed, whose sequences are the same; Holm "
            f"over the lengths. At {counted(config.seeds, 'seed')} no p-value before "
            f"Holm can be below {min(1.0, 2.0 ** (1 - config.seeds)):.2g}."
        ),
    )
