"""The command line from end to end: what is printed, the status, what is left."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import seqjax
from seqjax import __main__ as seqjax_main
from seqjax.lab.command_line import cli
from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import run_lock, rundir
from seqjax.lab.running import devices
from tests.lab.conftest import HERE, ROOT
from tests.lab.keeping_study import KEEPING
from tests.lab.toy_study import STUDY, ToyConfig

Toy = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()
    }


def only_error(capsys: Capture) -> str:
    """The one line on standard error; nothing may be on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return str(line)


def test_a_whole_run(tmp_path: Path, toy: Toy, capsys: Capture) -> None:
    out = tmp_path / "deep" / "run"
    assert toy("--out", out, "--cell", "lstm", "--lengths", 2, 1) == 0
    captured = capsys.readouterr()
    files = contents(out)
    assert set(files) == {
        "config.json",
        "environment.json",
        "results.csv",
        "history.npz",
        "summary.json",
        "tables.json",
        "figures/loss.png",
        "figures/loss.svg",
    }
    config = json.loads(files["config.json"])
    assert config["config"] == {
        "seeds": 2,
        "lengths": [2, 1],
        "cell": "lstm",
        "learning_rate": 0.5,  # of the preset
        "early_stop": False,
        "clip_norm": "inf",
        "pause": 0.0,
    }
    assert config["schema"] == 1
    assert config["study"] == "toy"
    assert config["history_axes"] == {"loss": ["seed", "step"]}
    assert config["command_line"] == (
        f"python -m seqjax.toy --out {out} --cell lstm --lengths 2 1"
    )
    summary = json.loads(files["summary.json"])
    assert summary["models"] == 4
    assert summary["undefined"] is None
    (table,) = json.loads(files["tables.json"])
    assert table["title"] == "Toy [results]"
    assert table["columns"] == ["block", "accuracy"]
    assert len(table["rows"]) == 4
    assert [line.split(b",")[0] for line in files["results.csv"].splitlines()] == [
        b"block",
        *[b"lstm-002"] * 2,
        *[b"lstm-001"] * 2,
    ]
    assert "Toy [results]" in captured.out
    assert "one row per model" in captured.out
    assert captured.out.splitlines()[-2:] == [
        f"figure: {out}/figures/loss.png",
        f"results: {out}",
    ]
    assert "lstm-002: done in" in captured.err


def test_options_override_presets(tmp_path: Path, toy: Toy) -> None:
    assert toy("--cell", "lstm", "--learning-rate", 0.1, "--out", tmp_path) == 0
    config = json.loads((tmp_path / "config.json").read_text())["config"]
    assert config["learning_rate"] == 0.1


def test_a_folder_without_a_name_is_refused(toy: Toy, capsys: Capture) -> None:
    assert toy("--out", "") == 2
    assert capsys.readouterr().err == (
        "seqjax.toy: error: out must be the name of a folder, got none; leave out "
        "--out\n"
    )


def test_finished_run_is_shown_again(tmp_path: Path, toy: Toy, capsys: Capture) -> None:
    assert toy("--out", tmp_path) == 0
    first, before = capsys.readouterr(), contents(tmp_path)
    assert toy("--out", tmp_path) == 0
    again = capsys.readouterr()
    assert contents(tmp_path) == before
    assert again.err == ""
    *tables, last = first.out.splitlines()
    assert again.out.splitlines() == [*tables, f"complete already: {tmp_path}"]
    assert last == f"results: {tmp_path}"


def test_other_settings_are_refused_by_name(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    assert toy("--out", tmp_path) == 0
    before = contents(tmp_path)
    capsys.readouterr()
    words = ["--seeds", "3", "--lengths", "1", "--early-stop", "--clip-norm", "none"]
    assert toy("--out", tmp_path, *words) == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: {tmp_path} holds a run of other settings: seeds was 2, "
        "is 3; lengths was 1 2 3, is 1; early_stop was false, is true; clip_norm was "
        "inf, is none; give --overwrite to start anew, or another --out"
    )
    assert contents(tmp_path) == before


