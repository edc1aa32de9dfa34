"""The command from end to end: its files, its errors, and what kills it."""

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax.charlm.opening import open_model
from seqjax.charlm.study import TRAIN
from seqjax.charlm.training import BLOCK
from seqjax.lab.command_line import cli
from tests.charlm.trainings import CONFIG, OPTIONS, TEXT, adapted

pytestmark = pytest.mark.usefixtures("optax_mixes")

Capture = pytest.CaptureFixture[str]
Train = Callable[..., int]
ROOT = Path(__file__).parents[2]
PLAIN = replace(TRAIN, figures=lambda config, results: {})


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command line, in this process, on programs that are compiled already.

    It is in an empty folder but for the text, tale.txt, and draws no figures.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seqjax.lab.running.devices.configure", lambda *_: None)
    monkeypatch.setattr(
        "seqjax.lab.run_directory.environment.environment", lambda: {"jax": 1}
    )
    monkeypatch.setattr(
        "seqjax.charlm.study.equip",
        lambda config, corpus: adapted(config)._replace(corpus=corpus),
    )
    Path("tale.txt").write_text(TEXT)

    def run(*words: object, study: Any = PLAIN) -> int:
        return cli.main([study], ["train", *map(str, words)])

    return run


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()
    }


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((path / "results.csv").read_text().splitlines()))


