"""Settings of the figure of the gate, and the panels that they make."""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

from seqjax.core.checks import check_number
from seqjax.core.gate_checks import check_gate

MOST_PERIODS = 50
"""More periods than this in one panel would be a black field."""


class Setting(NamedTuple):
    """One unit's gate.

    Attributes:
        period: tau.
        shift: s.
        open_ratio: r_on.
        leak: alpha.
    """

    period: float = 5.0
    shift: float = 0.0
    open_ratio: float = 1.0
    leak: float = 0.0


class Panel(NamedTuple):
    """What one panel of the figure shows.

    Attributes:
        name: of its block.
        title: above it.
        shown: the gate that it is about.
        before: the gate that this one was changed from, or None.
    """

    name: str
    title: str
    shown: Setting
    before: Setting | None = None


BASE = Setting()
"""Report 001's first panel; also what an option that is not given stands at."""

REPORT = (
    Panel("report-1", "tau = 5, s = 0, r_on = 1", BASE),
    Panel("report-2", "s: 1 → 0.2", Setting(shift=0.2), Setting(shift=1.0)),
    Panel("report-3", "r_on: 1 → 0.5", Setting(open_ratio=0.5), BASE),
    Panel("report-4", "tau: 5 → 1", Setting(period=1.0), BASE),
)
"""Report 001's figure."""


@dataclass(frozen=True)
class GateConfig:
    """Settings of a time gate to look at, beside report 001's.

    Attributes:
        period: Periods tau of further gates, in the unit of time; the n-th values of
            all four options make the n-th gate, and a single one goes with all; 5 where
            other options are given.
        shift: Shifts s, the times at which a period starts; 0 where others are given.
        open_ratio: Open ratios r_on, the share of a period for which the gate is open
            (above 0; above 1 it never closes, as report 001 describes); 1 where others
            are given.
        leak: Leaks alpha, the slope of a closed gate over its phase (0 to 1); 0 where
            others are given.
        duration: Time shown, from 0 on.
    """

    period: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()
    open_ratio: tuple[float, ...] = ()
    leak: tuple[float, ...] = ()
    duration: float = 10.0

    def __post_init__(self) -> None:
        """Check every field; raises ValueError with one line."""
        check_gate(self.period, self.open_ratio, largest_ratio=float("inf"))
        for value in self.shift:
            check_number("shift", value, hint="give the time at which a period starts")
        for value in self.leak:
            check_number(
                "leak",
                value,
                minimum=0.0,
                maximum=1.0,
                hint="Neil et al. train with 0.001 and test with 0",
            )
        check_number(
            "duration", self.duration, minimum=0.0, exclusive=True, hint="try 10"
        )
        for name, count in self._counts().items():
            if count not in (0, 1, self.gates):
                raise ValueError(
                    f"{name} must have 1 value or {self.gates}, as many as the longest "
                    f"of the options of a gate, not {count}; give one for each gate"
                )
        shortest = min(panel.shown.period for panel in self.panels)
        if self.duration > MOST_PERIODS * shortest:
            raise ValueError(
                f"duration must be at most {MOST_PERIODS} of the shortest period, "
                f"{MOST_PERIODS * shortest:g}, not {self.duration:g}; "
                "show less time or longer periods"
            )
        for panel in self.given:
            if abs(panel.shown.shift) > 1e6 * panel.shown.period:
                raise ValueError(
                    "shift must be at most a million periods from 0, not "
                    f"{panel.shown.shift:g}; leave out whole periods"
                )

    def _counts(self) -> dict[str, int]:
        """Number of values of every option of a gate."""
        return {name: len(getattr(self, name)) for name in Setting._fields}

    @property
    def gates(self) -> int:
        """Number of gates that were given."""
        return max(self._counts().values())

    @property
    def given(self) -> tuple[Panel, ...]:
        """A panel for every gate that was given."""
        columns = {
            name: values * (self.gates if len(values) == 1 else 1)
            for name in Setting._fields
            if (values := getattr(self, name))
        }
        settings = [
            Setting(**dict(zip(columns, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]
        return tuple(
            Panel(f"given-{i}", described(setting), setting)
            for i, setting in zip(itertools.count(1), settings, strict=False)
        )

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Report 001's, then the others."""
        return REPORT + self.given


def described(setting: Setting) -> str:
    """A gate in one line, the leak only where there is one."""
    leak = f", alpha = {setting.leak:g}" if setting.leak else ""
    return (
        f"tau = {setting.period:g}, s = {setting.shift:g}, "
        f"r_on = {setting.open_ratio:g}{leak}"
    )
