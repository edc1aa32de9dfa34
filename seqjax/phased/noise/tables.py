"""What a study of periodic noise prints: results beside the best, and verdicts."""

from seqjax.lab import measures
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.judging.rules import RULE
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.phased.noise.config import NoiseConfig
from seqjax.phased.noise.summary import claims, outcome_of, told
from seqjax.tasks.periodic import best, blind


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
