"""The pages hang together: the index names every page, and tests that are there."""

import re
from pathlib import Path

import pytest

from tests.contributing.pages import PAGES, ROOT, blocks, commands, page_names, patched

INDEX = (PAGES / "index.md").read_text("utf-8")


def test_every_page_is_in_the_index_and_has_a_test() -> None:
    linked = re.findall(r"\((add-[\w-]+)\.md\)", INDEX)
    assert sorted(linked) == page_names()
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
def test_every_diff_applies(page: str, tmp_path: Path) -> None:
    """Without its commands, which take half a minute: by default one page's are run."""
    patched(page, tmp_path / "tree")