def same_results(path: Path, other: Path) -> None:
    """All files are the same, but what tells of the command and of the machine."""
    ours, theirs = contents(path), contents(other)
    assert set(ours) == set(theirs)
    for name, data in ours.items():
        if name not in ("config.json", "environment.json"):
            assert data == theirs[name], name


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a training that nobody disturbs."""
    return tmp_path_factory.mktemp("undisturbed") / "run"


@pytest.fixture
def whole(undisturbed: Path, train: Train) -> Path:
    if not undisturbed.exists():
        assert train("tale.txt", *OPTIONS.split(), "--out", undisturbed) == 0
    return undisturbed


# --- a whole run ---


def test_a_whole_run(
    train: Train, whole: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "run"
    words = ["tale.txt", *OPTIONS.split(), "--out", out]
    capsys.readouterr()
    assert train(*words, study=TRAIN) == 0
    captured = capsys.readouterr()
    weights = {str(p.relative_to(out)) for p in out.rglob("*.safetensors")}
    assert len(weights) == 4
    models = {
        f"models/seed-{seed}/{which}/model.json"
        for seed in (0, 1)
        for which in ("best", "last")
    }
    drawn = {
        f"figures/{n}.{s}" for n in ("training", "memorisation") for s in ("png", "svg")
    }
    assert set(contents(out)) == {
        *("config.json", "environment.json", "results.csv", "history.npz"),
        *("tables.json", "summary.json"),
        *("texts/samples.txt", "texts/samples.html"),
        *(models | drawn | weights),
    }
    stored = json.loads((out / "config.json").read_text())["config"]
    expected = json.loads((whole / "config.json").read_text())["config"]
    assert stored == expected
    assert stored["corpus"] == ["tale.txt"]
    rows = table(out)
    assert list(rows[0]) == ["block", *TRAIN.columns]
    assert [(row["seed"], row["step"]) for row in rows] == [
        (seed, step) for step in ("0", "8", "16", "24") for seed in "01"
    ]
    assert {row["seconds"] for row in rows} == {""}
    with np.load(out / "history.npz") as history:
        assert set(history.files) == {f"{BLOCK}/{name}" for name in TRAIN.history_axes}
        for name, axes in TRAIN.history_axes.items():
            assert history[f"{BLOCK}/{name}"].ndim == len(axes)
    for title in ("Training on tale\n", "Models\n", "Samples\n"):
        assert title in captured.out
    assert captured.out.splitlines()[-5:] == [
        f"figure: {out}/figures/memorisation.png",
        f"figure: {out}/figures/training.png",
        f"text: {out}/texts/samples.html",
        f"text: {out}/texts/samples.txt",
        f"results: {out}",
    ]
    assert "training: begins (lstm on tale.txt)" in captured.err
    # Complete: shown again without its text, and drawn again from its files.
    before = contents(out)
    Path("tale.txt").unlink()
    assert train(*words, study=TRAIN) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == captured.out.splitlines()[:-1]
    for name in ("texts", "figures"):
        shutil.rmtree(out / name)
    assert train("--redraw", out, study=TRAIN) == 0
    assert contents(out) == before
    # And so nothing depends on the run, but what tells of it.
    for name in drawn:
        (out / name).unlink()
    (out / "figures").rmdir()
    same_results(out, whole)


def test_the_summary_is_that_of_the_rows(whole: Path) -> None:
    rows = table(whole)
    summary = json.loads((whole / "summary.json").read_text())
    best = []
    for seed in "01":
        own = [float(row["validation_loss"]) for row in rows if row["seed"] == seed]
        best.append(min(own))
        model = open_model(whole, seed=int(seed))
        assert model.training["validation_loss"] == min(own)
        assert summary["best"][int(seed)]["validation_loss"] == min(own)
        assert open_model(whole, seed=int(seed), last=True).training["step"] == 24
    assert summary["validation_loss"] == pytest.approx(np.mean(best))
    assert summary["validation_bits"] == pytest.approx(np.mean(best) / np.log(2))
    assert (summary["seeds"], summary["updates"], summary["diverged"]) == (2, 24, 0)
    assert summary["epochs"] == float(rows[-1]["epoch"])
    # States are carried in training, and so in what it is compared with.
    gaps = [float(r["validation_loss"]) - float(r["train_loss"]) for r in rows[-2:]]
    assert summary["generalisation_gap"] == pytest.approx(np.mean(gaps))


def test_a_model_says_all_that_is_needed_to_use_it(whole: Path) -> None:
    said = open_model(whole, seed=1).training
    assert {name: said[name] for name in said if name != "text_sha256"} | {
        "train_loss": 0,
        "validation_loss": 0,
        "step": 0,
    } == {
        "text": "tale.txt",
        "corpus": ["tale.txt"],
        "encoding": None,
        "gutenberg": False,
        "split": [0.8, 0.2, 0.0],
        "vocabulary": "characters",
        "preset": "course",
        "window": 5,
        "batch_size": 4,
        "carried": True,
        "seed": 1,
        "train_loss": 0,
        "validation_loss": 0,
        "step": 0,
    }


# --- killed, interrupted, damaged ---


def renamed(monkeypatch: pytest.MonkeyPatch, before: Callable[[int], None]) -> None:
    """Has something done before every file gets its name."""
    real, count = os.replace, 0

    def wrapper(*args: Any) -> None:
        nonlocal count
        count += 1
        before(count)
        real(*args)

    monkeypatch.setattr(os, "replace", wrapper)


@pytest.mark.slow
def test_a_run_killed_at_any_instant_ends_as_if_it_had_not(
    train: Train, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["tale.txt", *OPTIONS.split(), "--out"]
    copies: list[Path] = []
    chosen = set(np.random.default_rng(3).choice(60, 12, replace=False).tolist())

    def copy(count: int) -> None:
        # What is on the disk at this instant is what a killed process leaves there.
        if count in chosen:
            copies.append(tmp_path / f"killed-{count}")
            shutil.copytree(tmp_path / "run", copies[-1])

    with monkeypatch.context() as patch:
        renamed(patch, copy)
        assert train(*words, "run") == 0
    same_results(tmp_path / "run", whole)
    begun = [path for path in copies if list(path.glob("checkpoints/*.npz"))]
    assert len(begun) > 4
    for path in begun[:5]:
        assert train(*words, path) == 0
        same_results(path, whole)
        assert not (path / "checkpoints").exists()


@pytest.mark.slow
def test_an_interrupt_says_how_to_go_on(
    train: Train,
    whole: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["tale.txt", *OPTIONS.split(), "--out", "run"]

    def interrupt(count: int) -> None:
        if count == 30:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        renamed(patch, interrupt)
        assert train(*words, "--overwrite") == 130
    assert capsys.readouterr().err.splitlines()[-1] == (
        "seqjax.charlm train: interrupted: 0 of 1 blocks are saved in run; the same "
        "command without --overwrite goes on from there"
    )
    checkpoints = sorted(Path("run/checkpoints").iterdir())
    assert len(checkpoints) == 2
    shutil.copytree("run", "other")

    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])

    # The newest is damaged, or both are.
    for folder, damaged in (("run", checkpoints[1:]), ("other", checkpoints)):
        for path in damaged:
            damage(folder / path.relative_to("run"))
        assert train(*words[:-1], folder) == 0
        told = [
            line
            for line in capsys.readouterr().err.splitlines()
            if line.startswith("seqjax: warning")
        ]
        assert told == [
            f"seqjax: warning: {folder}/checkpoints/{path.name} is damaged; the "
            "checkpoint before it is used if there is one, else the block begins anew"
            for path in reversed(damaged)
        ]
        same_results(tmp_path / folder, whole)


def test_a_text_that_was_changed_meanwhile_is_refused(
    train: Train, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["tale.txt", *OPTIONS.split(), "--out", "run"]

    def interrupt(count: int) -> None:
        if count == 30:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        renamed(patch, interrupt)
        assert train(*words) == 130
    before = contents(Path("run"))
    Path("tale.txt").write_text(TEXT.replace("cat", "tac"))
    assert train(*words) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "seqjax.charlm: error: the text must be the one that the training began with, "
        "but has been changed since; put that one back, or give --overwrite to start "
        "anew"
    )
    assert contents(Path("run")) == before


# --- mistakes ---


FILES = {
    "empty.txt": b"",
    "same.txt": b"aaaaaaaaaaaa",
    "short.txt": b"abcabc",
    "binary.bin": b"abc\x00\x01" * 50,
    "latin.txt": "é".encode("latin-1") * 30 + b"abc",
}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("empty.txt", "empty.txt must hold text, but is empty; name another file"),
        (
            "same.txt --window 2",
            "same.txt must have at least two distinct characters, but has only 'a'; "
            "name another text",
        ),
        (
            "short.txt",
            "the train part of short.txt must have at least T + 1 = 31 characters, but "
            "has 5; name a longer text or a smaller T",
        ),
        (
            "tale.txt --window 40",
            "the validation part of tale.txt must have at least T + 1 = 41 characters, "
            "but has 37; name a longer text or a smaller T",
        ),
        (
            "tale.txt --carried --window 10",
            "the train part of tale.txt must have at least 64 streams of T + 1 = 11 "
            "characters (704), but has 331; make --batch-size or --window smaller, or "
            "give --no-carried",
        ),
        (
            "binary.bin",
            "binary.bin must be text, but 100 of its 250 bytes are control characters, "
            "as in a binary file; name its encoding with --encoding, or name another "
            "file",
        ),
        (
            "latin.txt --encoding utf-8",
            "latin.txt must be text in utf-8, but is not (invalid continuation byte at "
            "byte 0); leave out --encoding to have it found",
        ),
        (
            "nowhere.txt",
            "corpus must be a text file or one of python, shakespeare, grimm, bible, "
            "karenina, plato, homer, calculus, got 'nowhere.txt', which is neither; "
            "name one of them",
        ),
        (
            "shakespear",
            "corpus must be a text file or one of python, shakespeare, grimm, bible, "
            "karenina, plato, homer, calculus, got 'shakespear', which is neither; did "
            "you mean shakespeare?",
        ),
        (
            "./shakespeare",
            "corpus must be a text file or one of python, shakespeare, grimm, bible, "
            "karenina, plato, homer, calculus, got './shakespeare', which is neither; "
            "did you mean shakespeare?",
        ),
        (".", "cannot read the text .: Is a directory; name a text file"),
        (
            "tale.txt --split 0.9 0.2 0",
            "--split must be the shares of train, validation and test, the first above "
            "0 and all together 1, got 0.9 0.2 0; for example --split 0.9 0.05 0.05",
        ),
        (
            "tale.txt --split 0.9 0.1",
            "--split must be the shares of train, validation and test, the first above "
            "0 and all together 1, got 0.9 0.1; for example --split 0.9 0.05 0.05",
        ),
        (
            "--split tale.txt",
            "--split must have a value, got none; for example --split 0.9 0.1 0.0",
        ),
        (
            "tale.txt --learning-rate 0",
            "learning_rate must be a finite number above 0, not 0.0; try 1e-3",
        ),
        (
            "tale.txt --sample-temperatures 0.5 -1",
            "sample_temperatures must be a finite number of at least 0, not -1.0; 0 is "
            "greedy",
        ),
        (
            "tale.txt --sample-lengths 0",
            "sample_lengths must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            "tale.txt --steps 5 --epochs 1",
            "a training must end by one of steps, epochs, minutes, not by steps and "
            "epochs; give one",
        ),
        (
            "tale.txt --steps 3000000000",
            "a training must have fewer than 2147483647 updates, not 3e+09; give fewer "
            "steps or epochs",
        ),
        (
            "tale.txt --preset",
            "--preset must have a value, got none; for example --preset course",
        ),
        (
            "tale.txt --vocabulary words",
            "--vocabulary must be one of characters, bytes, got 'words'; choose one of "
            "these",
        ),
        ("tale.txt --step 5", "unknown option --step; did you mean --steps?"),
        (
            "--steps tale.txt",
            "--steps must be a whole number, got 'tale.txt'; for example --steps 5000",
        ),
        (
            "tale.txt --steps 5 6",
            "corpus must be a text file or one of python, shakespeare, grimm, bible, "
            "karenina, plato, homer, calculus, got '6', which is neither; name one of "
            "them",
        ),
        (
            "-- --steps",
            "corpus must be a text file or one of python, shakespeare, grimm, bible, "
            "karenina, plato, homer, calculus, got '--steps', which is neither; name "
            "one of them",
        ),
    ],
)
def test_mistakes_word_by_word(
    train: Train, capsys: Capture, words: str, message: str
) -> None:
    for name, data in FILES.items():
        Path(name).write_bytes(data)
    before = contents(Path())
    assert train(*words.split(), "--out", "run", study=TRAIN) == 2
    assert capsys.readouterr() == ("", f"seqjax.charlm: error: {message}\n")
    assert contents(Path()) == before
    assert not Path("run").exists()


def test_a_mistake_does_not_cost_the_run_that_is_there(
    train: Train, whole: Path, tmp_path: Path, capsys: Capture
) -> None:
    shutil.copytree(whole, tmp_path / "run")
    before = contents(tmp_path / "run")
    assert train("tail.txt", "--out", "run", "--overwrite") == 2
    assert "got 'tail.txt', which is neither" in capsys.readouterr().err
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("words", "corpus"),
    [
        ("tale.txt --steps 3", ["tale.txt"]),
        ("--steps 3 tale.txt", ["tale.txt"]),
        ("--carried tale.txt --steps 3 ./shakespeare", ["tale.txt", "./shakespeare"]),
        ("--sample-lengths 3 7 tale.txt --gutenberg", ["tale.txt"]),
        ("--gutenberg -- tale.txt --odd", ["tale.txt", "--odd"]),
        ("--no-carried", []),
    ],
)
def test_words_are_texts_wherever_they_stand(
    train: Train, monkeypatch: pytest.MonkeyPatch, words: str, corpus: list[str]
) -> None:
    for name in ("shakespeare", "--odd"):
        Path(name).write_text(TEXT)
    seen = []

    def run(config: Any, finished: Any, report: Any) -> Any:
        seen.append(config)
        raise KeyboardInterrupt
        yield

    study = replace(PLAIN, run=run, check=None)
    assert train("--out", "run", *words.split(), study=study) == 130
    assert list(seen[0].corpus) == corpus
    assert seen[0].steps == (3 if "--steps" in words else 5000)


def test_help_explains_every_option(train: Train, capsys: Capture) -> None:
    assert train("--help", study=TRAIN) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith(
        "usage: python -m seqjax.charlm train [CORPUS ...] [OPTIONS]"
    )
    assert "that comes with Python. (default: none)" in shown
    for name in vars(CONFIG):
        if name != "corpus":
            assert f"--{name.replace('_', '-')}" in shown
