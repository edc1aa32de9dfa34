"""The text of an evaluation: its parts, prompts and pieces."""

from pathlib import Path
from typing import Any

import pytest

from seqjax.charlm.corpus import corpus_of
from seqjax.charlm.evaluation.config import Config
from seqjax.charlm.evaluation.reference import Reference
from tests.charlm.hand_made import ALPHABET, letters, training_of

TEXT = letters(0, 400) + ALPHABET


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


def reference_of(path: Path, **changes: Any) -> Reference:
    known: dict[str, Any] = {"lengths": (20,), "samples": 50, "prompt_length": 7}
    config = Config(model=("model",), **known | changes)
    return Reference(config, corpus_of(training_of(path, split=[0.5, 0.25, 0.25])))


@pytest.mark.parametrize(
    ("part", "first", "end"), [("validation", 220, 330), ("test", 330, 440)]
)
def test_the_held_out_part_ends_what_is_read(
    path: Path, part: str, first: int, end: int
) -> None:
    reference = reference_of(path, part=part)
    assert reference.train == TEXT[:220]
    assert reference.held_out == TEXT[first:end]
    assert reference.first == first
    whole = reference.corpus.vocabulary.decode(reference.symbols)
    assert whole == TEXT[:end]
    assert set(reference.baselines()) == {
        *("uniform", "unigram", "5-gram", "gzip", "bzip2", "xz")
    }


@pytest.mark.parametrize(
    ("prompts", "part"), [("held-out", TEXT[220:330]), ("train", TEXT[:220])]
)
def test_prompts_are_random_places_of_their_part(
    path: Path, prompts: str, part: str
) -> None:
    found = reference_of(path, prompts=prompts).prompts
    assert len(found) == 50
    assert {len(prompt) for prompt in found} == {7}
    places = [part.index(prompt) for prompt in found]
    assert len(set(places)) > 25
    assert min(places) < len(part) / 4
    assert max(places) > len(part) / 2
    assert found == reference_of(path, prompts=prompts).prompts
    assert found != reference_of(path, prompts=prompts, seed=1).prompts


def test_pieces_are_cut_out_of_the_held_out_part(path: Path) -> None:
    reference = reference_of(path)
    assert len(reference.pieces(20)) == 110 // 20
    assert all(piece in reference.held_out for piece in reference.pieces(20))
    assert len(reference_of(path, pieces=3).pieces(20)) == 3


def test_the_kind_of_text_can_be_set(path: Path) -> None:
    assert reference_of(path).kind == "prose"
    latex = reference_of(path, structure="latex")
    assert latex.kind == latex.judge.kind == "latex"
    assert "braces_closed" in latex.judge.measures
