"""Settings of the study of trees: what is refused, in which words."""

from pathlib import Path

import pytest

from seqjax.graphs.study import STUDIES
from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.study import TREES
from seqjax.lab.command_line.cli import main
from tests.registered import CELL_NAMES

REFUSED = {
    "--tasks bool": "tasks must be one of boolean, listops, ordered, not 'bool'; did "
    "you mean 'boolean'?",
    "--tasks boolean boolean": "tasks must not repeat a value, but 'boolean' is there "
    "twice; give it once",
    "--models tree": f"models must be one of child-sum, binary, {CELL_NAMES}, not "
    "'tree'",
    "--train-depth 0": "train_depth must be an integer of at least 1, not 0; give 1 or "
    "more",
    "--test-depth 13": "test_depth must be at most 12, not 13; the number of nodes "
    "doubles every other level",
    "--train-depth 5 --test-depth 4": "test_depth must be at least train_depth (5), "
    "not 4; what is trained on is tested too",
    "--training-size 100": "training_size must be a multiple of batch_size (64), not "
    "100; batches stay together",
    "--training-size 0": "training_size must be an integer of at least 1, not 0; give "
    "1 or more",
    "--forget-bias chrono": "forget_bias must be one of zero, one, not 'chrono'",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, ["trees", *words.split(), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert error == f"seqjax.graphs: error: {REFUSED[words]}\n"
    assert not out.exists(), "nothing half-written"


def test_blocks_are_tasks_by_models() -> None:
    config = TreesConfig(tasks=("listops", "boolean"), models=("lstm", "binary"))
    assert TREES.block_names(config) == [
        *("listops-lstm", "listops-binary", "boolean-lstm", "boolean-binary")
    ]
    assert set(TREES.work(config).values()) == {20_000.0}
    assert list(config.depths) == list(range(1, 9))
