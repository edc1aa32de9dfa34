"""What a run keeps of a block that is still in training, to go on from.

checkpoints/<block>-<updates>.npz   the two newest; 32 bytes of SHA-256, then an npz

One file each, which is whole or not there; so the older one is only ever read where the
newer was damaged later.
"""

import hashlib
import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.lab.run_directory import files, layout

KEPT = 2
"""Checkpoints of a block that are kept."""

_DIGEST = 32


def save(run: Path, block: str, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint, then removes those that it makes superfluous.

    Args:
        run: The run directory.
        block: Whose training it is.
        updates: How far it has come, from 0; a larger number is a newer checkpoint.
        arrays: All that is needed to go on, by name; no objects.

    Raises:
        UserError: When the system refuses; what was there before still is.
    """
    folder = run / layout.CHECKPOINTS
    with files.explained("make", folder):
        folder.mkdir(exist_ok=True)
    data = io.BytesIO()
    plain: dict[str, Any] = dict(arrays)
    np.savez(data, **plain)
    body = data.getvalue()
    name = f"{block}-{updates:012d}.npz"
    files.write_atomic(folder / name, hashlib.sha256(body).digest() + body)
    for path in _all(run, block)[KEPT:]:
        with files.explained("remove", path):
            path.unlink(missing_ok=True)


def load(run: Path, block: str) -> dict[str, np.ndarray] | None:
    """The newest checkpoint of a block that is whole; None where there is none.

    One that is damaged is named on standard error, and removed: the next to be saved
    may be of an earlier update, and has to be the newest.
    """
    for path in _all(run, block):
        data = files.read_bytes(path) or b""
        digest, body = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(body).digest() == digest:
            with np.load(io.BytesIO(body), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        print(
            f"seqjax: warning: {path} is damaged; the checkpoint before it is used "
            "if there is one, else the block begins anew",
            file=sys.stderr,
        )
        with files.explained("remove", path):
            path.unlink(missing_ok=True)
    return None


def discard(run: Path, block: str | None = None) -> None:
    """Removes the checkpoints of a block, which is finished; by default of all."""
    folder = run / layout.CHECKPOINTS
    files.remove_temporaries(folder)
    for path in _all(run, block):
        with files.explained("remove", path):
            path.unlink(missing_ok=True)
    files.remove_folder(folder)


def _all(run: Path, block: str | None) -> list[Path]:
    """The checkpoints of a block, or of all blocks; newest first."""
    name = "[A-Za-z0-9._-]+" if block is None else re.escape(block)
    pattern = re.compile(rf"{name}-\d{{12}}\.npz")
    found = (run / layout.CHECKPOINTS).glob("*.npz")
    return sorted(
        (path for path in found if pattern.fullmatch(path.name)), reverse=True
    )
