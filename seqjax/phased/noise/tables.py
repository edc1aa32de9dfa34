"""What a study of periodic noise prints: results beside the best, and verdicts."""

from seqjax.core.statistics import mean
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.phased.noise.config import NoiseConfig
from seqjax.phased.noise.summary import claims, outcome_of, select, selectivities
from seqjax.phased.outcomes import cells
from seqjax.tasks.periodic import CHANCE, best, blind


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
    body = []
    for model in config.models:
        ends = selectivities(results, model)
        before, after = (
            ("-", "-")
            if ends is None
            else (
                f"{ends[0].mean():.3f}",
                estimate_text(mean(ends[1]), "{:.3f}"),
            )
        )
        rows = select(results, model)
        body.append(
            [
                model,
                *cells(outcome_of(config, results, model), config.steps),
                f"{CHANCE:g}",
                before,
                after,
                str(sum(row["diverged"] for row in rows)),
            ]
        )
    counting, others = config.counting, config.values - config.counting
    return Table(
        title=(
            f"A signal every {config.period} steps between noise: "
            f"{counted(config.seeds, 'seed')}, {counted(config.hidden_size, 'unit')}"
        ),
        columns=(
            "model",
            f"success (accuracy >= {config.success_accuracy:g})",
            "mean accuracy",
            "median updates to solve",
            "chance",
            "selectivity before",
            "selectivity after",
            "diverged",
        ),
        rows=body,
        caption=(
            "Brackets: 95 % intervals over seeds (success: Wilson; means: bootstrap; "
            "median: Kaplan-Meier, unsolved seeds censored). At most "
            f"{config.steps} updates. Tested on {config.evaluation_size} sequences, "
            "never trained on, the same for all seeds. Who adds up the values that "
            f"count is right in {best(counting):.4f} of all cases, nobody in more; "
            f"who adds up all, in {blind(counting, others, config.noise):.3f}. "
            "Selectivity: share of the gates' openness that falls on values that "
            f"count; {1 / config.period:.3g} for gates that are always open."
        ),
    )
