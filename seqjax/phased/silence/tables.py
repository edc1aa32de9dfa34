"""What a silence study prints: results, horizons, comparisons, verdicts."""

import numpy as np

from seqjax.core.statistics import Horizon
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.phased.outcomes import cells
from seqjax.phased.silence.config import SilenceConfig, settings
from seqjax.phased.silence.summary import (
    LEVELS,
    claims,
    comparisons,
    horizon,
    outcome_of,
    select,
)
from seqjax.tasks.silence import CHANCE


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
    body = []
    for model, length in settings(config):
        rows = select(results, model, length)
        share = np.mean([row["share_open"] or 0.0 for row in rows])
        body.append(
            [
                model,
                str(length),
                *cells(outcome_of(config, results, model, length), config.steps),
                f"{CHANCE:g}",
                "all" if rows[0]["share_open"] is None else f"{share:.3f}",
                str(sum(row["diverged"] for row in rows)),
            ]
        )
    seen = (
        "never trained on"
        if all(row["held_out"] for row in results.rows)
        else "which are trained on too: there are too few others"
    )
    return Table(
        title=(
            f"Copying {counted(config.copied, 'symbol')} across silence: "
            f"{counted(config.seeds, 'seed')}, {counted(config.hidden_size, 'unit')}"
        ),
        columns=(
            "model",
            "T",
            f"success (accuracy >= {config.success_accuracy:g})",
            "mean accuracy",
            "median updates to solve",
            "chance",
            "units open at a step",
            "diverged",
        ),
        rows=body,
        caption=(
            "Brackets: 95 % intervals over seeds (success: Wilson; mean: bootstrap; "
            f"median: Kaplan-Meier, unsolved seeds censored). At most {config.steps} "
            f"updates. Tested on {counted(config.evaluation_size, 'sequence')}, {seen}."
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


def horizon_text(found: Horizon, lengths: tuple[int, ...]) -> str:
    """A horizon and its interval; what lies beyond the lengths is marked."""

    def shown(length: float) -> str:
        return f"> {max(lengths)}" if np.isinf(length) else f"{length:.0f}"

    low, high = found.estimate.interval
    value = f"< {min(lengths)}" if found.below_grid else shown(found.estimate.value)
    if np.isnan(low) or low == high:
        return value
    return f"{value} [{shown(low)}, {shown(high)}]"


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
