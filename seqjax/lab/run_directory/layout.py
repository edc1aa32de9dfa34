"""The files of a run directory: their names, and reading them back.

config.json       every field, command line, schema number, axes of the history
environment.json  versions, devices, precision flags, state of the git checkout
history.npz       arrays by "<block>/<metric>"
results.csv       one row per trained model; its rows say which blocks are finished
figures/          PNG and SVG
texts/            what a study has to show as text: plain, as CSV, or as pages of HTML
models/           trained models, where a study keeps them
tensorboard/      the curves for TensorBoard, on request
trace.json.gz     what the program did in some seconds, for Perfetto, on request
chunks/           more seeds than fit, trained in parts, see `seqjax.lab.running.chunks`
checkpoints/      what an unfinished block resumes from, see `checkpoints`
tables.json       the tables that are printed at the end
summary.json      written last: the run is complete
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files, records

SCHEMA = 1
CONFIG = "config.json"
ENVIRONMENT = "environment.json"
HISTORY = "history.npz"
RESULTS = "results.csv"
FIGURES = "figures"
TEXTS = "texts"
MODELS = "models"
CHECKPOINTS = "checkpoints"
CHUNKS = "chunks"
TENSORBOARD = "tensorboard"
TRACE = "trace.json.gz"
TABLES = "tables.json"
SUMMARY = "summary.json"


def read_header(path: Path) -> dict[str, Any] | None:
    """Content of ``config.json`` if it is that of a run directory, else None."""
    try:
        stored = read_json(path / CONFIG)
    except UserError:
        return None
    is_run = isinstance(stored, dict) and {"schema", "study", "config"} <= set(stored)
    return stored if is_run else None


def is_under_way(path: Path) -> bool:
    """Whether there is more of a run than its finished blocks."""
    return (path / CHECKPOINTS).exists() or (path / CHUNKS).exists()


def read_json(path: Path) -> Any:
    """A JSON file; None where there is none."""
    data = files.read_bytes(path)
    try:
        return None if data is None else json.loads(data)
    except ValueError as error:
        raise unreadable(path, error) from error


def read_rows(path: Path, columns: Mapping[str, type]) -> list[dict[str, Any]]:
    """The rows saved so far."""
    data = files.read_bytes(path)
    try:
        return [] if data is None else records.csv_rows(columns, data)
    except ValueError as error:
        raise unreadable(path, error) from error


def read_history(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """Arrays by block and metric."""
    data = files.read_bytes(path)
    histories: dict[str, dict[str, np.ndarray]] = {}
    if data is None:
        return histories
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            for key in stored.files:
                block, _, metric = key.partition("/")
                histories.setdefault(block, {})[metric] = stored[key]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error
    return histories


def unreadable(path: Path, reason: object) -> UserError:
    """The error for a file that was not written by us, or not by this version."""
    return UserError(
        f"{path} cannot be understood ({reason}); "
        "give --overwrite to start anew, or another --out"
    )
