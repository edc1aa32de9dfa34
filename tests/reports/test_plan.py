"""What is run next: held against sums made here, and rules a reader can check."""

from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from seqjax.lab.judging.claims import HOLDS, SEEDS, UNDECIDED, UPDATES, Finding
from seqjax.lab.judging.rules import MOST_SEEDS
from seqjax.lab.run_directory import records
from seqjax.reports.claims import CLAIMS
from seqjax.reports.gathering import gather
from seqjax.reports.jobs import JOBS, Job, Size, with_texts
from seqjax.reports.judging import Evidence, Sentence
from seqjax.reports.plan import Planner, Step
from seqjax.reports.store import Store, asked, matches
from tests.lab.report.runs import make_run

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def sentence(name: str, job: str, finding: Finding | None = None) -> Sentence:
    """A claim that is undecided until its job is run, or found to be as it is told."""

    def rule(evidence: Evidence) -> Finding:
        evidence.run(job)
        assert finding is not None
        return finding

    return Sentence(name, "000", "1.1", "it is so", rule, job)


def fixed(name: str, *minutes: float) -> Job:
    words = ("seqjax.graphs", "hops")
    return Job(name, tuple(Size(each, (words,)) for each in minutes))


NOTHING = Evidence({}, {}, {})


def steps(
    jobs: list[Job], claims: list[Sentence], found: Evidence = NOTHING
) -> list[Step]:
    store = Store([], program._known)
    return Planner(Path("none"), store, jobs, claims).steps(found)


def test_what_decides_most_claims_in_a_minute_is_first() -> None:
    jobs = [fixed("dear", 4), fixed("cheap", 1), fixed("none", 0.1)]
    claims = [sentence(f"000-{i}", "dear") for i in range(9)]
    claims += [sentence("000-a", "cheap"), sentence("000-b", "cheap")]
    found = [(step.job.name, step.rate) for step in steps(jobs, claims)]
    assert found == [("dear", 9 / 4), ("cheap", 2)]  # nothing asks for the third


def test_claims_of_two_jobs_count_for_both() -> None:
    beside = fixed("beside", 1)
    jobs = [fixed("a", 1), Job("b", beside.sizes, beside="a")]
    claims = [sentence("000-a", "a")]
    found = steps(jobs, claims)
    assert [(step.job.name, step.claims) for step in found] == [
        ("a", ("000-a",)),
        ("b", ("000-a",)),
    ]
    # What is finished beside a job is told of its claims, and is not the job.
    run: Any = object()
    told = Evidence({"b": run}, {}, {}, {"a": [], "b": []})
    assert "a" in [step.job.name for step in steps(jobs, claims, told)]


def planner(*names: str, claims: list[Sentence]) -> tuple[Planner, Evidence]:
    """Jobs of those names, by the committed results."""
    store = Store([RESULTS], program._known)
    jobs = [job for job in with_texts(JOBS, {}) if job.name in names]
    place = Path("none")
    return Planner(place, store, jobs, claims), gather(place, store, jobs, claims, {})


def next_of(job: str, finding: Finding) -> list[tuple[Any, ...]]:
    claims = [sentence("000-a", job, finding)]
    made, found = planner(job, claims=claims)
    return [(step.size.gives, step.minutes) for step in made.steps(found)]


def test_what_lacks_seeds_gets_seeds_and_what_lacks_updates_updates() -> None:
    """F10."""
    lacking = Finding(UNDECIDED, "m", 10, "so")
    assert next_of("forecast", lacking._replace(lacks=SEEDS)) == [(SEEDS, 6.0)]
    assert next_of("initialization", lacking._replace(lacks=SEEDS)) == []  # it has 20
    more = next_of("initialization", lacking._replace(lacks=UPDATES))
    assert more == [(UPDATES, 60.0)]
    assert next_of("initialization", lacking._replace(verdict=HOLDS)) == []
    assert next_of("gate", lacking._replace(lacks=SEEDS)) == []  # there are none
    assert next_of("trees", lacking._replace(lacks=SEEDS)) == [(SEEDS, 12.0)]


