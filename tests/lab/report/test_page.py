"""The page: whole in itself, correct HTML whatever is in it, and open to everybody."""

import base64
import csv
import hashlib
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from seqjax.lab.report import grids, html
from seqjax.lab.report.grids import Cell
from seqjax.lab.report.page import DATA_ID, page
from seqjax.lab.report.reading import LARGEST_SVG, labels, read_runs
from tests.lab.report.runs import NASTY, RESULTS, header, make_run, summary

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Tree(HTMLParser):
    """The elements of a page; fails where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[tuple[str, str]] = []
        self._open: list[int] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(len(self._texts))
            self._texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._texts[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, text = self._texts[self._open[-1]]
            self._texts[self._open[-1]] = (tag, text + data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, tag: str) -> list[str]:
        return [text for name, text in self._texts if name == tag]


def text_of(*paths: Path) -> str:
    return page(read_runs(paths), lambda study: f"about {study} <i>")


@pytest.fixture
def text(tmp_path: Path) -> str:
    return text_of(make_run(tmp_path / "one"), make_run(tmp_path / "x" / "two"))


def test_what_is_shown_is_shown_as_it_is(text: str) -> None:
    tree = Tree(text)
    scripts = [(a.get("id"), a.get("type")) for a in tree.all("script")]
    assert scripts == [(DATA_ID, "application/json"), (None, None)]
    assert {"b", "i", "alert"} & {name for name, _ in tree.elements} == set()
    assert tree.said("pre").count(f"{NASTY}\n no table") == 2
    assert NASTY[:-1] in tree.said("td")
    assert "it <b>learns</b>" in tree.said("th")
    assert "Study: palindrome. about palindrome <i>" in tree.said("p")
    assert "lengths" in tree.said("th")
    assert tree.said("code").count("python -m seqjax.palindrome --seeds 2") == 2


def test_the_data_are_those_of_the_files(text: str) -> None:
    tree = Tree(text)
    data = json.loads(tree.said("script")[0])
    assert (data["format"], data["schema"]) == ("seqjax report", 1)
    assert [run["label"] for run in data["runs"]] == ["one", "two"]
    for run in data["runs"]:
        assert run["header"] == header()
        assert run["summary"] == summary()
        assert run["results"] == RESULTS
        assert run["environment"]["host"] == {"cpu": "abacus"}


def test_nothing_is_asked_for_from_outside(text: str) -> None:
    tree = Tree(text)
    policy = next(
        a["content"] or ""
        for a in tree.all("meta")
        if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:;")
    digest = hashlib.sha256(tree.said("script")[1].encode()).digest()
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    addresses = [
        value or ""
        for _, attributes in tree.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
    ]
    assert len(addresses) > 4
    assert {a[:5] for a in addresses if not a.startswith("#")} == {"data:"}
    assert "url(" not in tree.said("style")[0]
    assert "@import" not in tree.said("style")[0]
    assert not [
        a for _, attributes in tree.elements for a in attributes if a[:2] == "on"
    ]


def test_everybody_can_use_it(text: str) -> None:
    tree = Tree(text)
    assert tree.all("html") == [{"lang": "en"}]
    identities = [a["id"] for _, a in tree.elements if "id" in a]
    assert len(identities) == len(set(identities))
    targets = {(a["href"] or "")[1:] for a in tree.all("a")}
    assert targets <= set(identities)
    assert {"run-1", "run-2", "contents"} <= targets
    images = [a for a in tree.all("img") if "src" in a]
    assert [a["alt"] for a in images] == [
        "Figure a curve of one; in it: accuracy; loss & more",
        "Figure a curve of two; in it: accuracy; loss & more",
    ]
    heads = tree.all("th")
    assert all(a["scope"] in ("col", "row") for a in heads)
    assert sum("aria-sort" in a for a in heads) == len(
        [a for a in tree.all("button") if set(a) == {"type"}]
    )
    assert len(tree.all("caption")) == len(tree.all("table")) > 10
    assert [len(tree.all(f"h{level}")) for level in (1, 2)] == [1, 3]


def test_numbers_sort_as_numbers(text: str) -> None:
    cells = Tree(text).all("td")
    values = [a["data-value"] for a in cells if "data-value" in a]
    for expected in ("0.5", "1e-05", "-2.0", "7", "10", "0.93456"):
        assert expected in values
    assert "nan" not in values


def test_a_copy_with_its_pictures_beside_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "one", a_curve=None, samples=None, plain=None)
    (run / "curve.png").write_bytes(b"\x89PNG")
    (run / "samples.txt").write_text("a sample")
    (found,) = read_runs([run])
    assert [(f.name, f.kind) for f in found.figures] == [("curve", "image/png")]
    assert found.texts == {"samples.txt": "a sample"}
    alternative = html.alternative(found.figures[0], "one")
    assert alternative == "Figure curve of one; its numbers are in the tables"


def test_a_drawing_that_is_too_large_is_shown_as_its_picture(tmp_path: Path) -> None:
    run = make_run(tmp_path / "one", a_curve=" " * (LARGEST_SVG + 1))
    assert [f.kind for f in read_runs([run])[0].figures] == ["image/svg+xml"]
    (run / "figures" / "a_curve.png").write_bytes(b"")
    assert [f.kind for f in read_runs([run])[0].figures] == ["image/png"]


def test_a_run_that_says_little(tmp_path: Path) -> None:
    run = make_run(tmp_path / "one", environment=None, summary="{}", results="block\n")
    text = text_of(run)
    assert "They are not recorded." in text
    assert "see its tables" in text


def test_sessions_and_commits_are_told(tmp_path: Path) -> None:
    later = [{"versions": {"jax": "0.11.0"}}]
    git = {"commit": "abc", "dirty": True}
    environment = {"git": git, "versions": {"jax": "0.10"}, "resumed_under": later}
    tree = Tree(text_of(make_run(tmp_path / "one", environment=environment)))
    said = "with seqjax at commit abc, with changes that are not committed"
    assert said in tree.said("p")
    assert "resumed 1: versions jax" in tree.said("th")


def test_labels_are_as_short_as_can_be() -> None:
    places = [Path("/r/a/one"), Path("/r/b/one"), Path("/r/b/two")]
    assert labels(places) == ["a/one", "b/one", "two"]
    assert labels([Path("/one"), Path("/r/one")]) == ["/one", "r/one"]


def test_results_are_all_there() -> None:
    lines = list(csv.reader(io.StringIO(RESULTS)))
    grid = grids.results_grid(lines)
    assert grid.columns == ["block", "cell", "seed", "accuracy", "solved step"]
    assert grid.rows[1][3] == Cell("1e-05", 1e-05)
    assert grid.rows[2][1:] == [
        Cell('l,s"tm'),
        Cell("0", 0.0),
        Cell("nan"),
        Cell("10", 10.0),
    ]
    assert grid.rows[0][4] == Cell(grids.MISSING)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Cell("\u2013")),
        ([], Cell("\u2013")),
        (True, Cell("yes")),
        (3, Cell("3", 3)),
        (1 / 3, Cell("0.333333", 1 / 3)),
        ("<b>", Cell("<b>")),
        ([1, "a", None], Cell("1, a, \u2013")),
        ({"value": 0.5, "low": 0.25, "high": 1.0}, Cell("0.5 [0.25, 1]", 0.5)),
        ({"value": 0.5, "low": None, "high": None}, Cell("0.5", 0.5)),
        ({"value": None, "low": None, "high": None}, Cell("\u2013")),
        ({"value": None, "low": 1000, "high": None}, Cell("> 1000", 1000)),
        ({"value": 9.0, "low": 8.0, "high": None}, Cell("9 [8, \u2013]", 9.0)),
    ],
)
def test_a_cell(value: object, expected: Cell) -> None:
    assert grids.cell(value) == expected


def test_lists_inside_of_lists_are_tables_of_their_own() -> None:
    found = grids.summary_grids(
        {
            "rule": "least",
            "panels": [
                {"panel": "a", "curves": [{"peak": 1.0}, {"peak": 0.5}]},
                {"panel": "b", "curves": [{"peak": 0.25}], "made": {"of": 2.0}},
            ],
            "none": [],
            "claims": [{"verdict": "holds", "claim": "it does", "n": None}],
        }
    )
    assert [(grid.title, list(grid.columns)) for grid in found] == [
        ("Claims", ["claim", "verdict"]),
        ("Panels", ["panel", "made: of"]),
        ("Panels: curves", ["panel", "peak"]),
        ("Other numbers", ["what", "value"]),
    ]
    assert [[cell.text for cell in row] for row in found[2].rows] == [
        ["a", "1"],
        ["a", "0.5"],
        ["b", "0.25"],
    ]


def test_the_tables_of_a_study_come_first(tmp_path: Path) -> None:
    run = make_run(tmp_path / "one")
    rows = [["a", "0.93 [0.86, 0.97]"], ["b", "> 1000"], ["c", "10 %"], ["d", "3-gram"]]
    table = {"title": "Own", "caption": "why", "columns": ["x", "y"], "rows": rows}
    (run / "tables.json").write_text(json.dumps([table]))
    text = text_of(run)
    tree = Tree(text)
    assert text.index("Own") < text.index("All numbers of the summary")
    values = {a.get("data-value") for a in tree.all("td")}
    assert {"0.93", "1000.0", "10.0"} <= values
    assert "3.0" not in values
