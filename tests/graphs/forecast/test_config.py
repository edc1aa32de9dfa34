"""Settings of the forecast study: what is refused, and in which words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.graphs.forecast.config import CONVOLUTIONS, ForecastConfig
from seqjax.graphs.forecast.study import FORECAST
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main

COUNT = "must be an integer of at least 1, not"
NATURAL = "must be an integer of at least 0, not"
SHARE = "must be a finite number above 0, not 0.0; give the part of the series, such as"
CUT = "; give a longer one, or fewer lags or steps"

REFUSED = {
    "--dataset haet": "dataset must be one of heat, sir, chickenpox, or a file or "
    "folder, got 'haet', which is neither; did you mean heat?",
    "--dataset none/such": "dataset must be one of heat, sir, chickenpox, or a file "
    "or folder, got 'none/such', which is neither; name one of them",
    "--dataset chickenpox --graph karate": "graph must be left out where the series "
    "has one of its own, as chickenpox has, not 'karate'; leave it out",
    "--graph karat": "a graph must be a file, a folder with edges.csv, or "
    "one of karate, example, cora, citeseer, pubmed, got 'karat', which is none of "
    "these; did you mean karate?",
    "--snapshots 0": f"snapshots {COUNT} 0; give 1 or more",
    "--snapshots 2": "dataset heat: the series must be long enough for lags of 1 and a "
    f"horizon of 1, but has 2 snapshots, cut into 1, 1 and 0{CUT}",
    "--lags 240": "dataset heat: the series must be long enough for lags of 240 and a "
    f"horizon of 1, but has 400 snapshots, cut into 240, 80 and 80{CUT}",
    "--horizon 81": "dataset heat: the series must be long enough for lags of 1 and a "
    f"horizon of 81, but has 400 snapshots, cut into 240, 80 and 80{CUT}",
    "--simulation-seed -1": f"simulation_seed {NATURAL} -1; give 0 or more",
    "--models gc-rnn": "models must be one of gc-gru, gc-lstm, lstm-gcn, not "
    "'gc-rnn'; did you mean 'gc-gru'?",
    "--models gc-gru gc-gru": "models must not repeat a value, but 'gc-gru' is there "
    "twice; give it once",
    "--controls persistance": "controls must be one of persistence, mean, lstm, gru, "
    "gcn, shuffled, not 'persistance'; did you mean 'persistence'?",
    "--controls gcn gcn": "controls must not repeat a value, but 'gcn' is there twice; "
    "give it once",
    "--controls": "--controls must have a value, got none; for example --controls "
    "persistence lstm gcn shuffled",
    "--lags 0": f"lags {COUNT} 0; give 1 or more",
    "--horizon 0": f"horizon {COUNT} 0; give 1 or more",
    "--train-share 0": f"train_share {SHARE} 0.2",
    "--validation-share 0": f"validation_share {SHARE} 0.2",
    "--train-share 0.8": "train_share and validation_share must leave something to "
    "test on, but add up to 1; give less",
    "--predicts changes": "predicts must be one of change, value, not 'changes'; did "
    "you mean 'change'?",
    "--convolution mlp": f"convolution must be one of {', '.join(CONVOLUTIONS)}, not "
    "'mlp'",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
}


def refused(words: list[str], out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that is told, without the program's name; nothing is written."""
    assert main(STUDIES, ["forecast", *words, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert not out.exists()
    return captured.err.removeprefix("seqjax.graphs: error: ")


@pytest.mark.parametrize("words", REFUSED)
def test_bad_settings_are_refused_in_one_line(
    words: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(words.split(), tmp_path / "run", capsys) == f"{REFUSED[words]}\n"


def test_a_series_that_stands_still_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = np.random.default_rng(0).normal(size=(30, 3))
    values[:18] = [0.5, 1, 2]
    file = tmp_path / "still.json"
    entry = {"edges": [[0, 1], [1, 2]], "FX": values.tolist()}
    file.write_text(json.dumps(entry))
    assert refused(["--dataset", str(file)], tmp_path / "run", capsys) == (
        f"dataset {file}: the series must vary in its training part, the first 18 "
        "times, but no node has two different values there; give another one, or a "
        "larger train_share\n"
    )
    words = ["--dataset", str(file), "--graph", "karate"]
    assert refused(words, tmp_path / "run", capsys) == (
        f"{file} must have values alone where the graph is given apart, but has edges "
        "of its own; leave one of both out\n"
    )
    file.write_text("[]")
    told = refused(["--dataset", str(file)], tmp_path / "run", capsys)
    assert told.startswith(f"{file} must hold an object; give a JSON object with edges")


def test_both_references_are_measured_in_any_case() -> None:
    config = ForecastConfig(models=("lstm-gcn",), controls=("gru", "mean"), seeds=2)
    work = {"lstm-gcn": 400, "gru": 400, "mean": 0, "persistence": 0}
    assert FORECAST.work(config) == work
    assert FORECAST.block_names(config) == list(work)
    assert FORECAST.block_names(ForecastConfig()) == [
        *("gc-gru", "gc-lstm", "lstm-gcn"),
        *("persistence", "lstm", "gcn", "shuffled", "mean"),
    ]
