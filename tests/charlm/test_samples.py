"""Samples as a reader sees them: a line each, and a page on which nothing is markup."""

from html.parser import HTMLParser
from typing import Any

import numpy as np

from seqjax.charlm.config import Config
from seqjax.charlm.samples import chosen_samples, samples_of, shown, texts
from seqjax.lab.study import Results

CONFIG = Config(corpus=("a <b> & 'c'.txt",), cell="gru")
WRITTEN = [
    (0, 0.0, 2, "<b"),
    (0, 0.0, 4, "</td"),
    (0, 0.5, 2, '"&'),
    (0, 0.5, 4, "a\n\nb"),
    (9, 0.0, 2, "\t\x00."),
    (9, 0.0, 4, "&lt;"),
    (9, 0.5, 2, "\u2028\r"),
    (9, 0.5, 4, "é\ud800\\ "),
]


def results(written: list[tuple[int, float, int, str]] = WRITTEN) -> Results:
    columns: Any = list(zip(*written, strict=True)) or [()] * 4
    names = ("step", "temperature", "length", "text")
    kinds = (int, float, int, str)
    return Results(
        [],
        {
            f"training/sample_{name}": np.array(column, kind)
            for name, column, kind in zip(names, columns, kinds, strict=True)
        },
    )


class Page(HTMLParser):
    """The cells of a page, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.title = ""
        self.tags: set[str] = set()
        self._into: str | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self._into = tag if tag in ("td", "th", "title") else None
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._into = None

    def handle_data(self, data: str) -> None:
        if self._into in ("td", "th"):
            self.rows[-1][-1] += data
        elif self._into == "title":
            self.title += data


def test_samples_are_what_the_history_holds() -> None:
    assert [tuple(sample) for sample in samples_of(results())] == WRITTEN
    chosen = chosen_samples(results())
    assert [tuple(sample) for sample in chosen] == WRITTEN[1::2]


def test_plain_text_has_one_line_for_each_sample() -> None:
    plain = texts(CONFIG, results())["samples.txt"]
    head, *lines = plain.split("\n")[:-1]
    assert plain.splitlines() == [head, *lines]
    assert head == "updates\ttemperature\tlength\ttext"
    cells = [line.split("\t") for line in lines]
    assert [cell[:3] for cell in cells] == [
        [str(step), f"{temperature:g}", str(length)]
        for step, temperature, length, _ in WRITTEN
    ]
    assert [cell[3] for cell in cells] == [
        "<b",
        "</td",
        '"&',
        "a⏎⏎b",
        r"\t\x00.",
        "&lt;",
        r"\u2028\r",
        "é\\ud800\\ ",
    ]


def test_what_is_shown_is_one_line_that_can_be_printed() -> None:
    every = "".join(map(chr, [*range(0x300), 0x2028, 0x2029, 0xFEFF, 0xDFFF, 0x1F600]))
    line = shown(every)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    for character in "aé ⏎\\<":
        assert shown(character) == character


def test_no_sample_is_taken_for_markup() -> None:
    source = texts(CONFIG, results())["samples.html"]
    page = Page(source)
    assert page.tags == {
        "html", "meta", "title", "style", "h1", "p",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.rows[0] == [
        "updates",
        "length",
        "temperature 0 (greedy)",
        "temperature 0.5",
    ]
    told = {(step, length, t): text for step, t, length, text in WRITTEN}
    assert [row[:2] for row in page.rows[1:]] == [
        ["0", "2"],
        ["0", "4"],
        ["9", "2"],
        ["9", "4"],
    ]
    for row in page.rows[1:]:
        for temperature, cell in zip((0.0, 0.5), row[2:], strict=True):
            assert cell == told[int(row[0]), int(row[1]), temperature]
    assert page.title == "Samples: a <b> & 'c'"
    for quote in ("'", '"'):
        assert quote not in source.split("<h1>")[1].split("</h1>")[0]


def test_lines_between_updates_are_drawn_where_these_change() -> None:
    source = texts(CONFIG, results())["samples.html"]
    heads = [line[:30] for line in source.splitlines() if line.startswith("<tr")]
    assert [head.startswith('<tr class="first">') for head in heads] == [
        True,
        False,
        True,
        False,
    ]


def test_without_samples_there_is_a_page_all_the_same() -> None:
    none = results([])
    assert chosen_samples(none) == []
    assert texts(CONFIG, none)["samples.txt"] == "updates\ttemperature\tlength\ttext\n"
    assert Page(texts(CONFIG, none)["samples.html"]).rows == [["updates", "length"]]
    assert "Python" in texts(Config(), none)["samples.html"]
