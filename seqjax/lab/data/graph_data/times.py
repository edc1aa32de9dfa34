"""When the snapshots of a series were taken, as far as a file says."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from seqjax.lab.data.graph_data.rows import is_number, shown
from seqjax.lab.errors import UserError

_SHOWN = 3
_DAY = 86400.0


class Moment(NamedTuple):
    """A time as numbers.

    Attributes:
        value: The number, or seconds since the year 1 of a date.
        month: Months since the year 0; None of a number.
        rest: Seconds since the month began.
    """

    value: float
    month: int | None = None
    rest: float = 0.0


def check_times(what: str, times: Sequence[str]) -> tuple[str, ...]:
    """What to tell of the times of snapshots; nothing where steps are even.

    Args:
        what: Where they stand, for errors.
        times: One for each snapshot: numbers, or dates as 2020-03-31 or 2020/03/31,
            a month, or with
            a time of day. Others are not looked at, and that is told.

    Raises:
        UserError: Times that do not ascend.
    """
    moments = [_moment(text) for text in times]
    odd = next((t for t, found in zip(times, moments, strict=True) if not found), None)
    found = [each for each in moments if each is not None]
    if not times:
        return ()
    if odd is not None or len({each.month is None for each in found}) > 1:
        word = times[0] if odd is None else odd
        return (f"times are not looked at, as {shown(word)!r} is no number or date",)
    for i in range(1, len(found)):
        if found[i].value <= found[i - 1].value:
            raise UserError(
                f"{what} must have times that ascend, but {shown(times[i])!r} follows "
                f"{shown(times[i - 1])!r}; sort the snapshots, and give each time once"
            )
    return _gaps(times, found)


def _moment(text: str) -> Moment | None:
    text = text.strip()
    if is_number(text) and not (len(text) == 8 and text.isdecimal()):
        return Moment(float(text))
    try:
        plain = text.replace("/", "-")
        month = re.fullmatch(r"[0-9]{4}-[0-9]{2}", plain)
        at = datetime.fromisoformat(f"{plain}-01" if month else plain)
    except ValueError:
        return Moment(float(text)) if is_number(text) else None
    day = date(at.year, at.month, at.day).toordinal()
    clock = at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
    return Moment(
        day * _DAY + clock, 12 * at.year + at.month, (at.day - 1) * _DAY + clock
    )


def _gaps(times: Sequence[str], found: Sequence[Moment]) -> tuple[str, ...]:
    """Where a step is another than most are."""
    dated = found[0].month is not None
    # A month is as long as the next one, whatever its days.
    monthly = dated and len({each.rest for each in found}) == 1
    at = [(each.month or 0) if monthly else each.value for each in found]
    steps = [round(b - a, 6) for a, b in zip(at, at[1:], strict=False)]
    if len(set(steps)) < 2:
        return ()
    (usual, _), *_ = Counter(steps).most_common(1)
    others = [i for i, step in enumerate(steps) if step != usual]

    def length(step: float) -> str:
        if not dated:
            return f"{step:g}"
        number, unit = (step, "month") if monthly else (step / _DAY, "day")
        return f"{number:g} {unit}" + ("s" if number != 1 else "")

    named = ", ".join(
        f"{length(steps[i])} after {shown(times[i])}" for i in others[:_SHOWN]
    )
    more = len(others) - _SHOWN
    return (
        f"steps of {length(usual)}, but {named}"
        + (f" and {more} more" if more > 0 else "")
        + ": all are read as one step",
    )
