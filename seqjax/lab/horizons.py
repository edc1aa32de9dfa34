"""How far a memory reaches: the lengths at which the success rate falls to a level."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.statistics import Horizon, memory_horizon
from seqjax.lab import measures
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome
from seqjax.lab.reporting.text import horizon_text
from seqjax.lab.study import Table

LEVELS = (0.5, 0.9)
"""Success rates of the horizons, T50 and T90."""


class Reach(NamedTuple):
    """How success falls with the length.

    Attributes:
        setting: of what, but for the length: a NamedTuple.
        outcomes: by length.
    """

    setting: Any
    outcomes: Mapping[int, Outcome]

    def horizon(self, level: float) -> Horizon:
        """The length at which the success rate falls to `level`."""
        lengths = sorted(self.outcomes)
        successes = np.stack([self.outcomes[length].success for length in lengths])
        return memory_horizon(np.array(lengths, float), successes, level)


def rows(reaches: Sequence[Reach]) -> list[dict[str, Any]]:
    """For ``summary.json``: each at every level."""
    return [
        {**each.setting._asdict(), **measures.plain(found), "bracket": [*found.bracket]}
        for each in reaches
        for found in map(each.horizon, LEVELS)
    ]


def table(
    reaches: Sequence[Reach], *, title: str, axes: Sequence[str], steps: int
) -> Table:
    """A row each, a column per level.

    Args:
        reaches: what is told of.
        title: what the table's title begins with.
        axes: headings of the settings' fields.
        steps: most updates of a seed.
    """
    return measures.table(
        [
            Measure(
                "",
                f"T{100 * level:.0f}",
                partial(Reach.horizon, level=level),
                lambda found, reach: horizon_text(found, reach.outcomes),
            )
            for level in LEVELS
        ],
        reaches,
        title=f"{title}: T at which the success rate falls to 0.5 and to 0.9",
        axes=axes,
        caption=(
            f"After at most {steps} updates. Brackets: 95 % intervals over seeds "
            "(Clopper-Pearson), which end at lengths tried. > and <: beyond those."
        ),
    )
