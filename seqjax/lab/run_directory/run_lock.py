"""Whether a folder may become, or go on as, the run directory of a study.

Nothing is ever removed but the files that a run directory has, and those only where
the folder holds a run and the user asked to start anew.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import checkpoints, files, layout
from seqjax.lab.running import chunks

# The summary goes first: at no instant is there a complete run without its files.
_REMOVED = (
    layout.SUMMARY,
    layout.RESULTS,
    layout.HISTORY,
    layout.ENVIRONMENT,
    layout.TRACE,
    layout.TABLES,
)
_FOLDERS = (layout.FIGURES, layout.TEXTS, layout.MODELS, layout.TENSORBOARD)


def make_folder(path: Path) -> bool:
    """Makes the folder; whether it was not there before."""
    with files.explained("make", path):
        existed = path.exists()
        if existed and not path.is_dir():
            raise UserError(
                f"--out must be a folder, got the file {path}; name another"
            )
        path.mkdir(parents=True, exist_ok=True)
    return not existed


def lock(path: Path) -> int | None:
    """Locks the folder until the descriptor is closed, by us or by our death.

    The lock is on the folder itself, so that it leaves no file behind. File systems and
    systems without such locks go without.
    """
    try:
        import fcntl
    except ImportError:
        return None
    with files.explained("open", path):
        descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise UserError(
            f"{path} is in use by another process; wait for it or choose another --out"
        ) from error
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether another process has the folder open; False where nobody can tell."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared, so that two who look do not take each other for a run.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def refuse_foreign(path: Path) -> None:
    """Allows only an empty folder, after removing what a killed run left behind."""
    with files.explained("read", path):
        entries = sorted(path.iterdir())
    foreign = [entry.name for entry in entries if not files.is_temporary(entry)]
    if foreign:
        raise UserError(
            f"{path} is not a run directory but holds {foreign[0]}; "
            "choose another --out or an empty folder"
        )
    files.remove_temporaries(path)


def refuse_different(
    path: Path, stored: Mapping[str, Any], header: Mapping[str, Any]
) -> None:
    """Raises unless the stored run has the settings of this one."""
    way_out = "give --overwrite to start anew, or another --out"
    for key in ("study", "schema"):
        if stored[key] != header[key]:
            raise UserError(
                f"{path} holds a run of {key} {stored[key]}, not {header[key]}; "
                f"{way_out}"
            )
    if stored.get("source") != header.get("source"):
        file = str(stored.get("source") or header.get("source")).partition(" ")[0]
        raise UserError(
            f"{path} holds a run of another content of {file}; restore the file, "
            f"{way_out}"
        )
    old, new = stored["config"], header["config"]
    missing = object()
    different = [
        f"{name} was {_shown(old[name]) if name in old else 'unknown'}, "
        f"is {_shown(new[name]) if name in new else 'unknown'}"
        for name in dict.fromkeys([*new, *old])
        if old.get(name, missing) != new.get(name, missing)
    ]
    if different:
        raise UserError(
            f"{path} holds a run of other settings: {'; '.join(different)}; {way_out}"
        )


def _shown(value: Any) -> str:
    """A setting as its option is typed."""
    if isinstance(value, list):
        return " ".join(_shown(item) for item in value) or "none"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


def clear(path: Path) -> None:
    """Removes the files of a run but ``config.json``, which is replaced in one step."""
    files.remove_temporaries(path)
    fixed = [path / n for n in _REMOVED]
    drawn = _within(path / layout.FIGURES, "*.png", "*.svg")
    texts = _within(path / layout.TEXTS, "*.txt", "*.html", "*.csv")
    models = _within(path / layout.MODELS, "**/model.json", "**/model-*.safetensors")
    logs = _within(path / layout.TENSORBOARD, "*/events.out.tfevents.*")
    for file in (*fixed, *drawn, *texts, *models, *logs):
        with files.explained("remove", file):
            file.unlink(missing_ok=True)
    checkpoints.discard(path)
    chunks.clear(path)
    for folder in (path / name for name in _FOLDERS):
        # The deepest first; one that holds anything else stays.
        inner = sorted((p for p in folder.glob("**/*") if p.is_dir()), reverse=True)
        for emptied in (*inner, folder):
            files.remove_temporaries(emptied)
            files.remove_folder(emptied)


def _within(folder: Path, *patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in folder.glob(pattern)]