def test_overwrite_starts_anew_and_removes_only_its_own(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    assert toy("--out", tmp_path) == 0
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "figures" / "notes.txt").write_text("mine too")
    (tmp_path / "figures" / "old.png").write_bytes(b"")
    assert toy("--out", tmp_path, "--lengths", 1, "--overwrite") == 0
    files = contents(tmp_path)
    assert files["notes.txt"] == b"mine"
    assert files["figures/notes.txt"] == b"mine too"
    assert "figures/old.png" not in files
    assert files["results.csv"].count(b"\n") == 3
    assert json.loads(files["config.json"])["config"]["lengths"] == [1]


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize(
    "name", ["thesis.tex", "config.json", "results.csv", ".mine.tmp"]
)
def test_folders_of_others_are_refused_untouched(
    tmp_path: Path, toy: Toy, capsys: Capture, overwrite: list[str], name: str
) -> None:
    (tmp_path / name).write_text('{"schema": 1}')
    before = contents(tmp_path)
    assert toy("--out", tmp_path, *overwrite) == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: {tmp_path} is not a run directory but holds {name}; "
        "choose another --out or an empty folder"
    )
    assert contents(tmp_path) == before


def test_run_of_another_study_or_schema_is_refused(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    assert toy("--out", tmp_path) == 0
    capsys.readouterr()
    header = json.loads((tmp_path / "config.json").read_text())
    for key, value, mine in (("study", "graphs", "toy"), ("schema", 9, 1)):
        (tmp_path / "config.json").write_text(json.dumps(header | {key: value}))
        assert toy("--out", tmp_path) == 2
        assert only_error(capsys) == (
            f"seqjax.toy: error: {tmp_path} holds a run of {key} {value}, not {mine}; "
            "give --overwrite to start anew, or another --out"
        )


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("results.csv", b"block,cell\n", "line 1: columns are block, cell"),
        ("results.csv", b"\xff", "'utf-8' codec"),
        ("history.npz", b"not a zip", ""),
    ],
)
def test_broken_files_are_named(
    tmp_path: Path, toy: Toy, capsys: Capture, name: str, data: bytes, reason: str
) -> None:
    assert toy("--out", tmp_path) == 0
    capsys.readouterr()
    (tmp_path / name).write_bytes(data)
    assert toy("--out", tmp_path) == 2
    error = only_error(capsys)
    assert error.startswith(
        f"seqjax.toy: error: {tmp_path / name} cannot be understood ({reason}"
    )
    assert error.endswith("; give --overwrite to start anew, or another --out")


