"""Brackets that nest: braces and environments in LaTeX, tags in HTML.

A text may be cut anywhere, so what is left open at its end is no mistake; a closing
bracket is right if it closes the innermost one that is open.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seqjax.charlm.measures.rates import Rate


class Nesting(NamedTuple):
    """How the brackets of one kind nest.

    Attributes:
        closed: closing brackets that close the innermost open one, of all.
        crossed: those that close one further out, with others open in it.
        stray: those that close nothing.
        left_open: opening brackets that nothing closes.
        deepest: how many were open at once.
    """

    closed: Rate
    crossed: int
    stray: int
    left_open: int
    deepest: int


class Token(NamedTuple):
    """A bracket: its kind, the name that opening and closing share, and which it is."""

    kind: str
    name: str
    opens: bool


_LATEX = re.compile(
    r"\\(?P<side>begin|end)[ \t]*\{(?P<name>[A-Za-z@]+\*?)\}"
    r"|\\(?:.|\n)|%.*|(?P<brace>[{}])"
)
_VERBATIM = ("verbatim", "verbatim*", "lstlisting", "comment")

_HTML = re.compile(
    r"<!--.*?-->|<!.*?>|<\?.*?>"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)"
    r"(?P<rest>(?:\s+(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)?/?)>",
    re.DOTALL,
)
# Elements that have no end (HTML standard, section 13.1.2).
_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img"),
    *("input", "link", "meta", "source", "track", "wbr"),
}


def latex_nesting(text: str) -> dict[str, Nesting]:
    r"""How ``braces`` and ``environments`` (`\begin{x}` and `\end{x}`) nest.

    Both stand in one order: a brace that closes across the end of an environment is
    crossed. Comments, escaped braces and what is verbatim do not count.

    Args:
        text: a piece of a LaTeX source.
    """
    return _nesting(_latex_tokens(text), ("braces", "environments"))


def html_nesting(text: str) -> dict[str, Nesting]:
    """How ``tags`` nest; elements without an end, and comments, do not count.

    Args:
        text: a piece of a page of HTML.
    """
    return _nesting(_html_tokens(text), ("tags",))


def _latex_tokens(text: str) -> Iterator[Token]:
    position = 0
    while match := _LATEX.search(text, position):
        position = match.end()
        if match["brace"]:
            yield Token("braces", "{", match["brace"] == "{")
        elif match["name"]:
            name, opens = match["name"], match["side"] == "begin"
            yield Token("environments", name, opens)
            if opens and name in _VERBATIM:
                end = text.find(f"\\end{{{name}}}", position)
                position = len(text) if end < 0 else end


def _html_tokens(text: str) -> Iterator[Token]:
    for match in _HTML.finditer(text):
        name = (match["name"] or "").lower()
        if name and name not in _VOID and not match["rest"].endswith("/"):
            yield Token("tags", name, not match["end"])


def _nesting(tokens: Iterator[Token], kinds: tuple[str, ...]) -> dict[str, Nesting]:
    """Go through the brackets with a stack of those that are open."""
    open_: list[Token] = []
    depth = dict.fromkeys(kinds, 0)
    deepest, left_open = dict(depth), dict(depth)
    right, crossed, stray = dict(depth), dict(depth), dict(depth)
    for token in tokens:
        kind = token.kind
        if token.opens:
            open_.append(token)
            depth[kind] += 1
            deepest[kind] = max(deepest[kind], depth[kind])
            continue
        opening = token._replace(opens=True)
        if opening not in open_:
            stray[kind] += 1
            continue
        tally = right if open_[-1] == opening else crossed
        tally[kind] += 1
        # Those inside of it can no longer be closed.
        while (inner := open_.pop()) != opening:
            left_open[inner.kind] += 1
            depth[inner.kind] -= 1
        depth[kind] -= 1
    for token in open_:
        left_open[token.kind] += 1
    return {
        kind: Nesting(
            Rate(right[kind], right[kind] + crossed[kind] + stray[kind]),
            crossed[kind],
            stray[kind],
            left_open[kind],
            deepest[kind],
        )
        for kind in kinds
    }
