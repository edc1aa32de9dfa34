"""Settings: what is refused, in which words, and what the protocols set."""

from collections.abc import Mapping
from typing import Any

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.palindrome.config import PROTOCOLS, Config, resolve
from seqjax.palindrome.study import STUDY
from tests.registered import CELL_NAMES, OPTIMIZER_NAMES

COUNT = "must be an integer of at least 1, not"

REFUSED = {
    "--lengths 1": "lengths must be an integer of at least 2, not 1; a palindrome "
    "needs a digit to read and one to predict",
    "--lengths 5 5": "lengths must not repeat a value, but 5 is there twice; "
    "give it once",
    "--cells rnn rnn": "cells must not repeat a value, but 'rnn' is there twice; "
    "give it once",
    "--cells lstn": f"cells must be one of {CELL_NAMES}, not 'lstn'; "
    "did you mean 'lstm'?",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--steps 0": f"steps {COUNT} 0; give 1 or more",
    "--hidden-size -3": f"hidden_size {COUNT} -3; give 1 or more",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--batch-parts 3": "batch_parts must divide batch_size (128), not 3; "
    "give 0 to have it chosen",
    "--batch-parts -1": "batch_parts must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--seeds-per-device -1": "seeds_per_device must be an integer of at least 0, "
    "not -1; give 0 or more",
    "--layers 0": f"layers {COUNT} 0; give 1 or more",
    "--evaluation-size 0": f"evaluation_size {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--learning-rate nan": "learning_rate must be a finite number above 0, not nan; "
    "try 1e-3",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--learning-rate 1 2": "learning_rate must have one value or one per length (3), "
    "not 2; give one to use it everywhere",
    "--optimizer adma": f"optimizer must be one of {OPTIMIZER_NAMES}, not 'adma'; "
    "did you mean 'adamax'?",
    "--optimizer adamw --optimizer-flavor tf1": "flavor must have the optimizer "
    "adamw, which tf1 has not; use torch or keras",
    "--initializer hi": "initializer must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--forget-bias two": "forget_bias must be one of zero, one, chrono, not 'two'",
    "--forget-bias chrono --lengths 3": "lengths must be an integer of at least 4, "
    "not 3; the chrono forget bias needs at least three inputs",
    "--encoding binary": "encoding must be one of scalar, onehot, not 'binary'",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--clip-norm nan": "clip_norm must be a number above 0, not nan; give inf for none",
    "--stop-accuracy 1.5": "stop_accuracy must be a finite number between 0 and 1, "
    "not 1.5",
    "--protocol report-004": "protocol must be one of course, report-000, report-001, "
    "report-002, report-003, not 'report-004'; did you mean 'report-003'?",
    "--seeds ten": "--seeds must be a whole number, got 'ten'; for example --seeds 10",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDY, [*words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.palindrome: error: {REFUSED[words]}\n"
    assert not out.exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_protocols_set_defaults_that_options_override(protocol: str) -> None:
    config = resolve({"protocol": protocol})
    expected: Mapping[str, Any] = PROTOCOLS[protocol]
    for name, value in expected.items():
        assert getattr(config, name) == value
    changed = resolve({"protocol": protocol, "steps": 7, "cells": ("gru",)})
    assert (changed.steps, changed.cells) == (7, ("gru",))
    assert changed.lengths == config.lengths


def test_report_000_trains_long_palindromes_ten_times_faster() -> None:
    config = resolve({"protocol": "report-000", "lengths": (5, 9, 10, 20)})
    assert [config.rate(n) for n in config.lengths] == [1e-3, 1e-3, 1e-2, 1e-2]
    one = resolve({"protocol": "report-000", "learning_rate": (0.5,)})
    assert {one.rate(n) for n in one.lengths} == {0.5}


def test_batches_are_halved_on_a_cpu_where_they_can_be() -> None:
    assert Config(batch_size=128).parts("cpu") == 2
    assert Config(batch_size=127).parts("cpu") == 1
    assert Config(batch_size=128).parts("gpu") == 1
    assert Config(batch_size=128, batch_parts=4).parts("gpu") == 4


def test_block_names_put_cells_outside() -> None:
    config = Config(cells=("gru", "rnn"), lengths=(20, 5))
    assert STUDY.block_names(config) == ["gru-020", "gru-005", "rnn-020", "rnn-005"]
