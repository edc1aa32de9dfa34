"""The command: its run directory, going on, and what it refuses in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seqjax.charlm.evaluation import STUDY
from seqjax.lab.command_line.cli import main
from seqjax.lab.run_directory.model_files import save_model
from tests.charlm.hand_made import (
    ALPHABET,
    cycle,
    letters,
    run_folder,
    training_of,
    uniform,
    write_text,
)

Capture = pytest.CaptureFixture[str]

WORDS = """--temperatures 0.5 --lengths 60 --samples 2 --prompt-length 5
--grams 4"""
OPTIONS = WORDS.split()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A text, and a run directory ``trained`` with seeds 0 and 2."""
    monkeypatch.chdir(tmp_path)
    held_out = letters(1, 20 * len(ALPHABET))
    path = write_text(tmp_path, 60 * ALPHABET, held_out).relative_to(tmp_path)
    training = training_of(path)
    run_folder(Path("trained"), {0: cycle(training), 2: uniform(training)})
    save_model(Path("one"), uniform(training))
    return tmp_path


def test_a_run_is_kept_and_shown_again_but_not_of_other_models(
    here: Path, capsys: Capture
) -> None:
    words = ["evaluate", "trained", *OPTIONS, "--out", "card"]
    before = sorted(here.rglob("*"))
    assert main([STUDY], words) == 0
    first = capsys.readouterr().out
    assert "WARNING: the model of seed 0 recites the training text." in first
    out = here / "card"
    assert {path.name for path in (out / "figures").glob("*.svg")} == {
        *("losses.svg", "calibration.svg", "novelty_and_words.svg", "quality.svg"),
        "memorisation.svg",
    }
    assert (out / "texts" / "samples.txt").read_text().startswith("WARNING: ")
    # Nothing but the run directory is new.
    rest = [path for path in here.rglob("*") if out not in (path, *path.parents)]
    assert sorted(rest) == before

    assert main([STUDY], words) == 0
    again = capsys.readouterr().out
    assert again == first.replace("results: card", "complete already: card")

    save_model(
        here / "trained/models/seed-2/best", cycle(training_of(Path("text.txt")))
    )
    assert main([STUDY], words) == 2
    line = capsys.readouterr().err
    assert line.startswith(
        "seqjax.charlm: error: card holds a run of other settings: weights was "
    )
    assert line.endswith("; give --overwrite to start anew, or another --out\n")


def spoil_weights(folder: Path) -> None:
    (weights,) = (folder / "one").glob("*.safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))


def change_text(folder: Path) -> None:
    path = folder / "text.txt"
    path.write_text(path.read_text()[::-1])


def forget_window(folder: Path) -> None:
    training = training_of(Path("text.txt"))
    del training["window"]
    save_model(folder / "one", uniform(training))


def mix_texts(folder: Path) -> None:
    training = training_of(Path("text.txt")) | {"text_sha256": "0"}
    save_model(folder / "trained/models/seed-2/best", uniform(training))


def nothing(folder: Path) -> None:
    pass


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "": (
        nothing,
        "MODEL must be one folder, not none; give the --out of seqjax.charlm train",
    ),
    "trained one": (
        nothing,
        "MODEL must be one folder, not trained and one; give the --out of "
        "seqjax.charlm train",
    ),
    "nowhere": (
        nothing,
        "nowhere must be the run directory of a training, or a model's folder, but is "
        "no folder; give the --out of seqjax.charlm train",
    ),
    ".": (
        nothing,
        ". must hold a model, but has neither model.json nor models; give the --out of "
        "seqjax.charlm train",
    ),
    "trained --model-seed 0 1": (nothing, "seed must be one of 0 2 in trained, not 1"),
    "one --model-seed 0": (
        nothing,
        "one must be a run directory to choose a model of, but is a model itself; "
        "leave out --model-seed and --last",
    ),
    "one --last": (
        nothing,
        "one must be a run directory to choose a model of, but is a model itself; "
        "leave out --model-seed and --last",
    ),
    "one --part test": (
        nothing,
        "--part must be a part that there is, but the test part of text.txt is empty; "
        "train with another --split",
    ),
    "one --part train": (
        nothing,
        "part must be one of validation, test, not 'train'",
    ),
    "one --lengths 801": (
        nothing,
        "--lengths must be at most 800 for text.txt, not 801; give 800 or less",
    ),
    "one --prompt-length 801": (
        nothing,
        "--prompt-length must be at most 800 for text.txt, not 801; give 800 or less",
    ),
    "one --prompts train --prompt-length 2401": (
        nothing,
        "--prompt-length must be at most 2400 for text.txt, not 2401; give 2400 or "
        "less",
    ),
    "one --ngram-order 12": (
        nothing,
        "--ngram-order must be at most 11 for text.txt, not 12; give 11 or less",
    ),
    "one --weights abc": (
        nothing,
        "weights must be those of the models, {weights}, not abc; leave them out to "
        "take what is there",
    ),
    "one --temperatures -1": (
        nothing,
        "temperatures must be a finite number of at least 0, not -1.0; 0 is greedy",
    ),
    "one --temperatures 1 1": (
        nothing,
        "temperatures must not repeat a value, but 1.0 is there twice; give it once",
    ),
    "one --top-p 0": (
        nothing,
        "top_p must be a finite number above 0 and at most 1, not 0.0; 1 keeps every "
        "character",
    ),
    "one --samples 0": (
        nothing,
        "samples must be an integer of at least 1, not 0; give 1 or more",
    ),
    "one --grams 0": (
        nothing,
        "grams must be an integer of at least 1, not 0; give 1 or more",
    ),
    "one --structure epic": (
        nothing,
        "structure must be one of auto, latex, html, play, prose, not 'epic'",
    ),
    "one --prompts test": (
        nothing,
        "prompts must be one of held-out, train, not 'test'",
    ),
    "one --seed -1": (
        nothing,
        "seed must be an integer of at least 0, not -1; give 0 or more",
    ),
    "one --out card": (
        spoil_weights,
        "{file} must have the checksum in model.json, but was changed; copy the model "
        "again",
    ),
    "one --out other": (
        change_text,
        "text.txt must be the text that the model was trained on, but has been changed "
        "since; put back the text it was trained on",
    ),
    "one --last --out third": (
        forget_window,
        "one must be a run directory to choose a model of, but is a model itself; "
        "leave out --model-seed and --last",
    ),
    "one --out fourth": (
        forget_window,
        "one must say with which T it was trained, but does not; give --window",
    ),
    "trained": (
        mix_texts,
        "trained/models/seed-2/best must be a model of the same text as "
        "trained/models/seed-0/best, but is not; evaluate it by itself",
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_evaluated_is_refused_in_one_line(
    words: str, here: Path, capsys: Capture
) -> None:
    change, message = REFUSED[words]
    change(here)
    (weights,) = (here / "one").glob("*.safetensors")
    message = message.format(
        weights=weights.stem.removeprefix("model-"),
        file=weights.relative_to(here),
    )
    before = sorted(here.rglob("*"))
    assert main([STUDY], ["evaluate", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"seqjax.charlm: error: {message}\n"
    assert sorted(here.rglob("*")) == before
