"""What the page on layers shows runs as it stands there, block after block."""

import re
from pathlib import Path
from typing import Any

import jax

PAGE = Path(__file__).parents[2] / "docs" / "layers.md"


def test_every_block_of_the_page() -> None:
    # As users have it: optax multiplies what has different precisions.
    with jax.numpy_dtype_promotion("standard"):
        names: dict[str, Any] = {"__name__": "page"}
        blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        assert len(blocks) == 9
        for number, block in enumerate(blocks):
            exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), names)
