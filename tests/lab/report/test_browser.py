"""The page in a browser: it sorts and zooms, and asks nobody for anything."""

from collections.abc import Iterator

import pytest

from seqjax.lab.report.page import page
from seqjax.lab.report.reading import read_runs
from tests.lab.report import browser
from tests.lab.report.runs import make_run

pytestmark = pytest.mark.skipif(browser.PATH is None, reason="no Chromium is installed")

COLUMN = """
[...document.querySelectorAll('table')].find((table) =>
  table.caption.textContent.startsWith('Results'))
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    folder = tmp_path_factory.mktemp("page")
    runs = [make_run(folder / name) for name in ("one", "two")]
    file = folder / "report.html"
    file.write_text(page(read_runs(runs), lambda study: ""), encoding="utf-8")
    with browser.browsing() as opened:
        opened.look(1280, 900)
        opened.open(file.as_uri())
        yield opened


def column(opened: browser.Page, number: int) -> list[str]:
    """The texts of a column of the first table of results, from the top."""
    found: list[str] = opened.ask(
        f"Array.from({COLUMN}.tBodies[0].rows, (r) => r.cells[{number}].textContent)"
    )
    return found


def press_heading(opened: browser.Page, number: int) -> str:
    """Presses Enter on a heading of it; how it says it is sorted."""
    head = f"{COLUMN}.tHead.rows[0].cells[{number}]"
    opened.ask("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    opened.ask(f"{head}.querySelector('button').focus()")
    opened.press("Enter", 13, "\r")
    said: str = opened.ask(f"{head}.getAttribute('aria-sort')")
    return said


def test_a_heading_sorts_by_the_keyboard(opened: browser.Page) -> None:
    assert column(opened, 3) == ["0.5", "1e-05", "nan", "-2"]
    assert press_heading(opened, 3) == "ascending"
    assert column(opened, 3) == ["-2", "1e-05", "0.5", "nan"]
    assert press_heading(opened, 3) == "descending"
    assert column(opened, 3) == ["0.5", "1e-05", "-2", "nan"]
    # What is missing comes last, both ways; 7 before 10, as numbers.
    assert press_heading(opened, 4) == "ascending"
    assert column(opened, 4) == ["7", "9", "10", "\u2013"]
    assert press_heading(opened, 4) == "descending"
    assert column(opened, 4) == ["10", "9", "7", "\u2013"]
    sorts = opened.ask(
        f"Array.from({COLUMN}.querySelectorAll('th[aria-sort]'), "
        "(h) => h.getAttribute('aria-sort'))"
    )
    assert sorts == ["none", "none", "none", "none", "descending"]
    assert press_heading(opened, 1) == "ascending"
    assert column(opened, 1) == ['l,s"tm', "lstm", "rnn", "rnn"]


def test_a_figure_opens_larger_by_the_keyboard(opened: browser.Page) -> None:
    opened.ask("document.querySelector('button.zoom').focus()")
    opened.press("Enter", 13, "\r")
    opened.wait("document.querySelector('#viewer img').style.width")
    width = "document.querySelector('#viewer img').getBoundingClientRect().width"
    assert opened.ask("document.getElementById('viewer').open")
    assert opened.ask("document.querySelector('#viewer img').alt").startswith("Figure")
    fitted = opened.ask(width)
    assert fitted > 800
    opened.press("+", 187, "+")
    assert opened.ask(width) == pytest.approx(fitted * 1.25, abs=0.1)
    opened.press("-", 189, "-")
    opened.press("-", 189, "-")
    assert opened.ask(width) == pytest.approx(fitted / 1.25, abs=0.1)
    opened.press("0", 48, "0")
    assert opened.ask(width) == pytest.approx(fitted, abs=0.1)
    opened.press("Escape", 27)
    assert not opened.ask("document.getElementById('viewer').open")
    assert opened.ask("document.activeElement.className") == "zoom"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_the_window(opened: browser.Page, width: int) -> None:
    opened.look(width, 800)
    assert opened.ask("document.documentElement.scrollWidth") <= width


def test_dark_is_dark(opened: browser.Page) -> None:
    color = "getComputedStyle(document.body).backgroundColor"
    opened.look(1280, 900, "light")
    assert opened.ask(color) == "rgb(255, 255, 255)"
    opened.look(1280, 900, "dark")
    assert opened.ask(color) == "rgb(20, 23, 27)"
    opened.look(1280, 900, "light")


def test_nothing_goes_wrong_and_nobody_is_asked(opened: browser.Page) -> None:
    opened.ask("fetch('https://nowhere.invalid/').catch(() => null)")
    failed = [e for e in opened.events if e["method"] == "Log.entryAdded"]
    # The policy of the page refuses what a script of it would ask for.
    texts = [entry["params"]["entry"]["text"] for entry in failed]
    assert texts
    assert all("Content Security Policy" in text for text in texts)
    wrong = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert [e for e in opened.events if e["method"] in wrong] == []
    asked = {
        event["params"]["request"]["url"].partition(":")[0]
        for event in opened.events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert asked <= {"file", "data"}
