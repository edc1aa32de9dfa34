"""Judges as the data make them, of things that the tests plant."""

from typing import Any

from seqjax.reports.claims import PLACE
from seqjax.reports.claims.reading import toml
from seqjax.reports.judges.registry import RULES
from seqjax.reports.judging import Judge

SHARED = toml(PLACE / "rules.toml")


def made(rule: str, *planted: Any, **numbers: Any) -> Judge:
    """A rule with the numbers of ``rules.toml`` where no other is given."""
    return RULES[rule](*planted, **{**SHARED[rule].get("numbers", {}), **numbers})
