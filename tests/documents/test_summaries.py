"""Committed summaries are what today's rules make of the committed rows."""

from pathlib import Path

import pytest

from tests.documents.making import RESULTS
from tests.documents.summaries import LEFT, made, runs

RUNS = runs(RESULTS)


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_a_summary_is_made_of_its_rows(folder: Path) -> None:
    written = (folder / "summary.json").read_bytes()
    assert written == made(folder), "make it anew: python -m tests.documents.making"


def test_what_is_left_as_it_was_is_there() -> None:
    for name in LEFT:
        assert (RESULTS / name / "summary.json").exists(), name
    assert len(RUNS) > len(LEFT) / 2