def test_out_that_cannot_be(tmp_path: Path, toy: Toy, capsys: Capture) -> None:
    file = tmp_path / "file"
    file.touch()
    assert toy("--out", file) == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: --out must be a folder, got the file {file}; name another"
    )
    assert toy("--out", file / "below") == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: cannot make {file}/below: Not a directory; "
        "choose another --out"
    )
    # Root may write anywhere, but nobody makes folders in /proc.
    if Path("/proc/self").exists():
        assert toy("--out", "/proc/seqjax") == 2
        assert only_error(capsys).startswith(
            "seqjax.toy: error: cannot make /proc/seqjax: "
        )
    assert contents(tmp_path) == {"file": b""}


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_unwritable_folder(tmp_path: Path, toy: Toy, capsys: Capture) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    if os.geteuid() == 0:
        # Root passes by permissions, but not by the flag "immutable", nor by a file
        # system mounted read-only.
        command = ["mount", "-t", "tmpfs", "-o", "ro", "none", str(folder)]
        if subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip("root can write everywhere here")
        undo = ["umount", str(folder)]
        reason = (
            "Read-only file system; what is finished is kept: make it writable, then "
            "go on with the same command (without --overwrite), or choose another --out"
        )
    else:
        folder.chmod(0o555)
        undo = ["chmod", "755", str(folder)]
        reason = "Permission denied; choose another --out"
    try:
        assert toy("--out", folder) == 2
        assert toy("--out", folder / "run") == 2
    finally:
        subprocess.run(undo, check=True)
    assert capsys.readouterr().err.splitlines() == [
        f"seqjax.toy: error: cannot write {folder}/config.json: {reason}",
        f"seqjax.toy: error: cannot make {folder}/run: {reason}",
    ]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--seeds 0", "seeds must be at least 1, got 0; give for example 10"),
        ("--seeds x", "--seeds must be a whole number, got 'x'; for example --seeds 2"),
        (
            "--devices 0",
            "devices must be all or a number of at least 1, got 0; all is one per "
            f"core ({devices.usable_cores()} here), or every GPU",
        ),
        (
            "--num-processes 2 --process-id 0",
            "--coordinator, --num-processes, --process-id must be given together, "
            "--coordinator missing; or leave all out and give --distributed where the "
            "cluster says (SLURM, Kubernetes, Open MPI, cloud TPU)",
        ),
        (
            "--coordinator localhost --num-processes 2 --process-id 0",
            "coordinator must be HOST:PORT, got 'localhost'; for example --coordinator "
            "localhost:12345",
        ),
        (
            "--coordinator localhost:1 --num-processes 2 --process-id 2",
            "process_id must be below num_processes (2), got 2; the first process is 0",
        ),
        (
            "--coordinator localhost:1 --num-processes 0 --process-id 0",
            "num_processes must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            "--checkpoint-every -1",
            "checkpoint_every must be a number of at least 0, not -1.0",
        ),
        (
            "--progress jsonl",
            "--progress must be one of auto, bar, lines, json, none, got 'jsonl'; did "
            "you mean json?",
        ),
        ("--out", "--out must have a value, got none; for example --out NAME"),
        (
            "--redraw x --seeds 1",
            "--redraw must be the only option, got also --seeds; "
            "all settings are those of the run",
        ),
        (
            "--redraw nowhere",
            "nowhere is not a run directory of toy; name one that a run has printed",
        ),
    ],
)
def test_bad_arguments_leave_nothing(
    tmp_path: Path,
    toy: Toy,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert toy(*words.split()) == 2
    assert only_error(capsys) == f"seqjax.toy: error: {message}"
    assert list(tmp_path.iterdir()) == []


def test_redraw_needs_the_files_alone(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    assert toy("--out", tmp_path, "--seeds", 3, "--cell", "lstm") == 0
    before = contents(tmp_path)
    for figure in (tmp_path / "figures").iterdir():
        figure.unlink()
    (tmp_path / "figures").rmdir()
    capsys.readouterr()
    assert toy("--redraw", tmp_path) == 0
    assert capsys.readouterr().out == f"figure: {tmp_path}/figures/loss.png\n"
    assert contents(tmp_path) == before
    (tmp_path / "summary.json").unlink()
    assert toy("--redraw", tmp_path) == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: {tmp_path} is not finished (3 of 3 blocks); finish it "
        f"first: python -m seqjax.toy --out {tmp_path} --seeds 3 --cell lstm"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_two_processes_cannot_share_a_folder(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    lock = run_lock.lock(tmp_path)
    assert lock is not None
    assert toy("--out", tmp_path) == 2
    assert only_error(capsys) == (
        f"seqjax.toy: error: {tmp_path} is in use by another process; "
        "wait for it or choose another --out"
    )
    os.close(lock)
    assert toy("--out", tmp_path) == 0


def test_environment_of_a_later_session_is_added(tmp_path: Path) -> None:
    with rundir.open_run(STUDY, ToyConfig(), tmp_path) as run:
        for version in (1, 1, 2, 2, 1):
            run.record_environment({"jax": version})
    assert json.loads((tmp_path / "environment.json").read_text()) == {
        "jax": 1,
        "resumed_under": [{"jax": 2}],
    }


def test_commands_of_a_package(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: "a warning")
    monkeypatch.chdir(tmp_path)
    both = (replace(STUDY, name="toys flow"), replace(STUDY, name="toys tide"))
    assert cli.main(both, []) == 2
    assert only_error(capsys) == (
        "seqjax.toys: error: a command must come first, got none; one of flow, tide"
    )
    assert cli.main(both, ["flaw"]) == 2
    assert only_error(capsys) == (
        "seqjax.toys: error: command must be one of flow, tide, got 'flaw'; "
        "did you mean flow?"
    )
    assert cli.main(both, ["--help"]) == 0
    assert "  tide           A study for the tests.\n" in capsys.readouterr().out
    assert cli.main(both, ["tide", "--help"]) == 0
    assert "usage: python -m seqjax.toys tide [OPTIONS]" in capsys.readouterr().out
    assert cli.main(both, ["tide", "--lengths", "1"]) == 0
    assert "seqjax.toys tide: warning: a warning\n" in capsys.readouterr().err
    (config,) = Path("runs/toys/tide").glob("*/config.json")
    stored = json.loads(config.read_text())
    assert stored["study"] == "toys tide"
    assert stored["command_line"] == "python -m seqjax.toys tide --lengths 1"


def test_the_study_of_a_packages_own_name_needs_no_command(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    tide = replace(STUDY, name="toys tide", summary="Another.")
    both = (replace(STUDY, name="toys"), tide)
    for words, study in (([], "toys"), (["tide"], "toys tide")):
        assert cli.main(both, [*words, "--lengths", "1", "--out", study]) == 0
        assert json.loads(Path(study, "config.json").read_text())["study"] == study
    assert cli.main(both, []) == 0
    assert [path.parent.parent.name for path in Path("runs").rglob("config.json")] == [
        "toys"
    ]
    capsys.readouterr()
    assert cli.main(both, ["tied"]) == 2
    assert only_error(capsys) == (
        "seqjax.toys: error: command must be one of tide, got 'tied'; "
        "did you mean tide?"
    )
    assert cli.main(both, ["--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: python -m seqjax.toys [OPTIONS]" in shown
    assert "Also: python -m seqjax.toys tide: Another." in " ".join(shown.split())
    assert cli.main(both, ["tide", "--help"]) == 0
    assert "Also" not in capsys.readouterr().out


def test_a_command_that_is_not_a_study(capsys: Capture) -> None:
    heard: list[list[str]] = []

    def run(words: list[str]) -> int:
        heard.append(words)
        if "--fail" in words:
            raise UserError("words must not fail,\n got --fail; leave it out")
        return 1

    check = cli.Command("toys check", "Looks at a file.", run)
    both = (replace(STUDY, name="toys flow"), check)
    assert cli.main(both, ["check", "mine.py", "--quick"]) == 1
    assert heard == [["mine.py", "--quick"]]
    assert capsys.readouterr() == ("", "")
    assert cli.main(both, ["check", "--fail"]) == 2
    assert only_error(capsys) == (
        "seqjax.toys: error: words must not fail, got --fail; leave it out"
    )
    assert cli.main(both, ["--help"]) == 0
    assert "  check          Looks at a file.\n" in capsys.readouterr().out
    assert cli.main(both, ["chek"]) == 2
    assert only_error(capsys) == (
        "seqjax.toys: error: command must be one of flow, check, got 'chek'; "
        "did you mean check?"
    )
    assert cli.main(check, ["mine.py"]) == 2
    assert only_error(capsys).startswith("seqjax.toys: error: command must be one of")


def test_study_that_breaks_the_contract_is_told(tmp_path: Path, toy: Toy) -> None:
    def run(*_: Any) -> Any:
        return iter(())

    with pytest.raises(RuntimeError, match="toy ended without its block rnn-001"):
        cli.main(replace(STUDY, run=run), ["--out", str(tmp_path)])


def test_a_study_that_may_stop_early_is_complete_when_it_does(
    tmp_path: Path, toy: Toy, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*given: Any) -> Any:
        yield next(STUDY.run(*given))

    def none(*_: Any) -> Any:
        raise AssertionError("a complete study was run")

    early = replace(STUDY, run=run, may_stop_early=True, figures=lambda *_: {})
    out = ["--out", str(tmp_path)]
    assert cli.main(early, out) == 0
    saved = (tmp_path / "results.csv").read_text(encoding="utf-8")
    assert ("rnn-003" in saved, "rnn-002" in saved) == (True, False)
    first = capsys.readouterr().out
    # Complete: the same command shows it again, and runs nothing.
    assert cli.main(replace(early, run=none), out) == 0
    assert capsys.readouterr().out == first.replace("results:", "complete already:")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "other"}, "a block must be one of block_names and fit for a file"),
        ({"rows": []}, "block rnn-001 must have at least one row, got none"),
        (
            {"history": {"a/b": [1.0]}},
            "history 'a/b' of block rnn-001 must be an arr",
        ),
        ({"history": {"a": [object()]}}, "history 'a' of block rnn-001 must be an arr"),
    ],
)
def test_blocks_that_break_the_contract_are_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    import numpy as np

    from seqjax.lab.study import SilentReporter

    if "history" in change:
        change = {"history": {k: np.array(v) for k, v in change["history"].items()}}
    config = ToyConfig(lengths=(1,))
    (block,) = STUDY.run(config, (), SilentReporter())
    with rundir.open_run(STUDY, config, tmp_path) as run:
        with pytest.raises(ValueError, match=message):
            run.save(block._replace(**change))
        assert run.saved == []


def test_reader_that_has_seen_enough(tmp_path: Path, toy: Toy) -> None:
    # More than the 64 KiB that a pipe holds.
    big = ("--seeds", "3000", "--lengths", "1")
    assert toy("--out", tmp_path / "run", *big) == 0
    show = f"{sys.executable} {HERE / 'toy_study.py'} --out run {' '.join(big)}"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{show} | head -1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Toy [results]")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_tables_that_cannot_be_printed(tmp_path: Path, toy: Toy) -> None:
    assert toy("--out", tmp_path / "run") == 0
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, str(HERE / "toy_study.py"), "--out", "run"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "seqjax.toy: error: cannot print the tables: No space left on device; the run "
        "is complete all the same, the same command shows them again"
    ]


LIGHT = """
import sys
import {module}
heavy = {{"jax", "flax", "matplotlib", "rich", "scipy"}} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("module", ["seqjax.lab.command_line.cli", "seqjax.__main__"])
def test_light_imports(script: Any, module: str) -> None:
    ended = script("-c", LIGHT.format(module=module))
    assert ended.returncode == 0, ended.stderr


def test_finished_run_is_shown_without_jax(
    script: Any, toy: Toy, tmp_path: Path
) -> None:
    assert toy("--out", tmp_path / "run") == 0
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})"
        "\nimport toy_study; from seqjax.lab.command_line import cli"
        "\nassert cli.main(toy_study.STUDY, ['--out', 'run']) == 0"
        "\nassert not {'jax', 'flax', 'matplotlib'} & set(sys.modules)"
    )
    ended = script("-c", code)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("complete already: run\n")


def test_the_list_of_studies(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seqjax_main, "STUDIES", ("lab", "core"))
    assert seqjax_main.main([]) == 0
    listing = capsys.readouterr().out
    assert (
        "  lab            Everything that meets the outside world, common to all "
        "studies.\n"
    ) in listing
    assert seqjax_main.main(["lag", "--seeds", "1"]) == 2
    assert only_error(capsys) == (
        "seqjax: error: study must be one of lab, core, got 'lag'; did you mean lab?"
    )
    assert seqjax_main.main(["zzz"]) == 2
    assert only_error(capsys) == (
        "seqjax: error: study must be one of lab, core, got 'zzz'; 'seqjax' lists them"
    )
    assert seqjax_main.main(["--version"]) == 0
    assert capsys.readouterr().out == f"seqjax {seqjax.__version__}\n"


def test_a_study_is_found_by_name(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toy: Toy
) -> None:
    import types

    module = types.ModuleType("seqjax.toy.study")
    module.__dict__["STUDY"] = STUDY
    monkeypatch.setitem(sys.modules, "seqjax.toy", types.ModuleType("seqjax.toy"))
    monkeypatch.setitem(sys.modules, "seqjax.toy.study", module)
    monkeypatch.setattr(seqjax_main, "STUDIES", ("toy",))
    assert seqjax_main.main(["toy", "--out", str(tmp_path)]) == 0
    assert f"results: {tmp_path}" in capsys.readouterr().out
    assert seqjax_main.main(["toy", "--seeds", "x"]) == 2
    assert only_error(capsys).startswith("seqjax.toy: error: --seeds must be a whole")


def test_a_study_that_cannot_begin_leaves_everything_as_it_was(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    missing = [True]

    def check(config: ToyConfig) -> None:
        if missing:
            raise UserError(f"text must be there, but is not; ask for {config.seeds}")

    study, path = replace(STUDY, check=check), tmp_path / "run"
    for words in ([], ["--overwrite"]):
        assert cli.main(study, ["--out", str(path), *words]) == 2
        assert only_error(capsys) == (
            "seqjax.toy: error: text must be there, but is not; ask for 2"
        )
        assert not path.exists()
    missing.clear()
    assert cli.main(study, ["--out", str(path)]) == 0
    before = contents(path)
    capsys.readouterr()
    # A run that is complete is shown without it; one that is to go is not removed.
    missing.append(True)
    assert cli.main(study, ["--out", str(path)]) == 0
    assert cli.main(study, ["--out", str(path), "--overwrite"]) == 2
    assert contents(path) == before


def test_a_study_that_ends_before_anything_is_kept_leaves_nothing_of_its_own(
    tmp_path: Path, toy: Toy, capsys: Capture
) -> None:
    kept = [0]

    def run(*given: Any) -> Any:
        blocks = STUDY.run(*given)
        for _ in range(kept[0]):
            yield next(blocks)
        raise UserError("budget must hold one block, not 0; give 1")

    study, new, empty = replace(STUDY, run=run), tmp_path / "new", tmp_path / "empty"
    empty.mkdir()
    for path in (new, empty):
        assert cli.main(study, ["--out", str(path)]) == 2
        assert only_error(capsys) == (
            "seqjax.toy: error: budget must hold one block, not 0; give 1"
        )
    assert list(tmp_path.rglob("*")) == [empty]
    # What has been trained is there to go on from.
    kept[0] = 1
    assert cli.main(study, ["--out", str(new)]) == 2
    assert (new / "config.json").exists()
    kept[0] = 2
    assert cli.main(STUDY, ["--out", str(new)]) == 0


def test_overwrite_clears_models_texts_and_checkpoints_and_nothing_else(
    tmp_path: Path, toy: Toy
) -> None:
    assert toy("--out", tmp_path, "--lengths", 1) == 0
    before = contents(tmp_path)
    own = [
        "texts/samples.txt",
        "texts/samples.html",
        "models/seed-0/best/model.json",
        "models/seed-0/best/model-0123456789ab.safetensors",
        "models/seed-0/last/.model.json.seqjax-tmp",
        "models/seed-1/last/model.json",
        "checkpoints/rnn-001-000000000010.npz",
        "checkpoints/.rnn-001-000000000010.npz.seqjax-tmp",
    ]
    others = [
        "notes.txt",
        "models.zip",
        "texts/thesis.tex",
        "models/README.md",
        "models/seed-1/last/mine.safetensors",
        "checkpoints/mine.npz",
        "checkpoints/rnn-001-000000000010.npz.old",
        "more/model.json",
        "more/texts/samples.txt",
    ]
    for name in own + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert toy("--out", tmp_path, "--lengths", 1, "--overwrite") == 0
    after = contents(tmp_path)
    assert set(after) == {*before, *others}
    assert all(after[name] == name.encode() for name in others)
    assert not (tmp_path / "models/seed-0").exists()


def test_redraw_is_the_only_word(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    study = replace(KEEPING, positional="names")
    assert cli.main(study, ["a", "b", "--out", str(tmp_path / "run")]) == 0
    stored = json.loads((tmp_path / "run" / "config.json").read_text())
    assert stored["config"]["names"] == ["a", "b"]
    capsys.readouterr()
    assert cli.main(study, ["--redraw", str(tmp_path), "a", "--steps", "3"]) == 2
    assert only_error(capsys) == (
        "seqjax.keeping: error: --redraw must be the only option, got also --steps a; "
        "all settings are those of the run"
    )
    (tmp_path / "run" / "texts" / "last.txt").unlink()
    assert cli.main(study, ["--redraw", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out == f"text: {tmp_path}/run/texts/last.txt\n"


def test_words_that_were_not_given_are_named_as_none(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "configure", lambda *_: None)
    assert cli.main(STUDY, ["--out", str(tmp_path), "--lengths", "1"]) == 0
    capsys.readouterr()
    header = json.loads((tmp_path / "config.json").read_text())
    header["config"]["lengths"] = []
    (tmp_path / "config.json").write_text(json.dumps(header))
    assert cli.main(STUDY, ["--out", str(tmp_path), "--lengths", "1"]) == 2
    assert "lengths was none, is 1; give --overwrite" in only_error(capsys)
