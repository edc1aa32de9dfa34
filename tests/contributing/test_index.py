"""The pages hang together: the index names every page, and tests that are there."""

import re
import shutil
from pathlib import Path

import pytest

from tests.contributing.pages import (
    PAGES,
    ROOT,
    apply,
    blocks,
    commands,
    diff_of,
    files_of,
    page_names,
)

INDEX = (PAGES / "index.md").read_text("utf-8")


def test_every_page_is_in_the_index_and_has_a_test() -> None:
    linked = re.findall(r"\((add-[\w-]+)\.md\)", INDEX)
    assert sorted(linked) == sorted([*page_names(), "add-a-study"])
    for page in page_names():
        assert blocks(page, "diff")
        assert len(commands(page)) == 2
        test = ROOT / f"tests/contributing/test_{page.replace('-', '_')}.py"
        assert f'check("{page}"' in test.read_text("utf-8")


def test_what_the_index_names_is_there() -> None:
    named = re.findall(r"`((?:tests|docs|\.ci)/[\w./-]+)`", INDEX)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", page_names())
def test_a_page_shows_the_diffs_that_would_be_made_anew(
    page: str, tmp_path: Path
) -> None:
    for name in (name for diff in blocks(page, "diff") for name in files_of(diff)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path / name)
    assert apply(page, tmp_path) == ""
    for diff in blocks(page, "diff"):
        assert "".join(diff_of(name, tmp_path) for name in files_of(diff)) == diff
    assert "error: " in apply(page, tmp_path), "applied twice, and nobody noticed"
