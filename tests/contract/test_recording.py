"""Every study is recorded, and what has changed is told."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqjax import __main__ as program
from seqjax.lab.command_line.cli import Command
from seqjax.lab.study import Study
from tests.contract import recording, running
from tests.contract.cases import CASES, Case
from tests.contract.differing import differences

ALL = [case for cases in CASES.values() for case in cases.values()]
RUNNABLE = [each for name in program.STUDIES for each in program._studies(name)]


def cases_of(name: str) -> list[Case]:
    """Those of a study or command; ``optimizers --x`` is none of a longer name."""
    longer = [each.name for each in RUNNABLE if each.name.startswith(f"{name} ")]
    return [
        case
        for case in ALL
        if f"{case.words} ".startswith(f"{name} ")
        and not case.words.startswith(tuple(longer))
    ]


@pytest.mark.parametrize("each", RUNNABLE, ids=lambda each: each.name)
def test_every_study_is_recorded_with_two_settings(each: object) -> None:
    assert isinstance(each, Study | Command)
    cases = cases_of(each.name)
    assert len(cases) >= (2 if isinstance(each, Study) else 1)
    assert all(case.has_folder == isinstance(each, Study) for case in cases)
    if isinstance(each, Study):
        can = each.seed_bytes is not None
        assert any(case.in_chunks for case in cases) == can


def test_a_hash_is_of_the_arrays_and_not_of_the_zip(tmp_path: Path) -> None:
    a, b = np.arange(3), np.ones(2, np.float32)
    variants: dict[str, dict[str, Any]] = {
        "one": {"a": a, "b": b},
        "other-order": {"b": b, "a": a},
        "other-type": {"a": a, "b": b.astype(float)},
        "other-name": {"a": a, "c": b},
        "other-number": {"a": a, "b": np.nextafter(b, np.float32(2))},
    }
    for name, arrays in variants.items():
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / "history.npz", **arrays)
        (tmp_path / name / "config.json").write_text(name)
    found = {path.name: running.hashes(path) for path in tmp_path.iterdir()}
    assert list(found["one"]) == ["history.npz"]
    assert found["one"] == found["other-order"]
    assert len({files["history.npz"] for files in found.values()}) == len(found) - 1


def test_what_has_changed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    folder = old / "memory" / "small" / "plain" / "run"
    folder.mkdir(parents=True)
    (folder / "results.csv").write_text("seed,loss\n0,1.5\n1,2.5\n")
    (folder / "summary.json").write_text('{"best": [1, {"loss": 2}]}')
    (folder / "note.txt").write_text("a\nb\n")
    np.savez(folder / "history.npz", loss=np.array([1.0, np.nan, 3.0]))
    shutil.copytree(old, new)
    changed = new / "memory" / "small" / "plain" / "run"
    before = {"memory.small": {"plain": running.hashes(folder)}}
    assert recording._compare(before, before, new, old)
    assert capsys.readouterr().out == "equal    memory.small: plain\n"

    (changed / "results.csv").write_text("seed,loss\n0,1.5\n1,2.75\n")
    (changed / "summary.json").write_text('{"best": [1, {"loss": 3}]}')
    (changed / "note.txt").unlink()
    np.savez(changed / "history.npz", loss=np.array([1.0, np.nan, 3.25]))
    now = {"memory.small": {"plain": running.hashes(changed)}}
    assert not recording._compare(before, now, new, old)
    assert capsys.readouterr().out.splitlines() == [
        "DIFFERS  memory.small: plain",
        "           history.npz",
        "             loss: 1 of 3 values, by at most 0.25",
        "           note.txt",
        "             only there before",
        "           results.csv",
        "             row 2: loss 2.5 -> 2.75",
        "           summary.json",
        "             best[1].loss: 2 -> 3",
    ]
    assert not recording._compare(before, {}, new, old)
    assert capsys.readouterr().out == "GONE     memory.small\n"
    assert differences(folder / "note.txt", folder / "note.txt") == [
        "other bytes, the same content"
    ]


def test_a_variant_that_is_not_as_the_plain_run_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"memory.small": {"plain": {"a.csv": "1"}, "chunks": {"a.csv": "2"}}}
    for variant, cell in (("plain", "1"), ("chunks", "2")):
        folder = tmp_path / "memory" / "small" / variant / "run"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(f"x\n{cell}\n")
    assert not recording._tell_unequal_variants(found, tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "UNEQUAL  memory.small: chunks is not as plain",
        "           a.csv",
        "             row 1: x 1 -> 2",
    ]


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    name = next(f"{study}.{case}" for study, cases in CASES.items() for case in cases)
    plain, other = {"results.csv": "1"}, {"results.csv": "2"}
    found = {name: {"plain": plain, "chunks": dict(plain), "resumed": other}}
    path = tmp_path / "recordings.json"
    recording._write(path, recording._read(path), found)
    read = recording._read(path)
    assert {key: case["variants"] for key, case in read["cases"].items()} == found
    # What is not run again stays.
    recording._write(path, read, {})
    assert recording._read(path)["cases"] == read["cases"]
