"""What the pages on layers show runs as it stands there, block after block."""

import re
from pathlib import Path
from typing import Any

import jax
import pytest

FOLDER = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize(
    ("name", "count"), [("layers.md", 10), ("first-steps.md", 1), ("fit.md", 4)]
)
def test_every_block_of_the_page(
    name: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # As users have it: optax multiplies what has different precisions.
    with jax.numpy_dtype_promotion("standard"):
        names: dict[str, Any] = {"__name__": "page"}
        blocks = FENCE.findall((FOLDER / name).read_text("utf-8"))
        assert len(blocks) == count
        for number, (block, printed) in enumerate(blocks):
            exec(compile(block, f"{name}, block {number + 1}", "exec"), names)
            assert capsys.readouterr().out == printed


def test_readme_shows_the_first_block_of_the_page_on_fit() -> None:
    readme, page = (
        FENCE.findall(path.read_text("utf-8"))
        for path in (FOLDER.parent / "README.md", FOLDER / "fit.md")
    )
    assert readme == page[:1]


def test_lines_of_code_are_those_of_the_files() -> None:
    """Of the same example, here and in other libraries."""
    page = (FOLDER / "fit.md").read_text("utf-8")
    (first, _), *_ = FENCE.findall(page)
    counted = {"`seqjax.fit`": _lines(first)}
    for path in (FOLDER / "examples" / "elsewhere").glob("*.py"):
        code = path.read_text("utf-8").split('"""', 2)[2]
        counted[f"](examples/elsewhere/{path.name})"] = _lines(code)
    assert len(counted) == 4
    for name, count in counted.items():
        (row,) = [
            line for line in page.splitlines() if f"{name} " in line and "|" in line
        ]
        assert row.split("|")[2].strip() == str(count)


def _lines(code: str) -> int:
    """Lines of code, without blank ones, comments and docstrings of a line."""
    lines = [line.strip() for line in code.splitlines()]
    return sum(bool(line) and not line.startswith(("#", '"""')) for line in lines)
