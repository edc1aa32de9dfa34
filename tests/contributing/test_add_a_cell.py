"""The page on how to add a cell: its diffs apply, and its commands run."""

from pathlib import Path

import pytest

from tests.contributing.pages import BEFORE_THE_COMMIT, check


@pytest.mark.slow
def test_what_is_there_to_try(tmp_path: Path) -> None:
    check("add-a-cell", tmp_path / "tree")


@pytest.mark.slow
def test_what_is_there_to_do_before_the_commit(tmp_path: Path) -> None:
    check("add-a-cell", tmp_path / "tree", BEFORE_THE_COMMIT)
