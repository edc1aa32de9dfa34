"""Summaries of the committed runs, made anew from their rows by the rules of today.

So that a verdict or an interval changes in the results, and from there on every page,
when its rule does. ``python -m tests.documents.making`` writes them.
"""

import json
from pathlib import Path
from typing import Any

from seqjax.__main__ import _studies
from seqjax.lab.run_directory import layout, records
from seqjax.lab.study import Results, Study

LEFT: dict[str, str] = {
    **dict.fromkeys(
        (
            *("gradients", "gradients-orthogonal"),
            *("graphs-classify-cora", "graphs-classify-cora-random"),
            *("graphs-classify-karate", "graphs-hops"),
            *("initialization", "phased-learning", "phased-noise", "phased-silence"),
            *("phased-frequency", "phased-frequency-nine"),
        ),
        "made of history.npz too, which is not kept: train it again",
    ),
    "reconcile": "has not all columns of today",
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


def made(folder: Path) -> bytes:
    """The summary of a run, as its study would write it today."""
    study, config = study_of(folder)
    columns = {"block": str, **study.columns}
    rows = layout.read_rows(folder / "results.csv", columns)
    return records.json_bytes(study.summarise(config, Results(rows, {})))
