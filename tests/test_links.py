"""Pages read as plain files, as a git forge shows them: every link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
]
LINK = re.compile(r"!?\[(?P<text>[^]]*)\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^ *(```|~~~).*?^ *\1[^\n]*$", re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """What a forge makes of the headings: lower case, hyphens, no punctuation."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(text), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = (f"{kept}-{n}" for n in range(1, 99) if f"{kept}-{n}" not in found)
        found.add(next(again) if kept in found else kept)
    return found


def broken(page: Path, root: Path) -> Iterator[str]:
    """What is wrong with the links of a page."""
    text = page.read_text(encoding="utf-8")
    for match in LINK.finditer(prose(text)):
        target = match["target"]
        if re.match(r"[a-z]+:", target):
            continue  # elsewhere: nothing here asks the network
        path, _, anchor = target.partition("#")
        if match[0].startswith("!") and not match["text"]:
            yield f"{target}: a figure without a text that says what it shows"
        there = (page.parent / path).resolve() if path else page
        if not there.is_relative_to(root) or not there.exists():
            yield f"{target}: no such file in the repository"
        elif anchor and anchor not in anchors(there.read_text(encoding="utf-8")):
            yield f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert list(broken(page, ROOT)) == []


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A b, c's `d`\n\n# Twice\n\n# Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "## Here\n[a](there.md) [b](there.md#a-b-cs-d) [c](#here) [d](https://x.org/y)\n"
        "[e](there.md#twice-1) ![f](gone.png) [g](there.md#gone) ![](there.md)\n"
        "[h](../outside.md)\n```python\n# No heading\nf[0](x)\n```\n[i](#no-heading)\n"
    )
    assert [found.partition(":")[0] for found in broken(page, tmp_path)] == [
        "gone.png",
        "there.md#gone",
        "there.md",
        "../outside.md",
        "#no-heading",
    ]
