"""Pieces of HTML. Whatever goes in is escaped; what comes out may be joined."""

import base64
import json
import re
from collections.abc import Iterable
from html import escape, unescape
from typing import Any

from seqjax.lab.report.grids import Cell, Grid
from seqjax.lab.report.reading import Figure

# Matplotlib draws letters as shapes, and says what they spell in a comment.
_SPELT = re.compile(r"<!-- (.*?) -->", re.DOTALL)
_MOST_WORDS = 300


def element(name: str, *inner: str, **attributes: str | bool) -> str:
    """An element.

    Args:
        name: of the element.
        inner: HTML inside of it.
        attributes: by name, as texts; an underscore ends up as a hyphen, one at the
            end is dropped; True: it stands alone, False: it is left out.
    """
    words = [name]
    for key, value in attributes.items():
        word = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(word)
        elif value is not False:
            words.append(f'{word}="{escape(value)}"')
    return f"<{' '.join(words)}>{''.join(inner)}</{name}>"


def details(title: str, *inner: str, is_open: bool = False) -> str:
    """What is shown on request, below its title."""
    heading = element("summary", element("h3", escape(title)))
    return element("details", heading, *inner, open=is_open)


def table(grid: Grid) -> str:
    """A table that sorts by a click on a heading; the first column names the row."""
    heads = [
        element(
            "th",
            element("button", escape(name), type="button"),
            scope="col",
            aria_sort="none",
        )
        for name in grid.columns
    ]
    rows = [
        element("tr", *(_cell(c, is_first=not i) for i, c in enumerate(row)))
        for row in grid.rows
    ]
    caption = element("strong", escape(grid.title))
    if grid.caption:
        caption += f" {escape(grid.caption)}"
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
    )
    # Reached by Tab, so that arrow keys scroll what is wider than the page.
    return element(
        "div",
        inner,
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=grid.title,
    )


def plain_table(title: str, columns: Iterable[str], rows: Iterable[list[str]]) -> str:
    """A table whose cells are HTML already, and that does not sort."""
    heads = [element("th", escape(name), scope="col") for name in columns]
    lines = [
        element(
            "tr",
            element("th", cells[0], scope="row"),
            *(element("td", cell) for cell in cells[1:]),
        )
        for cells in rows
    ]
    inner = element(
        "table",
        element("caption", element("strong", escape(title))),
        element("thead", element("tr", *heads)),
        element("tbody", *lines),
    )
    return element(
        "div", inner, class_="scroll", tabindex="0", role="region", aria_label=title
    )


def figure(drawing: Figure, label: str) -> str:
    """A figure that a click, or Enter, enlarges."""
    title = drawing.name.replace("_", " ")
    data = base64.b64encode(drawing.data).decode("ascii")
    image = (
        f'<img src="data:{drawing.kind};base64,{data}" '
        f'alt="{escape(alternative(drawing, label))}">'
    )
    button = element(
        "button", image, type="button", class_="zoom", aria_haspopup="dialog"
    )
    return element("figure", button, element("figcaption", escape(title)))


def alternative(drawing: Figure, label: str) -> str:
    """What a figure shows, for who cannot see it: its name, and the words drawn in it.

    Args:
        drawing: the figure.
        label: of its run.
    """
    text = f"Figure {drawing.name.replace('_', ' ')} of {label}"
    if drawing.kind != "image/svg+xml":
        return f"{text}; its numbers are in the tables"
    found = (
        " ".join(unescape(words).split())
        for words in _SPELT.findall(drawing.data.decode("utf-8", "replace"))
    )
    spelt = [word for word in dict.fromkeys(found) if re.search(r"[^\W\d_]{2}", word)]
    words = "; ".join(word.replace("$", "") for word in spelt)
    if len(words) > _MOST_WORDS:
        words = words[:_MOST_WORDS].rpartition("; ")[0]
    return f"{text}; in it: {words}" if words else text


def sample(name: str, text: str) -> str:
    """A text of a run: a table where its lines are cells between tabs."""
    lines = [line.split("\t") for line in text.splitlines()]
    width = len(lines[0]) if lines else 0
    if width > 1 and all(len(line) == width for line in lines):
        rows = [[_typed(word) for word in line] for line in lines[1:]]
        return element("div", table(Grid(name, lines[0], rows)), class_="samples")
    return element("pre", escape(text), tabindex="0", aria_label=name)


def data_block(value: Any) -> str:
    """A value as the JSON text of a script element.

    There is no ``<`` in it, hence no end of the element and no comment, whatever it
    holds; and it is the same JSON.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _typed(word: str) -> Cell:
    """A cell that is sorted as a number if it is one."""
    try:
        return Cell(word, float(word))
    except ValueError:
        return Cell(word)


def _cell(cell: Cell, *, is_first: bool) -> str:
    """A cell of a table; numbers are aligned to the right."""
    attributes: dict[str, str | bool] = {}
    if cell.value is not None:
        attributes = {"data_value": repr(cell.value)}
        if not is_first:
            attributes["class_"] = "number"
    inner = escape(cell.text)
    if cell.link:
        inner = element("a", inner, href=f"#{cell.link}")
    if is_first:
        return element("th", inner, scope="row", **attributes)
    return element("td", inner, **attributes)
