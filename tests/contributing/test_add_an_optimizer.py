"""The page on how to add an optimiser: its diffs apply, and its commands run."""

from pathlib import Path

import pytest

from tests.contributing.pages import check


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    check("add-an-optimizer", tmp_path / "tree")
