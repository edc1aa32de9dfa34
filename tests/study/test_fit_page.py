"""The page on `fit` runs as it stands there."""

import re
from pathlib import Path
from typing import Any

import jax

PAGE = Path(__file__).parents[2] / "docs" / "fit.md"
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_every_block_of_the_page() -> None:
    names: dict[str, Any] = {"__name__": "page"}
    blocks = FENCE.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 4
    # As users have it: NumPy's integers and floats are mixed.
    with jax.numpy_dtype_promotion("standard"):
        for number, block in enumerate(blocks):
            exec(compile(block, f"fit.md, block {number + 1}", "exec"), names)
