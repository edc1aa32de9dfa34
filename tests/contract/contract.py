"""What every study must do, at the size of smoke: the tests of all of them, once.

A file ``test_<some studies>.py`` beside this one takes all tests from here for its
studies; they are several files so that several workers share them out. A study is run
once, and its other runs use what that one has compiled.
"""

import csv
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jaxtyping
import pytest

from seqjax.__main__ import _studies
from seqjax.lab.reporting import figures
from seqjax.lab.reporting.reporter import RunReporter
from seqjax.lab.running import devices, executor
from seqjax.lab.study import Study
from tests.contract.running import hashes, run_command

OPTIONS = ("--progress", "none", "--out", "run", "--checkpoint-every", "inf")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

RESULTS = ("results.csv", "history.npz", "summary.json")
"""What figures and tables are made from."""


class Small(NamedTuple):
    """The smallest run of a study with two settings, since compiling is what costs.

    Attributes:
        words: of the command.
        diverging: options with which every seed diverges; none where nothing is
            learnt.
    """

    words: str
    diverging: str = "--learning-rate 1e38"


SMALL = {
    "palindrome": Small(
        """palindrome --cells rnn --lengths 3 6 --seeds 3 --steps 30 --batch-size 8
        --hidden-size 6 --evaluation-size 20"""
    ),
    "memory": Small(
        """memory --tasks adding --cells rnn --adding-lengths 4 6 --seeds 3 --steps 30
        --batch-size 8 --hidden-size 6 --evaluation-size 20"""
    ),
    "initialization": Small(
        """initialization --cells rnn --encodings onehot --lengths 4
        --initializers he orthogonal --seeds 3 --steps 30 --batch-size 8
        --hidden-size 6 --evaluation-size 20"""
    ),
    "optimizers": Small(
        """optimizers --optimizers sgd momentum --learning-rates 0.01 0.1 --seeds 2
        --test-seeds 3 --length 3 --steps 30 --batch-size 8 --hidden-size 6
        --evaluation-size 20""",
        "--learning-rates 1e37 1e38",
    ),
    "flow": Small(
        """gradients flow --cells rnn --length 6 --at 0 3 8 --seeds 3 --examples 8
        --jacobian-times 3 --batch-size 8 --hidden-size 4"""
    ),
    "noise": Small(
        """phased noise --models right all-learnt --seeds 3 --steps 30
        --batch-size 8 --hidden-size 4 --evaluation-size 20"""
    ),
    "silence": Small(
        """phased silence --models phased --lengths 3 4 --copied 1 --seeds 3 --steps 30
        --batch-size 8 --hidden-size 6 --evaluation-size 20"""
    ),
    "learning": Small(
        """phased learning --choices all none --seeds 3 --steps 30 --batch-size 6
        --hidden-size 4 --longest 18 --evaluation-size 30"""
    ),
    "frequency": Small(
        """phased frequency --regimes asynchronous --models phased lstm --seeds 2
        --epochs 4 --epoch-size 20 --batch-size 8 --hidden-size 5 --longest 18
        --evaluation-size 30"""
    ),
    "forecast": Small(
        """graphs forecast --dataset heat --graph example --snapshots 40
        --models gc-gru --controls persistence --seeds 3 --lags 2 --horizon 2
        --hidden-size 3 --steps 30"""
    ),
    "trees": Small(
        """graphs trees --tasks boolean --models child-sum lstm --train-depth 2
        --test-depth 3 --seeds 3 --steps 30 --batch-size 8 --training-size 32
        --hidden-size 4 --evaluation-size 20"""
    ),
    "classify": Small(
        """graphs classify --dataset karate --model renormalized mlp
        --seeds 3 --epochs 60""",
        "--learning-rate 1e38",
    ),
    "hops": Small(
        """graphs hops --models renormalized mlp --layers 2 --depths 1 2 --seeds 2
        --hidden-size 3 --memory-nodes 0 --memory-size 4 --batch-size 2 --fan-out 1""",
        "",
    ),
}


BOTH_FORMATS = "palindrome"
"""The study whose figures are written as PNG too, which is the same drawing."""


class Ran(NamedTuple):
    """A study, run to its end.

    Attributes:
        name: in `SMALL`.
        study: as the command line has it.
        folder: in which it was run, as ``run``.
        hashes: of all files that it wrote.
        advances: how often it reported progress.
    """

    name: str
    study: Study[Any]
    folder: Path
    hashes: dict[str, str]
    advances: int

    @property
    def words(self) -> list[str]:
        """Of the command, without the place of the run."""
        return SMALL[self.name].words.split()

    @property
    def program(self) -> str:
        """What its messages begin with."""
        return f"seqjax.{self.words[0]}"


