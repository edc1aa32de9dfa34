"""The numbers of the gates that are worth quoting, and their table."""

from typing import Any

from seqjax.lab.study import Results, Table
from seqjax.phased.gate.config import GateConfig


def summarise(config: GateConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: every panel with its curves' numbers."""
    return {
        "panels": [
            {
                "panel": panel.name,
                "title": panel.title,
                "curves": [
                    {key: value for key, value in row.items() if key != "block"}
                    for row in results.rows
                    if row["block"] == panel.name
                ],
            }
            for panel in config.panels
        ]
    }


def tables(config: GateConfig, results: Results) -> list[Table]:
    """One row per curve."""
    titles = {panel.name: panel.title for panel in config.panels}
    body = [
        [
            titles[row["block"]],
            row["curve"],
            f"{row['period']:g}",
            f"{row['shift']:g}",
            f"{row['open_ratio']:g}",
            f"{row['leak']:g}",
            f"{row['peak']:.4g}",
            f"{row['peak_time']:.4g}",
            f"{row['peak_phase']:.4g}",
            f"{row['share_open']:.4g}",
            f"{row['mean_openness']:.4g}",
        ]
        for row in results.rows
    ]
    return [
        Table(
            title="Openness k of a time gate",
            columns=(
                "panel",
                "curve",
                "tau",
                "s",
                "r_on",
                "alpha",
                "peak of k",
                "at time",
                "at phi",
                "share open",
                "mean k",
            ),
            rows=body,
            caption=(
                f"Peak: the largest k from time 0 to {config.duration:g}, and where it "
                "is first; it belongs at phi = r_on / 2. Share open, mean k: over one "
                "whole period."
            ),
            left=2,
        )
    ]
