"""The verdicts and effects of a reconciliation, as numbers and as tables."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.lab.judging.claims import (
    SEEDS,
    UPDATES,
    Claim,
    Finding,
    claim_rows,
    claim_table,
)
from seqjax.lab.judging.rules import FIRST_SEEDS
from seqjax.lab.outcomes import or_chance
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results, Table
from seqjax.reconcile.budget import chosen
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
    mine = dict.fromkeys(s for claim in chosen(config) for s in claim.settings)
    left = [setting for setting in mine if setting.name not in config.without]
    parts = {"settings of the claims": left}
    for name, settings in stages(config).items():
        parts[name] = [setting for setting in settings if setting not in claimed]
    return [
        Reach(name, sum(setting in trained for setting in settings), len(settings))
        for name, settings in parts.items()
    ]


def evidence(results: Results, claim: Trial) -> Evidence:
    """What a claim is judged by, at its own updates; settings left out are empty."""
    found = _taken(results, claim)
    return {setting: _sample(rows, claim.updates) for setting, rows in found.items()}


def _taken(results: Results, claim: Trial) -> Rows:
    """The rows that a claim is judged by: the seeds that its trained settings share."""
    found = _known(results, claim)
    seeds = [{row.get("seed") for row in rows} for rows in found.values() if rows]
    common = set.intersection(*seeds) if seeds else set()
    return {
        setting: [row for row in rows if row.get("seed") in common]
        for setting, rows in found.items()
    }


def _known(results: Results, claim: Trial) -> Rows:
    """All rows that a claim could be judged by."""
    trained = by_setting(results)
    return {
        setting: _of_one_length(trained.get(setting, []), claim)
        for setting in claim.settings
    }


def _of_one_length(rows: list[dict[str, Any]], claim: Trial) -> list[dict[str, Any]]:
    """Rows of a setting, each seed once, of the runs that got as far as is wanted.

    Never the seeds of a run that did, without those that did not: the ones that are
    solved get there first. Where no run did, those of the one with most updates. A run
    of an older version, or of another study, may not have kept the accuracy of then, or
    when a seed left chance.
    """
    wanted = claim.updates
    needed = ["left_chance_at"] if claim.paced else []
    runs: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        runs.setdefault(row.get("run", ""), []).append(row)
    known = [
        each
        for each in runs.values()
        if all(at_column(wanted) in row for row in each if row["steps"] > wanted)
        and all(name in row for name in needed for row in each)
    ]
    whole = [each for each in known if all(_is_enough(row, wanted) for row in each)]
    if known and not whole:
        whole = [max(known, key=lambda each: max(row["steps"] for row in each))]
    taken: set[Any] = set()
    found = []
    for each in whole:
        found += [row for row in each if row.get("seed") not in taken]
        taken |= {row.get("seed") for row in each}
    return found


def _is_enough(row: dict[str, Any], wanted: int) -> bool:
    return not row["cut_short"] or row["steps"] >= wanted


def _sample(rows: list[dict[str, Any]], wanted: int) -> Sample:
    """The seeds of a setting after so many updates, or when they were cut short.

    A seed that went on, for the sake of another claim, is judged by the accuracy of its
    batches around then, which it had not been trained on before; one that had ended by
    the evaluation set.
    """
    kept = all("left_chance_at" in row for row in rows)
    then = [
        {
            **row,
            "accuracy": row["accuracy"]
            if row["steps"] <= wanted
            else row[at_column(wanted)],
            "diverged": row["diverged"] and row["steps"] <= wanted,
            "left_chance_at": _by(row.get("left_chance_at"), wanted),
            "solved_step": _by(row.get("solved_step"), wanted),
        }
        for row in rows
    ]
    enough = all(_is_enough(row, wanted) for row in rows)
    return Sample(
        or_chance(then, CHANCE),
        min(wanted, max((row["steps"] for row in rows), default=0)),
        enough and bool(rows),
        # Diverged: never.
        or_chance(then if kept else [], np.nan, "left_chance_at"),
        or_chance(then, np.nan, "solved_step"),
    )


def _by(update: int | None, wanted: int) -> int | None:
    """The update, where it was not later; what came after is not known then."""
    return update if update is not None and update <= wanted else None


def claims(results: Results) -> list[Claim]:
    """What became of each of `CLAIMS`, and what an undecided one lacks."""
    return [_claim(each, results) for each in CLAIMS]


def _claim(trial: Trial, results: Results) -> Claim:
    """Lacking are settings not trained to the end, else those with fewest seeds."""
    rows = _taken(results, trial)
    finding, looked, found = _judged(trial, rows)
    at: dict[str, Any] = {"report": trial.report, "setting": trial.stated}
    runs = {row["run"] for each in looked.values() for row in each if "run" in row}
    if runs:
        at["runs"] = sorted(runs)
    if finding.verdict.is_open:
        short = [s for s, sample in found.items() if not sample.enough]
        known = _known(results, trial)
        few = [s for s, each in known.items() if len(each) == len(rows[s])]
        finding = finding._replace(lacks=UPDATES if short else SEEDS)
        at["lacking"] = [setting.name for setting in short or few]
    return Claim(trial.id, trial.text, finding, at)


def _judged(trial: Trial, rows: Rows) -> tuple[Finding, Rows, Evidence]:
    """What becomes of a claim at its last look, and by which rows.

    It is judged at the first seeds alone, and at all where those do not decide it: what
    was decided then stays, if others are trained for another claim of the same setting.
    """
    every = {row.get("seed") for each in rows.values() for row in each}
    seeds = sorted(every, key=lambda seed: seed or 0)
    for look in dict.fromkeys((tuple(seeds[:FIRST_SEEDS]), tuple(seeds))):
        looked = {
            setting: [row for row in each if row.get("seed") in look]
            for setting, each in rows.items()
        }
        found = {s: _sample(each, trial.updates) for s, each in looked.items()}
        finding = trial.judged(found)
        if not finding.verdict.is_open:
            break
    return finding, looked, found


def outcomes(results: Results) -> dict[Setting, np.ndarray]:
    """Accuracy at the grid's number of updates, of settings that all seeds reached."""
    return {
        setting: or_chance(rows, CHANCE, "accuracy_at_steps")
        for setting, rows in by_setting(results).items()
        if all(r["diverged"] or r.get("accuracy_at_steps") is not None for r in rows)
    }


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: verdicts, effects, rankings, and what was left out."""
    measured = {} if config.claims else outcomes(results)
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
    fired = [row["equal_losses_at"] for row in rows if row.get("equal_losses_at")]
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
    own = {claim.id for claim in chosen(config)}
    return claim_table(
        f"The reports' claims, at {config.seeds} seeds",
        [claim for claim in claims(results) if claim.id in own],
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
