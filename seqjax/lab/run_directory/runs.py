"""The runs below a folder: how far each is, and what came out.

Nothing is changed or computed; a run that is going on is only looked at.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import layout, records, run_lock
from seqjax.lab.study import Study, Table

COMPLETE, RUNNING, UNFINISHED = "complete", "running", "unfinished"
DAMAGED = "damaged"


class Run(NamedTuple):
    """A run directory, as it is now.

    Attributes:
        path: the folder.
        study: its name.
        state: "complete", "running" (somebody has it open), "unfinished", or "damaged"
            where its results cannot be read.
        saved: blocks that are finished.
        blocks: of the study; None where this version does not know the study, or not
            such a configuration.
        checkpoint: updates of the newest checkpoint of a block in training; None where
            there is none.
        changed: when a file of it was written last, in seconds since 1970.
        headline: what came out, see `headline`; nothing before it is complete.
    """

    path: Path
    study: str
    state: str
    saved: int
    blocks: int | None
    checkpoint: int | None
    changed: float
    headline: str


def find(folder: Path, known: Callable[[str], Study[Any] | None]) -> Iterator[Run]:
    """The runs in a folder and below it, in the order of their names.

    Args:
        folder: where to look.
        known: the study of a name; None where there is none.

    Raises:
        UserError: There is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} must be a folder, but there is none; name another")
    for path in sorted(folder.rglob(layout.CONFIG)):
        header = layout.read_header(path.parent)
        is_chunk = path.parent.parent.name == layout.CHUNKS
        if header is not None and not is_chunk:
            yield look(path.parent, header, known)


def look(
    path: Path, header: dict[str, Any], known: Callable[[str], Study[Any] | None]
) -> Run:
    """One run.

    Args:
        path: its folder.
        header: content of its ``config.json``.
        known: the study of a name; None where there is none. Only asked for a run that
            does not say how many blocks it has.
    """
    files = [file for file in path.rglob("*") if file.is_file()]
    checkpoints = [
        int(file.stem.rpartition("-")[2])
        for file in (path / layout.CHECKPOINTS).glob("*-[0-9]*.npz")
    ]
    state = RUNNING if run_lock.is_locked(path) else UNFINISHED
    summary, saved = None, 0
    try:
        summary, saved = _summary(path), _saved(path)
    except (UserError, ValueError, csv.Error):
        state = DAMAGED
    return Run(
        path,
        str(header["study"]),
        COMPLETE if summary is not None else state,
        saved,
        _blocks(known, header),
        max(checkpoints, default=None),
        max((file.stat().st_mtime for file in files), default=0.0),
        "" if summary is None else headline(summary),
    )


def headline(summary: Mapping[str, Any]) -> str:
    """What a summary comes to, in a few words; nothing where it has none of these.

    A conclusion; the loss on held-out text; how many of the claims judged have which
    verdict; the settings with the least and the most accuracy, or else score, or loss.

    Args:
        summary: content of a ``summary.json``.
    """
    if "conclusion" in summary:
        return str(summary["conclusion"])
    if isinstance(summary.get("validation_loss"), float):
        return f"validation loss {summary['validation_loss']:.3f} nats"
    claims = summary.get("claims", [])
    judged = [each for each in claims if "verdict" in each and each.get("seeds") != 0]
    verdicts = Counter(claim["verdict"] for claim in judged)
    if verdicts:
        return ", ".join(f"{verdict}: {count}" for verdict, count in verdicts.items())
    for name in ("settings", "models", "optimizers"):
        for measure, form in (("accuracy", ".3f"), ("score", ".4g"), ("loss", ".4g")):
            settings = summary.get(name)
            known = [
                (each[measure]["value"], _label(each))
                for each in (settings if isinstance(settings, list) else [])
                if isinstance(each, Mapping)
                and isinstance(each.get(measure), dict)
                and each[measure].get("value") is not None
            ]
            if known:
                least, most = min(known), max(known)
                ends = [least, most] if least[0] < most[0] else [most]
                told = " to ".join(f"{v:{form}} ({what})" for v, what in ends)
                return f"{measure} {told}"
    return ""


def table(folder: Path, found: Iterable[Run]) -> Table:
    """The runs as a table, the newest last.

    Args:
        folder: that was looked in.
        found: what was found.
    """
    rows = []
    for run in sorted(found, key=lambda run: run.changed):
        blocks = "?" if run.blocks is None else str(run.blocks)
        done = f"{run.saved} of {blocks}"
        if run.checkpoint is not None:
            done += f", {run.checkpoint} updates of the next"
        changed = datetime.fromtimestamp(run.changed).strftime("%Y-%m-%d %H:%M")
        rows.append((str(run.path), run.study, run.state, done, changed, run.headline))
    return Table(
        f"Runs in {folder}",
        ("folder", "study", "state", "blocks", "last change", "what came out"),
        rows,
        "An unfinished run goes on with the command in its config.json, "
        "and --out with its folder."
        if rows
        else "none",
        left=6,
    )


def _label(setting: Mapping[str, Any]) -> str:
    """What a setting is called: its words, then the numbers it is varied in."""
    if isinstance(setting.get("setting"), str):
        return str(setting["setting"])
    words = [
        value
        for name, value in setting.items()
        if isinstance(value, str) and name != "published_source"
    ]
    counts = [
        f"{name} {setting[name]}"
        for name in ("length", "depth", "step")
        if name in setting
    ]
    return " ".join([*words, *counts])


def _summary(path: Path) -> dict[str, Any] | None:
    found = layout.read_json(path / layout.SUMMARY)
    return found if isinstance(found, dict) else None


def _saved(path: Path) -> int:
    """Finished blocks: those with rows."""
    data = path / layout.RESULTS
    if not data.exists():
        return 0
    with data.open(encoding="utf-8", newline="") as file:
        return len({row.get("block") for row in csv.DictReader(file)})


def _blocks(
    known: Callable[[str], Study[Any] | None], header: Mapping[str, Any]
) -> int | None:
    if isinstance(header.get("blocks"), int):
        return int(header["blocks"])
    study = known(str(header["study"]))
    if study is None:
        return None
    try:
        config = records.config_from_plain(study.config_type, header["config"])
    except (KeyError, TypeError, ValueError):
        return None
    return len(study.block_names(config))
