"""Settings of the memory study: what is refused, and in which words."""

from typing import Any

import pytest

from seqjax.lab.command_line.cli import main
from seqjax.memory.config import Config
from seqjax.memory.study import STUDY
from tests.registered import CELL_NAMES, MEMORY_TASK_NAMES, OPTIMIZER_NAMES

COUNT = "must be an integer of at least 1, not"

REFUSED = {
    "--tasks copy": f"tasks must be one of {MEMORY_TASK_NAMES}, not 'copy'; "
    "did you mean 'copying'?",
    "--tasks adding adding": "tasks must not repeat a value, but 'adding' is there "
    "twice; give it once",
    "--cells lstn": f"cells must be one of {CELL_NAMES}, not 'lstn'; "
    "did you mean 'lstm'?",
    "--cells rnn rnn": "cells must not repeat a value, but 'rnn' is there twice; "
    "give it once",
    "--copying-lengths 0": "copying_lengths must be an integer of at least 1, not 0; "
    "the marker is the last step of the delay",
    "--adding-lengths 10 1": "adding_lengths must be an integer of at least 2, not 1; "
    "each half of the sequence needs a number to mark",
    "--recall-lengths 1": "recall_lengths must be an integer of at least 2, not 1; "
    "a digit needs another one to distract from it",
    "--recall-lengths 5 5": "recall_lengths must not repeat a value, but 5 is there "
    "twice; give it once",
    "--seeds 0": f"seeds {COUNT} 0; give 1 or more",
    "--first-seed -1": "first_seed must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--steps 0": f"steps {COUNT} 0; give 1 or more",
    "--batch-size 0": f"batch_size {COUNT} 0; give 1 or more",
    "--batch-parts 3": "batch_parts must divide batch_size (64), not 3; "
    "give 0 to have it chosen",
    "--batch-parts -1": "batch_parts must be an integer of at least 0, not -1; "
    "give 0 or more",
    "--seeds-per-device -1": "seeds_per_device must be an integer of at least 0, "
    "not -1; give 0 or more",
    "--hidden-size 0": f"hidden_size {COUNT} 0; give 1 or more",
    "--layers 0": f"layers {COUNT} 0; give 1 or more",
    "--stop-patience 0": f"stop_patience {COUNT} 0; give 1 or more",
    "--evaluation-size 0": f"evaluation_size {COUNT} 0; give 1 or more",
    "--learning-rate 0": "learning_rate must be a finite number above 0, not 0.0; "
    "try 1e-3",
    "--learning-rate inf": "learning_rate must be a finite number above 0, not inf; "
    "try 1e-3",
    "--optimizer adma": f"optimizer must be one of {OPTIMIZER_NAMES}, not 'adma'; "
    "did you mean 'adamax'?",
    "--optimizer-flavor jax": "optimizer_flavor must be one of torch, keras, tf1, "
    "char-rnn, not 'jax'",
    "--optimizer adamw --optimizer-flavor tf1": "flavor must have the optimizer "
    "adamw, which tf1 has not; use torch or keras",
    "--initializer hi": "initializer must be one of normal, xavier, he, orthogonal, "
    "identity, torch, not 'hi'",
    "--forget-bias two": "forget_bias must be one of zero, one, chrono, not 'two'",
    "--forget-bias chrono --recall-lengths 2": "recall_lengths must reach 3 for the "
    "chrono forget bias, not 2; give a longer one or another forget_bias",
    "--clip-norm 0": "clip_norm must be a number above 0, not 0.0; give inf for none",
    "--stop-accuracy 1.5": "stop_accuracy must be a finite number between 0 and 1, "
    "not 1.5",
    "--success-accuracy nan": "success_accuracy must be a finite number between 0 "
    "and 1, not nan",
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
    assert captured.err == f"seqjax.memory: error: {REFUSED[words]}\n"
    assert not out.exists()


def test_chrono_asks_only_of_the_tasks_that_are_trained() -> None:
    config = Config(tasks=("copying",), forget_bias="chrono", recall_lengths=(2,))
    assert config.lengths("copying") == config.copying_lengths


def test_block_names_put_tasks_outside_and_lengths_inside() -> None:
    config = Config(
        tasks=("recall", "copying"),
        cells=("gru", "rnn"),
        recall_lengths=(20, 5),
        copying_lengths=(3,),
    )
    assert STUDY.block_names(config) == [
        "recall-gru-020",
        "recall-gru-005",
        "recall-rnn-020",
        "recall-rnn-005",
        "copying-gru-003",
        "copying-rnn-003",
    ]


def test_the_work_is_that_of_three_products_per_step_and_gate() -> None:
    config = Config(
        tasks=("copying", "adding"),
        cells=("rnn", "lstm"),
        copying_lengths=(5,),
        adding_lengths=(30,),
        seeds=2,
        steps=10,
        batch_size=50,
        hidden_size=100,
        layers=2,
    )
    # 2 * 50 * 100 * 100 = 1e6 for a product; 3 products, 2 layers, 20 updates in all.
    assert STUDY.work(config) == pytest.approx(
        {
            "copying-rnn-005": 0.12 * 25,
            "copying-lstm-005": 0.12 * 25 * 4,
            "adding-rnn-030": 0.12 * 30,
            "adding-lstm-030": 0.12 * 30 * 4,
        }
    )


def test_batches_are_halved_on_a_cpu_where_they_can_be() -> None:
    assert Config(batch_size=64).parts("cpu") == 2
    assert Config(batch_size=63).parts("cpu") == 1
    assert Config(batch_size=64).parts("gpu") == 1
    assert Config(batch_size=64, batch_parts=4).parts("gpu") == 4
