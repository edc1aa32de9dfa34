"""The page on how to add a task: its diffs apply, and its commands run."""

from pathlib import Path

from tests.contributing.pages import check


def test_the_page(tmp_path: Path) -> None:
    check("add-a-task", tmp_path / "tree")
