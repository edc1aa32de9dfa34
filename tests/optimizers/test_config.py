"""Settings: what is refused, in which words."""

from typing import Any

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.optimizers.config import COMPARED, Config, LandscapeConfig
from seqjax.optimizers.study import STUDIES, STUDY
from tests.registered import CELL_NAMES, OPTIMIZER_NAMES

COUNT = "must be an integer of at least 1, not"
RATE = "learning_rates must be a finite number above 0, not"

REFUSED = {
    "--optimizers": "--optimizers must have a value, got none; for example "
    "--optimizers sgd momentum nesterov adagrad rmsprop adam adamw lion",
    "--optimizers rmsprp": f"optimizers must be one of {OPTIMIZER_NAMES}, not "
    "'rmsprp'; did you mean 'rmsprop'?",
    "--optimizers sgd adam sgd": "optimizers must not repeat a value, but 'sgd' is "
    "there twice; give it once",
    "--optimizers sgd adamax --optimizer-flavor keras": "flavor must have the "
    "optimizer adamax, which keras has not; use torch",
    "--optimizer-flavor theano": "optimizer_flavor must be one of torch, keras, tf1, "
    "char-rnn, not 'theano'",
    "--learning-rates": "--learning-rates must have a value, got none; for example "
    "--learning-rates 0.0001 0.000316 0.001 0.00316 0.01 0.0316 0.1 0.316 1.0",
    "--learning-rates 1e-3 0": f"{RATE} 0.0; try 1e-3",
    "--learning-rates -1e-3": f"{RATE} -0.001; try 1e-3",
    "--learning-rates 1e-3 inf": f"{RATE} inf; try 1e-3",
    "--learning-rates nan": f"{RATE} nan; try 1e-3",
    "--learning-rates 1e-3 0.01 0.001": "learning_rates must not repeat a value, but "
    "0.001 is there twice; give it once",
    "--learning-rates fast": "--learning-rates must be a number, got 'fast'; for "
    "example --learning-rates 0.0001 0.000316 0.001 0.00316 0.01 0.0316 0.1 0.316 1.0",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--test-seeds 0": f"test_seeds {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--steps 0": f"steps {COUNT} 0; give 1 or more",
    "--hidden-size 0": f"hidden_size {COUNT} 0; give 1 or more",
    "--layers 0": f"layers {COUNT} 0; give 1 or more",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--stop-patience 0": f"stop_patience {COUNT} 0; give 1 or more",
    "--evaluation-size 0": f"evaluation_size {COUNT} 0; give 1 or more",
    "--cell lstn": f"cell must be one of {CELL_NAMES}, not 'lstn'; "
    "did you mean 'lstm'?",
    "--length 1": "length must be an integer of at least 2, not 1; a palindrome needs "
    "a digit to read and one to predict",
    "--encoding binary": "encoding must be one of scalar, onehot, not 'binary'",
    "--initializer hi": "initializer must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--forget-bias two": "forget_bias must be one of zero, one, chrono, not 'two'",
    "--forget-bias chrono --length 3": "length must be an integer of at least 4, not "
    "3; the chrono forget bias needs at least three inputs",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--stop-accuracy 1.5": "stop_accuracy must be a finite number between 0 and 1, "
    "not 1.5",
    "grid": "command must be one of landscape, got 'grid'; choose one of these",
    "landscap": "command must be one of landscape, got 'landscap'; "
    "did you mean landscape?",
    "landscape --landscapes": "--landscapes must have a value, got none; for example "
    "--landscapes ravine saddle plateau",
    "landscape --landscapes hill": "landscapes must be one of ravine, saddle, "
    "plateau, not 'hill'",
    "landscape --landscapes ravine plato": "landscapes must be one of ravine, saddle, "
    "plateau, not 'plato'; did you mean 'plateau'?",
    "landscape --landscapes saddle saddle": "landscapes must not repeat a value, but "
    "'saddle' is there twice; give it once",
    "landscape --optimizers rmsprp": f"optimizers must be one of {OPTIMIZER_NAMES}, "
    "not 'rmsprp'; did you mean 'rmsprop'?",
    "landscape --steps 0": f"steps {COUNT} 0; give 1 or more",
    "landscape --target 2": "target must be a finite number between 0 and 1, not 2.0",
    "landscape --learning-rate 0": "learning_rate must be a finite number above 0, "
    "not 0.0; try 1e-2, or none to have it chosen",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, [*words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.optimizers: error: {REFUSED[words]}\n"
    assert not out.exists()


def test_an_empty_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="learning_rates") as error:
        Config(learning_rates=())
    assert str(error.value) == (
        "learning_rates must name at least one value, not none; give one or more"
    )
    with pytest.raises(ValueError, match="landscapes") as error:
        LandscapeConfig(landscapes=())
    assert str(error.value) == (
        "landscapes must name at least one value, not none; give one or more"
    )


def test_the_default_is_eight_optimizers_at_nine_rates_in_half_decades() -> None:
    config = Config()
    assert STUDY.block_names(config) == list(COMPARED)
    assert len(COMPARED) * len(config.tuning_models) == 8 * 9 * 5
    for k, rate in enumerate(config.learning_rates):
        assert rate == pytest.approx(10 ** (k / 2 - 4), rel=2e-3)


def test_no_seed_both_chooses_a_rate_and_tests_it() -> None:
    config = Config(seeds=3, test_seeds=4, first_seed=10, learning_rates=(0.1, 0.2))
    tuning = {seed for _, seed in config.tuning_models}
    testing = [seed for _, seed in config.test_models(0.2)]
    assert tuning == {10, 11, 12}
    assert testing == [13, 14, 15, 16]
    assert len(config.tuning_models) == 6
