"""Files of small studies, put together from methods."""

import textwrap
from pathlib import Path

HEAD = """\
import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from seqjax import study


class Mine(study.Experiment):
"""
"""Ten lines; then what the class holds."""

MODEL = """
def model(self, setting, rngs):
    return nnx.Linear(1, 1, rngs=rngs)
"""

DATA = """
def data(self, setting):
    x = np.linspace(-1, 1, 12)[:, None]
    return study.Data(train=(x, 2 * x), test=(x, 2 * x))
"""

LOSS = """
def loss(self, outputs, targets):
    return study.squared_error(outputs, targets)
"""

SCORE = """
def score(self, outputs, targets):
    return 1 - abs(outputs - targets).mean()
"""


def source(*parts: str) -> str:
    """A file with one study.

    Args:
        parts: of the class: docstring, fields, methods.
    """
    return HEAD + "".join(textwrap.indent(part, "    ") for part in parts)


def written(folder: Path, text: str, name: str = "mine.py") -> Path:
    """The file, in a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
