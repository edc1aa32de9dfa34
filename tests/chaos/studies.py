"""Small runs of most studies, as commands that other processes run."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from seqjax.lab.run_directory import layout
from tests.charlm.trainings import OPTIONS, TEXT

ROOT = Path(__file__).parents[2]

WORDS = {
    "palindrome": """palindrome --cells rnn lstm --lengths 3 6 --seeds 3 --steps 60
    --batch-size 16 --hidden-size 12 --evaluation-size 50""",
    "optimizers": """optimizers --optimizers sgd adam --learning-rates 0.01 0.1
    --seeds 2 --test-seeds 3 --length 3 --steps 60 --batch-size 16 --hidden-size 12
    --evaluation-size 50""",
    "charlm": f"charlm train tale.txt {OPTIONS}",
    "gradients": """gradients flow --length 8 --at 0 3 12 --seeds 3 --examples 16
    --jacobian-times 4 --batch-size 16 --hidden-size 6""",
    "graphs": """graphs classify --dataset karate --model renormalized chebyshev-2
    --seeds 3 --epochs 60""",
    "forecast": """graphs forecast --dataset heat --graph example --snapshots 40
    --models gc-gru lstm-gcn --controls persistence gcn --seeds 3 --lags 2 --horizon 2
    --hidden-size 3 --steps 30""",
    "trees": """graphs trees --tasks boolean --train-depth 2 --test-depth 3 --seeds 3
    --steps 30 --batch-size 8 --training-size 32 --hidden-size 4
    --evaluation-size 20""",
    "initialization": """initialization --cells rnn --encodings onehot --lengths 4
    --initializers he orthogonal --seeds 3 --steps 30 --batch-size 8 --hidden-size 6
    --evaluation-size 20""",
    "memory": """memory --tasks copying adding --cells rnn lstm --copying-lengths 3
    --adding-lengths 6 --seeds 3 --steps 30 --batch-size 8 --hidden-size 6
    --evaluation-size 20""",
    "noise": """phased noise --models lstm right all-learnt --seeds 3 --steps 30
    --batch-size 8 --hidden-size 4 --evaluation-size 20""",
    "silence": """phased silence --lengths 3 8 --copied 1 --seeds 3 --steps 30
    --batch-size 8 --hidden-size 6 --evaluation-size 20""",
    "learning": """phased learning --choices all none --seeds 3 --steps 30
    --batch-size 6 --hidden-size 4 --longest 18 --evaluation-size 30""",
    "frequency": """phased frequency --regimes asynchronous --seeds 2 --epochs 4
    --epoch-size 20 --batch-size 8 --hidden-size 5 --longest 18 --evaluation-size 30""",
}


OWN = {"sinus": """docs/examples/sinus.py --widths 2 8 --seeds 3 --steps 600"""}
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
