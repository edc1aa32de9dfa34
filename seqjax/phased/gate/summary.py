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
    return [
        Table.of(
            results.rows,
            {
                "panel": lambda row: titles[row["block"]],
                "curve": lambda row: row["curve"],
                "tau": lambda row: f"{row['period']:g}",
                "s": lambda row: f"{row['shift']:g}",
                "r_on": lambda row: f"{row['open_ratio']:g}",
                "alpha": lambda row: f"{row['leak']:g}",
                "peak of k": lambda row: f"{row['peak']:.4g}",
                "at time": lambda row: f"{row['peak_time']:.4g}",
                "at phi": lambda row: f"{row['peak_phase']:.4g}",
                "share open": lambda row: f"{row['share_open']:.4g}",
                "mean k": lambda row: f"{row['mean_openness']:.4g}",
            },
            title="Openness k of a time gate",
            caption=(
                f"Peak: the largest k from time 0 to {config.duration:g}, and where it "
                "is first; it belongs at phi = r_on / 2. Share open, mean k: over one "
                "whole period."
            ),
            left=2,
        )
    ]
