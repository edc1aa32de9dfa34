"""Pages and the store say the same: each marked part is what is made of the results."""

import json
import shutil
from pathlib import Path

import pytest

from seqjax.lab.report.page import page as html_page
from seqjax.reports import table
from seqjax.reports.judging import Evidence
from seqjax.reports.page import around
from tests.documents.making import MAKERS, MARKED, PAGES, RESULTS, ROOT, made

MADE = [page for page in PAGES if MARKED.search(page.read_text(encoding="utf-8"))]


def test_the_pages_that_tell_verdicts_are_made() -> None:
    names = {str(page.relative_to(ROOT)) for page in MADE}
    assert {"README.md", "docs/reports.md", "docs/claims.md"} <= names
    used = {
        match["words"].split()[0]
        for page in MADE
        for match in MARKED.finditer(page.read_text(encoding="utf-8"))
    }
    assert used == set(MAKERS)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- made: ") == 2 * len(MARKED.findall(text)), page


@pytest.mark.parametrize("page", MADE, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_what_is_made_of_the_results(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == made(text), "make it anew: python -m tests.documents.making"


def test_a_number_of_the_store_is_the_same_everywhere(tmp_path: Path) -> None:
    """F7: README, the page on the reports and the page of HTML follow one file."""
    (tmp_path / "reports").mkdir()
    for run in ("palindrome", "report-000", "report-002", "report-002-slow"):
        shutil.copytree(RESULTS / run, tmp_path / run)
    told = json.loads((RESULTS / "reports" / "claims.json").read_text("utf-8"))
    for row in told["claims"]:
        if row["id"] == "001-lstm":
            row.update(verdict="does not hold", measured="0.4711 of 4711 seeds")
    store = tmp_path / "reports" / "claims.json"
    store.write_text(json.dumps(told), encoding="utf-8")
    rows = table.stored(store)
    nothing = Evidence({}, {}, {})
    shown = html_page([], lambda name: "", around(rows, nothing, 60.0))
    pages = [
        made((ROOT / name).read_text(encoding="utf-8"), tmp_path)
        for name in ("README.md", "docs/reports.md")
    ]
    for text in (*pages, shown):
        assert "0.4711 of 4711 seeds" in text
    for text, page in zip(pages, ("README.md", "docs/reports.md"), strict=True):
        before = (ROOT / page).read_text(encoding="utf-8").splitlines()
        changed = [line for line in text.splitlines() if line not in before]
        (row,) = [line for line in changed if "4711" in line]
        assert "**does not hold**" in row
        # Beside it how many there are of each verdict, and nothing else.
        assert all("claims; holds: " in line for line in changed if line != row)


def test_a_part_is_found_by_its_marks() -> None:
    text = "a\n<!-- made: palindromes palindrome -->\nold\n<!-- made: end -->\nb\n"
    found = made(text)
    assert found.startswith("a\n<!-- made: palindromes palindrome -->\n| cell | T |")
    assert found.endswith("|\n<!-- made: end -->\nb\n")
    assert made(found) == found
    with pytest.raises(KeyError, match="nothing"):
        made("<!-- made: nothing -->\n<!-- made: end -->\n")