@contextmanager
def without_type_checks() -> Iterator[None]:
    """Inside, annotations are not compared with what comes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def run_study(name: str, folder: Path) -> Iterator[Ran]:
    """Runs a study; what it has compiled is let go of at the end."""
    words = SMALL[name].words.split()
    known = {study.name: study for study in _studies(words[0])}
    study = known.get(" ".join(words[:2])) or known[words[0]]
    assert isinstance(study, Study)
    # As users have it: optax's Adam mixes integers and floats, and nobody checks types
    # at every call, which takes a third of the time. Each study's own tests do.
    with (
        pytest.MonkeyPatch.context() as patch,
        jax.numpy_dtype_promotion("standard"),
        without_type_checks(),
    ):
        patch.setattr(devices, "configure", lambda *_: None)
        patch.setattr("os.fsync", lambda _: None)
        if name != BOTH_FORMATS:
            patch.setattr(figures, "FORMATS", {"svg": figures.FORMATS["svg"]})
        counted = counting(patch)
        status, told = run_command([*words, *OPTIONS], folder)
        assert status == 0, told
        yield Ran(name, study, folder, hashes(folder / "run"), len(counted))
    jax.clear_caches()


def counting(
    patch: pytest.MonkeyPatch, then: Callable[[int], None] = lambda _: None
) -> list[int]:
    """Counts reports of progress, and does something after each.

    Args:
        patch: undoes it.
        then: called with the number of the report, from 1.
    """
    counted: list[int] = []

    def counts(name: str) -> None:
        reported = getattr(RunReporter, name)

        def reporting(self: RunReporter, *given: Any) -> None:
            counted.append(len(counted) + 1)
            reported(self, *given)
            then(len(counted))

        patch.setattr(RunReporter, name, reporting)

    counts("block")
    counts("advance")
    return counted


def results(run: Path) -> dict[str, str]:
    """Hashes of what figures, texts and tables are made from, and of kept models."""
    return {
        name: value
        for name, value in hashes(run).items()
        if name in RESULTS or name.startswith("models/")
    }


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take seconds, and come from the results alone: see their own test."""
    monkeypatch.setattr(executor, "draw", lambda _: None)


