"""Brackets are followed through every kind of mistake, and through none by chance."""

import numpy as np
import pytest

from seqjax.charlm.measures import Nesting, Rate, html_nesting, latex_nesting

FINE = Nesting(Rate(0, 0), 0, 0, 0, 0)


def nesting(
    right: int,
    total: int,
    crossed: int = 0,
    stray: int = 0,
    left_open: int = 0,
    deepest: int = 0,
) -> Nesting:
    return Nesting(Rate(right, total), crossed, stray, left_open, deepest)


@pytest.mark.parametrize(
    ("text", "braces", "environments"),
    [
        ("", FINE, FINE),
        ("no brackets (at [all])", FINE, FINE),
        (r"\frac{a}{b_{1}}", nesting(3, 3, deepest=2), FINE),
        (r"{{{", nesting(0, 0, left_open=3, deepest=3), FINE),
        (r"}{}", nesting(1, 2, stray=1, deepest=1), FINE),
        (r"\{ \} \\{}", nesting(1, 1, deepest=1), FINE),
        ("% { \\begin{a}\n{}", nesting(1, 1, deepest=1), FINE),
        ("100\\% {}", nesting(1, 1, deepest=1), FINE),
        (
            r"\begin{a}\begin{b*}{x}\end{b*}\end{a}",
            nesting(1, 1, deepest=1),
            nesting(2, 2, deepest=2),
        ),
        (r"\begin {a} \end {a}", FINE, nesting(1, 1, deepest=1)),
        # The inner one is never closed, so that the outer one closes across it.
        (
            r"\begin{a}\begin{b}\end{a}",
            FINE,
            nesting(0, 1, crossed=1, left_open=1, deepest=2),
        ),
        (
            r"\begin{a}\begin{b}\end{a}\end{b}",
            FINE,
            nesting(0, 2, crossed=1, stray=1, left_open=1, deepest=2),
        ),
        (
            r"{\begin{a}}\end{a}",
            nesting(0, 1, crossed=1, deepest=1),
            nesting(0, 1, stray=1, left_open=1, deepest=1),
        ),
        (
            r"\begin{verbatim} { \begin{a} \end{verbatim}",
            FINE,
            nesting(1, 1, deepest=1),
        ),
        (r"\begin{verbatim} { } ", FINE, nesting(0, 0, left_open=1, deepest=1)),
        ("\\", FINE, FINE),
    ],
)
def test_latex(text: str, braces: Nesting, environments: Nesting) -> None:
    assert latex_nesting(text) == {"braces": braces, "environments": environments}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("1 < 2 > 0", FINE),
        ("<p>a<br>b<img src='x>y'/></P>", nesting(1, 1, deepest=1)),
        ("<!DOCTYPE html><!-- <b> --><html></html>", nesting(1, 1, deepest=1)),
        (
            '<a href="1 > 0">x</a><i><b></i></b>',
            nesting(1, 3, crossed=1, stray=1, left_open=1, deepest=2),
        ),
        ("<svg><path/></svg>", nesting(1, 1, deepest=1)),
        ("<div><div>", nesting(0, 0, left_open=2, deepest=2)),
        ("</p>", nesting(0, 1, stray=1)),
        ("<p", FINE),
    ],
)
def test_html(text: str, tags: Nesting) -> None:
    assert html_nesting(text) == {"tags": tags}


@pytest.mark.parametrize("seed", range(20))
def test_braces_alone_against_a_counter(seed: int) -> None:
    text = "".join(np.random.default_rng(seed).choice(list("{}x"), 40))
    depth = stray = closed = deepest = 0
    for character in text:
        if character == "}" and depth:
            depth, closed = depth - 1, closed + 1
        elif character == "}":
            stray += 1
        elif character == "{":
            depth += 1
        deepest = max(deepest, depth)
    found = latex_nesting(text)["braces"]
    assert found == nesting(closed, closed + stray, 0, stray, depth, deepest)


@pytest.mark.parametrize("seed", range(20))
def test_a_text_made_by_nesting_has_no_mistake(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = {"braces": 0, "environments": 0}

    def made(depth: int) -> str:
        kind = rng.integers(4 if depth else 2, 6) if depth < 5 else 5
        if kind in (0, 4) and depth < 5:
            counts["braces"] += 1
            return "{" + made(depth + 1) + "}" + made(depth + 1)
        if kind == 1:
            counts["environments"] += 1
            return f"\\begin{{e{depth * 'e'}}}{made(depth + 1)}\\end{{e{depth * 'e'}}}"
        return "x"

    text = made(0)
    for kind, found in latex_nesting(text).items():
        assert found.closed == Rate(counts[kind], counts[kind])
        assert (found.crossed, found.stray, found.left_open) == (0, 0, 0)
