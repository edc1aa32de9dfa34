"""What is measured of a setting: one list makes the summary's numbers and the table.

A `Measure` has a name in ``summary.json``, a heading in the table, and a sentence of
the caption that says what its brackets are. So a number cannot be in one of them and
not in the other, nor mean two things.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from seqjax.core.statistics import Adjusted, Comparison
from seqjax.lab.outcomes import Outcome
from seqjax.lab.reporting.text import estimate_text, percent, time_text
from seqjax.lab.study import Table


class Measure(NamedTuple):
    """One number of a setting.

    Attributes:
        key: its name in ``summary.json``; nothing: it stands in the table only.
        heading: of its column; nothing: it stands in the summary only.
        value: of an `Outcome`, or of whatever a study measures, with a field
            ``setting``: an `Estimate` or another NamedTuple, or a plain value.
        text: of that value, and the outcome.
        interval: what its brackets are, for the caption; nothing: it has none.
    """

    key: str
    heading: str
    value: Callable[[Any], Any]
    text: Callable[[Any, Any], str] = lambda value, _: str(value)
    interval: str = ""


def success(least: float) -> Measure:
    """Share of seeds with at least this accuracy."""
    return Measure(
        "success_rate",
        f"success (accuracy >= {least:g})",
        lambda o: o.rate,
        lambda value, _: estimate_text(value, "{:.2f}"),
        "success: Clopper-Pearson",
    )


def accuracy(mark: Callable[[Outcome], str] = lambda _: "") -> Measure:
    """Mean accuracy, with a mark behind it."""
    return Measure(
        "accuracy",
        "mean accuracy",
        lambda o: o.mean,
        lambda value, o: estimate_text(value, "{:.3f}") + mark(o),
        "mean: Gaffke",
    )


MIDDLE = Measure(
    "accuracy_interquartile_mean",
    "middle half",
    lambda o: o.middle,
    lambda value, _: estimate_text(value, "{:.2f}"),
    "middle half: mean without a quarter at each end, Anderson",
)
"""The typical seed's accuracy, which says more than a mean where seeds fall into two
groups."""


def solving(steps: int, word: str = "updates") -> Measure:
    """Median updates to solve."""
    return Measure(
        "median_steps_to_solve",
        f"median {word} to solve",
        lambda o: o.time,
        lambda value, _: time_text(value, steps),
        "median: Kaplan-Meier, unsolved seeds censored",
    )


def difference(
    key: str,
    heading: str,
    form: str,
    *,
    of: str = "found",
    p_key: str = "p_value_holm",
    p_form: str = "{:.3f}",
) -> list[Measure]:
    """The difference of two settings, and its p-value; the summary has one number more.

    How likely a seed of the first lies above one of the second says more where seeds
    fall into two groups.

    Args:
        key: name of the difference in ``summary.json``.
        heading: of its column.
        form: of its numbers.
        of: field of `Against` or `Raced`.
        p_key: name of the p-value in ``summary.json``.
        p_form: of its numbers.
    """

    def compared(a: Any) -> Comparison:
        found: Adjusted = getattr(a, of)
        return found.comparison

    return [
        Measure(
            key,
            heading,
            lambda a: compared(a).difference,
            lambda value, _: estimate_text(value, form),
        ),
        Measure(
            p_key,
            "p (Holm)",
            lambda a: getattr(a, of).p_value,
            lambda value, _: p_form.format(value),
        ),
        Measure(f"{key}_probability", "", lambda a: compared(a).improvement),
    ]


def points_gained(heading: str, form: str, p_form: str = "{:.3f}") -> list[Measure]:
    """The difference of two accuracies, a share in the summary and points in the table.

    Args:
        heading: of the table's column.
        form: of its numbers.
        p_form: of the p-value; default: three digits.
    """
    gained, p_value, *more = difference("accuracy_gained", heading, form, p_form=p_form)
    shown = gained._replace(text=lambda d, _: estimate_text(percent(d), form))
    return [shown, ALONE, p_value, *more]


def seen(o: Outcome) -> str:
    """A mark where a task was tested on what is trained on."""
    return "" if o.rows[0]["held_out"] else " (seen)"


DIVERGED = Measure("diverged", "diverged", lambda o: int(o.diverged.sum()))
ALONE = Measure("p_value", "", lambda a: a.found.comparison.p_value)
"""The p-value of an `Against` as if it were the only one of its family."""

HELD_OUT = Measure("held_out", "", lambda o: o.rows[0]["held_out"])


def plain(value: Any) -> Any:
    """A NamedTuple and those in its fields as dictionaries; anything else as it is."""
    if not hasattr(value, "_asdict"):
        return value
    return {name: plain(each) for name, each in value._asdict().items()}


def numbers(measures: Sequence[Measure], o: Any) -> dict[str, Any]:
    """What ``summary.json`` says of a setting."""
    known = {m.key: plain(m.value(o)) for m in measures if m.key}
    return {**o.setting._asdict(), **known}


def table(
    measures: Sequence[Measure],
    outcomes: Sequence[Any],
    *,
    title: str,
    axes: Sequence[str],
    caption: str,
    left: int = 1,
) -> Table:
    """A row per setting, a column per field of it and per measure.

    Args:
        measures: those with a heading are shown.
        outcomes: one per setting.
        title: of the table.
        axes: headings of the settings' fields, from the first on; those that have none
            are left to the measures.
        caption: with ``{intervals}`` where the measures say what brackets are.
        left: so many columns are aligned to the left.
    """
    shown = [m for m in measures if m.heading]
    intervals = "; ".join(m.interval for m in shown if m.interval)
    return Table(
        title=title,
        columns=(*axes, *(m.heading for m in shown)),
        rows=[
            [*map(str, o.setting[: len(axes)]), *(m.text(m.value(o), o) for m in shown)]
            for o in outcomes
        ],
        caption=caption.format(intervals=intervals),
        left=left,
    )
