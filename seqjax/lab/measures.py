"""What is measured of a setting: one list makes the summary's numbers and the table.

A `Measure` has a name in ``summary.json``, a heading in the table, and a sentence of
the caption that says what its brackets are. So a number cannot be in one of them and
not in the other, nor mean two things.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Real

from seqjax.core.statistics import (
    Adjusted,
    Estimate,
    mean,
    median_time,
    paired_comparisons,
    success_rate,
)
from seqjax.lab.reporting.text import estimate_text, percent, time_text
from seqjax.lab.study import Results, Table

Rows = list[dict[str, Any]]

ROUNDING = 1e-6
"""Accuracies come in single precision, in which 0.95 is a little less than 0.95."""


class Outcome(NamedTuple):
    """How the seeds of one setting fared: the one meaning of a failed seed.

    A seed that diverged is a failure throughout, whatever it got right before: its
    accuracy is that of a guess, its loss the baseline's, and it never solves the task.

    Attributes:
        setting: which.
        rows: of the results, one per seed.
        accuracy: on the evaluation set; that of a guess where a seed diverged.
        success: at least the accuracy wanted, without divergence.
        updates: needed to solve the task; all there were where it was not solved.
        unsolved: it was not solved, or the seed diverged.
        diverged: a loss or gradient was not finite.
    """

    setting: Any
    rows: Rows
    accuracy: Float64[np.ndarray, " seeds"]
    success: Bool[np.ndarray, " seeds"]
    updates: Float64[np.ndarray, " seeds"]
    unsolved: Bool[np.ndarray, " seeds"]
    diverged: Bool[np.ndarray, " seeds"]

    @property
    def rate(self) -> Estimate:
        """Share of seeds that succeed."""
        return success_rate(self.success)

    @property
    def time(self) -> Estimate:
        """Median updates to solve; infinite where fewer than half of the seeds do."""
        return median_time(self.updates, self.unsolved)


class Against(NamedTuple):
    """Two settings on the same seeds.

    Attributes:
        setting: which: a NamedTuple, whose fields are the first columns of a table.
        found: the first less the second; its p-value is Holm's over the family.
    """

    setting: Any
    found: Adjusted


class Raced(NamedTuple):
    """Two settings on the same seeds, by what they learn and how fast.

    Attributes:
        setting: which, as that of `Against`.
        accuracy: of the first less the second; its p-value is Holm's over the family.
        updates: likewise, those needed.
    """

    setting: Any
    accuracy: Adjusted
    updates: Adjusted


def rows_of(results: Results, setting: Any) -> Rows:
    """The rows of one setting, one per seed.

    Args:
        results: of a study.
        setting: a NamedTuple, whose fields are columns.
    """
    fields = setting._fields
    return [row for row in results.rows if tuple(row[f] for f in fields) == setting]


def outcome(
    rows: Rows,
    chance: float,
    least: float,
    steps: int | None = None,
    *,
    setting: Any = None,
    solved: str = "solved_step",
) -> Outcome:
    """Read the rows of one setting.

    Args:
        rows: one per seed, with ``accuracy``, ``diverged`` and, unless `steps` is None,
            when it was solved.
        chance: accuracy of a guess.
        least: accuracy of a success.
        steps: most updates of a seed; None: it is not told when a seed solves its
            task, so that all are unsolved, and the updates NaN.
        setting: which; for the measures that look at it.
        solved: column of the time at which the task was solved, in the unit of `steps`;
            None in it: never.
    """
    lost = np.array([row["diverged"] for row in rows], bool)
    never = steps is None
    # None becomes NaN.
    times = np.array([None if never else row[solved] for row in rows], float)
    most = np.nan if steps is None else steps
    unsolved = lost | np.isnan(times)
    accuracy = or_chance(rows, chance)
    return Outcome(
        setting,
        rows,
        accuracy,
        (accuracy >= least - ROUNDING) & ~lost,
        np.where(unsolved, most, times),
        unsolved,
        lost,
    )


def or_chance(
    rows: Rows, chance: float, column: str = "accuracy"
) -> Float64[np.ndarray, " seeds"]:
    """A column of every seed; that of a guess where it diverged or is not finite.

    Args:
        rows: one per seed.
        chance: accuracy, or loss, of an answer that knows nothing of the input.
        column: name of the column.
    """
    values = np.array(
        [np.nan if row[column] is None else row[column] for row in rows], float
    )
    lost = np.array([row["diverged"] for row in rows], bool) | ~np.isfinite(values)
    return np.where(lost, chance, values)


def against(
    pairs: Mapping[Any, tuple[Real[np.ndarray, " seeds"], Real[np.ndarray, " seeds"]]],
) -> list[Against]:
    """Compare pairs of settings as one family.

    Args:
        pairs: numbers of both, one per seed, by what `Against` has for a setting.
    """
    found = paired_comparisons(list(pairs.values()))
    return [Against(*each) for each in zip(pairs, found, strict=True)]


def raced(pairs: Mapping[Any, tuple[Outcome, Outcome]]) -> list[Raced]:
    """Compare pairs of settings as one family in accuracy, as another in updates.

    Args:
        pairs: outcomes of both, by what `Raced` has for a setting.
    """
    both = pairs.values()
    accuracy = paired_comparisons([(a.accuracy, b.accuracy) for a, b in both])
    updates = paired_comparisons([(a.updates, b.updates) for a, b in both])
    return [Raced(*each) for each in zip(pairs, accuracy, updates, strict=True)]


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
        "success: Wilson",
    )


def accuracy(mark: Callable[[Outcome], str] = lambda _: "") -> Measure:
    """Mean accuracy, with a mark behind it."""
    return Measure(
        "accuracy",
        "mean accuracy",
        lambda o: mean(o.accuracy),
        lambda value, o: estimate_text(value, "{:.3f}") + mark(o),
        "mean: bootstrap",
    )


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
    """The difference of two settings, and its p-value.

    Args:
        key: name of the difference in ``summary.json``.
        heading: of its column.
        form: of its numbers.
        of: field of `Against` or `Raced`.
        p_key: name of the p-value in ``summary.json``.
        p_form: of its numbers.
    """
    return [
        Measure(
            key,
            heading,
            lambda a: getattr(a, of).difference,
            lambda value, _: estimate_text(value, form),
        ),
        Measure(
            p_key,
            "p (Holm)",
            lambda a: getattr(a, of).p_value,
            lambda value, _: p_form.format(value),
        ),
    ]


def points_gained(heading: str, form: str, p_form: str = "{:.3f}") -> list[Measure]:
    """The difference of two accuracies, a share in the summary and points in the table.

    Args:
        heading: of the table's column.
        form: of its numbers.
        p_form: of the p-value; default: three digits.
    """
    gained, p_value = difference("accuracy_gained", heading, form, p_form=p_form)
    shown = gained._replace(text=lambda d, _: estimate_text(percent(d), form))
    return [shown, ALONE, p_value]


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
