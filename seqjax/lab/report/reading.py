"""The files of finished runs, read for the report page.

Nothing of a study is needed, nor JAX. A run is a run directory, or a copy of its files
with the figures and texts beside them, as in ``docs/results``.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.report import stored
from seqjax.lab.run_directory import files, layout

LARGEST_SVG = 1_000_000
"""In bytes; a larger drawing is shown as its PNG, where there is one."""

_KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


class Figure(NamedTuple):
    """A figure of a run.

    Attributes:
        name: stem of its file.
        kind: media type.
        data: the bytes of the file.
    """

    name: str
    kind: str
    data: bytes


class FinishedRun(NamedTuple):
    """All that the page shows of a run.

    Attributes:
        label: the end of its path that tells it from the others.
        study: name.
        header: content of ``config.json``.
        environment: content of ``environment.json``, empty where there is none.
        summary: content of ``summary.json``.
        results: text of ``results.csv``.
        tables: content of ``tables.json``, empty where there is none.
        figures: by name.
        texts: plain texts by the names of their files.
    """

    label: str
    study: str
    header: dict[str, Any]
    environment: dict[str, Any]
    summary: dict[str, Any]
    results: str
    tables: list[dict[str, Any]]
    figures: list[Figure]
    texts: dict[str, str]

    @property
    def command(self) -> str:
        """The command that made it."""
        return stored.command_of(self.header)

    @property
    def cells(self) -> list[list[str]]:
        """The lines of ``results.csv``, the heading first."""
        return list(csv.reader(io.StringIO(self.results, newline=""), strict=True))


def read_runs(paths: Sequence[Path]) -> list[FinishedRun]:
    """Reads finished runs.

    Args:
        paths: their folders.

    Raises:
        UserError: there is none, one is named twice, or one is no run, not finished, or
            damaged.
    """
    if not paths:
        raise UserError(
            "RUN must be given, got none; give the --out of one or more finished runs, "
            "'seqjax runs' lists them"
        )
    places = [path.resolve() for path in paths]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise UserError(
                f"{paths[number]} must be named once, got it twice; leave one out"
            )
    return [
        read_run(path, label) for path, label in zip(paths, labels(places), strict=True)
    ]


def labels(places: Sequence[Path]) -> list[str]:
    """The shortest end of each path that tells it from the others.

    Args:
        places: absolute paths, no two the same.
    """

    def end(place: Path) -> str:
        for count in range(1, len(place.parts)):
            own = place.parts[-count:]
            if sum(other.parts[-count:] == own for other in places) == 1:
                return "/".join(own)
        return str(place)

    return [end(place) for place in places]


def read_run(path: Path, label: str) -> FinishedRun:
    """Reads one run.

    Args:
        path: its folder.
        label: what to call it.

    Raises:
        UserError: it is no run, not finished, or damaged.
    """
    header = stored.read_header(path)
    if not (path / layout.SUMMARY).exists():
        raise UserError(
            f"{path} is not finished; finish it first: {stored.command_of(header)}"
        )
    return FinishedRun(
        label,
        header["study"],
        header,
        stored.read_object(path / layout.ENVIRONMENT, header) or {},
        stored.read_object(path / layout.SUMMARY, header) or {},
        stored.read_results(path / layout.RESULTS, header),
        stored.read_tables(path / layout.TABLES, header),
        _figures(path),
        _texts(path),
    )


def _figures(path: Path) -> list[Figure]:
    """The figures: each as the drawing, or as the picture where that is too large."""
    found: dict[str, Path] = {}
    for folder in (path, path / layout.FIGURES):
        for ending in (".png", ".svg"):
            for file in sorted(folder.glob(f"*{ending}")):
                small = ending == ".png" or file.stat().st_size <= LARGEST_SVG
                if small or file.stem not in found:
                    found[file.stem] = file
    return [
        Figure(name, _KINDS[file.suffix], files.read_bytes(file) or b"")
        for name, file in sorted(found.items())
    ]


def _texts(path: Path) -> dict[str, str]:
    """The plain texts."""
    found = {
        file.name: file.read_bytes().decode("utf-8", "replace")
        for folder in (path, path / layout.TEXTS)
        for file in sorted(folder.glob("*.txt"))
    }
    return dict(sorted(found.items()))
