"""The tables of a study of gradients."""

from typing import Any

import numpy as np

from seqjax.gradients.config import Config
from seqjax.gradients.summary import as_factor, estimate, select
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.tasks.palindromes import CHANCE


def tables(config: Config, results: Results) -> list[Table]:
    """One row per cell and training step."""
    body = []
    for cell in config.cells:
        for step in config.at:
            rows = select(results, cell, step)
            body.append(
                [
                    cell,
                    str(step),
                    _said(rows, "log10_ratio", "{:.1e}", factor=True),
                    _said(rows, "log10_per_step", "{:.3f}", factor=True),
                    _said(rows, "log10_rise", "{:.2f}", factor=True),
                    _said(rows, "log10_largest_singular", "{:.1e}", factor=True),
                    _said(rows, "zeros", "{:.1%}"),
                    _said(rows, "underflows", "{:.1%}"),
                    _said(rows, "clipped", "{:.0%}"),
                    _said(rows, "accuracy", "{:.3f}"),
                    str(sum(row["diverged"] for row in rows)),
                ]
            )
    return [
        Table(
            title=f"Gradients over {config.length - 1} steps, "
            + counted(config.seeds, "seed"),
            columns=(
                "cell",
                "updates",
                "|dL/dh_1| / |dL/dh_last|",
                "per step back",
                "rise to h_1",
                "largest singular value",
                "zeros",
                "underflows",
                "clipped",
                "accuracy",
                "diverged",
            ),
            rows=body,
            caption=(
                "Geometric means (first four) and means over seeds, with 95 % "
                f"bootstrap intervals. Norms: mean over {config.examples} examples of "
                "the euclidean norm of each one's own gradient. Per step back: factor "
                "of |dL/dh_t|. Rise: |dL/dh_1| over the smallest |dL/dh_t|. Singular "
                "value: of the final state by the first. Zeros and underflows: of the "
                "entries of dL/dh_t in single precision. Clipped: of the updates so "
                f"far, at norm {config.clip_norm:g}. Chance {CHANCE:g}."
            ),
        )
    ]


def _said(
    rows: list[dict[str, Any]], column: str, form: str, *, factor: bool = False
) -> str:
    found = estimate(rows, column)
    if found is None:
        return "-"
    if factor:
        found = as_factor(found)
    value = form.format(found.value)
    if not np.isfinite([found.low, found.high]).all():
        return value
    low, high = form.format(found.low), form.format(found.high)
    return value if low == high == value else f"{value} [{low}, {high}]"
