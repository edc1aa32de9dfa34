"""Settings: what is refused, in which words."""

from typing import Any

import pytest

from seqjax.gradients.config import Config
from seqjax.gradients.study import FLOW, STUDIES
from seqjax.lab.command_line.cli import main
from tests.registered import CELL_NAMES

COUNT = "must be an integer of at least 1, not"

REFUSED = {
    "--cells lstn": f"cells must be one of {CELL_NAMES}, not 'lstn'; "
    "did you mean 'lstm'?",
    "--cells rnn rnn": "cells must not repeat a value, but 'rnn' is there twice; "
    "give it once",
    "--length 3": "length must be an integer of at least 4, not 3; a gradient over "
    "time needs at least three steps",
    "--at 0 0": "at must not repeat a value, but 0 is there twice; give it once",
    "--at 10 0": "at must go up, not 10 0; give 0 10",
    "--at -1": "at must be an integer of at least 0, not -1; give 0 or more",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--examples 0": f"examples {COUNT} 0; give 1 or more",
    "--examples 4 --jacobian-examples 5": "jacobian_examples must be at most examples "
    "(4), not 5; give fewer, or more examples",
    "--jacobian-times 0": f"jacobian_times {COUNT} 0; give 1 or more",
    "--length 8 --jacobian-times 8": "jacobian_times must be at most length - 1 (7), "
    "not 8; give fewer",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--hidden-size -3": f"hidden_size {COUNT} -3; give 1 or more",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--optimizer-flavor jax": "optimizer_flavor must be one of torch, keras, tf1, "
    "char-rnn, not 'jax'",
    "--initializer hi": "initializer must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--forget-bias two": "forget_bias must be one of zero, one, chrono, not 'two'",
    "--encoding binary": "encoding must be one of scalar, onehot, not 'binary'",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--seeds ten": "--seeds must be a whole number, got 'ten'; for example --seeds 10",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, ["flow", *words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.gradients: error: {REFUSED[words]}\n"
    assert not out.exists()


def test_the_jacobians_times_run_from_the_first_state_to_the_last_but_one() -> None:
    assert Config().times == (0, 11, 22, 33, 44, 54, 65, 76, 87, 98)
    assert Config(length=5, jacobian_times=4).times == (0, 1, 2, 3)
    assert Config(jacobian_times=1).times == (0,)


def test_work_counts_training_and_looking() -> None:
    untrained, trained = (FLOW.work(Config(at=at)) for at in ((0,), (0, 100)))
    assert set(trained) == {"rnn", "lstm"}
    # 3 products of 128 x 128 by 128 x 128 and of 128 x 128 by 128 x 512, 99 steps.
    products = 3 * 2 * 128**3 * 99 / 1e9
    per_update = (trained["rnn"] - 2 * untrained["rnn"]) / (10 * 100)
    assert per_update == pytest.approx(products)
    per_update = (trained["lstm"] - 2 * untrained["lstm"]) / (10 * 100)
    assert per_update == pytest.approx(4 * products)
