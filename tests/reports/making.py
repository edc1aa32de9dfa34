"""Judges as the data make them, and what becomes of claims that need no run."""

from typing import Any

from seqjax.lab.judging.claims import Finding
from seqjax.reports.claims import CLAIMS, PLACE
from seqjax.reports.claims.reading import toml
from seqjax.reports.judges.registry import RULES
from seqjax.reports.judging import Evidence, Judge

NOTHING = Evidence({}, {}, {})
"""Of claims that are judged without a run."""

SHARED = toml(PLACE / "rules.toml")


def made(rule: str, *planted: Any, **numbers: Any) -> Judge:
    """A rule with the numbers of ``rules.toml`` where no other is given."""
    return RULES[rule](*planted, **{**SHARED[rule].get("numbers", {}), **numbers})


def finding(name: str) -> Finding:
    """What becomes of a claim, by its id, where nothing was run."""
    claim = next(each for each in CLAIMS if each.id == name)
    return claim.finding(NOTHING)
