"""The data that a report page holds."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.report.page import DATA_ID, FORMAT, SCHEMA
from seqjax.lab.run_directory import files

# There is no "<" inside: the page writes it as an escape of JSON.
_BLOCK = re.compile(rf'<script type="application/json" id="{DATA_ID}">([^<]*)</script>')


class ToldRun(NamedTuple):
    """What a page tells of a run.

    Attributes:
        label: what the page calls it.
        study: name.
        config: as in ``config.json``.
        environment: as in ``environment.json``; may be empty.
        results: text of ``results.csv``.
        source: what the study was read from, as in ``config.json``; nothing: seqjax.
    """

    label: str
    study: str
    config: dict[str, Any]
    environment: dict[str, Any]
    results: str
    source: str


def read_page(path: Path) -> list[ToldRun]:
    """The runs of a report page.

    Args:
        path: the page.

    Raises:
        UserError: it is not there, is no report page, is that of another schema, or is
            damaged.
    """
    way_out = "name a page that 'seqjax report' has written"
    data = files.read_bytes(path) if not path.is_dir() else None
    if data is None:
        raise UserError(f"PAGE must be a file, but there is none at {path}; {way_out}")
    found = _BLOCK.findall(data.decode("utf-8", "replace"))
    if len(found) != 1:
        raise UserError(f"{path} is not a report page; {way_out}")
    try:
        told = json.loads(found[0])
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']!r}")
        if told["schema"] != SCHEMA:
            raise UserError(
                f"{path} is of schema {told['schema']}, not {SCHEMA}; verify it with "
                f"seqjax {told['seqjax']}, which wrote it"
            )
        return _runs(told["runs"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} cannot be understood ({error}); write the page anew"
        ) from error


def _runs(told: Sequence[Any]) -> list[ToldRun]:
    """The runs; raises where a part is missing or of another kind."""
    runs = []
    for each in told:
        header = each["header"]
        run = ToldRun(
            each["label"],
            header["study"],
            header["config"],
            each["environment"],
            each["results"],
            header.get("source", ""),
        )
        kinds = (str, str, dict, dict, str, str)
        for name, value, kind in zip(ToldRun._fields, run, kinds, strict=True):
            if not isinstance(value, kind):
                raise TypeError(f"{name} is not {kind.__name__}")
        runs.append(run)
    return runs
