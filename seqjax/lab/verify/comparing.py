"""What a page tells, beside what came out again.

On the same versions, flags and processor a seed gives the same numbers to the last bit,
so they must be equal. Elsewhere, or with other seeds, the mean over the repeated seeds
must lie where it would in 999 of 1000 cases, were seeds normally distributed: in the
prediction interval

    m ± t s sqrt(1/k + 1/n),

with mean m and standard deviation s of the n seeds that the page tells of, k repeated
ones, and t the 0.9995 quantile of Student's t with n - 1 degrees of freedom (Hahn and
Meeker 1991, "Statistical Intervals", section 4.8). It is widened to hold all n seeds,
and by `SLACK` of its largest end, as scores of few test strings are coarse. Of fewer
than three seeds nothing is known of how they scatter: `FEW` of the mean then.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from seqjax.lab.run_directory import records
from seqjax.lab.study import Number
from seqjax.lab.verify.parts import Repeatable, Rows

PASS, FAIL, NOT_REPEATED = "pass", "fail", "not repeated"
SLACK, FEW, QUANTILE = 0.01, 0.1, 0.9995

TIMED = ("seconds",)
"""Columns that tell how long something took."""


class Line(NamedTuple):
    """A line of the verdict.

    Attributes:
        run: what the page calls it.
        what: that was compared.
        told: by the page, or expected.
        found: now.
        verdict: `PASS`, `FAIL` or `NOT_REPEATED`.
    """

    run: str
    what: str
    told: str
    found: str
    verdict: str


def is_same(told: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    """Whether two environments must give the same numbers to the last bit.

    Args:
        told: of the page; another one of a resumed run makes it differ.
        here: of this process.
    """

    def decisive(environment: Mapping[str, Any]) -> list[Any]:
        devices, host = environment.get("devices"), environment.get("host")
        return [
            environment.get("versions"),
            environment.get("flags"),
            devices and [devices.get("platform"), devices.get("kinds")],
            host and host.get("cpu"),
            environment.get("git"),
        ]

    git = here.get("git")
    unsure = "resumed_under" in told or bool(git and git.get("dirty"))
    plain = records.plain(dict(here))
    return bool(told) and not unsure and decisive(told) == decisive(plain)


def compare(
    part: Repeatable, block: str, found: Rows, is_same_here: bool
) -> list[Line]:
    """The lines of a block.

    Args:
        part: what was repeated.
        block: its name.
        found: the rows that came out.
        is_same_here: whether they must be equal, see `is_same`.
    """
    told = part.told(block)
    seeds = {row.get("seed") for row in found}
    shared = [row for row in told if row.get("seed") in seeds]
    name = f"{block}, {part.seeds}"
    counted = f"{len(found)} row" + ("s" if len(found) > 1 else "")
    is_whole = {row.get("seed") for row in shared} == seeds
    if is_whole and _text(part, shared) == _text(part, found):
        return [Line(part.run.label, name, counted, "equal", PASS)]
    if is_whole and is_same_here and not part.is_by_the_clock:
        was, now = _difference(part, shared, found)
        return [Line(part.run.label, name, was, now, FAIL)]
    lines = []
    for column, kind in part.study.columns.items():
        if kind is float and column not in TIMED:
            known, again = _by_seed(told, column), _by_seed(found, column)
            if known:
                lines.append(_within(part.run.label, f"{name}: {column}", known, again))
    return lines or [
        Line(part.run.label, name, "numbers", "none to compare", NOT_REPEATED)
    ]


def interval(known: Sequence[float], count: int) -> tuple[float, float]:
    """Where the mean of `count` more seeds is expected, as the module says.

    Args:
        known: of the seeds that the page tells of, at least one.
        count: repeated seeds.
    """
    mean = math.fsum(known) / len(known)
    if len(known) < 3:
        margin = FEW * abs(mean)
        return min(known) - margin, max(known) + margin
    from scipy.stats import t

    spread = math.sqrt(math.fsum((x - mean) ** 2 for x in known) / (len(known) - 1))
    wide = float(t.ppf(QUANTILE, len(known) - 1)) * spread
    wide *= math.sqrt(1 / count + 1 / len(known))
    low, high = min(mean - wide, *known), max(mean + wide, *known)
    slack = SLACK * max(abs(low), abs(high))
    return low - slack, high + slack


def _within(
    label: str, what: str, known: Sequence[float], again: Sequence[float]
) -> Line:
    """Whether the mean over seeds lies where it is expected."""
    low, high = interval(known, max(len(again), 1))
    told = f"{math.fsum(known) / len(known):.4g} [{low:.4g}, {high:.4g}]"
    if not again:
        return Line(label, what, told, "no number", FAIL)
    mean = math.fsum(again) / len(again)
    verdict = PASS if low <= mean <= high else FAIL
    return Line(label, what, told, f"{mean:.4g}", verdict)


def _by_seed(rows: Rows, column: str) -> list[float]:
    """The mean of a column over the rows of each seed, of the finite ones."""
    values: dict[Any, list[float]] = {}
    for row in rows:
        value: Number | None = row[column]
        if value is not None and math.isfinite(value):
            values.setdefault(row.get("seed"), []).append(float(value))
    return [math.fsum(own) / len(own) for own in values.values()]


def _text(part: Repeatable, rows: Rows) -> list[bytes]:
    """Rows as they are written, without what the clock has measured."""
    columns = {name: kind for name, kind in part.columns.items() if name not in TIMED}
    own = [{name: row[name] for name in columns} for row in rows]
    return records.csv_bytes(columns, own).splitlines()


def _difference(part: Repeatable, told: Rows, found: Rows) -> tuple[str, str]:
    """The first cell that differs, as told and as found."""
    if len(told) != len(found):
        return f"{len(told)} rows", f"{len(found)} rows"
    for old, new in zip(told, found, strict=True):
        for name in part.columns:
            if name not in TIMED and repr(old[name]) != repr(new[name]):
                seed = f" of seed {old['seed']}" if "seed" in old else ""
                return f"{name}{seed}: {old[name]}", str(new[name])
    return "equal", "equal"
