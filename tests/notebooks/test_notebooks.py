"""Notebooks are made from their sources, and keep the rules for what a reader opens.

Nothing is run here: the checks of the whole project run every notebook.
"""

import ast
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.notebooks import making

MOST_LINES = 10
"""Of a function in a notebook; what is longer belongs into the package."""

SOURCES = making.sources()
each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)

Cells = list[tuple[str, str]]


def cells_of(notebook: Any) -> Cells:
    """Kind and text of every cell."""
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def stored(source: Path) -> Any:
    return json.loads(source.with_suffix(".ipynb").read_text(encoding="utf-8"))


def made(source: Path) -> Cells:
    return cells_of(making.notebook(source.read_text(encoding="utf-8")))


def without_magics(text: str) -> ast.Module:
    """The code of a cell; lines for IPython alone are left out."""
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    return ast.parse("\n".join(lines))


def long_functions(code: ast.Module) -> list[str]:
    """Names of functions with more than `MOST_LINES` lines, decorators left aside."""
    return [
        node.name
        for node in ast.walk(code)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES
    ]


def shows_or_checks(code: ast.Module) -> bool:
    """Whether a cell asserts something, or ends in what is shown."""
    if code.body and isinstance(code.body[-1], ast.Expr):
        value = code.body[-1].value
        if isinstance(value, ast.Name | ast.Subscript):
            return True
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("assert_"))
        for node in ast.walk(code)
    )


def steps_without(cells: Cells) -> list[str]:
    """Headings of steps in which nothing is shown or checked, set-up left aside."""
    ends: dict[str, bool] = {}
    heading = ""
    for kind, text in cells:
        if kind == "markdown" and text.startswith("## "):
            heading = text.splitlines()[0].removeprefix("## ")
            ends[heading] = heading == "Set up"
        elif kind == "code" and heading and shows_or_checks(without_magics(text)):
            ends[heading] = True
    return [heading for heading, fine in ends.items() if not fine]


def test_there_are_seven_numbered_notebooks() -> None:
    assert [path.stem[:3] for path in SOURCES] == [f"0{n}_" for n in range(1, 8)]
    notebooks = sorted(path.stem for path in making.FOLDER.glob("*.ipynb"))
    assert notebooks == [path.stem for path in SOURCES]


@each
def test_a_notebook_is_what_its_source_makes(source: Path) -> None:
    assert cells_of(stored(source)) == made(source), (
        "make it anew: python -m tests.notebooks.making"
    )


@each
def test_a_notebook_holds_no_output(source: Path) -> None:
    code = [cell for cell in stored(source)["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] for cell in code)
    assert all(cell["execution_count"] is None for cell in code)


@each
def test_a_notebook_begins_with_a_title_and_its_badge(source: Path) -> None:
    kind, text = made(source)[0]
    title, blank, badge, *_ = text.splitlines()
    assert kind == "markdown"
    assert title.startswith("# ")
    assert blank == ""
    assert badge == making.badge(source.stem)


@each
def test_addresses_are_those_of_the_one_place(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert text == making.with_addresses(text, source.stem), (
        "write them anew: python -m tests.notebooks.making"
    )
    assert f"git+https://github.com/{making.REPOSITORY}" in text


def test_the_page_on_first_steps_clones_from_the_one_place() -> None:
    page = making.FIRST_STEPS.read_text(encoding="utf-8")
    assert page == making.cloned(page)
    assert f"git clone https://github.com/{making.REPOSITORY} " in page
    moved = making.cloned("git clone https://github.com/A/b && cd b\n")
    assert moved.count(making.REPOSITORY) == 1
    assert moved.endswith(f" && cd {making.REPOSITORY.rpartition('/')[2]}\n")


def first_code(source: Path) -> str:
    return next(text for kind, text in made(source) if kind == "code")


@each
def test_the_first_code_installs_what_is_missing_alone(source: Path) -> None:
    *imports, guarded = ast.parse(first_code(source)).body
    assert all(isinstance(node, ast.Import) for node in imports)
    assert isinstance(guarded, ast.If)
    condition = ast.unparse(guarded.test)
    assert condition == "importlib.util.find_spec('seqjax') is None"
    assert not guarded.orelse


def test_what_is_imported_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colab's kernel has imported NumPy when it begins: exchanged, it breaks."""
    (code,) = {first_code(source) for source in SOURCES}
    asked: list[tuple[str, str]] = []
    shell = SimpleNamespace(run_line_magic=lambda *words: asked.append(words))
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    ((magic, line),) = asked
    assert magic == "pip"
    assert line.startswith("install -q -c imported.txt 'jax[")
    assert f"git+https://github.com/{making.REPOSITORY}" in line
    pins = Path("imported.txt").read_text(encoding="utf-8").splitlines()
    assert f"numpy=={np.__version__}" in pins


@each
def test_no_function_is_long(source: Path) -> None:
    assert long_functions(ast.parse(source.read_text(encoding="utf-8"))) == []


@each
def test_every_step_ends_in_a_picture_or_a_check(source: Path) -> None:
    assert steps_without(made(source)) == []


@each
def test_there_is_a_small_size(source: Path) -> None:
    assert source.read_text(encoding="utf-8").count('"SEQJAX_SMOKE"') == 1


def test_a_long_function_is_found() -> None:
    body = "    x = 1\n" * MOST_LINES
    assert long_functions(ast.parse(f"def f():\n{body}")) == ["f"]
    assert long_functions(ast.parse(f"def f():\n{body[:-10]}")) == []


def test_a_step_without_an_end_is_found() -> None:
    cells = [
        ("markdown", "## Set up"),
        ("code", "import os"),
        ("markdown", "## Shown\nText."),
        ("code", "%matplotlib inline\nfigures['a']"),
        ("markdown", "## Checked"),
        ("code", "np.testing.assert_allclose(a, b)\nprint(a)"),
        ("markdown", "## Told"),
        ("code", "print(1)"),
    ]
    assert steps_without(cells) == ["Told"]


def test_an_address_is_written_into_badge_and_installation() -> None:
    source = (
        "# # A\n#\n# [![Open in Colab](x)](y)\n"
        "\"'seqjax @ git+https://github.com/A/b'\"\n"
    )
    found = making.with_addresses(source, "01_a")
    assert found.count(making.REPOSITORY) == 2
    assert "(y)" not in found
    assert "A/b" not in found


def test_making_twice_gives_the_same() -> None:
    text = SOURCES[0].read_text(encoding="utf-8")
    assert making.notebook(text) == making.notebook(text)
