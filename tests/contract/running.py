"""Runs the cases of one study in this process, and hashes all that they write."""

import contextlib
import hashlib
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from tests.contract.cases import CASES, MOST_UPDATES, Case

PLAIN, CHUNKS, RESUMED = "plain", "chunks", "resumed"

RUN = "run"
BEFORE = "before"
PRINTED = "printed"
"""What stands for standard output among the files."""

TERMINATED = 128 + signal.SIGTERM

LEFT_OUT = {
    "config.json": "the command line, which is --seeds-at-once 2 more for chunks",
    "environment.json": "versions, the machine and the state of the checkout",
}
"""Files that are not hashed, and why."""

COMMON = (
    *("--checkpoint-every", "0"),
    # As on the machine of the recording, however many cores another has.
    *("--devices", "2"),
    *("--progress", "none"),
    *("--out", RUN),
)

Hashes = dict[str, str]


class Failed(RuntimeError):
    """A command that ended as it should not."""


def record(
    study: str, folder: Path, variants: Collection[str]
) -> dict[str, dict[str, Hashes]]:
    """Hashes of all files that a study writes, by case, variant and file.

    Args:
        study: one of `CASES`.
        folder: new or not there; the run directories are left in it, as
            ``<case>/<variant>/run``.
        variants: of `VARIANTS`, those to run where a case has them.
    """
    if study == "reconcile":
        _shorten_claims()
    shutil.rmtree(folder / BEFORE, ignore_errors=True)
    # Thousands of checkpoints wait for the disk, and nobody cuts the power here.
    with mock.patch("os.fsync"):
        return {
            name: _record_case(case, folder / name, variants)
            for name, case in CASES[study].items()
        }


def hashes(path: Path) -> Hashes:
    """SHA-256 of every file below a folder but those of `LEFT_OUT`."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return {
        file.relative_to(path).as_posix(): _hash(file)
        for file in files
        if file.name not in LEFT_OUT
    }


def _record_case(
    case: Case, folder: Path, variants: Collection[str]
) -> dict[str, Hashes]:
    found = {}
    for variant, run in VARIANTS.items():
        if variant not in variants:
            continue
        if variant == CHUNKS and not case.in_chunks:
            continue
        if variant == RESUMED and not case.has_folder:
            continue
        where = folder / variant
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        prepare(case, where, folder.parent / BEFORE)
        words = [*case.words.split(), *(COMMON if case.has_folder else ())]
        printed = run(words, where)
        found[variant] = hashes(where / RUN) if case.has_folder else {}
        found[variant][PRINTED] = hashlib.sha256(printed.encode()).hexdigest()
        (where / PRINTED).write_text(printed, encoding="utf-8")
    return found


def prepare(case: Case, folder: Path, store: Path) -> None:
    """What a case goes by: files, and runs, which are made once and copied."""
    _write_texts(folder)
    for name, words in case.before.items():
        made = store / hashlib.sha256(words.encode()).hexdigest()[:12]
        if not made.exists():
            made.mkdir(parents=True)
            _write_texts(made)
            _run([*words.split(), *COMMON], made)
        shutil.copytree(made / RUN, folder / name)


def _write_texts(folder: Path) -> None:
    """The files that commands read."""
    from tests.charlm.trainings import TEXT
    from tests.gradients.derivations import RECURSIVE, TRANSPOSED

    (folder / "tale.txt").write_text(TEXT, encoding="utf-8")
    (folder / "right.py").write_text(RECURSIVE, encoding="utf-8")
    (folder / "wrong.py").write_text(TRANSPOSED, encoding="utf-8")


def _in_chunks(words: list[str], folder: Path) -> str:
    return _run([*words, "--seeds-at-once", "2"], folder)


def _resumed(words: list[str], folder: Path) -> str:
    """Terminated at the first checkpoint, then at the first block; then to the end."""
    for is_mark in (_is_checkpoint_or_block, _is_block):
        with _terminated_after(is_mark) as marked:
            status, told = run_command(words, folder)
        # The second time the run may be complete already.
        if not marked and is_mark == _is_checkpoint_or_block:
            raise Failed(f"{' '.join(words)} kept nothing to go on from")
        if status != (TERMINATED if marked else 0):
            raise Failed(f"status {status} of {' '.join(words)} after {marked}: {told}")
    return _run(words, folder)


def _run(words: list[str], folder: Path) -> str:
    """What a command prints.

    Raises:
        Failed: its exit status is not 0.
    """
    status, printed = run_command(words, folder)
    if status:
        raise Failed(f"status {status} of {' '.join(words)}: {printed}")
    # A run that was ended with its last block is complete already.
    return printed.replace("complete already: ", "results: ")


VARIANTS: dict[str, Callable[[list[str], Path], str]] = {
    PLAIN: _run,
    CHUNKS: _in_chunks,
    RESUMED: _resumed,
}


def run_command(words: list[str], folder: Path) -> tuple[int, str]:
    """The exit status, and what is printed; or the errors, where it is not 0."""
    from seqjax.__main__ import main

    printed, told = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(told),
    ):
        status = main(words)
    return status, (told if status else printed).getvalue()


@contextlib.contextmanager
def _terminated_after(is_mark: Callable[[Path], bool]) -> Iterator[list[Path]]:
    """Inside, this process gets SIGTERM once a file is there, as from a batch system.

    Every file of a run takes its name in one step, which tells of it at once; a thread
    that looks for files would come at another moment each time.

    Yields:
        The file, once it is there.
    """
    replace, marked = os.replace, list[Path]()

    def telling(source: Path, target: Path) -> None:
        replace(source, target)
        if not marked and is_mark(target):
            marked.append(target)
            signal.raise_signal(signal.SIGTERM)

    with mock.patch("os.replace", telling):
        yield marked


def _is_block(path: Path) -> bool:
    return path.name == "results.csv"


def _is_checkpoint_or_block(path: Path) -> bool:
    return path.parent.name == "checkpoints" or _is_block(path)


def _hash(path: Path) -> str:
    if path.suffix != ".npz":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    # The zip holds the time; the order of its members means nothing.
    with np.load(path, allow_pickle=False) as stored:
        for name in sorted(stored.files):
            array = stored[name]
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _shorten_claims() -> None:
    """Has `reconcile` train at most `MOST_UPDATES` for a claim of the reports."""
    from seqjax.reconcile import claims

    # Other modules take the claims as they are imported.
    if "seqjax.reconcile.study" in sys.modules:
        raise Failed("the claims must be shortened before the study is imported")
    claims.CLAIMS = tuple(
        replace(claim, updates=min(claim.updates, MOST_UPDATES))
        for claim in claims.CLAIMS
    )
