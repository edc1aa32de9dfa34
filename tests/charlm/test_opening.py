"""A model of a training is found by its seed, and every mistake is told."""

from pathlib import Path

import jax
import numpy as np
import pytest

from seqjax.charlm.opening import BEST, LAST, model_name, open_model, seeds_of
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory.model_files import StoredModel
from tests.charlm.tiny_models import stored, tiny_model


def labelled(name: str) -> StoredModel:
    model = tiny_model()
    return model._replace(training={**model.training, "name": name})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run directory with the models of seeds 2, 3 and 10."""
    for seed in (10, 2, 3):
        for which in (BEST, LAST):
            name = model_name(seed, which)
            stored(tmp_path / "models" / name, labelled(name))
    (tmp_path / "models" / "seed-x").mkdir()
    (tmp_path / "models" / "notes").mkdir()
    return tmp_path


def test_by_default_it_is_the_best_model_of_the_first_seed(run: Path) -> None:
    assert seeds_of(run) == [2, 3, 10]
    assert open_model(run).training["name"] == "seed-2/best"
    assert open_model(run, last=True).training["name"] == "seed-2/last"
    assert open_model(run, seed=10).training["name"] == "seed-10/best"
    assert open_model(run, seed=3, last=True).training["name"] == "seed-3/last"


def test_a_model_is_opened_as_it_was_stored(run: Path) -> None:
    found, model = open_model(run), tiny_model()
    assert (found.network, found.vocabulary) == (model.network, model.vocabulary)
    for ours, theirs in zip(
        jax.tree.leaves(found.params), jax.tree.leaves(model.params), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_model_may_lie_anywhere(run: Path) -> None:
    assert seeds_of(run / "models" / "seed-3" / "last") == []
    found = open_model(run / "models" / "seed-3" / "last")
    assert found.training["name"] == "seed-3/last"


def error_of(folder: Path, seed: int | None = None, last: bool = False) -> str:
    with pytest.raises(UserError) as error:
        open_model(folder, seed=seed, last=last)
    return str(error.value)


def test_errors_word_by_word(run: Path) -> None:
    assert error_of(run, seed=1) == f"seed must be one of 2 3 10 in {run}, not 1"
    model = run / "models" / "seed-3" / "last"
    for seed, last in ((3, False), (None, True)):
        assert error_of(model, seed, last) == (
            f"{model} must be a run directory to choose a model of, but is a model "
            "itself; leave out --model-seed and --last"
        )
    assert error_of(run / "models") == (
        f"{run}/models must hold a model, but has neither model.json nor models; give "
        "the --out of seqjax.charlm train"
    )
    for folder in (run / "nowhere", model / "model.json"):
        assert error_of(folder) == (
            f"{folder} must be the run directory of a training, or a model's folder, "
            "but is no folder; give the --out of seqjax.charlm train"
        )


def test_a_training_that_has_just_begun_may_lack_a_model(run: Path) -> None:
    (run / "models" / "seed-2" / "best" / "model.json").unlink()
    assert error_of(run) == (
        f"{run}/models/seed-2/best must hold a model, but has no model.json; give a "
        "folder that a training wrote"
    )
    assert open_model(run, last=True).training["name"] == "seed-2/last"
