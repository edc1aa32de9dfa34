"""Progress as a bar on a terminal."""

from collections.abc import Mapping
from typing import Any

from seqjax.lab.reporting.progress_estimate import ProgressEstimate, pace, shown
from seqjax.lab.study import Number


class BarProgress:
    """A bar with the block, share done, rate, time left, and newest metrics."""

    def __init__(self, estimate: ProgressEstimate, unit: str, bar: Any):
        """Draws on a started ``rich.progress.Progress``."""
        self._estimate, self._unit, self._bar = estimate, unit, bar
        self._metrics = ""
        self._task = bar.add_task(
            "starting", total=1.0, completed=estimate.share, pace="", metrics=""
        )

    def block(self, name: str, description: str, work: Number) -> None:
        """Names the block that begins."""
        self._estimate.begin(name, work)
        self._metrics = ""
        position = f"{self._estimate.position}/{self._estimate.count}"
        self._show(description=f"{position} {description}")

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Moves the bar."""
        self._estimate.advance(work)
        self._metrics = shown(metrics)
        self._show()

    def saved(self, name: str) -> None:
        """Completes the share of a block."""
        self._estimate.end()
        self._show()

    def _show(self, **changes: str) -> None:
        """Redraws with the present numbers."""
        self._bar.update(
            self._task,
            completed=self._estimate.share,
            pace=pace(self._estimate, self._unit),
            metrics=self._metrics,
            **changes,
        )


def empty_bar(stream: Any) -> Any:
    """An empty bar of our columns."""
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.table import Column

    # Descriptions and metrics are the study's words, not markup.
    return rich_progress.Progress(
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(bar_width=24),
        rich_progress.TaskProgressColumn(),
        rich_progress.TextColumn("{task.fields[pace]}", markup=False),
        rich_progress.TextColumn(
            "{task.fields[metrics]}",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=Console(file=stream),
    )
