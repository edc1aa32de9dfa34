"""Bad settings get one line each."""

from typing import Any

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.reconcile.claims import CLAIMS, rnn
from seqjax.reconcile.study import STUDY

REFUSED = {
    "--budget 0.1": "budget must be a finite number of at least 0.2, not 0.1; "
    "one setting with its compilation takes about as long",
    "--budget nan": "budget must be a finite number of at least 0.2, not nan; "
    "one setting with its compilation takes about as long",
    "--seeds 0": "seeds must be an integer of at least 1, not 0; give 1 or more",
    "--steps 0": "steps must be an integer of at least 1, not 0; give 1 or more",
    "--lengths 1": "lengths must be an integer of at least 2, not 1; give 2 or more",
    "--lengths 5 5": "lengths must not repeat a value, but 5 is there twice; "
    "give it once",
    "--encodings binary": "encodings must be one of scalar, onehot, not 'binary'",
    "--initializers hi": "initializers must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--learning-rates 0": "learning_rates must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--stops maybe": "stops must be one of solved, never, not 'maybe'",
    "--batch-sizes 0": "batch_sizes must be an integer of at least 1, not 0; "
    "give 1 or more",
    "--forget-biases chrono --lengths 3": "lengths must be an integer of at least 4, "
    "not 3; give 4 or more",
    "--claims 001-lstms": "claims must be among "
    + ", ".join(claim.id for claim in CLAIMS)
    + ", got '001-lstms'; did you mean 001-lstm?",
    "--claims 001-lstm --without lstm": "without must be among the settings, got "
    "'lstm'; leave it out",
    "--claims 003-rnn-only --without " + rnn(11).name: "without must leave a setting, "
    "got all 1; leave one out",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDY, [*words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.reconcile: error: {REFUSED[words]}\n"
    assert not out.exists()
