"""The page on a study of one's own shows files that are there, and they run."""

import json
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from seqjax import __main__ as program
from seqjax.lab.run_directory import rundir
from seqjax.lab.run_directory.layout import read_json
from seqjax.study import Experiment, load, study_of
from seqjax.study.grid import Grid
from tests.contributing.pages import PAGES, ROOT, blocks, commands

EXAMPLES = ROOT / "docs" / "examples"
PAGE = (PAGES / "add-a-study.md").read_text("utf-8")
CODE = blocks("add-a-study", "python")


@pytest.fixture(autouse=True)
def _standard_promotion() -> Any:
    with jax.numpy_dtype_promotion("standard"):
        yield


def test_the_page_shows_the_file_to_the_letter() -> None:
    assert CODE[0] == (EXAMPLES / "sinus.py").read_text("utf-8")
    for name in ("sinus", "membrane"):
        assert f"(../examples/{name}.py)" in PAGE


def test_the_other_code_of_the_page_is_a_study() -> None:
    for code in CODE[1:]:
        names: dict[str, Any] = {"__name__": "shown"}
        exec(code, names)
        (shown,) = [
            value
            for value in names.values()
            if isinstance(value, type) and issubclass(value, Experiment)
        ]
        study_of(shown)
        check(shown)


def check(experiment: type[Experiment]) -> None:
    """All that a study says fits together, for the last of its settings."""
    grid, config = Grid(experiment), experiment()
    setting = grid.settings(config)[-1]
    learner = grid.learner(config, setting)
    task, trial = learner.task(), grid.trial(config, learner, setting)
    batch = jax.eval_shape(task.batch, jax.random.key(0), trial.training)
    params = jax.eval_shape(task.init, jax.random.key(0))
    jax.eval_shape(task.loss, params, batch, trial.training)
    jax.eval_shape(learner.test, (params, ()), trial.evaluation)


@pytest.mark.parametrize("name", ["sinus", "membrane"])
def test_the_examples_are_studies(name: str) -> None:
    (study,) = load(EXAMPLES / f"{name}.py")
    check(study.config_type)


def test_the_commands_of_the_page_are_commands_for_these_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the training, for which tables stand in."""
    shown = [words for block in commands("add-a-study") for words in block]
    assert [words[:2] for words in shown] == [
        ["seqjax", "run"],
        ["seqjax", "run"],
        ["seqjax", "runs"],
        ["seqjax", "report"],
        ["seqjax", "verify"],
        ["seqjax", "run"],
    ]
    monkeypatch.chdir(ROOT)
    for words in shown:
        if words[1] == "run":
            assert program.main([words[1], words[2], "--help"]) == 0
        assert all(Path(word).exists() for word in words if word.startswith("docs/"))


def test_the_tables_have_the_columns_that_a_study_prints() -> None:
    for text, name in zip(
        blocks("add-a-study", "text"), ("sinus", "membrane"), strict=True
    ):
        (study,) = load(EXAMPLES / f"{name}.py")
        config = study.config_type()
        title = f"{study.summary}: {config.seeds} seeds, {config.steps} updates"
        assert text.startswith(title)
        rows = [line for line in text.splitlines() if line.rstrip().endswith("  0")]
        settings = Grid(study.config_type).settings(config)
        assert [row.split()[: len(settings[0])] for row in rows] == [
            [str(value) for value in setting] for setting in settings
        ]


def test_the_entry_point_of_the_page_is_one() -> None:
    (shown,) = blocks("add-a-study", "toml")
    found = tomllib.loads(shown)["project"]["entry-points"]["seqjax.studies"]
    ((name, value),) = found.items()
    entry = EntryPoint(name, value, "seqjax.studies")
    assert (entry.module, entry.attr) == ("mypackage.sinus", "Sinus")


def test_membrane_is_split_by_time_and_tested_on_the_same_values() -> None:
    (study,) = load(EXAMPLES / "membrane.py")
    config = study.config_type()
    grid = Grid(study.config_type)
    found = [grid.learner(config, setting).data() for setting in grid.settings(config)]
    series = config.series()
    assert series.shape == (12000,)
    known = series[:9000]
    whole = (series - known.mean()) / known.std()
    for setting, data in zip(grid.settings(config), found, strict=True):
        assert not callable(data.train)
        inputs, (following, last) = data.test
        assert inputs.shape == (3000, setting.window)
        np.testing.assert_allclose(following, whole[9000:], rtol=1e-6)
        np.testing.assert_array_equal(inputs[:, -1], last)
        assert len(data.train[0]) == 9000 - setting.window
        np.testing.assert_allclose(data.train[1][0][-1], whole[8999], rtol=1e-6)
    as_arrays = tuple(map(jax.numpy.asarray, (following, last)))
    # A forecast that nothing changes is persistence.
    still = config.score(as_arrays[1], as_arrays)
    assert float(still) == 0


def test_membrane_takes_another_file(tmp_path: Path) -> None:
    (study,) = load(EXAMPLES / "membrane.py")
    np.savetxt(tmp_path / "own.txt", np.arange(50).reshape(10, 5))
    config = study.config_type(file=str(tmp_path / "own.txt"))
    np.testing.assert_array_equal(config.series(), np.arange(50))


@pytest.mark.slow
def test_membrane_runs(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["--seeds", "1", "--steps", "2", "--windows", "3", "--hidden-size", "2"]
    words += ["--batch-size", "1000", "--devices", "2", "--progress", "none"]
    file = str(EXAMPLES / "membrane.py")
    assert program.main(["run", file, *words, "--out", str(out)]) == 0
    (study,) = load(Path(file))
    with rundir.open_finished(study, out) as run:
        (row,) = run.results.rows
    assert (row["cell"], row["window"]) == ("gru", 3)
    assert np.isfinite([row["score"], row["loss"]]).all()
    assert "settings" in read_json(out / "summary.json")
    assert json.loads((out / "config.json").read_text())["study"] == "membrane"
    assert re.fullmatch(r"membrane\.py [0-9a-f]{64}", study.source)
