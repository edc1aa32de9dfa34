"""Small runs of most studies, as commands that other processes run."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqjax.lab.run_directory import layout
from tests.charlm.trainings import OPTIONS, TEXT
from tests.contract.contract import SMALL

ROOT = Path(__file__).parents[2]

WORDS = {name: small.words for name, small in SMALL.items()} | {
    "charlm": f"charlm train tale.txt {OPTIONS}"
}


OWN = {"sinus": """docs/examples/sinus.py --widths 2 8 --seeds 4 --steps 8000"""}
"""Studies of the user's own, which `seqjax run` starts from a file."""


def start(
    study: str,
    folder: Path,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[str]":
    """The study's process; it makes a checkpoint whenever it can.

    Args:
        study: one of `WORDS` or `OWN`.
        folder: to work in, and to make the run directory ``run`` in.
        options: more of them.
        environment: more variables.
    """
    (folder / "tale.txt").write_text(TEXT)
    first, *words = {**WORDS, **OWN}[study].split()
    own = ("seqjax", "run", str(ROOT / first)) if study in OWN else (f"seqjax.{first}",)
    return subprocess.Popen(
        [
            *(sys.executable, "-m", *own, *words),
            *("--checkpoint-every", "0", "--out", "run", *options),
        ],
        cwd=folder,
        # From the tree itself, wherever the package may be installed as well.
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def contents(path: Path) -> dict[str, bytes]:
    """All files, but what tells of the command and of the machine."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.name not in (layout.CONFIG, layout.ENVIRONMENT)
    }
