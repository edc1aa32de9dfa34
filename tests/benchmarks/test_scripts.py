"""The scripts: options, what they compare, and that they run as files."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from benchmarks import (
    gated,
    gpu,
    graphs,
    recurrent_training,
    scan_vs_unrolled,
    seeds,
    study,
    torch_study,
)
from benchmarks.contenders.problem import Problem
from benchmarks.contenders.sparse_graphs import Product
from benchmarks.harness import programs, report
from benchmarks.harness.race import Timing
from benchmarks.harness.workers import Worker

ROOT = Path(__file__).parents[2]
SCRIPTS: list[Callable[[list[str]], argparse.Namespace]] = [
    recurrent_training.options,
    scan_vs_unrolled.options,
    seeds.options,
    study.options,
    gpu.options,
    gated.options,
]


@pytest.mark.parametrize("options", SCRIPTS)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rounds", "0"], "must be an integer of at least 1, not '0'"),
        (["--hidden", "-3"], "must be an integer of at least 1, not '-3'"),
        (["--cells", "tree"], "'tree'"),
        (["--json", "no/such/folder.json"], "must be a file in a folder that exists"),
        (["--json", "."], "must be a file in a folder that exists, not '.'"),
    ],
)
def test_a_bad_option_is_refused(
    options: Callable[[list[str]], argparse.Namespace],
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        options(words)
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_options_that_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        scan_vs_unrolled.options(["--figure", "a", "--unroll", *"123456"])
    assert "at most 5 values with --figure, not 6" in capsys.readouterr().err
    for words in (["--graphs", "cora"], ["--training"]):
        with pytest.raises(SystemExit, match="2"):
            graphs.options(["--figure", "a", *words])
        assert "must come with two random --graphs or more" in capsys.readouterr().err


def test_without_a_gpu_one_line_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/gpu.py", "--smoke"],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no GPU that JAX can use: nothing to measure\n"


class _Recorder:
    """Stands in for a worker."""

    def __init__(self) -> None:
        self.built: list[tuple[Any, ...]] = []

    def build(self, *args: Any) -> None:
        self.built.append(args)


def test_slow_peers_train_fewer_seeds() -> None:
    names = (recurrent_training.OURS, "torch, Python loop")
    recorders = {name: _Recorder() for name in names}
    problem = Problem("rnn", 10, 100)
    entrants = recurrent_training.build(
        problem,
        {names[1]: recurrent_training.TORCH_PEERS[names[1]]},
        cast(dict[str, Worker], recorders),
        10,
    )
    assert [entrant.units for entrant in entrants] == [100, 10]
    ((_, _, own),) = recorders[names[0]].built
    ((_, _, fewer),) = recorders[names[1]].built
    assert (own.seeds, fewer.seeds) == (100, 10)
    # An update of a hundred seeds takes long, but no sample has fewer than ten.
    assert entrants[0].repeats == entrants[1].repeats == 10


def test_tables_of_seeds_vary_one_thing_each() -> None:
    chosen = seeds.options(["--devices", "1", "2", "--seeds", "2", "8", "--group", "4"])
    tables = list(seeds.tables(chosen).values())
    assert tables[0] == [seeds.Layout(n, d, 2) for d in (2, 1) for n in (2, 8)]
    assert tables[1] == [seeds.Layout(16, d, 2, group=4) for d in (2, 1)]
    assert tables[2] == [seeds.Layout(n, 2, parts) for n in (1, 16) for parts in (2, 1)]
    odd = seeds.tables(seeds.options(["--batch", "7", "--group"]))
    assert len(odd) == 1, "nothing to group, nothing to cut"


@pytest.mark.parametrize("length", [1, 2, 5, 8])
def test_torch_program_s_strings_are_palindromes(length: int) -> None:
    digits = torch_study.palindromes(np.random.default_rng(0), length, 500)
    assert digits.shape == (length, 500)
    np.testing.assert_array_equal(digits, digits[::-1])
    assert set(np.unique(digits)) == set(range(10))


def test_torch_program_tells_its_accuracies(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    file = tmp_path / "accuracies.json"
    torch_study.main(["--smoke", "--seeds", "2", "--cells", "gru", "--json", str(file)])
    (row,) = json.loads(file.read_text())
    assert (row["cell"], row["length"]) == ("gru", 3)
    assert all(0 <= accuracy <= 1 for accuracy in row["accuracy"])


def test_study_holds_accuracies_against_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    low, high = [0.1, 0.11, 0.12, 0.13], [0.5, 0.51, 0.52, 0.53]
    rnn, lstm = ("rnn", 5), ("lstm", 5)
    shown = {"seqjax": {rnn: low, lstm: low}, "torch": {rnn: low[::-1], lstm: high}}
    assert study.compare(shown) == ["lstm at T = 5"]
    assert "| lstm | 5 | 0.115 [" in capsys.readouterr().out
    few = {name: {rnn: found[lstm][:3]} for name, found in shown.items()}
    assert study.compare(few) == [], "three seeds prove nothing"
    assert study.compare({"seqjax": {rnn: low}}) == [], "torch may be missing"


def test_both_programs_of_the_study_get_the_same_work() -> None:
    chosen = study.options(["--smoke"])
    assert (
        vars(torch_study.options(study.work(chosen))).items()
        >= {
            "cells": ["rnn"],
            "lengths": [3],
            "seeds": 1,
            "steps": 2,
            "batch_size": 8,
            "hidden_size": 8,
            "evaluation_size": 40,
        }.items()
    )


def test_a_program_that_fails_is_told() -> None:
    with pytest.raises(RuntimeError, match="ended with status 3:\nno luck"):
        programs.run(
            ["-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"]
        )


def test_figure_and_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    timings = {
        name: Timing([0.001, 0.002], 2, 1, 3) for name in ("adjoint", "unrolled")
    }
    settings = [(Problem("rnn", n, 1), timings, timings) for n in (5, 10)]
    scan_vs_unrolled.draw(settings, tmp_path / "figure")
    assert {path.name for path in tmp_path.iterdir()} == {"figure.png", "figure.svg"}
    raced = [
        (Product("uniform", edges // 10, edges, columns), {"seqjax": timing})
        for edges, timing in ((2000, timings["adjoint"]), (1000, timings["unrolled"]))
        for columns in (16, 128)
    ]
    graphs.draw(raced, tmp_path / "edges")
    assert (tmp_path / "edges.svg").stat().st_size > 1000
    report.write(tmp_path / "out.json", {"timings": report.samples(timings)})
    content = json.loads((tmp_path / "out.json").read_text())
    assert content["timings"]["adjoint"]["seconds"] == [0.001, 0.002]
    assert content["machine"]["versions"]["jax"]


def test_a_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    report.heading("Title", ("name", "ms"))
    report.row("a", report.milliseconds(Timing([0.010, 0.014], 2, 1, 1)))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Title",
        "",
        "| name | ms |",
        "| --- | ---: |",
        "| a | 6.00 [5.50, 6.50] |",
    ]
