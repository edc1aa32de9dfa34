"""What an optimiser study prints."""

from seqjax.core.statistics import mean, success_rate
from seqjax.lab.judging.claims import claim_table
from seqjax.lab.reporting.text import estimate_text, time_text
from seqjax.lab.study import Results, Table
from seqjax.optimizers.config import Config
from seqjax.optimizers.selection import GOOD, GoodRates, grid_step
from seqjax.optimizers.summary import (
    REFERENCE,
    SUCCESS,
    accuracies,
    chosen_rate,
    claim,
    comparisons,
    reach,
    select,
    solving_time,
    successes,
)
from seqjax.tasks.palindromes import CHANCE


def tables(config: Config, results: Results) -> list[Table]:
    """One row per optimiser, and the verdict on the report's claim."""
    compared = comparisons(config, results)
    body = []
    for name in config.optimizers:
        rows = select(results, name, "test")
        good = reach(config, results, name)
        versus = ["-", "-"]
        if name in compared:
            updates, _, adjusted = compared[name]
            versus = [estimate_text(updates.difference, "{:+.0f}"), f"{adjusted:.3f}"]
        body.append(
            [
                name,
                f"{chosen_rate(results, name):g}" + (" (edge)" if good.at_edge else ""),
                _reach(good),
                time_text(solving_time(config, rows), config.steps),
                estimate_text(success_rate(successes(rows)), "{:.2f}"),
                estimate_text(mean(accuracies(rows)), "{:.3f}"),
                *versus,
            ]
        )
    judged = claim(config, results)
    return [
        Table(
            title=(
                f"Optimisers, each at its best of {len(config.learning_rates)} rates: "
                f"{config.cell} on palindromes of {config.length} digits, "
                f"{config.test_seeds} seeds that did not choose the rate"
            ),
            columns=(
                "optimiser",
                "best rate",
                "good rates (decades)",
                "median updates to solve",
                f"success (accuracy >= {SUCCESS})",
                "mean accuracy",
                f"mean updates more than {REFERENCE}",
                "p (Holm)",
            ),
            rows=body,
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
        "over seeds (median: Kaplan-Meier, failures censored; success: Wilson; means: "
        f"bootstrap); p: sign-flip test. Tested on {config.evaluation_size} strings."
    )


def _reach(good: GoodRates) -> str:
    if good.decades is None:
        return "none"
    least = ">= " if good.open_ended else ""
    return f"{good.low:g} to {good.high:g} ({least}{good.decades:.1f})"
