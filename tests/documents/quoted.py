"""Numbers that a page quotes from results: which of them the results do not have.

A decimal number, or an estimate with its interval, has to be in ``summary.json`` or
``results.csv`` of a folder of ``docs/results`` that the page links, at as many digits
as are quoted: as it is, in percent, in thousandths, or with the other sign. An interval
has to stand beside its own value; of few seeds it may be the least and the most, of a
benchmark the quartiles.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"

FENCE = re.compile(r"^ *(```|~~~).*?^ *\1[^\n]*$", re.MULTILINE | re.DOTALL)
MADE = re.compile(r"<!-- made: .*?<!-- made: end -->", re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINKED = re.compile(r"\]\([^)\s]*results/([\w-]+)")
TARGET = re.compile(r"\]\([^)\s]*\)")
_DECIMAL = r"[-+\u2212]?\d+\.\d+"
DECIMAL = re.compile(rf"(?<![\w.,/-]){_DECIMAL}(?![\w.]*\w)")
INTERVAL = re.compile(
    rf"(?P<value>{_DECIMAL}|[-+]?\d+)(?: ?%)? \[(?P<low>[-+]?\d+(?:\.\d+)?), "
    rf"(?P<high>[-+]?\d+(?:\.\d+)?)\]"
)


class Stored(NamedTuple):
    """What some folders of results hold.

    Attributes:
        numbers: all of them.
        estimates: value, low and high of those that have an interval.
    """

    numbers: tuple[float, ...]
    estimates: tuple[tuple[float, float, float], ...]


def _walk(value: Any) -> Iterator[Any]:
    """All numbers and estimates of JSON."""
    if isinstance(value, Mapping):
        ends = [value.get(name) for name in ("value", "low", "high")]
        if all(isinstance(each, int | float) for each in ends):
            yield tuple(ends)
        if "quartiles_per_unit" in value:  # of a benchmark
            yield value["median_per_unit"], *value["quartiles_per_unit"]
        for each in value.values():
            yield from _walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each)
        yield from _over_seeds(value)
    elif isinstance(value, str):
        for found in INTERVAL.finditer(value):
            yield tuple(float(found[name]) for name in ("value", "low", "high"))
        yield from map(float, re.findall(r"[-+]?\d+\.\d+", value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _over_seeds(rows: list[Any]) -> Iterator[tuple[float, float, float]]:
    """Mean, least and most of what several seeds are told to have."""
    if len(rows) > 1 and all(isinstance(row, dict) and "seed" in row for row in rows):
        for name in rows[0]:
            values = [row[name] for row in rows]
            if all(isinstance(each, float) for each in values):
                yield sum(values) / len(values), min(values), max(values)


@cache
def stored(folder: Path) -> Stored:
    """What a folder of results holds."""
    numbers: set[float] = set()
    estimates: set[tuple[float, float, float]] = set()
    for file in sorted(folder.glob("*.json")):
        if file.name == "environment.json":
            continue
        for each in _walk(json.loads(file.read_text(encoding="utf-8"))):
            if isinstance(each, tuple):
                estimates.add(each)
                numbers.update(each)
            else:
                numbers.add(each)
    for file in folder.glob("results.csv"):
        with file.open(newline="", encoding="utf-8") as text:
            for row in csv.reader(text):
                for cell in row:
                    if re.fullmatch(r"-?\d+\.\d+(e[-+]\d+)?", cell):
                        numbers.add(float(cell))
    return Stored(tuple(numbers), tuple(estimates))


def _shown(quoted: str, number: float) -> bool:
    """Whether a number is quoted so: as it is, in percent, with the other sign."""
    quoted = quoted.replace("\u2212", "-").lstrip("+-")
    digits = len(quoted.partition(".")[2])
    half = 0.5 * 10.0**-digits * (1 + 1e-6)
    return any(
        abs(abs(number) * scale - float(quoted)) <= half for scale in (1, 100, 1000)
    )


def wrong(page: str, found: Stored) -> list[str]:
    """What a page quotes that the results do not have.

    Args:
        page: its text.
        found: what the linked results hold.
    """
    text = page
    for pattern in (FENCE, MADE, CODE, TARGET):
        text = pattern.sub(" ", text)
    bad = []
    for match in INTERVAL.finditer(text):
        parts = [match[name] for name in ("value", "low", "high")]
        if not any(
            all(_shown(q, n) for q, n in zip(parts, each, strict=True))
            or _turned(parts, each)
            for each in found.estimates
        ):
            bad.append(match[0])
    rest = INTERVAL.sub(" ", text)
    for match in DECIMAL.finditer(rest):
        if not any(_shown(match[0], number) for number in found.numbers):
            bad.append(match[0])
    return bad


def _turned(parts: list[str], each: tuple[float, float, float]) -> bool:
    """With the other sign the ends change places."""
    value, low, high = each
    return all(
        _shown(q, n) for q, n in zip(parts, (value, high, low), strict=True)
    ) and (value < 0 or low < 0)


def linked(page: str) -> list[Path]:
    """The folders of results that a page links."""
    return [RESULTS / name for name in sorted(set(LINKED.findall(page)))]


def together(folders: list[Path]) -> Stored:
    """What several folders hold."""
    found = [stored(folder) for folder in folders if folder.is_dir()]
    return Stored(
        tuple({n for each in found for n in each.numbers}),
        tuple({e for each in found for e in each.estimates}),
    )
