"""The numbers of a training that are worth quoting."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.charlm.config import Config
from seqjax.charlm.measures import generalisation_gap, loss_of_nats
from seqjax.core.statistics import Estimate, mean
from seqjax.lab.study import Results

Row = dict[str, Any]


def subject(config: Config) -> str:
    """What is learnt, for people: corpora by name, files without their folders."""
    return ", ".join(Path(word).stem for word in config.corpus) or "Python's manual"


def by_seed(results: Results) -> dict[int, list[Row]]:
    """The rows of every seed, in the order of the updates."""
    seeds: dict[int, list[Row]] = {}
    for row in results.rows:
        seeds.setdefault(row["seed"], []).append(row)
    return seeds


def by_look(results: Results) -> dict[int, list[Row]]:
    """The rows of every evaluation, by its update; a seed that stopped has them too."""
    looks = zip(*by_seed(results).values(), strict=True)
    return {max(row["step"] for row in look): list(look) for look in looks}


def best_row(rows: list[Row]) -> Row:
    """Of a seed's rows that of its best model: the last one without held-out text."""

    def rank(row: Row) -> float:
        loss = row["validation_loss"]
        return loss if math.isfinite(loss) else math.inf

    held_out = rows[0]["validation_loss"] is not None
    return min(rows, key=rank) if held_out else rows[-1]


def best_rows(results: Results) -> list[Row]:
    """The row of every seed's best model."""
    return [best_row(rows) for rows in by_seed(results).values()]


def last_rows(results: Results) -> list[Row]:
    """The last row of every seed."""
    return [rows[-1] for rows in by_seed(results).values()]


def over_seeds(rows: Sequence[Row], column: str) -> Estimate | None:
    """Mean of a column with its interval; None if a seed has no such number."""
    values = [row[column] for row in rows]
    if any(value is None or not math.isfinite(value) for value in values):
        return None
    return mean(np.array(values, float))


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """What goes into ``summary.json``; losses in nats per character."""
    best, last = best_rows(results), last_rows(results)
    summary: dict[str, Any] = {
        "seeds": len(best),
        "diverged": sum(row["diverged"] for row in last),
        "updates": max(row["step"] for row in last),
        "epochs": max(row["epoch"] for row in last),
        "best": [_short(row) for row in best],
        "last": [_short(row) for row in last],
    }
    for name in (
        "validation_loss",
        "validation_accuracy",
        "validation_reset_loss",
        "validation_reset_accuracy",
    ):
        found = over_seeds(best, name)
        summary[f"{name}_interval"] = None if found is None else found.interval
        summary[name] = None if found is None else found.value
    loss = summary["validation_loss"]
    summary["validation_bits"] = None if loss is None else loss_of_nats(loss).bits
    # Held-out text is read as the text trained on was: with carried states, or without.
    held_out = "validation_loss" if config.carried else "validation_reset_loss"
    gaps = [
        generalisation_gap(row["train_loss"], row[held_out]).nats
        for row in last
        if row["train_loss"] is not None and row[held_out] is not None
    ]
    summary["generalisation_gap"] = float(np.mean(gaps)) if gaps else None
    return summary


def _short(row: Row) -> Row:
    """A row without what only its place in a table needs."""
    return {name: value for name, value in row.items() if name != "block"}
