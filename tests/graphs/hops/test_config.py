"""Settings of the study of hops: what is refused, in which words."""

from pathlib import Path

import pytest

from seqjax.graphs.hops.config import CLAIMED, HopsConfig
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main
from tests.registered import GRAPH_MODEL_NAMES

REFUSED = {
    "--layers 0": "layers must be an integer of at least 1, not 0; give 1 or more",
    "--layers 21": "layers must be at most 20, not 21; --depths goes further",
    "--depths 0": "depths must be an integer of at least 1, not 0; give 1 or more",
    "--depths 513": "depths must be at most 512, not 513; features would leave all "
    "bounds",
    "--depths 2 2": "depths must not repeat a value, but 2 is there twice; give it "
    "once",
    "--models fourier": f"models must be one of {GRAPH_MODEL_NAMES}, not 'fourier'",
    "--models mlp mlp": "models must not repeat a value, but 'mlp' is there twice; "
    "give it once",
    "--activation sigmoid": "activation must be one of relu, tanh, linear, not "
    "'sigmoid'",
    "--seeds 0": "seeds must be an integer of at least 1, not 0; give 1 or more",
    "--fan-out 0": "fan_out must be an integer of at least 1, not 0; give 1 or more",
    "--batch-size 0": "batch_size must be an integer of at least 1, not 0; give 1 or "
    "more",
    "--hidden-size 0": "hidden_size must be an integer of at least 1, not 0; give 1 or "
    "more",
    "--memory-size 0": "memory_size must be an integer of at least 1, not 0; give 1 or "
    "more",
    "--memory-nodes 50": "memory_nodes must be 0 or at least 100, not 50; give 0 to "
    "measure on the data set",
    "--path C": "path must have at least two nodes, not 1: C; give where it begins and "
    "where it ends",
    "--path C Z": "path must name nodes of example (A, B, C, D, E, F), got 'Z'; name "
    "one of these",
    "--node A A": "node must not repeat a value, but 'A' is there twice; give it once",
    "--node A G": "node must name nodes of example (A, B, C, D, E, F), got 'G'; name "
    "one of these",
    "--dataset karate --path 1 35": "path must name nodes of karate (1, 2, 3, 4, 5, 6, "
    "7, 8, ...), got '35'; name one of these",
    "--dataset karat": "a graph must be a file, a folder with edges.csv, "
    "or one of karate, example, cora, citeseer, pubmed, got 'karat', which is none of "
    "these; did you mean karate?",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, ["hops", *words.split(), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert error == f"seqjax.graphs: error: {REFUSED[words]}\n"
    assert not out.exists(), "nothing half-written"


def test_a_large_graph_must_name_nodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chain.txt"
    path.write_text("".join(f"{i} {i + 1}\n" for i in range(300)))
    words = ["hops", "--dataset", str(path), "--out", str(tmp_path / "run")]
    assert main(STUDIES, words) == 2
    error = capsys.readouterr().err
    assert "node must name the nodes to measure on a graph of more than 300, but" in (
        error
    )
    assert error.endswith("has 301 and none is named; give for example --node 0 1\n")
    many = [str(i) for i in range(301)]
    assert main(STUDIES, [*words, "--node", *many]) == 2
    error = capsys.readouterr().err
    assert error.endswith("node must name at most 300 nodes, not 301; name fewer\n")


def test_the_claim_is_asked_of_the_example_alone() -> None:
    assert HopsConfig().asked == CLAIMED
    assert HopsConfig(path=("A", "D")).asked == ("A", "D")
    assert HopsConfig(dataset="karate").asked == ()