def test_the_files_are_there_and_complete(ran: Ran) -> None:
    run = ran.folder / "run"
    with (run / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = json.loads((run / "config.json").read_text())
    assert header["study"] == ran.study.name
    assert list(rows[0]) == ["block", *ran.study.columns]
    names = list(dict.fromkeys(row["block"] for row in rows))
    assert len(names) == header["blocks"]
    summary = json.loads((run / "summary.json").read_text())
    assert summary, "a summary says something"
    assert json.loads((run / "tables.json").read_text())
    drawn = (run / "figures").iterdir()
    stems = {path.stem for path in (run / "figures").glob("*.svg")}
    assert {path.name for path in drawn} == {
        f"{stem}.{kind}" for stem in stems for kind in figures.FORMATS
    }
    assert not list(run.glob("checkpoints/*"))


def test_a_complete_run_is_shown_again(ran: Ran) -> None:
    status, told = run_command([*ran.words, *OPTIONS], ran.folder)
    assert status == 0
    assert told.splitlines()[-1] == "complete already: run"
    assert hashes(ran.folder / "run") == ran.hashes


def test_other_settings_are_refused_and_nothing_is_lost(ran: Ran) -> None:
    config = json.loads((ran.folder / "run" / "config.json").read_text())["config"]
    seeds = config["seeds"]
    words = [*ran.words, *OPTIONS, "--seeds", str(seeds + 1)]
    assert run_command(words, ran.folder) == (
        2,
        f"{ran.program}: error: run holds a run of other settings: seeds was {seeds}, "
        f"is {seeds + 1}; give --overwrite to start anew, or another --out\n",
    )
    assert hashes(ran.folder / "run") == ran.hashes


def test_an_option_that_is_not_there_is_named_with_its_like(ran: Ran) -> None:
    status, told = run_command([*ran.words, "--sedes", "3", "--out", "x"], ran.folder)
    assert (status, told) == (
        2,
        f"{ran.program}: error: unknown option --sedes; did you mean --seeds?\n",
    )
    assert not (ran.folder / "x").exists()


def test_a_bad_number_of_seeds_is_refused(ran: Ran) -> None:
    words = [*ran.words, "--seeds", "0", "--out", "x"]
    assert run_command(words, ran.folder) == (
        2,
        f"{ran.program}: error: seeds must be an integer of at least 1, not 0; "
        "give 1 or more\n",
    )
    assert not (ran.folder / "x").exists()


def test_every_option_is_explained_under_a_heading(ran: Ran) -> None:
    command = ran.study.name.split()
    status, told = run_command([*command, "--help"], ran.folder)
    assert status == 0
    from seqjax.lab.command_line.options import options_of

    for option in options_of(ran.study.config_type):
        if option.name != ran.study.positional:
            assert f"{option.flag} " in told or f"{option.flag}," in told
    assert "\ncommon options:\n" in told


def test_figures_and_texts_are_redrawn_from_the_files_alone(ran: Ran) -> None:
    for folder in ("figures", "texts"):
        for path in (ran.folder / "run" / folder).glob("*"):
            path.unlink()
    words = [*ran.study.name.split(), "--redraw", "run"]
    status, told = run_command(words, ran.folder)
    assert status == 0, told
    assert hashes(ran.folder / "run") == ran.hashes


@pytest.mark.usefixtures("undrawn")
def test_interrupted_by_every_signal_and_resumed_it_is_the_same_to_the_byte(
    ran: Ran, tmp_path: Path
) -> None:
    """Nothing is kept but on a signal: what is lost is at most one look."""
    kept: list[int] = []
    keep = RunReporter.keep

    def keeping(self: RunReporter, updates: int, arrays: Any) -> None:
        kept.append(updates)
        keep(self, updates, arrays)

    # The first as the first block begins, each other a quarter of the run later.
    later = 1 + (ran.advances - 1) // 4
    for sign, last in zip(SIGNALS, (1, later, later), strict=True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RunReporter, "keep", keeping)
            status, told = _signalled(patch, sign, last, ran, tmp_path)
        assert status == 128 + sign, told
        assert "blocks are saved in run; the same command goes on from there" in told
        assert f" {_saved(tmp_path / 'run')} of " in told
    # Within a training, which is kept as it stands, or just after a block.
    learns = SMALL[ran.name].diverging
    assert kept or _saved(tmp_path / "run") or not learns
    status, told = run_command([*ran.words, *OPTIONS], tmp_path)
    assert status == 0, told
    assert results(tmp_path / "run") == results(ran.folder / "run")


def _signalled(
    patch: pytest.MonkeyPatch, sign: signal.Signals, last: int, ran: Ran, folder: Path
) -> tuple[int, str]:
    """Status and words of a run that gets a signal at a report of its progress."""
    # A program in the background, or under nohup, is started to ignore it.
    default = signal.default_int_handler if sign == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(sign, default)
    counting(patch, lambda n: signal.raise_signal(sign) if n == last else None)
    try:
        return run_command([*ran.words, *OPTIONS], folder)
    finally:
        signal.signal(sign, before)


def _saved(run: Path) -> int:
    if not (run / "results.csv").exists():
        return 0
    with (run / "results.csv").open(encoding="utf-8", newline="") as file:
        return len({row["block"] for row in csv.DictReader(file)})


@pytest.mark.usefixtures("undrawn")
def test_in_chunks_of_seeds_it_is_the_same_to_the_byte(
    ran: Ran, tmp_path: Path
) -> None:
    words = [*ran.words, *OPTIONS, "--seeds-at-once", "1"]
    if ran.study.seed_bytes is None:
        assert run_command(words, tmp_path) == (
            2,
            f"{ran.program}: error: seeds_at_once must be left out, got 1; "
            f"{ran.study.name} trains all its seeds at once\n",
        )
        return
    status, told = run_command(words, tmp_path)
    assert status == 0, told
    assert results(tmp_path / "run") == results(ran.folder / "run")


def test_seeds_that_all_diverge_have_all_failed(ran: Ran, tmp_path: Path) -> None:
    """One meaning of a failed seed: chance-level accuracy, and never solved."""
    diverging = SMALL[ran.name].diverging.split()
    if not diverging:
        pytest.skip("nothing is learnt")
    status, told = run_command([*ran.words, *OPTIONS, *diverging], tmp_path)
    assert status == 0, told
    with (tmp_path / "run" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("seed")]
    # After no step there is nothing to diverge by; what learns nothing has no steps.
    made = ("steps", "step", "epochs")
    trained = [
        row for row in rows if any(row.get(n) not in ("", None, "0") for n in made)
    ]
    assert any(row["diverged"] == "true" for row in trained)
    config = json.loads((tmp_path / "run" / "config.json").read_text())["config"]
    seeds = config.get("test_seeds", config["seeds"])
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    for setting in _failed(summary, summary, seeds):
        _check_failed(setting)


def _failed(value: Any, summary: Any, seeds: int) -> Iterator[dict[str, Any]]:
    """Settings of a summary in which every seed diverged, with its chance level."""
    if isinstance(value, dict):
        if value.get("diverged") == seeds:
            yield {"chance_accuracy": summary.get("chance_accuracy"), **value}
        for inner in value.values():
            yield from _failed(inner, summary, seeds)
    elif isinstance(value, list):
        for inner in value:
            yield from _failed(inner, summary, seeds)


def _check_failed(setting: dict[str, Any]) -> None:
    for name, value in setting.items():
        if name == "success_rate":
            assert value["value"] == 0, setting
        if name.startswith("median_") and isinstance(value, dict):
            assert value["value"] is None, setting  # infinite
    chance = setting["chance_accuracy"]
    if chance is not None and isinstance(setting.get("accuracy"), dict):
        assert setting["accuracy"]["value"] == pytest.approx(chance), setting
