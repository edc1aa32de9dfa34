"""The numbers of a landscape study that are worth quoting, and their table."""

from typing import Any

import numpy as np

from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.study import Results, Table
from seqjax.optimizers.config import LandscapeConfig
from seqjax.optimizers.descent import TRIED

SAME = ("sgd", "momentum", "nesterov")
"""Whose rates mean the same, so that they are compared at one rate too ..."""

OSCILLATING = "ravine"
"""... on this landscape, since it is the one about oscillation."""

NEAR = 0.99
"""That rate, as a share of the limit of gradient descent: where it oscillates most."""

Row = dict[str, Any]


def summarise(config: LandscapeConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: the formulas, every path's numbers, what they say of claims."""
    return {
        "target": config.target,
        "landscapes": [
            {
                "landscape": name,
                "formula": LANDSCAPES[name].formula,
                "start": LANDSCAPES[name].start,
                "limit": LANDSCAPES[name].limit,
                "paths": [row for row in results.rows if row["block"] == name],
            }
            for name in config.landscapes
        ],
        "claims": claims(results),
    }


def claims(results: Results) -> list[dict[str, Any]]:
    """What the reports say in words, where this run can answer; with its numbers."""

    def find(landscape: str, rule: str, optimizer: str) -> Row | None:
        wanted = (landscape, rule, optimizer)
        return next(
            (
                row
                for row in results.rows
                if (row["landscape"], row["rule"], row["optimizer"]) == wanted
            ),
            None,
        )

    answers = []
    plain, heavy = (find(OSCILLATING, "limit", o) for o in ("sgd", "momentum"))
    if plain and heavy:
        answers.append(
            {
                "claim": "momentum damps the oscillation across a ravine",
                "rule": "at the same rate, near the limit of gradient descent, it "
                "turns back less often and goes a shorter way",
                "holds": heavy["reversals"] < plain["reversals"]
                and heavy["distance"] < plain["distance"],
                "reversals": {
                    "sgd": plain["reversals"],
                    "momentum": heavy["reversals"],
                },
                "distance": {"sgd": plain["distance"], "momentum": heavy["distance"]},
            }
        )
    steps = {
        optimizer: row["steps_needed"]
        for optimizer in ("sgd", "rmsprop", "adam")
        if (row := find("plateau", "fastest", optimizer))
    }
    if len(steps) == 3:
        first, *adaptive = [np.inf if s is None else s for s in steps.values()]
        answers.append(
            {
                "claim": "adaptive rates cross a plateau",
                "rule": "rmsprop and adam each need fewer steps than sgd, each at its "
                "own fastest rate",
                "holds": all(count < first for count in adaptive),
                "steps_needed": steps,
            }
        )
    return answers


def tables(config: LandscapeConfig, results: Results) -> list[Table]:
    """One row per path."""
    body = [
        [
            row["landscape"],
            row["optimizer"],
            f"{row['learning_rate']:.3g} ({row['rule']})",
            f"> {config.steps}"
            if row["steps_needed"] is None
            else str(row["steps_needed"]),
            f"{row['final_loss']:.2g}",
            str(row["reversals"]),
            f"{row['distance']:.3g}",
        ]
        for row in results.rows
    ]
    return [
        Table(
            title="Optimisers on functions of two variables",
            columns=(
                "landscape",
                "optimiser",
                "rate",
                "steps needed",
                "final loss",
                "reversals",
                "distance",
            ),
            rows=body,
            caption=(
                f"Steps needed: until less than {config.target:g} of the way from the "
                "first loss to the minimum is left, for good. Fastest: of "
                f"{len(TRIED)} rates from {TRIED[0]:g} to {TRIED[-1]:g}, the one that "
                "needs fewest, the worse of its neighbours standing for it. Limit: "
                f"{NEAR:g} of the rate at which gradient descent ceases to settle. "
                "Reversals: steps against the one before."
            ),
        )
    ]
