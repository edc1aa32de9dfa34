"""The rows of the results: a measure of something, with what it was measured on."""

import math
from typing import Any

from seqjax.charlm.evaluation.quality import Measured

TEXT = "text"
"""The block of the text itself; the others are models."""

COLUMNS: dict[str, type] = {
    "source": str,
    "seed": int,
    "part": str,
    "state": str,
    "temperature": float,
    "length": int,
    "measure": str,
    "value": float,
    "count": int,
}
"""``source`` is model, held-out (pieces of text) or the name of a baseline; ``count``
is what the value is a mean over: predictions, words, k-grams, texts."""

Rows = list[dict[str, Any]]


def row(source: str, measure: str, value: int | float, **keys: Any) -> dict[str, Any]:
    """A row; what does not apply is empty, and so is what is no number.

    Args:
        source: see `COLUMNS`.
        measure: what was measured.
        value: its value.
        **keys: what it was measured on.
    """
    row = dict.fromkeys(COLUMNS) | keys
    number = float(value) if math.isfinite(value) else None
    return row | {"source": source, "measure": measure, "value": number}


def loss_rows(source: str, nats: float, **keys: Any) -> Rows:
    """The rows of a loss.

    Args:
        source: see `COLUMNS`.
        nats: per character.
        **keys: what it was measured on.
    """
    values = {
        "nats": nats,
        "bits_per_character": nats / math.log(2),
        "perplexity": math.exp(min(nats, 700.0)) if math.isfinite(nats) else math.nan,
    }
    return [row(source, name, value, **keys) for name, value in values.items()]


def measured_rows(
    source: str, names: tuple[str, ...], measured: Measured, **keys: Any
) -> Rows:
    """Every measure over all texts, and the longest of all runs.

    Args:
        source: see `COLUMNS`.
        names: of the measures, of which the first is the run.
        measured: the texts.
        **keys: what they are.
    """
    rows = []
    for name, hits, totals in zip(names, *measured, strict=True):
        count = int(totals.sum())
        value = float(hits.sum()) / count if count else math.nan
        rows.append(row(source, name, value, count=count, **keys))
    longest, texts = float(measured.hits[0].max()), measured.hits.shape[1]
    return [*rows, row(source, "longest_run", longest, count=texts, **keys)]
