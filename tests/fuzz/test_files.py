"""Damaged input is read or refused in one line: whatever it is, and nothing else.

SEQJAX_FUZZ_FILES says how many files are damaged (160), SEQJAX_FUZZ_SEED how (0), as
in `SEQJAX_FUZZ_FILES=2000 pytest tests/fuzz`.
"""

import io
import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax import __main__ as program
from seqjax.lab.data.corpora import load
from seqjax.lab.data.graph_data import load_graph, load_temporal
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import checkpoints, runs
from seqjax.lab.run_directory.model_files import load_model, save_model
from seqjax.lab.running import driver
from tests.fuzz.damage import damaged
from tests.lab.graph_files import write_planetoid
from tests.lab.test_graph_temporal import GOOD
from tests.lab.test_model_files import draw_model
from tests.lab.toy_study import STUDY, ToyConfig

FILES = int(os.environ.get("SEQJAX_FUZZ_FILES", "160"))
SEED = int(os.environ.get("SEQJAX_FUZZ_SEED", "0"))


def text(folder: Path) -> Callable[[], Any]:
    (folder / "tale.txt").write_text("Il était “une fois”, \ufeffun roi.\r\n" * 9)
    return lambda: load([str(folder / "tale.txt")])


def edges(folder: Path) -> Callable[[], Any]:
    lines = "".join(f"{i} {(3 * i) % 17} {0.5 * i + 1}\n" for i in range(17))
    (folder / "edges.txt").write_text("# a ring\n" + lines)
    return lambda: load_graph(str(folder / "edges.txt"))


def named_edges(folder: Path) -> Callable[[], Any]:
    (folder / "friends.csv").write_text("Ann,Bob\nBob,Cid\nCid,Ann\nAnn,Dee\n")
    return lambda: load_graph(str(folder / "friends.csv"))


def series(folder: Path) -> Callable[[], Any]:
    (folder / "series.json").write_text(json.dumps(GOOD))
    return lambda: load_temporal(str(folder / "series.json"))


def planetoid(folder: Path) -> Callable[[], Any]:
    write_planetoid(folder)
    return lambda: load_graph(str(folder))


def model(folder: Path) -> Callable[[], Any]:
    save_model(folder, draw_model())
    return lambda: load_model(folder)


def run(folder: Path) -> Callable[[], Any]:
    out = folder / "run"
    driver.conduct(STUDY, ToyConfig(), out, stream=io.StringIO())
    return lambda: driver.redraw(STUDY, out, stream=io.StringIO())


def unfinished(folder: Path) -> Callable[[], Any]:
    """A run to go on with, and to list."""
    out = folder / "run"
    driver.conduct(STUDY, ToyConfig(), out, stream=io.StringIO())
    (out / "summary.json").unlink()

    def go_on() -> None:
        list(runs.find(folder, program._known))
        driver.conduct(STUDY, ToyConfig(), out, stream=io.StringIO())

    return go_on


def checkpoint(folder: Path) -> Callable[[], Any]:
    for updates in (10, 20):
        checkpoints.save(
            folder, "it", updates, {"w": np.arange(9.0), "at": np.ones(())}
        )
    return lambda: checkpoints.load(folder, "it")


KINDS = (
    *(text, edges, named_edges, series, planetoid),
    *(model, run, unfinished, checkpoint),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_damaged_files(
    kind: Callable[[Path], Callable[[], Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, folder, elsewhere = tmp_path / "whole", tmp_path / "it", tmp_path / "cwd"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    folder.mkdir()
    read = kind(folder)
    read()
    shutil.copytree(folder, whole)
    choose = random.Random(f"{kind.__name__} {SEED}")
    paths = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    refused = 0
    for number in range(max(1, FILES // len(KINDS))):
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
        path = choose.choice(paths)
        data = damaged((whole / path).read_bytes(), choose)
        (folder / path).write_bytes(data)
        began = time.monotonic()
        try:
            read()
        except UserError as error:
            refused += 1
            line = str(error)
            assert "\n" not in line, line
            assert len(line) < 1000, line
        except BaseException as error:
            (tmp_path / "culprit").write_bytes(data)
            raise AssertionError(
                f"damage {number} of {path}: {type(error).__name__}: {error}; "
                f"{tmp_path}/culprit"
            ) from error
        assert time.monotonic() - began < 20
    assert refused or kind in (text, named_edges, checkpoint) or FILES < 100
    assert not list(elsewhere.iterdir())
