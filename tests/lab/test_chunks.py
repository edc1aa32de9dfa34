"""Seeds trained in chunks come out as all at once; memory is asked for first."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import runs
from seqjax.lab.running import available_memory, chunks
from seqjax.lab.running.available_memory import amount
from seqjax.palindrome.config import Config
from seqjax.palindrome.study import STUDY, SWEEP
from tests.contract.contract import SMALL

Capture = pytest.CaptureFixture[str]
WORDS = SMALL["palindrome"].words.split()[1:]


@pytest.fixture
def palindrome(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    from seqjax.lab.command_line import cli
    from seqjax.lab.running import devices

    monkeypatch.setattr(devices, "configure", lambda *_: None)
    return lambda *words: cli.main(STUDY, [*WORDS, *map(str, words)])


def numbers(path: Path) -> dict[str, bytes]:
    return {
        name: (path / name).read_bytes()
        for name in ("results.csv", "history.npz", "summary.json")
    }


def test_in_chunks_as_all_at_once(
    palindrome: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert palindrome("--out", whole) == 0
    capsys.readouterr()

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    # Broken off as the chunks are put together: they are there, and nothing else is.
    with monkeypatch.context() as patch:
        patch.setattr(chunks, "joined", broken)
        assert palindrome("--out", parts, "--seeds-at-once", 2) == 130
    assert [run.state for run in runs.find(parts, lambda _: STUDY)] == ["unfinished"]
    assert sorted(path.name for path in (parts / "chunks").iterdir()) == [
        *("0000", "0001")
    ]
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if ": chunk " in line] == [
        f"seqjax.palindrome: chunk {number} of 2" for number in (1, 2)
    ]
    assert palindrome("--out", parts, "--seeds-at-once", 3) == 2
    assert capsys.readouterr().err == (
        f"seqjax.palindrome: error: {parts} holds a run of 2 seeds at once, not 3; "
        "give --seeds-at-once 2, --overwrite to start anew, or another --out\n"
    )
    # How many at once it remembers.
    assert palindrome("--out", parts) == 0
    assert numbers(parts) == numbers(whole)
    assert not (parts / "chunks").exists()


def test_what_does_not_fit_is_told_and_cut(
    palindrome: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    config = Config(
        cells=("rnn",), lengths=(3, 6), steps=30, batch_size=8, hidden_size=6
    )
    each = SWEEP.seed_bytes(config)
    free = 2.5 * each / available_memory.SHARE
    monkeypatch.setattr(available_memory, "available", lambda: free)
    assert palindrome("--out", tmp_path / "run") == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        f"seqjax.palindrome: 3 seeds need about {amount(3 * each)} of memory, "
        f"{amount(free)} are free; 2 are trained at once"
    )
    monkeypatch.setattr(available_memory, "available", lambda: each)
    assert palindrome("--out", tmp_path / "none") == 2
    assert capsys.readouterr().err == (
        f"seqjax.palindrome: error: a seed needs about {amount(each)}, and "
        f"{amount(each)} are free, of which 60% are for seeds; choose a smaller "
        "network or fewer steps\n"
    )
    assert not (tmp_path / "none").exists()


def test_bad_numbers(
    palindrome: Callable[..., int], toy: Callable[..., int], capsys: Capture
) -> None:
    assert palindrome("--seeds-at-once", -1) == 2
    assert toy("--seeds-at-once", 2) == 2
    assert capsys.readouterr().err.splitlines() == [
        "seqjax.palindrome: error: seeds_at_once must be at least 0, got -1; 0: as "
        "many as fit",
        "seqjax.toy: error: seeds_at_once must be left out, got 2; toy trains all its "
        "seeds at once",
    ]


def test_chunks_of_one_size() -> None:
    assert available_memory.fitting(10, 1, 100) == 10
    assert available_memory.fitting(10, 10, 100) == 5
    assert available_memory.fitting(11, 10, 1000 / 6) == 6
    with pytest.raises(UserError, match="a seed needs about 61 bytes"):
        available_memory.fitting(1, 61, 100)


def test_free_memory_is_the_machine_s_or_the_container_s(tmp_path: Path) -> None:
    info = tmp_path / "meminfo"
    assert available_memory.host_memory(info, tmp_path) == float("inf")
    info.write_text("MemTotal: 9 kB\nMemAvailable:     7 kB\n")
    assert available_memory.host_memory(info, tmp_path) == 7 * 1024
    (tmp_path / "memory.current").write_text("1000\n")
    for limit, free in (("max", 7 * 1024), ("5000", 4000)):
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        assert available_memory.host_memory(info, tmp_path) == free


def test_amounts() -> None:
    sizes = (12, 3 * 2**10, 5.5 * 2**20, 2**34)
    assert [amount(size) for size in sizes] == [
        *("12 bytes", "3 KiB", "5.5 MiB", "16 GiB")
    ]


CHUNKED = {
    "memory": [
        *("--tasks", "copying", "--cells", "rnn", "--copying-lengths", "3"),
        # optax's Adam mixes integers and floats, which the tests do not allow.
        *("--optimizer", "rmsprop"),
    ],
    "initialization": [
        *("--cells", "lstm", "--encodings", "onehot", "--lengths", "3", "4"),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHUNKED)
def test_a_last_chunk_of_one_seed_whose_batch_lies_on_two_devices(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqjax.lab.command_line import cli
    from seqjax.lab.running import devices

    monkeypatch.setattr(devices, "configure", lambda *_: None)
    study = import_module(f"seqjax.{name}.study").STUDY
    words = [
        *CHUNKED[name],
        *("--seeds", "3", "--steps", "20", "--batch-size", "8", "--hidden-size", "6"),
        *("--evaluation-size", "20"),
    ]
    for out, seeds in (("whole", "0"), ("parts", "2")):
        out = str(tmp_path / out)
        assert cli.main(study, [*words, "--out", out, "--seeds-at-once", seeds]) == 0
    assert numbers(tmp_path / "whole") == numbers(tmp_path / "parts")