def test_what_had_few_minutes_gets_all_that_are_of_use(tmp_path: Path) -> None:
    """F10: a study with a time limit that ended before the paper's epochs."""
    (job,) = [job for job in with_texts(JOBS, {}) if job.name == "frequency"]
    lacking = Finding(UNDECIDED, "m", 6, "so", UPDATES)
    claims = [sentence("000-a", "frequency", lacking)]
    found = []
    for budget in (3.0, 29.0):
        words = (*job.sizes[0].commands[0], "--budget", str(budget))
        config = records.config_to_plain(asked(words, program._known).config)
        header = {"schema": 1, "study": "phased frequency", "config": config}
        make_run(tmp_path / "one", config=header)
        store = Store([tmp_path], program._known)
        evidence = gather(Path("none"), store, [job], claims, {})
        steps = Planner(Path("none"), store, [job], claims).steps(evidence)
        found.append([(step.minutes, step.job.least) for step in steps])
    assert found == [[(30.0, 30.0)], []]


def reconciled(*names: str) -> tuple[Planner, list[Step]]:
    claims = [claim for claim in CLAIMS if claim.id in names]
    made, found = planner("reconcile", claims=claims)
    return made, made.steps(found)


def test_a_part_lacks_settings_or_seeds() -> None:
    made, found = reconciled("001-rnn-chance", "003-lstm", "002-lstm-fails")
    by_claim = {step.claims: step for step in found}
    # The third is decided by committed runs of another study.
    assert by_claim.keys() == {("001-rnn-chance",), ("003-lstm",)}
    assert by_claim["001-rnn-chance",].seeds == range(10, MOST_SEEDS)
    assert by_claim["003-lstm",].seeds == range(10)
    alone = made.together(found, by_claim["003-lstm",], 1e6)
    assert alone.words == (
        *("--claims", "003-lstm", "--seeds", "10", "--first-seed", "0"),
    )
    assert alone.minutes == pytest.approx(by_claim["003-lstm",].minutes)


def test_each_setting_is_trained_once() -> None:
    """For all of its claims; what is there already is left out."""
    names = ("002-lstm-slow", "003-lstm", "000-mean", "000-slower")
    made, found = reconciled(*names)
    cost = {step.claims[0]: step.minutes for step in found}
    whole = made.together(found, found[0], 1e6)
    assert set(whole.claims) == set(names)
    # Both of 000 need two settings; of one there is all that the first of them asks.
    assert cost["000-mean"] < cost["000-slower"]
    assert whole.minutes < sum(cost.values())
    at = whole.words.index("--without")
    assert whole.words[at + 1 :] == (
        "lstm-020-scalar-he-zero-0.001-rmsprop-128-solved",
    )
    config = asked(("seqjax.reconcile", *whole.words), program._known).config
    study = program._known("reconcile")
    assert study is not None
    assert len(set(study.block_names(config))) == len(study.block_names(config)) == 4
    short = made.together(found, found[0], float(found[0].minutes))
    assert found[0].claims[0] in short.claims
    assert short.minutes <= found[0].minutes * (1 + 1e-9)


STUDIES = [job for job in JOBS if job.is_run]


@pytest.mark.parametrize("job", STUDIES, ids=[job.name for job in STUDIES])
def test_every_study_takes_its_command(job: Job) -> None:
    for size in job.sizes:
        (words,) = size.commands
        if job.option:
            words = (*words, job.option, f"{job.least:.2f}")
        config = asked(words, program._known).config
        if job.option:
            assert getattr(config, job.option[2:]) == pytest.approx(job.least, abs=0.01)


@pytest.mark.parametrize("job", STUDIES, ids=[job.name for job in STUDIES])
def test_a_larger_size_has_more(job: Job) -> None:
    """A run of it answers the smaller ones as well."""
    first, *larger = with_texts([job], {})[0].sizes
    for size in larger:
        if not size.gives:
            continue
        wanted, had = (
            records.config_to_plain(asked(each.commands[0], program._known).config)
            for each in (first, size)
        )
        study = Store([], program._known).study(job)
        default = records.config_to_plain(study.configure({}))
        assert matches(had, wanted, default, job.more, job.free)
        assert not matches(wanted, had, default, job.more, job.free)


def test_texts_take_the_place_of_the_manual() -> None:
    words = [" ".join(job.sizes[0].commands[0]) for job in with_texts(JOBS, {})]
    assert not any("{text}" in each for each in words)
    given = {job.name: job for job in with_texts(JOBS, {"bible": "b.txt"})}
    for name in ("text-adam", "text-rmsprop"):
        for size in given[name].sizes:
            assert size.commands[0][:3] == ("seqjax.charlm", "train", "b.txt")
    assert "b.txt" not in given["early"].sizes[0].commands[0]
