"""The verdicts and effects of a reconciliation, as numbers and as tables."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.lab.judging.claims import Claim, claim_rows, claim_table
from seqjax.lab.outcomes import or_chance
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results, Table
from seqjax.reconcile.claims import CLAIMS, Trial, claim_settings
from seqjax.reconcile.config import Config
from seqjax.reconcile.curves import at_column
from seqjax.reconcile.effects import main_effects, rankings
from seqjax.reconcile.grid import Setting, stages
from seqjax.reconcile.verdicts import Evidence, Sample
from seqjax.tasks.palindromes import CHANCE

Rows = dict[Setting, list[dict[str, Any]]]


def by_setting(results: Results) -> Rows:
    """The rows of every setting that was trained."""
    found: Rows = {}
    for row in results.rows:
        setting = Setting(*(row[field] for field in Setting._fields))
        found.setdefault(setting, []).append(row)
    return found


class Reach(NamedTuple):
    """How far the budget went on one stage of the plan.

    Attributes:
        stage: the claims, or a stage of the grid.
        trained: settings trained, also those cut short.
        settings: of the stage.
    """

    stage: str
    trained: int
    settings: int


def reached(config: Config, results: Results) -> list[Reach]:
    """What was trained and, the stages being trained in order, what was left out."""
    claimed = claim_settings()
    trained = by_setting(results)
    parts = {"settings of the claims": list(claimed)}
    for name, settings in stages(config).items():
        parts[name] = [setting for setting in settings if setting not in claimed]
    return [
        Reach(name, sum(setting in trained for setting in settings), len(settings))
        for name, settings in parts.items()
    ]


def evidence(results: Results, claim: Trial) -> Evidence:
    """What a claim is judged by, at its own updates; settings left out are empty."""
    trained = by_setting(results)
    return {
        setting: _sample(trained.get(setting, []), claim.updates)
        for setting in claim.settings
    }


def _sample(rows: list[dict[str, Any]], wanted: int) -> Sample:
    """The seeds of a setting after so many updates, or when they were cut short.

    A seed that went on, for the sake of another claim, is judged by the accuracy of its
    batches around then, which it had not been trained on before; one that had ended by
    the evaluation set.
    """
    then = [
        {
            **row,
            "accuracy": row["accuracy"]
            if row["steps"] <= wanted
            else row[at_column(wanted)],
            "diverged": row["diverged"] and row["steps"] <= wanted,
            "left_chance_at": _by(row["left_chance_at"], wanted),
            "solved_step": _by(row["solved_step"], wanted),
        }
        for row in rows
    ]
    enough = all(not row["cut_short"] or row["steps"] >= wanted for row in rows)
    return Sample(
        or_chance(then, CHANCE),
        min(wanted, max((row["steps"] for row in rows), default=0)),
        enough and bool(rows),
        or_chance(then, np.nan, "left_chance_at"),  # diverged: never
        or_chance(then, np.nan, "solved_step"),
    )


def _by(update: int | None, wanted: int) -> int | None:
    """The update, where it was not later; what came after is not known then."""
    return update if update is not None and update <= wanted else None


def claims(results: Results) -> list[Claim]:
    """What became of each of `CLAIMS`."""
    return [
        Claim(
            each.id,
            each.text,
            each.judged(evidence(results, each)),
            {"report": each.report, "setting": each.stated},
        )
        for each in CLAIMS
    ]


def outcomes(results: Results) -> dict[Setting, np.ndarray]:
    """Accuracy at the grid's number of updates, of settings that all seeds reached."""
    return {
        setting: or_chance(rows, CHANCE, "accuracy_at_steps")
        for setting, rows in by_setting(results).items()
        if all(r["diverged"] or r["accuracy_at_steps"] is not None for r in rows)
    }


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: verdicts, effects, rankings, and what was left out."""
    measured = outcomes(results)
    return {
        "chance_accuracy": CHANCE,
        "budget_minutes": config.budget,
        "claims": claim_rows(claims(results)),
        "effects": [
            {**effect._asdict(), "difference": effect.difference._asdict()}
            for effect in main_effects(config, measured)
        ],
        "rankings": [
            {**ranking._asdict(), "difference": ranking.difference._asdict()}
            for ranking in rankings(config, measured)
        ],
        "equal_losses": _equal_losses(results),
        "reached": [reach._asdict() for reach in reached(config, results)],
    }


def _equal_losses(results: Results) -> dict[str, Any]:
    """How a rule of two equal losses in a row would have stopped models."""
    rows = [row for rows in by_setting(results).values() for row in rows]
    fired = [row["equal_losses_at"] for row in rows if row["equal_losses_at"]]
    return {
        "models": len(rows),
        "would_have_stopped": len(fired),
        "median_update": float(np.median(fired)) if fired else None,
    }


def tables(config: Config, results: Results) -> list[Table]:
    """The claims with their verdicts, then the main effects."""
    return [_claims(config, results), _effects(config, results)]


def _claims(config: Config, results: Results) -> Table:
    reach = "; ".join(
        f"{r.stage} {r.trained} of {r.settings}" for r in reached(config, results)
    )
    return claim_table(
        f"The reports' claims, at {config.seeds} seeds",
        claims(results),
        (
            "Brackets: 95 % intervals over seeds. A "
            "verdict needs the report's own number of updates, or success before. "
            f"Trained within {config.budget:g} minutes: {reach}; left out: the rest."
        ),
        {
            "claim": lambda claim: claim.text,
            "report": lambda claim: claim.at["report"],
            "verdict": lambda claim: claim.finding.verdict,
            "setting": lambda claim: claim.at["setting"],
            "measured": lambda claim: claim.finding.measured,
        },
        left=1,
    )


def _effects(config: Config, results: Results) -> Table:
    rows = [
        (
            effect.cell,
            effect.factor.replace("_", " "),
            effect.level,
            str(effect.pairs),
            estimate_text(effect.difference, "{:.3f}"),
            f"{effect.p_value:.2g}",
        )
        for effect in main_effects(config, outcomes(results))
    ]
    return Table(
        title=f"Main effects on accuracy after {config.steps} updates",
        columns=("cell", "factor", "level", "pairs", "accuracy gained", "p (Holm)"),
        rows=rows,
        caption=(
            "Against the factor's first level, in pairs of settings that differ in "
            "nothing else, averaged per seed; 95 % intervals over seeds (Gaffke)."
        ),
    )
