"""Settings of the frequency study: what is refused, and in which words."""

from typing import Any

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.phased.frequency.config import FrequencyConfig
from seqjax.phased.frequency.study import FREQUENCY
from seqjax.phased.study import STUDIES
from tests.registered import CELL_NAMES, OPTIMIZER_NAMES

COUNT = "must be an integer of at least 1, not"

REFUSED = {
    "--regimes standart": "regimes must be one of standard, high-resolution, "
    "asynchronous, not 'standart'; did you mean 'standard'?",
    "--regimes standard standard": "regimes must not repeat a value, but 'standard' "
    "is there twice; give it once",
    "--models gru": "models must be one of phased, bn-lstm, lstm, not 'gru'",
    "--models lstm lstm": "models must not repeat a value, but 'lstm' is there twice; "
    "give it once",
    "--learnt ratio": "learnt must be one of period, shift, open_ratio, not 'ratio'; "
    "did you mean 'open_ratio'?",
    "--learnt shift shift": "learnt must not repeat a value, but 'shift' is there "
    "twice; give it once",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--epochs 0": f"epochs {COUNT} 0; give 1 or more",
    "--epoch-size 0": f"epoch_size {COUNT} 0; give 1 or more",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--hidden-size 0": f"hidden_size {COUNT} 0; give 1 or more",
    "--evaluation-size 0": f"evaluation_size {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--seeds-per-device -1": "seeds_per_device must be an integer of at least 0, "
    "not -1; give 0 or more",
    "--longest 14": "longest must be an integer of at least 15, not 14; "
    "that is the shortest duration of a wave in ms",
    "--budget 0": "budget must be a finite number above 0, not 0.0; "
    "give minutes, or none",
    "--budget inf": "budget must be a finite number above 0, not inf; "
    "give minutes, or none",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--open-ratio 0": "open_ratio must be a finite number above 0 and at most 1, "
    "not 0.0; give the share of a period for which the gate is open",
    "--open-ratio 1.5": "open_ratio must be a finite number above 0 and at most 1, "
    "not 1.5; give the share of a period for which the gate is open",
    "--optimizer adma": f"optimizer must be one of {OPTIMIZER_NAMES}, not 'adma'; "
    "did you mean 'adamax'?",
    "--initializer hi": "initializer must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
    "--phased-cell lstn": f"phased_cell must be one of {CELL_NAMES}, peephole, "
    "not 'lstn'; did you mean 'lstm'?",
    "--normalized both": "normalized must be one of cell, input, not 'both'",
    "--success-accuracy 1.5": "success_accuracy must be a finite number between 0 "
    "and 1, not 1.5",
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, ["frequency", *words.split(), "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.phased: error: {REFUSED[words]}\n"
    assert not out.exists()


def test_the_protocol_is_the_papers() -> None:
    config = FrequencyConfig()
    assert config.updates_per_epoch == 157  # 156.25 batches of 32 in 5000 waves
    assert (config.epochs, config.hidden_size, config.evaluation_size) == (70, 110, 512)
    assert (config.learning_rate, config.clip_norm, config.longest) == (1e-3, 10, 125)
    assert config.budget is None


def test_block_names_put_regimes_outside_and_models_inside() -> None:
    config = FrequencyConfig(
        regimes=("asynchronous", "standard"), models=("lstm", "phased")
    )
    assert FREQUENCY.block_names(config) == [
        "asynchronous-lstm",
        "asynchronous-phased",
        "standard-lstm",
        "standard-phased",
    ]


def test_the_work_is_that_of_three_products_per_time_point_and_gate() -> None:
    config = FrequencyConfig(
        regimes=("standard", "high-resolution", "asynchronous"),
        models=("phased",),
        seeds=2,
        epochs=5,
        epoch_size=99,
        batch_size=50,
        hidden_size=100,
    )
    # 2 * 50 * 100 * 100 = 1e6 for a product of a gate; 2 seeds, 5 epochs, 2 updates.
    expected = 2 * 5 * 2 * 3 * 4 * 1e6 * 125 / 1e9
    assert FREQUENCY.work(config) == pytest.approx(
        {
            "standard-phased": expected,
            "high-resolution-phased": 10 * expected,
            "asynchronous-phased": expected,
        }
    )
