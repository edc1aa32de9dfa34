"""Killed at random moments, again and again, a study ends as an undisturbed one.

SEQJAX_CHAOS_KILLS says how often it is killed (2), SEQJAX_CHAOS_SEED when (0), as in
`SEQJAX_CHAOS_KILLS=20 pytest -m "" -s tests/chaos`, which also tells how it went.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from seqjax import __main__ as program
from seqjax.lab import layout, runs
from tests.charlm.trainings import OPTIONS, TEXT
from tests.variants import and_slow

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("SEQJAX_CHAOS_KILLS", "2"))
SEED = int(os.environ.get("SEQJAX_CHAOS_SEED", "0"))

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
    "frequency": """phased frequency --regimes asynchronous --seeds 2 --epochs 4
    --epoch-size 20 --batch-size 8 --hidden-size 5 --longest 18 --evaluation-size 30""",
}


def start(study: str, folder: Path) -> "subprocess.Popen[str]":
    """The study's process, which makes a checkpoint whenever it can."""
    package, *words = WORDS[study].split()
    return subprocess.Popen(
        [
            *(sys.executable, "-m", f"seqjax.{package}", *words),
            *("--checkpoint-every", "0", "--out", "run"),
        ],
        cwd=folder,
        # From the tree itself, wherever the package may be installed as well.
        env={**os.environ, "PYTHONPATH": str(ROOT)},
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


@pytest.mark.parametrize(
    "study", and_slow(["palindrome"], [name for name in WORDS if name != "palindrome"])
)
def test_killed_at_random_it_ends_as_if_it_had_not_been(
    study: str, tmp_path: Path
) -> None:
    whole, hurt = tmp_path / "whole", tmp_path / "hurt"
    for folder in (whole, hurt):
        folder.mkdir()
        (folder / "tale.txt").write_text(TEXT)
    seconds = 0.0
    for _ in range(2):  # the second time nothing is compiled any more
        shutil.rmtree(whole / "run", ignore_errors=True)
        began = time.monotonic()
        with start(study, whole) as process:
            _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        seconds = time.monotonic() - began
    expected = contents(whole / "run")
    rng = np.random.default_rng(SEED)
    kills = ends = within_a_block = 0
    while kills < KILLS or not ends:
        sign = signal.SIGKILL if rng.random() < 0.7 else signal.SIGTERM
        with start(study, hurt) as process:
            try:
                process.communicate(
                    timeout=rng.uniform(0, seconds) if kills < KILLS else 300
                )
            except subprocess.TimeoutExpired:
                process.send_signal(sign)
                process.communicate(timeout=60)
                kills += 1
        if process.returncode == 0:
            assert contents(hurt / "run") == expected
            shutil.rmtree(hurt / "run")
            ends += 1
            continue
        # Before the program is ready for it, SIGTERM just ends it.
        assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM, 143)
        for found in runs.find(hurt, program._known):
            within_a_block += found.checkpoint is not None
            assert found.state == runs.UNFINISHED or found.saved == found.blocks
    print(
        f"\n{study}: killed {kills} times, {within_a_block} within a block with a "
        f"checkpoint; {ends} runs ended, all as the undisturbed one"
    )
