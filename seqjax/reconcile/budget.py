"""In which order a limited time is spent on the settings, and how much on each."""

import os
from functools import cache

from seqjax.core import counting
from seqjax.core.cells import CELLS
from seqjax.lab.command_line.parsing import suggestion
from seqjax.lab.errors import UserError
from seqjax.reconcile.claims import CLAIMS, Trial, claim_settings
from seqjax.reconcile.config import Config
from seqjax.reconcile.grid import Setting, stages

CLAIMS_SHARE = 0.7
"""Share of the budget that is for the claims' settings before the grid's turn; all of
it where the grid has no settings of its own."""

NOMINAL_GFLOPS = 40.0
"""Per core; decides the order and the progress bar, the budget goes by the clock."""


@cache
def plan(config: Config) -> dict[Setting, int]:
    """All settings in their order, with the updates that each is to have.

    The claims' come first, always those of the claim that is the next to be complete:
    so most are settled when time is up.
    """
    claimed = claim_settings()
    wanted: dict[Setting, int] = {}

    def costs(claim: Trial) -> dict[Setting, float]:
        settings = [s for s in claim.settings if s not in wanted]
        return {s: gflop(config, s) * claimed[s] for s in settings if _is_in(config, s)}

    left = chosen(config)
    while left:
        claim = min(left, key=lambda each: sum(costs(each).values()))
        left.remove(claim)
        for setting in sorted(found := costs(claim), key=found.__getitem__):
            wanted[setting] = max(claimed[setting], config.steps)
    for settings in stages(config).values():
        for setting in settings:
            if _is_in(config, setting):
                wanted.setdefault(setting, config.steps)
    return wanted


def chosen(config: Config) -> list[Trial]:
    """The claims that are named; all where none is."""
    return [c for c in CLAIMS if not config.claims or c.id in config.claims]


def _is_in(config: Config, setting: Setting) -> bool:
    return setting.name not in config.without


def check(config: Config) -> None:
    """Refuses claims and settings that there are not, and a run without a setting.

    Args:
        config: of the study.

    Raises:
        UserError: There is one.
    """
    ids = [claim.id for claim in CLAIMS]
    named = {setting.name for claim in chosen(config) for setting in claim.settings}
    named |= {s.name for settings in stages(config).values() for s in settings}
    for name, given, known in (
        ("claims", config.claims, ids),
        ("without", config.without, sorted(named)),
    ):
        for each in given:
            if each not in known:
                what = ", ".join(known) if name == "claims" else "the settings"
                way_out = suggestion(each, known) or "; leave it out"
                raise UserError(f"{name} must be among {what}, got {each!r}{way_out}")
    if not plan(config):
        raise UserError(
            f"without must leave a setting, got all {len(config.without)}; leave one "
            "out"
        )


@cache
def work(config: Config) -> dict[str, float]:
    """Expected minutes of every block at a nominal speed; zero beyond the budget."""
    left = config.budget
    expected = {}
    for setting, updates in plan(config).items():
        minutes = gflop(config, setting) * config.seeds * updates
        minutes /= 60 * NOMINAL_GFLOPS * (os.cpu_count() or 1)
        minutes = min(minutes, allowance(config, setting, left))
        left -= minutes
        expected[setting.name] = minutes
    return expected


def allowance(config: Config, setting: Setting, left: float) -> float:
    """Most minutes that one setting may take of those left.

    A claim's setting takes at most half of what is left to claims: the cheap ones get
    to their end, where a failure to learn is a verdict, and even the dearest is tried.
    Even shares were tried, and left more claims undecided. A setting of the grid is of
    no use unless it gets to its end, and so is one of a claim that is named.
    """
    claimed = claim_settings()
    if config.claims or setting not in claimed:
        return left
    kept = (1 - CLAIMS_SHARE) * config.budget if _is_wider(config) else 0.0
    return max(0.0, left - kept) / 2


@cache
def _is_wider(config: Config) -> bool:
    """Whether the grid has settings that no claim needs."""
    grid = {other for stage in stages(config).values() for other in stage}
    return bool(grid - claim_settings().keys())


def gflop(config: Config, setting: Setting) -> float:
    """Arithmetic of one update of one seed: in GFLOP."""
    return counting.gflop_per_update(
        CELLS[setting.cell],
        setting.batch_size,
        config.hidden_size,
        setting.length - 1,
    )
