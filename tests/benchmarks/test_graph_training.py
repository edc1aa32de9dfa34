"""Trainings of a GCN: all contenders make the same updates, and a race tells times."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import graph_training as script
from benchmarks import graphs
from benchmarks.contenders import graph_minibatch
from benchmarks.contenders import graph_training as contenders
from benchmarks.contenders.graph_minibatch import Sampling
from benchmarks.contenders.graph_training import Training
from benchmarks.harness.race import Disagreement, check_equal
from benchmarks.harness.workers import Contender, Result
from tests.lab.graph_files import write_planetoid

pytestmark = pytest.mark.usefixtures("as_in_a_worker")


def shown(contender: Contender) -> Result:
    contender.run(1)
    return contender.result()


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Training:
    folder: Path = tmp_path_factory.mktemp("planetoid")
    write_planetoid(folder)
    return Training(str(folder), 1, script.FEW_EPOCHS, dropout=0.0)


def test_torch_makes_the_same_updates(
    few: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    results = {
        "seqjax": shown(contenders.our_losses(few)),
        "dense": shown(contenders.torch_dense(few)),
        "sparse": shown(contenders.torch_sparse(few)),
    }
    check_equal(results, tolerance=script.TOLERANCE)
    losses = results["seqjax"]["loss"]
    assert losses[0] - losses[-1] > 0.005, "nothing was learnt"
    monkeypatch.setattr(contenders, "RATE", 0.02)
    wrong = shown(contenders.torch_sparse(few))
    with pytest.raises(Disagreement):
        check_equal({"right": results["seqjax"], "wrong": wrong}, tolerance=1e-3)


def test_a_large_graph_is_told_of_in_phases() -> None:
    contender = graph_minibatch.minibatches(Sampling(6, 4, batches=2, batch_size=16))
    found = shown(contender)
    assert found["edges"][0] > 64
    assert 0 < found["built"][0] <= found["peak"][0] <= found["peak_inference"][0]
    assert np.isfinite(found["inference"][0])


def test_a_smoke_run_needs_no_file_of_cora() -> None:
    chosen = graphs.options(["--smoke", "--training"])
    assert (chosen.cora, chosen.seeds, chosen.epochs) == ("karate", 3, 4)
    assert graphs.options(["--training"]).seeds == 100
