"""How minutes are shared: held against sums made here, and rules a reader can check."""

import importlib
from collections.abc import Sequence
from typing import Any

import pytest

from seqjax.lab.command_line.common_options import common_options
from seqjax.lab.command_line.options import options_of
from seqjax.lab.command_line.parsing import parse, parser_of
from seqjax.lab.study import Study
from seqjax.reports.jobs import JOBS, Job, Size
from seqjax.reports.plan import FIXED_SHARE, plan, shares


def fixed(name: str, *minutes: float, after: str = "") -> Job:
    sizes = tuple(Size(m, (("seqjax.toy", f"--size={m:g}"),)) for m in minutes)
    return Job(name, sizes, after=after)


def timed(name: str, weight: float, least: float = 1.0, most: float = 99.0) -> Job:
    size = Size(0.0, (("seqjax.toy",),))
    return Job(name, (size,), "--budget", weight, least, most)


def minutes(budget: float, *jobs: Job, finished: tuple[str, ...] = ()) -> list[object]:
    steps = plan(budget, jobs, finished)
    return [
        (step.job.name, round(float(step.minutes), 6))
        if step.size is not None
        else step.job.name
        for step in steps
    ]


def test_cheap_ones_first_and_the_rest_by_weight() -> None:
    jobs = (timed("big", 3), fixed("dear", 4), fixed("cheap", 1), timed("small", 1))
    assert minutes(21, *jobs) == [
        ("cheap", 1),
        ("dear", 4),
        ("small", 4),
        ("big", 12),
    ]


def test_what_does_not_fit_is_left_out_and_says_so() -> None:
    jobs = (fixed("dear", 7), fixed("cheap", 1), timed("big", 1, least=2))
    assert minutes(10, *jobs) == [("cheap", 1), "dear", ("big", 9)]
    assert minutes(2.5, *jobs) == [("cheap", 1), "dear", "big"]
    reasons = [step.why for step in plan(2.5, jobs)]
    assert reasons == [
        "",
        "left out: of 2.5 minutes there are not 7 for dear; give more --budget",
        "left out: of 2.5 minutes there are not 2 for big; give more --budget",
    ]


def test_sizes_grow_once_all_have_the_smallest() -> None:
    jobs = (fixed("a", 9, 5, 2), fixed("b", 6, 1), timed("big", 1))
    # 0.6 of the minutes: 1 + 2 first, then b grows by 5, then a as far as it can.
    assert minutes(5, *jobs) == [("b", 1), ("a", 2), ("big", 2)]
    assert minutes(15, *jobs) == [("b", 6), ("a", 2), ("big", 7)]
    assert minutes(20, *jobs) == [("b", 6), ("a", 5), ("big", 9)]
    assert minutes(25, *jobs) == [("b", 6), ("a", 9), ("big", 10)]


def test_what_is_finished_costs_nothing() -> None:
    jobs = (fixed("a", 4), timed("big", 1), timed("small", 0.5))
    assert minutes(10, *jobs, finished=("a", "small")) == [("big", 10)]


def test_what_needs_a_model_follows_it_or_is_left_out() -> None:
    jobs = (
        fixed("reader", 1, after="model"),
        timed("model", 1, least=4),
        fixed("a", 1),
        timed("last", 3),
    )
    assert minutes(22, *jobs) == [("a", 1), ("model", 5), ("reader", 1), ("last", 15)]
    assert minutes(10, *jobs)[1:3] == ["model", "reader"]
    (why,) = [step.why for step in plan(10, jobs) if step.job.name == "reader"]
    assert why == "there is no time for model"
    left = minutes(10, *jobs, finished=("model",))
    assert left == [("reader", 1), ("a", 1), ("last", 8)]


def test_shares_keep_to_the_least_and_the_most() -> None:
    jobs = [timed("a", 1, least=2), timed("b", 1, most=3), timed("c", 2)]
    assert shares(jobs, 16) == {"a": 13 / 3, "b": 3, "c": 26 / 3}
    assert shares(jobs, 4) == {"b": 4 / 3, "c": 8 / 3}
    assert shares(jobs, 0) == {}
    assert shares([], 5) == {}


@pytest.mark.parametrize("budget", [0.01, 1, 2, 5, 15, 30, 60, 90, 120, 480, 5000])
def test_no_plan_of_the_real_jobs_takes_more_than_it_has(budget: float) -> None:
    steps = plan(budget)
    assert sorted(step.job.name for step in steps) == sorted(job.name for job in JOBS)
    taken = [step for step in steps if step.size is not None]
    assert sum(step.minutes for step in taken) <= budget + 1e-9
    known = sum(step.minutes for step in taken if not step.job.option)
    assert known <= FIXED_SHARE * budget + 1e-9
    names = [step.job.name for step in steps]
    for step in taken:
        assert step.size in step.job.sizes
        if step.job.option:
            assert step.job.least <= step.minutes <= step.job.most
        if step.job.after:
            assert step.job.after in {other.job.name for other in taken}
            assert names.index(step.job.after) < names.index(step.job.name)
    for step in steps:
        assert bool(step.why) == (step.size is None)


def test_an_hour_answers_every_study_but_the_dearest() -> None:
    left_out = [step.job.name for step in plan(60) if step.size is None]
    assert left_out == ["learning"]
    assert [step.job.name for step in plan(180) if step.size is None] == []


def configured(words: Sequence[str]) -> Any:
    """The configuration that a study makes of a command's words."""
    package = words[0].removeprefix("seqjax.")
    module = importlib.import_module(f"{words[0]}.study")
    studies = getattr(module, "STUDIES", None) or (module.STUDY,)
    names = {study.name: study for study in studies}
    command = f"{package} {words[1]}" if len(words) > 1 else package
    study, rest = (
        (names[command], words[2:]) if command in names else (names[package], words[1:])
    )
    assert isinstance(study, Study), command
    options = [
        option._replace(positional=option.name == study.positional)
        for option in options_of(study.config_type)
    ]
    every = [*options, *common_options(study)]
    given = parse(parser_of("toy", "toy", {"options": every}), every, list(rest))
    given.pop("out", None)
    return study.configure(given)


STUDIES = [job for job in JOBS if job.is_run]


@pytest.mark.parametrize("job", STUDIES, ids=[job.name for job in STUDIES])
def test_every_study_takes_its_command(job: Job) -> None:
    for size in job.sizes:
        (words,) = size.commands
        if job.option:
            words = (*words, job.option, f"{job.least:.2f}")
        config = configured(words)
        if job.option:
            assert getattr(config, job.option[2:]) == pytest.approx(job.least, abs=0.01)


def test_the_grid_of_reconcile_takes_no_time_from_the_claims() -> None:
    """All of its settings are those of claims, so that all minutes go to these."""
    from seqjax.reconcile.budget import allowance
    from seqjax.reconcile.claims import claim_settings

    (job,) = [job for job in JOBS if job.name == "reconcile"]
    config = configured((*job.sizes[0].commands[0], job.option, "10"))
    first = next(iter(claim_settings()))
    assert allowance(config, first, 10.0) == 5.0
    assert allowance(
        configured(("seqjax.reconcile", "--budget", "10")), first, 10.0
    ) == (pytest.approx(3.5))
