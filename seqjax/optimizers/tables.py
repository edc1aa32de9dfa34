"""What an optimiser study prints."""

from seqjax.lab import measures
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.study import Results, Table
from seqjax.optimizers.config import Config
from seqjax.optimizers.selection import GOOD, grid_step
from seqjax.optimizers.summary import claim, measured, outcome_of
from seqjax.tasks.palindromes import CHANCE


def tables(config: Config, results: Results) -> list[Table]:
    """One row per optimiser, and the verdict on the report's claim."""
    judged = claim(config, results)
    return [
        measures.table(
            measured(config, results),
            [outcome_of(config, results, name) for name in config.optimizers],
            title=(
                f"Optimisers, each at its best of {len(config.learning_rates)} rates: "
                f"{config.cell} on palindromes of {config.length} digits, "
                f"{config.test_seeds} seeds that did not choose the rate"
            ),
            axes=("optimiser",),
            caption=_caption(config),
        ),
        claim_table(
            f"Claim of {judged.at['source']}: {judged.text}",
            [judged],
            judged.at["rule"],
            {
                "verdict": lambda claim: claim.finding.verdict,
                "why": lambda claim: claim.finding.measured,
            },
            left=1,
        ),
    ]


def _caption(config: Config) -> str:
    step = grid_step(config.learning_rates)
    grid = (
        "one rate alone" if step is None else f"a grid of steps of {step:.2g} decades"
    )
    return (
        f"Chance {CHANCE:g}. Best rate: most of {config.seeds} other seeds solve the "
        "task in training, then fewest updates. Good: the rates around it at which at "
        f"least {GOOD:.0%} of those seeds do, on {grid}. Brackets: 95 % intervals "
        "over seeds ({intervals}); p: sign-flip test. "
        f"Tested on {config.evaluation_size} strings."
    )
