"""The numbers of an optimiser study that are worth quoting."""

from typing import Any, NamedTuple

from seqjax.core.statistics import Adjusted
from seqjax.lab import measures
from seqjax.lab.comparisons import Raced, raced
from seqjax.lab.judging.claims import Claim, claim_rows
from seqjax.lab.judging.rules import sooner
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, Rows, outcome
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results
from seqjax.optimizers.config import Config
from seqjax.optimizers.selection import (
    GOOD,
    SUCCESS,
    GoodRates,
    by_rate,
    good_rates,
    grid_step,
)
from seqjax.optimizers.verdict import RULE, Rival, verdict
from seqjax.tasks.palindromes import CHANCE, half_length

REFERENCE = "rmsprop"
"""What the others are compared with, after the claim of report 001."""


class Setting(NamedTuple):
    """What one block trains, at all rates and for all seeds."""

    optimizer: str


def select(results: Results, optimizer: str, stage: str) -> Rows:
    """The rows of one optimiser in one stage, "tune" or "test"."""
    return [
        row
        for row in results.rows
        if (row["optimizer"], row["stage"]) == (optimizer, stage)
    ]


def chosen_rate(results: Results, optimizer: str) -> float:
    """The learning rate that was chosen for an optimiser, and tested."""
    rate: float = select(results, optimizer, "test")[0]["learning_rate"]
    return rate


def tuned(config: Config, results: Results, optimizer: str) -> dict[float, Outcome]:
    """How the seeds fared on which an optimiser's rate was chosen, by rate."""
    return by_rate(select(results, optimizer, "tune"), config.steps)


def outcome_of(config: Config, results: Results, optimizer: str) -> Outcome:
    """How the other seeds fared at the chosen rate."""
    rows = select(results, optimizer, "test")
    return outcome(rows, CHANCE, SUCCESS, config.steps, setting=Setting(optimizer))


def reach(config: Config, results: Results, optimizer: str) -> GoodRates:
    """The good rates around the chosen one."""
    tried = tuned(config, results, optimizer)
    return good_rates(tried, chosen_rate(results, optimizer))


def comparisons(config: Config, results: Results) -> dict[str, Raced]:
    """Every other optimiser less the reference; empty without the reference."""
    found = {name: outcome_of(config, results, name) for name in config.optimizers}
    base = found.pop(REFERENCE, None)
    if base is None:
        return {}
    compared = raced({other.setting: (other, base) for other in found.values()})
    return {each.setting.optimizer: each for each in compared}


def claim(config: Config, results: Results) -> Claim:
    """What report 001 claims, with its verdict."""
    compared = comparisons(config, results)
    rivals = {
        name: Rival(
            sooner(updates, unsolved=False).verdict,
            reach(config, results, name).at_edge,
        )
        for name, (_, _, updates) in compared.items()
    }
    at_edge = bool(compared) and reach(config, results, REFERENCE).at_edge
    return Claim(
        "rmsprop-best",
        "RMSProp suits recurrent networks best",
        verdict(rivals, at_edge, config.test_seeds),
        {"source": "report 001", "rule": RULE},
    )


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: the rates, the test at the best rate, and the verdict."""
    told, compared = measured(config, results), comparisons(config, results)
    distinct = 10 ** half_length(config.length)
    return {
        "chance_accuracy": CHANCE,
        "success_accuracy": SUCCESS,
        "good_rate_share": GOOD,
        "grid_step_decades": grid_step(config.learning_rates),
        "distinct_strings": distinct,
        "held_out": distinct > config.evaluation_size,
        "claims": claim_rows([claim(config, results)]),
        "optimizers": [
            {
                **measures.numbers(told, outcome_of(config, results, name)),
                **_against(compared.get(name)),
            }
            for name in config.optimizers
        ],
    }


def measured(config: Config, results: Results) -> list[Measure]:
    """What is told of an optimiser."""

    def tuning(o: Outcome) -> Rows:
        return select(results, o.setting.optimizer, "tune")

    def good(o: Outcome) -> GoodRates:
        return reach(config, results, o.setting.optimizer)

    compared = comparisons(config, results)

    def updates_more(o: Outcome) -> Adjusted | None:
        found = compared.get(o.setting.optimizer)
        return found and found.updates

    return [
        Measure(
            "best_learning_rate",
            "best rate",
            lambda o: o.rows[0]["learning_rate"],
            lambda rate, o: f"{rate:g}" + (" (edge)" if good(o).at_edge else ""),
        ),
        Measure(
            "good_rates",
            "good rates (decades)",
            lambda o: good(o)._asdict(),
            lambda _, o: _width(good(o)),
        ),
        Measure(
            "diverged_in_tuning", "", lambda o: sum(r["diverged"] for r in tuning(o))
        ),
        Measure("models_in_tuning", "", lambda o: len(tuning(o))),
        measures.solving(config.steps)._replace(
            key="median_updates_to_solve",
            interval="median: Kaplan-Meier, failures censored",
        ),
        measures.success(SUCCESS),
        measures.accuracy()._replace(interval="accuracy: Gaffke, updates: Student"),
        measures.MIDDLE,
        measures.DIVERGED._replace(heading=""),
        Measure(
            "",
            f"mean updates more than {REFERENCE}",
            updates_more,
            lambda more, _: estimate_text(more.difference, "{:+.0f}") if more else "-",
        ),
        Measure(
            "",
            "p (Holm)",
            updates_more,
            lambda more, _: f"{more.p_value:.3f}" if more else "-",
        ),
    ]


def _width(good: GoodRates) -> str:
    if good.decades is None:
        return "none"
    least = ">= " if good.open_ended else ""
    return f"{good.low:g} to {good.high:g} ({least}{good.decades:.1f})"


def _against(compared: Raced | None) -> dict[str, Any]:
    if compared is None:
        return {}
    _, accuracy, updates = compared
    return {
        "against_rmsprop": {
            "updates_more": updates.difference._asdict(),
            "p_value": updates.comparison.p_value,
            "p_value_holm": updates.p_value,
            "accuracy_more": accuracy.difference._asdict(),
            "accuracy_p_value": accuracy.comparison.p_value,
        }
    }
