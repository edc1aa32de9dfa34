"""Options of the study: what they refuse, word by word."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.study import STUDIES
from seqjax.lab.command_line.cli import main
from tests.registered import GRAPH_MODEL_NAMES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"split": "rnd"},
            "split must be one of fixed, random, not 'rnd'; did you mean 'random'?",
        ),
        (
            {"model": ("fourier",)},
            f"model must be one of {GRAPH_MODEL_NAMES}, not 'fourier'",
        ),
        (
            {"model": ("mlp", "mlp")},
            "model must not repeat a value, but 'mlp' is there twice; give it once",
        ),
        (
            {"class_weights": "balance"},
            "class_weights must be one of none, balanced, not 'balance'; did you mean "
            "'balanced'?",
        ),
        ({"epochs": 0}, "epochs must be an integer of at least 1, not 0; give 1 or "),
        ({"window": -1}, "window must be an integer of at least 0, not -1; give 0 or "),
        ({"dropout": 1.0}, "dropout must be a finite number between 0 and 0.999, not"),
        (
            {"weight_decay": -1.0},
            "weight_decay must be a finite number of at least 0, not -1.0; try 5e-4",
        ),
        (
            {"fan_out": (10, 0)},
            "fan_out must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"fan_out": (1, 2, 3)},
            "fan_out must have one value or one per layer (2), not 3; give one to use "
            "it for both",
        ),
        (
            {"minibatch": True, "model": ("mlp", "chebyshev-3")},
            "model must look one step at most with minibatch, not 3 as chebyshev-3 "
            "does; choose another model, or leave out minibatch",
        ),
    ],
)
def test_refusals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        ClassifyConfig(**options)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_every_option_is_checked_or_free() -> None:
    """Numbers that make no sense are refused, whichever option they are given to."""
    for field in dataclasses.fields(ClassifyConfig):
        if field.type in (int, float):
            # An int is no float to the checker of types.
            value: Any = field.default
            with pytest.raises(ValueError, match=f"^{field.name} must"):
                ClassifyConfig(**{field.name: type(value)(-1)})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--dataset", "karat"],
            "a graph must be a file, a folder with edges.csv, or one of "
            "karate, example, cora, citeseer, pubmed, got 'karat', which is none of "
            "these; did you mean karate?",
        ),
        (
            ["--dataset", "example"],
            "the graph example must have training nodes, but has no labels; name a "
            "graph with labels",
        ),
        (
            ["--dataset", "example", "--split", "random"],
            "the graph example must have labels to be split, but has none; name a "
            "graph with labels",
        ),
        (
            ["--split", "random"],
            "the graph karate must have at least 20 nodes of each class, but class 0 "
            "has 17; train on fewer of each class",
        ),
        (
            ["--split", "random", "--per-class", "2"],
            "the graph karate must have 1500 labelled nodes for validation and testing "
            "beside the 4 for training, but has 30; take fewer",
        ),
        (
            ["--fan-out", "0"],
            "fan_out must be an integer of at least 1, not 0; give 1 or more",
        ),
    ],
)
def test_the_command_ends_with_one_line(
    words: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "run"
    assert main(STUDIES, ["classify", *words, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.err == f"seqjax.graphs: error: {message}\n"
    assert not captured.out
    assert not out.exists()
