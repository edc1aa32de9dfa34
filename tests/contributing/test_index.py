"""The pages hang together: the index names every page, and tests that are there."""

import re

from tests.contributing.pages import PAGES, ROOT, blocks, commands, page_names

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
