"""Variants of a test: some always run, the slow ones where time does not matter."""

from collections.abc import Iterable
from typing import Any

import pytest


def and_slow(always: Iterable[Any], slow: Iterable[Any]) -> list[Any]:
    """Values to parametrize with; those of the second kind are marked ``slow``."""
    return [*always, *(pytest.param(each, marks=pytest.mark.slow) for each in slow)]
