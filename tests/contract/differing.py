"""Where the files of two run directories differ, in a few lines."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MOST_LINES = 3


def differences(old: Path, new: Path) -> list[str]:
    """How two versions of one file differ, in at most `MOST_LINES` lines.

    Args:
        old: the file as it was.
        new: as it is now; its suffix says what it holds.
    """
    missing = [path for path in (old, new) if not path.exists()]
    if missing:
        return ["only there before" if new in missing else "only there now"]
    found = _FORMS.get(new.suffix, _lines)(old, new)
    lines = [line for line, _ in zip(found, range(MOST_LINES), strict=False)]
    return lines or ["other bytes, the same content"]


def _rows(old: Path, new: Path) -> Iterator[str]:
    """Rows of a CSV file: the cells that differ, by column."""
    tables = [
        list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for path in (old, new)
    ]
    if len(tables[0]) != len(tables[1]):
        yield f"{len(tables[0])} rows before, {len(tables[1])} now"
    for number, (before, now) in enumerate(zip(*tables, strict=False), start=1):
        cells = [
            f"{name} {before.get(name)} -> {now.get(name)}"
            for name in dict.fromkeys([*before, *now])
            if before.get(name) != now.get(name)
        ]
        if cells:
            yield f"row {number}: {', '.join(cells)}"


def _keys(old: Path, new: Path) -> Iterator[str]:
    """Values of a JSON file that differ, by their keys."""
    before, now = (
        dict(_leaves(json.loads(path.read_text(encoding="utf-8")), ""))
        for path in (old, new)
    )
    for key in dict.fromkeys([*before, *now]):
        if before.get(key, "nothing") != now.get(key, "nothing"):
            values = (_short(leaves.get(key, "nothing")) for leaves in (before, now))
            yield f"{key}: {' -> '.join(values)}"


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document that holds no others."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{key}.{name}" if key else name)
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, f"{key}[{place}]")
    else:
        yield key, value


def _arrays(old: Path, new: Path) -> Iterator[str]:
    """Arrays that differ, and by how much."""
    with np.load(old) as before, np.load(new) as now:
        for name in sorted({*before.files, *now.files}):
            if name not in now.files or name not in before.files:
                yield f"{name}: {'gone' if name in before.files else 'new'}"
                continue
            a, b = before[name], now[name]
            if (a.dtype, a.shape) != (b.dtype, b.shape):
                yield f"{name}: {a.dtype} {a.shape} -> {b.dtype} {b.shape}"
            elif a.tobytes() != b.tobytes():
                yield f"{name}: {_apart(a, b)}"


def _apart(a: np.ndarray, b: np.ndarray) -> str:
    """How far two arrays of one shape and type are apart."""
    if a.dtype.kind not in "biuf":
        return f"{np.sum(a != b)} of {a.size} values"
    same = (a == b) | ((a != a) & (b != b))
    most = np.max(np.abs(a.astype(float) - b.astype(float)), where=~same, initial=0)
    return f"{np.sum(~same)} of {a.size} values, by at most {most:.3g}"


def _lines(old: Path, new: Path) -> Iterator[str]:
    """Lines of a text that differ."""
    try:
        before, now = (
            path.read_text(encoding="utf-8").splitlines() for path in (old, new)
        )
    except UnicodeDecodeError:
        yield f"{old.stat().st_size} -> {new.stat().st_size} bytes"
        return
    if len(before) != len(now):
        yield f"{len(before)} lines before, {len(now)} now"
    for number, (a, b) in enumerate(zip(before, now, strict=False), start=1):
        if a != b:
            yield f"line {number}: {_short(a.strip())} -> {_short(b.strip())}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


_FORMS = {".csv": _rows, ".json": _keys, ".npz": _arrays}
