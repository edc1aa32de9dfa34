"""The numbers of a landscape study that are worth quoting, and their table."""

import math
from typing import Any

from seqjax.core.landscapes import LANDSCAPES
from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    Claim,
    Finding,
    claim_rows,
    left_out,
)
from seqjax.lab.study import Number, Results, Table
from seqjax.optimizers.config import LandscapeConfig
from seqjax.optimizers.descent import TRIED

SAME = ("sgd", "momentum", "nesterov")
"""Whose rates mean the same, so that they are compared at one rate too ..."""

OSCILLATING = "ravine"
"""... on this landscape, since it is the one about oscillation."""

NEAR = 0.99
"""That rate, as a share of the limit of gradient descent: where it oscillates most."""


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
        "claims": claim_rows(claims(results)),
    }


def claims(results: Results) -> list[Claim]:
    """What the reports say in words, with its numbers; exact, so without seeds."""
    return [
        _claim(
            results,
            "momentum-damps-ravine",
            "momentum damps the oscillation across a ravine",
            "at the same rate, near the limit of gradient descent, it turns back less "
            "often and goes a shorter way",
            (OSCILLATING, "limit"),
            ("momentum",),
            ("reversals", "distance"),
        ),
        _claim(
            results,
            "adaptive-cross-plateau",
            "adaptive rates cross a plateau",
            "rmsprop and adam each need fewer steps than sgd, each at its own fastest "
            "rate",
            ("plateau", "fastest"),
            ("adam", "rmsprop"),
            ("steps_needed",),
        ),
    ]


def _claim(
    results: Results,
    name: str,
    text: str,
    rule: str,
    paths: tuple[str, str],
    optimizers: tuple[str, ...],
    columns: tuple[str, ...],
) -> Claim:
    """Optimisers have less than gradient descent in each column."""
    rows = {
        r["optimizer"]: r for r in results.rows if (r["landscape"], r["rule"]) == paths
    }
    named = (*optimizers, "sgd")
    if not rows.keys() >= set(named):
        return Claim(name, text, left_out("its paths are not here"), {"rule": rule})
    numbers = {
        column: {optimizer: rows[optimizer][column] for optimizer in named}
        for column in columns
    }
    less = all(
        _count(each[optimizer]) < _count(each["sgd"])
        for each in numbers.values()
        for optimizer in optimizers
    )
    measured = "; ".join(
        f"{column.replace('_', ' ')}: "
        + ", ".join(
            f"{who} {'not reached' if number is None else f'{number:g}'}"
            for who, number in each.items()
        )
        for column, each in numbers.items()
    )
    finding = Finding(HOLDS if less else DOES_NOT, measured)
    return Claim(name, text, finding, {"rule": rule, **numbers})


def _count(number: Number | None) -> Number:
    """Infinite where the target was not reached."""
    return math.inf if number is None else number


def tables(config: LandscapeConfig, results: Results) -> list[Table]:
    """One row per path."""

    def needed(row: dict[str, Any]) -> str:
        steps = row["steps_needed"]
        return f"> {config.steps}" if steps is None else str(steps)

    return [
        Table.of(
            results.rows,
            {
                "landscape": lambda row: row["landscape"],
                "optimiser": lambda row: row["optimizer"],
                "rate": lambda row: f"{row['learning_rate']:.3g} ({row['rule']})",
                "steps needed": needed,
                "final loss": lambda row: f"{row['final_loss']:.2g}",
                "reversals": lambda row: str(row["reversals"]),
                "distance": lambda row: f"{row['distance']:.3g}",
            },
            title="Optimisers on functions of two variables",
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
