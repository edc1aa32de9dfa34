"""The page on how to add a graph layer: its diffs apply, and its commands run."""

from pathlib import Path

import pytest

from tests.contributing.pages import check


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    check("add-a-graph-layer", tmp_path / "tree")
