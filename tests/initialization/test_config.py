"""Settings: what is refused and in which words, and what is trained by default."""

from typing import Any

import pytest

from seqjax.initialization.config import Config
from seqjax.initialization.study import STUDY
from seqjax.lab.command_line.cli import main
from tests.registered import CELL_NAMES, OPTIMIZER_NAMES

COUNT = "must be an integer of at least 1, not"
NAMES = "normal, xavier, he, orthogonal, identity, torch"

REFUSED = {
    "--cells lstn": f"cells must be one of {CELL_NAMES}, not 'lstn'; "
    "did you mean 'lstm'?",
    "--cells rnn rnn": "cells must not repeat a value, but 'rnn' is there twice; "
    "give it once",
    "--encodings binary": "encodings must be one of scalar, onehot, not 'binary'",
    "--encodings onehot onehot": "encodings must not repeat a value, but 'onehot' is "
    "there twice; give it once",
    "--lengths 1": "lengths must be an integer of at least 2, not 1; a palindrome "
    "needs a digit to read and one to predict",
    "--lengths 5 5": "lengths must not repeat a value, but 5 is there twice; "
    "give it once",
    "--initializers orthogonl": f"initializers must be one of {NAMES}, not "
    "'orthogonl'; did you mean 'orthogonal'?",
    "--initializers he he": "initializers must not repeat a value, but 'he' is there "
    "twice; give it once",
    "--other-initializer sam": f"other_initializer must be one of {NAMES}, same, not "
    "'sam'; did you mean 'same'?",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
    "--optimizer adma": f"optimizer must be one of {OPTIMIZER_NAMES}, not 'adma'; "
    "did you mean 'adamax'?",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--steps 0": f"steps {COUNT} 0; give 1 or more",
    "--few-updates 0": f"few_updates {COUNT} 0; give 1 or more",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--hidden-size -3": f"hidden_size {COUNT} -3; give 1 or more",
    "--stop-patience 0": f"stop_patience {COUNT} 0; give 1 or more",
    "--evaluation-size 0": f"evaluation_size {COUNT} 0; give 1 or more",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--stop-accuracy 1.5": "stop_accuracy must be a finite number between 0 and 1, "
    "not 1.5",
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
    assert captured.err == f"seqjax.initialization: error: {REFUSED[words]}\n"
    assert not out.exists()


def test_other_matrices_are_the_same_or_go_along() -> None:
    assert Config(other_initializer="he").others("orthogonal") == "he"
    assert Config(other_initializer="same").others("orthogonal") == "orthogonal"


def test_weights_come_first_and_initialisers_stand_side_by_side() -> None:
    config = Config(
        encodings=("onehot",), lengths=(20, 5), initializers=("he", "torch")
    )
    names = STUDY.block_names(config)
    assert names == [
        "rnn-weights-he",
        "rnn-weights-torch",
        "rnn-onehot-020-he",
        "rnn-onehot-020-torch",
        "rnn-onehot-005-he",
        "rnn-onehot-005-torch",
    ]
    assert list(STUDY.work(config)) == names


def test_expected_work_is_that_of_the_products() -> None:
    config = Config()
    # Forward, backward, weights: 2 * 128 * 128 * 128 each, at each of 4 steps.
    each = 3 * 2 * 128**3 * 4 / 1e9
    assert STUDY.work(config)["rnn-onehot-005-he"] == pytest.approx(
        config.seeds * config.steps * each
    )
    lstm = STUDY.work(Config(cells=("lstm",)))["lstm-onehot-005-he"]
    assert lstm == pytest.approx(4 * config.seeds * config.steps * each)
