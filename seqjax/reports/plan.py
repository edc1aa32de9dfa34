"""How the minutes are shared: arithmetic, no clock.

Studies of known cost come first, the cheapest before the dearest, each in its smallest
size while these take no more than `FIXED_SHARE` of all minutes; then sizes grow, in the
same order, as far as that share lets them. What is left goes to the studies that have a
time limit of their own, by weight.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from seqjax.lab.study import Number
from seqjax.reports.jobs import JOBS, Job, Size

FIXED_SHARE = 0.7
"""Of the minutes, at most, for the studies of known cost."""


class Step(NamedTuple):
    """What becomes of a job.

    Attributes:
        job: the job.
        size: in which it comes; None: it is left out.
        minutes: expected, or given to it.
        why: of one that is left out.
    """

    job: Job
    size: Size | None
    minutes: Number
    why: str = ""


def plan(
    budget: Number, jobs: Sequence[Job] = JOBS, finished: Collection[str] = ()
) -> list[Step]:
    """What to run within so many minutes, in this order.

    Args:
        budget: minutes.
        jobs: all there are; one that needs another comes after it.
        finished: names of those that cost nothing any more.

    Returns:
        A step per job that is not finished.
    """
    todo = [job for job in jobs if job.name not in finished]
    sizes = _sizes([job for job in todo if not job.option], FIXED_SHARE * budget)
    spent = sum(size.minutes for size in sizes.values())
    given = shares([job for job in todo if job.option], budget - spent)
    ready = {*given, *finished}
    steps = []
    for job in _in_order(todo):
        size = job.sizes[0] if job.name in given else sizes.get(job.name)
        if size is not None and job.after and job.after not in ready:
            steps.append(Step(job, None, 0.0, f"there is no time for {job.after}"))
        elif size is None:
            steps.append(Step(job, None, 0.0, too_dear(job, budget)))
        else:
            minutes = given.get(job.name, size.minutes)
            steps.append(Step(job, size, minutes))
    return steps


def too_dear(job: Job, budget: Number) -> str:
    """Why a job is left out.

    Args:
        job: the job.
        budget: minutes of all.
    """
    least = job.least if job.option else job.sizes[-1].minutes
    return (
        f"left out: of {budget:g} minutes there are not {least:g} for {job.name}; give "
        "more --budget"
    )


def shares(jobs: Sequence[Job], minutes: Number) -> dict[str, float]:
    """The minutes of the studies that have a time limit of their own.

    Args:
        jobs: these studies.
        minutes: of all together.

    Returns:
        Minutes by name; those are missing for which there would be too few.
    """
    left, wanting = max(0.0, float(minutes)), list(jobs)
    given: dict[str, float] = {}
    while wanting:
        total = sum(job.weight for job in wanting)
        parts = {job.name: left * job.weight / total for job in wanting}
        # The least weight goes first where there is too little for all.
        poor = [job for job in wanting if parts[job.name] < job.least]
        full = [job for job in wanting if parts[job.name] > job.most]
        if poor:
            wanting.remove(min(poor, key=lambda job: job.weight))
        elif full:
            given[full[0].name] = float(full[0].most)
            left -= given[full[0].name]
            wanting.remove(full[0])
        else:
            return given | parts
    return given


def _sizes(jobs: Sequence[Job], minutes: Number) -> dict[str, Size]:
    """The size of each job that fits; the cheap ones first."""
    ordered = sorted(jobs, key=lambda job: job.sizes[-1].minutes)
    chosen: dict[str, Size] = {}
    left = minutes
    for job in ordered:
        if job.sizes[-1].minutes <= left:
            chosen[job.name] = job.sizes[-1]
            left -= job.sizes[-1].minutes
    for job in ordered:
        small = chosen.get(job.name)
        for size in job.sizes if small else ():
            more = size.minutes - (small.minutes if small else 0.0)
            if 0 < more <= left:
                chosen[job.name] = size
                left -= more
                break
    return chosen


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    """Known costs first, the cheap ones before the dear; then by weight, small first.

    What needs a job follows it at once.
    """
    first = sorted(
        (job for job in jobs if not job.option and not job.after),
        key=lambda job: job.sizes[-1].minutes,
    )
    timed = sorted((job for job in jobs if job.option), key=lambda job: job.weight)
    ordered = [*first, *timed]
    for job in jobs:
        if job.after:
            names = [each.name for each in ordered]
            place = names.index(job.after) + 1 if job.after in names else 0
            ordered.insert(place, job)
    return ordered
