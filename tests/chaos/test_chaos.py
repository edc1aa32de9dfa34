"""Killed at random moments, again and again, a study ends as an undisturbed one.

SEQJAX_CHAOS_KILLS says how often it is killed (1), SEQJAX_CHAOS_SEED when (0), as in
`SEQJAX_CHAOS_KILLS=20 pytest -m "" -s tests/chaos`, which also tells how it went.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from seqjax import __main__ as program
from seqjax.lab.run_directory import layout, runs
from tests.chaos.studies import OWN, WORDS, contents, start

KILLS = int(os.environ.get("SEQJAX_CHAOS_KILLS", "1"))
SEED = int(os.environ.get("SEQJAX_CHAOS_SEED", "0"))


@pytest.mark.slow
@pytest.mark.parametrize("study", [*WORDS, *OWN])
def test_killed_at_random_it_ends_as_if_it_had_not_been(
    study: str, tmp_path: Path
) -> None:
    whole, hurt = tmp_path / "whole", tmp_path / "hurt"
    for folder in (whole, hurt):
        folder.mkdir()
    seconds = 0.0
    # The second time nothing is compiled any more, and all moments are of training.
    for _ in range(1 if KILLS == 1 else 2):
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
                was_complete = True
            except subprocess.TimeoutExpired:
                was_complete = (hurt / "run" / layout.SUMMARY).exists()
                process.send_signal(sign)
                process.communicate(timeout=60)
                kills += 1
        if process.returncode == 0:
            assert was_complete, "a signal was lost"
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
