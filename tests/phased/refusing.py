"""What the tests of all commands' settings do: run a command, and see it refused."""

from pathlib import Path

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.phased.study import STUDIES

OPTIMIZER = (
    "optimizer must move nothing without a gradient, as a gate that is not learnt has "
    "none, not 'adamw'; give 'adam'"
)

COMMON = {
    "--seeds 0": "seeds must be an integer of at least 1, not 0; give 1 or more",
    "--steps 0": "steps must be an integer of at least 1, not 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--optimizer adamw": OPTIMIZER,
    "--success-accuracy 1.5": "success_accuracy must be a finite number between 0 "
    "and 1, not 1.5",
    "--stop-accuracy -1": "stop_accuracy must be a finite number between 0 and 1, "
    "not -1.0",
}
"""What these studies have in common."""


def refused(
    command: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> str:
    """The one line of error, after looking that nothing else came of it."""
    out = folder / "run"
    assert main(STUDIES, [command, *words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert not out.exists()
    start = "seqjax.phased: error: "
    assert captured.err.startswith(start)
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix(start).removesuffix("\n")
