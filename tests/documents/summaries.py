"""Summaries of the committed runs, made anew from their rows by the rules of today.

So that a verdict or an interval changes in the results, and from there on every page,
when its rule does. ``python -m tests.documents.making`` writes them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.__main__ import _studies
from seqjax.lab.run_directory import layout, records
from seqjax.lab.study import Results, Study

LEFT: dict[str, str] = {
    **dict.fromkeys(
        (
            *("gradients", "gradients-orthogonal"),
            *("graphs-classify-cora", "graphs-classify-cora-random"),
            "graphs-classify-karate",
            *("graphs-hops", "initialization"),
            *("phased-learning", "phased-noise"),
            *("phased-frequency", "phased-frequency-nine"),
        ),
        "made of history.npz too, which is not kept: train it again",
    ),
    **dict.fromkeys(
        (
            *("charlm-char-rnn", "charlm-genesis-report-003"),
            *("charlm-grimm-report-002", "charlm-strong-3-minutes"),
            *("charlm-strong-10-minutes", "charlm-strong-60-minutes"),
        ),
        "made of texts and models too, which are not kept: train it again",
    ),
}
"""Runs whose summary stays as it was written, and why."""


def runs(results: Path) -> list[Path]:
    """The folders of runs whose summary can be made anew."""
    found = sorted(path.parent for path in results.glob("*/results.csv"))
    return [folder for folder in found if folder.name not in LEFT]


def study_of(folder: Path) -> tuple[Study[Any], Any]:
    """The study of a run, and its configuration."""
    head = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    known = {study.name: study for study in _studies(head["study"].split()[0])}
    study = known[head["study"]]
    assert isinstance(study, Study)
    return study, records.config_from_plain(study.config_type, head["config"])


def results_of(folder: Path, study: Study[Any]) -> Results:
    """The rows of a run, with the columns that it has, and what else is known."""
    path = folder / "results.csv"
    heading, _, _ = path.read_text(encoding="utf-8").partition("\n")
    columns = {each: study.columns.get(each, str) for each in heading.split(",")}
    rows = layout.read_rows(path, columns)
    known = HISTORIES.get(study.name, lambda *_: {})
    return Results(rows, known(folder, rows))


def open_shares(
    folder: Path, rows: Sequence[Mapping[str, Any]]
) -> dict[str, np.ndarray]:
    """Shares of open units at the end, as the rows have them; no seed diverged."""
    found: dict[str, list[list[float]]] = {}
    for row in rows:
        assert not row["diverged"], row
        if row["share_open"] is not None:
            name = f"{row['block']}/share_open"
            found.setdefault(name, []).append([np.nan, row["share_open"]])
    return {name: np.array(shares) for name, shares in found.items()}


HISTORIES: Mapping[
    str, Callable[[Path, Sequence[Mapping[str, Any]]], dict[str, np.ndarray]]
] = {"phased silence": open_shares}
"""What a summary needs of a history, where the rows and the summary have it."""


def made(folder: Path) -> bytes:
    """The summary of a run, as its study would write it today."""
    study, config = study_of(folder)
    return records.json_bytes(study.summarise(config, results_of(folder, study)))
