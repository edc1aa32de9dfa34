"""Every claim of the reports is there once, and is judged as its study's page says."""

import csv
import dataclasses
import io
import re
import string
from pathlib import Path
from typing import Any

import pytest

from seqjax.initialization import verdicts as initialization
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import (
    ANECDOTE,
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Finding,
    left_out,
)
from seqjax.lab.judging.statements import JudgingError, Missing
from seqjax.lab.report.reading import FinishedRun, read_run
from seqjax.lab.study import Results
from seqjax.optimizers import landscape_summary
from seqjax.optimizers import summary as optimizers
from seqjax.optimizers.config import Config
from seqjax.phased.learning import summary as learning
from seqjax.phased.noise import summary as noise
from seqjax.reconcile import claims as reconcile
from seqjax.reports import table
from seqjax.reports.claims import CLAIMS, ENTRIES
from seqjax.reports.jobs import JOBS
from seqjax.reports.judges import writing
from seqjax.reports.judging import Evidence, Said, found_in

RESULTS = Path(__file__).parents[2] / "docs" / "results"

RUNS = {
    "gate": "phased-gate",
    "landscape": "optimizers-landscape",
    "hops": "graphs-hops",
    "flow": "gradients",
    "flow-orthogonal": "gradients-orthogonal",
    "initialization": "initialization",
    "forecast": "graphs-forecast-heat",
    "trees": "graphs-trees",
    "optimizers": "optimizers",
    "noise": "phased-noise",
    "learning": "phased-learning",
    "frequency": "phased-frequency",
    "charlm": "charlm-grimm-report-002",
    "reconcile": "reconcile",
}

# What the committed results say, as on the studies' pages; all others are undecided by
# these. The ids are those of the reports' claims, in order.
HOLDING = (
    "000-rmsprop-scales",
    "000-adam",
    "000-momentum-boosts",
    "000-parameters",
    "000-flow-spike",
    "000-tau-100",
    "000-tau-tenth",
    "000-gcn-memory",
    "000-adjacency",
    "000-gcn-shortest",
    "000-gcn-updates",
    "000-gnn-rnn",
    "000-tuned",
    "001-lstm-longer",
    "001-orthogonal-better",
    "001-rmsprop-adam",
    "001-rule-momentum",
    "001-ravine-speed",
    "001-rule-adagrad",
    "001-adagrad-dies",
    "001-rule-rmsprop",
    "001-rule-adam",
    "001-rmsprop-rescales",
    "001-parameters",
    "001-panels",
    "001-open-ratio",
    "001-keeps",
    "001-noise",
    "001-noise-tau",
    "002-softmax",
    "002-undershoot",
    "002-flat",
    "002-adam",
    "002-parameters",
    "002-hops",
    "002-trees",
    "003-adaptive",
    "003-rmsprop",
    "003-parameters",
    "003-hops",
    "004-parameters",
    "000-vanishing",
    "000-gcn-edges",
    "001-unstable",
    "001-additive",
    "001-middle",
    "002-vanishing",
    "002-gcn-neighbours",
    "002-rnn-length",
    "003-vanishing",
    "003-messages",
    "003-states",
)
ANECDOTES = ("000-lm-curves", "001-frequency", "003-lm-curves")
"""Of one seed, and of five."""
FAILING = (
    "000-flow-same",
    "000-flow-higher",
    "000-tau-1",
    "000-gcn-batches",
    "000-gcn-path",
    "001-orthogonal-quick",
    "001-ravine-damps",
    "001-tanh",
    "001-learning-tau",
    "001-learning-s",
    "001-learning-r-on",
    "001-learning-easier",
    "001-noise-s",
    "001-noise-r-on",
    "003-momentum-damps",
    "003-adam",
    "003-rnn-full",
    "003-lstm-late",
)
VERDICTS = {
    each.id: HOLDS
    if each.id in HOLDING
    else DOES_NOT
    if each.id in FAILING
    else ANECDOTE
    if each.id in ANECDOTES
    else UNDECIDED
    for each in CLAIMS
}


@pytest.fixture(scope="module")
def committed() -> Evidence:
    runs = {job: read_run(RESULTS / name, job) for job, name in RUNS.items()}
    rows = runs["reconcile"].summary["claims"]
    stated = {row["id"] for row in rows}
    new = [
        {"id": each.id, "claim": each.text, **NEWER._asdict()}
        for each in reconcile.CLAIMS
        if each.id not in stated
    ]
    runs["reconcile"] = changed(runs["reconcile"], claims=[*rows, *new])
    return Evidence(runs, {}, {"derivations": "there was no time"})


@pytest.fixture(scope="module")
def found(committed: Evidence) -> dict[str, table.Row]:
    return {row.id: row for row in table.rows(committed)}


UNTESTED = {each.id: each.untested for each in ENTRIES}

NEWER = left_out("the committed run is older than this claim")


def claim(name: str) -> Any:
    return next(each for each in CLAIMS if each.id == name)


def test_every_verdict_is_of_a_claim() -> None:
    assert {*HOLDING, *FAILING} <= {each.id for each in CLAIMS}
    names = {job.name for job in JOBS}
    for each in CLAIMS:
        assert each.job in names | {""}


def test_every_job_answers_a_claim() -> None:
    silent = {job.name for job in JOBS} - {each.job for each in CLAIMS}
    # Told beside the claims of flow; and what others are compared with.
    assert silent == {"flow-orthogonal", "clipped", "text-rmsprop"}


def test_committed_results_are_judged_as_their_pages_say(
    found: dict[str, table.Row],
) -> None:
    assert {name: row.verdict for name, row in found.items()} == VERDICTS


def test_every_undecided_claim_says_why(
    found: dict[str, table.Row],
) -> None:
    for row in found.values():
        undecided = row.verdict.is_open
        assert bool(row.why) == undecided, row
        assert (row.told == table.UNTESTED) == bool(UNTESTED[row.id] and undecided)
        assert row.measured or undecided
        assert "nan" not in row.measured.split()


def test_numbers_come_with_intervals_and_seeds(found: dict[str, table.Row]) -> None:
    row = found["002-trees"]
    assert row.measured == (
        "Boolean expressions of depth 8, trained on depth 4: accuracy "
        "+0.32 [-0.09, +0.53] against an LSTM on the string, 10 of 10 seeds for it, 0 "
        "against"
    )
    assert (row.seeds, row.job) == (10, "trees")
    assert row.command == "python -m seqjax.graphs trees"
    assert found["000-dw-ph"].why == "there was no time"
    assert found["000-dw-ph"].seeds is None
    assert "13.7 [12.5, 15.0]" in found["000-flow-same"].measured
    assert "1.7 [1.4, 1.9]" in found["000-flow-same"].measured
    assert found["001-lstm"].why == (
        "the budget ended the training before the report's number of updates"
    )


def changed(run: FinishedRun, **summary: Any) -> FinishedRun:
    return run._replace(summary={**run.summary, **summary})


def test_a_verdict_follows_the_numbers(committed: Evidence) -> None:
    """Each judge can say the contrary of what the committed results say."""

    def other(job: str, name: str, **summary: Any) -> str:
        runs = {**committed.runs, job: changed(committed.runs[job], **summary)}
        verdict = claim(name).finding(dataclasses.replace(committed, runs=runs)).verdict
        return str(verdict)

    hops = committed.runs["hops"].summary
    path = {**hops["path"], "layers_needed": 2}
    assert other("hops", "000-gcn-updates", path=path) == DOES_NOT
    leaking = [dict(row, out_of_reach_with_influence=1) for row in hops["influence"]]
    assert other("hops", "002-hops", influence=leaking) == DOES_NOT
    light = [
        dict(row, measured_bytes=1.0) if row["way"] == "sampled" else row
        for row in hops["memory"]
    ]
    assert other("hops", "000-gcn-batches", memory=light) == HOLDS
    rows = committed.runs["forecast"].summary["comparisons"]
    for told, verdict in (("worse", DOES_NOT), ("undecided", UNDECIDED)):
        changed_rows = [dict(row, verdict=told) for row in rows]
        assert other("forecast", "000-gnn-rnn", comparisons=changed_rows) == verdict
    rows = [
        dict(row, verdict="does not hold")
        for row in committed.runs["landscape"].summary["claims"]
    ]
    assert other("landscape", "002-flat", claims=rows) == DOES_NOT
    gate = committed.runs["gate"].summary["panels"]
    flat = [
        dict(p, curves=[dict(curve, peak=0.5) for curve in p["curves"]]) for p in gate
    ]
    assert other("gate", "001-panels", panels=flat) == DOES_NOT


def test_a_gate_is_of_use_only_if_it_is_better(committed: Evidence) -> None:
    """F4: that the gated LSTM solves the task says nothing where a plain one does."""
    run = committed.runs["frequency"]

    def found(*gained: float, epochs: int = 70) -> Finding:
        rows = "regime,model,seed,accuracy,diverged\n" + "".join(
            f"standard,{model},{seed},{0.9 + more * (model == 'phased')},false\n"
            for seed, more in enumerate(gained)
            for model in ("phased", "lstm")
        )
        told = changed(run, epochs=epochs)._replace(results=rows)
        finding: Finding = claim("001-frequency").finding(
            Evidence({"frequency": told}, {}, {})
        )
        return finding

    worse = [-0.03, -0.05, -0.04, -0.03, -0.06, -0.03]
    assert found(*worse).verdict == DOES_NOT
    assert found(*worse[:4]).verdict == ANECDOTE
    assert found(*worse, epochs=13).verdict == UNDECIDED
    assert "13 epochs" in found(*worse, epochs=13).measured
    better = [-each for each in worse]
    assert found(*better).verdict == HOLDS
    assert found(*better, epochs=13).verdict == HOLDS
    assert found(*better[:5], 0.01).verdict == UNDECIDED
    assert "5 of 6 seeds for it, 0 against" in found(*better[:5], 0.01).measured


def test_orthogonal_weights_are_not_refuted_early(committed: Evidence) -> None:
    """F6: 750 updates of the report's 10 000 refute nothing."""
    run = committed.runs["initialization"]
    rows = [dict(row, verdict="does not hold") for row in run.summary["claims"]]

    def found(name: str, steps: int) -> Finding:
        told = changed(run, claims=rows)
        config = {**run.header["config"], "steps": steps}
        told = told._replace(header={**run.header, "config": config})
        finding: Finding = claim(name).finding(
            Evidence({"initialization": told}, {}, {})
        )
        return finding

    short = found("001-orthogonal-one", 750)
    assert short.verdict == UNDECIDED
    assert short.why == "the models had 750 updates, the report's 10000"
    assert found("001-orthogonal-one", 10_000).verdict == DOES_NOT
    assert found("001-orthogonal-quick", 750).verdict == DOES_NOT


def test_heat_on_a_graph_says_nothing_of_stocks(committed: Evidence) -> None:
    """F3: edges help there by construction."""
    found = claim("003-stocks").finding(committed)
    assert found.verdict == UNDECIDED
    assert "edges help by construction" in found.why
    assert not claim("003-stocks").job


def test_a_run_with_other_options_leaves_a_claim_undecided(committed: Evidence) -> None:
    runs = {**committed.runs, "hops": changed(committed.runs["hops"], memory=[])}
    finding = claim("000-gcn-batches").finding(
        dataclasses.replace(committed, runs=runs)
    )
    assert finding.verdict in (UNDECIDED, HOLDS)
    runs = {
        **committed.runs,
        "trees": changed(committed.runs["trees"], comparisons_at_the_deepest=[]),
    }
    finding = claim("002-trees").finding(dataclasses.replace(committed, runs=runs))
    assert finding == Finding(
        UNDECIDED,
        "",
        None,
        "the run has nothing on task boolean, tree child-sum, other lstm",
    )


NOTHING = Results([], {})

# Claims that the studies state, and those of them that the reports' claims rest on.
STATED = {
    "learning": set(learning.CLAIMS),
    "noise": set(noise.CLAIMS),
    "initialization": {each.id for each in initialization.judged({}, {}, "he", 1, 1)},
    "optimizers": {optimizers.claim(Config(optimizers=("sgd",)), NOTHING).id},
    "landscape": {each.id for each in landscape_summary.claims(NOTHING)},
    "reconcile": {each.id for each in reconcile.CLAIMS},
}
UNUSED = {
    "learning-all-solved",
    "noise-right-solved",
    "noise-right-over-wrong",
    "noise-all-learnable",
    *(f"noise-{name}-selective" for name in ("all", "period", "shift", "open-ratio")),
    "starter-onehot-rnn",
    "starter-onehot-lstm",
    "momentum-damps-ravine",  # of 001 and 003; judged at more rates than that study's
}


def with_claims(evidence: Evidence, job: str, rows: list[dict[str, Any]]) -> Evidence:
    runs = {**evidence.runs, job: changed(evidence.runs[job], claims=rows)}
    return dataclasses.replace(evidence, runs=runs)


@pytest.mark.parametrize("job", STATED)
def test_a_renamed_claim_is_an_error_and_no_verdict(
    committed: Evidence, job: str
) -> None:
    rows = committed.runs[job].summary["claims"]
    assert {row["id"] for row in rows} == STATED[job]
    for name in STATED[job]:
        renamed = [
            dict(row, id=f"{name}-now") if row["id"] == name else row for row in rows
        ]
        planted = with_claims(committed, job, renamed)
        if name in UNUSED:
            assert table.rows(planted) == table.rows(committed)
            continue
        message = (
            rf"^summary.json of run {job} must have the claim {name}(, cell rnn, "
            r"encoding scalar)?, but has not; remove the run's folder and give the "
            r"same command, to run it with this version$"
        )
        with pytest.raises(UserError, match=message):
            table.rows(planted)


def test_the_words_of_a_study_decide_nothing(
    committed: Evidence, found: dict[str, table.Row]
) -> None:
    reworded = committed
    for job in STATED:
        rows = committed.runs[job].summary["claims"]
        others = [
            dict(row, claim=f"words {i}", measured=f"numbers {i}")
            for i, row in enumerate(rows)
        ]
        reworded = with_claims(reworded, job, others)
    for row in table.rows(reworded):
        before = found[row.id]
        assert (row.verdict, row.seeds, row.why) == (
            before.verdict,
            before.seeds,
            before.why,
        )


def test_a_claim_that_its_study_has_not_judged_is_undecided(
    committed: Evidence,
) -> None:
    rows = [
        dict(row, **left_out("tau was not learnt")._asdict())
        for row in committed.runs["learning"].summary["claims"]
    ]
    planted = with_claims(committed, "learning", rows)
    for name in ("001-learning-tau", "001-learning-easier"):
        finding = claim(name).finding(planted)
        assert finding == Finding(UNDECIDED, "", None, "tau was not learnt")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "rmsprop-best"}], "KeyError: 'claim'"),
        (
            [
                {"id": "rmsprop-best", "claim": "it is best", "seeds": 10}
                | {"verdict": "maybe", "measured": "m"}
            ],
            "ValueError: 'maybe' is not a valid Verdict",
        ),
        ([None], "AttributeError: 'NoneType' object has no attribute 'get'"),
    ],
)
def test_a_judge_that_fails_is_an_error_and_no_verdict(
    committed: Evidence, rows: list[Any], told: str
) -> None:
    message = (
        f"the rule of claim 001-rmsprop failed with {told}; this is an error of the "
        "program, not a verdict"
    )
    with pytest.raises(JudgingError, match=f"^{re.escape(message)}$"):
        table.rows(with_claims(committed, "optimizers", rows))


def test_a_name_that_no_row_has_is_not_taken_for_other_options() -> None:
    rows = [{"model": "phased", "regime": "standard"}]
    assert found_in(rows, model="phased") == rows[0]
    with pytest.raises(Missing, match="^the run has nothing on model lstm$"):
        found_in(rows, model="lstm")
    with pytest.raises(KeyError, match="cell"):
        found_in(rows, cell="phased")


def test_a_measure_of_another_name_is_an_error(committed: Evidence) -> None:
    run = committed.runs["flow"]
    rows = [dict(row, of="log10 norm") for row in run.summary["comparisons"]]
    runs = {**committed.runs, "flow": changed(run, comparisons=rows)}
    with pytest.raises(JudgingError, match="claim 000-flow-higher failed with KeyErr"):
        claim("000-flow-higher").finding(dataclasses.replace(committed, runs=runs))


def said(command: str, output: str, told: str = "") -> Said:
    return Said(f"python -m seqjax.{command}", 0, output, told)


def judged(name: str, **jobs: list[Said]) -> Finding:
    found: Finding = claim(name).finding(Evidence({}, jobs, {}))
    return found


def early(texts: list[str], steps: int = 100) -> list[Said]:
    folder = f"runs/early/after-{steps}"
    return [
        said(
            f"seqjax.charlm train --sample-lengths 50 --out {folder}", "a table of it"
        ),
        *(
            said(f"seqjax.charlm sample {folder} --last --model-seed {seed}", text)
            for seed, text in enumerate(texts)
        ),
    ]


def test_what_models_write_early_is_judged_seed_by_seed() -> None:
    apart = "t t tt ta t"
    for name in ("001-lm-spaces", "001-lm-blanks", "001-lm-t"):
        assert judged(name, early=early(6 * [apart])).verdict == HOLDS, name
    none = judged("001-lm-spaces", early=early(6 * ["letters"]))
    assert none.verdict == UNDECIDED
    assert none.why == "not so on this text, but the report's own is not here"
    assert "the first writes 'letters'" in none.measured
    some = judged("001-lm-spaces", early=early([apart, apart, "a", "x", "y", "z"]))
    assert some.verdict == UNDECIDED
    assert some.seeds == 6
    assert some.measured.startswith("0.33 [0.04, 0.78] of 6 seeds have at least")
    again = early(6 * ["the the the the of the the"], 200)
    assert judged("001-lm-the-the", early=again).verdict == HOLDS
    words = early(6 * ["The statement is executed by the function"], 1000)
    assert judged("001-lm-words", early=words).verdict == HOLDS
    noise = early(6 * ["xq zzt brrl statement wwq"], 1000)
    assert judged("001-lm-words", early=noise).verdict == UNDECIDED


def test_blanks_alone_are_spaces_in_a_row() -> None:
    """F3: the report says 'never 2 spaces in a row', which only blanks are."""
    spaces = "a" + 50 * " "
    assert judged("001-lm-spaces", early=early(6 * [spaces])).verdict == UNDECIDED
    assert judged("001-lm-spaces", early=early(6 * [50 * " "])).verdict == UNDECIDED
    assert judged("001-lm-blanks", early=early(6 * [spaces])).verdict == HOLDS


def test_shares_of_a_text() -> None:
    assert writing.blanks("a b\n") == 0.5
    assert writing.blanks("") == 0
    assert writing.lone_blanks("a b  c") == pytest.approx(1 / 3)
    assert writing.lone_blanks("abc") == 0
    assert writing.begins_with_t("a the cat") == 0.5
    assert writing.begins_with_t("t") == 0
    assert writing.repeated("the the the of") == 0.5
    assert writing.repeated("the of the of") == 0.5
    assert writing.known("statement qqxz") == 0.5
    assert writing.known("1 2 3") == 0
    assert writing.distinct("the the cat") == pytest.approx(2 / 3)


def at_temperatures(**texts: str) -> list[Said]:
    """What six models write at temperatures, and nearly even draws."""
    even = string.printable * 10
    words = [
        said("charlm sample d --inverse-temperature 100", texts["T0"]),
        said("charlm sample d --inverse-temperature 0.1", even),
    ]
    for seed in range(6):
        words += [
            said(f"charlm sample d --temperature {t} --model-seed {seed}", texts[name])
            for name, t in (("T0", "0"), ("Th", "0.5"), ("T1", "1"), ("T2", "2"))
        ]
    return words


def test_temperatures(committed: Evidence) -> None:
    usual = at_temperatures(
        T0="the the the",
        Th="statement function argument returned",
        T1="statement function argument qqzzk xxqqv",
        T2="statement qqzzk xxqqv wwkkz kkxxz qqqqx 0123456789%!?",
    )

    def verdict(name: str, words: list[Said], updates: int = 1000) -> str:
        run = changed(committed.runs["charlm"], updates=updates)
        finding = claim(name).finding(Evidence({"charlm": run}, {"writing": words}, {}))
        return str(finding.verdict)

    for name in (
        "000-temperature",
        "000-tau-half",
        "000-tau-words",
        "000-tau-2",
        "001-temperature",
        "001-greedy",
        "001-temperature-1",
        "001-temperature-2",
        "002-temperature-half",
        "002-temperature-2",
        "003-early",
    ):
        assert verdict(name, usual) == HOLDS, name
    # Three of five words are known, after fewer updates than the report's.
    assert verdict("002-temperature-1", usual) == UNDECIDED
    assert verdict("002-temperature-1", usual, 100_000) == DOES_NOT
    same = at_temperatures(**dict.fromkeys(("T0", "Th", "T1", "T2"), "statement"))
    for name in (
        "000-tau-half",
        "000-tau-words",
        "000-temperature",
        "001-greedy",
        "001-temperature-2",
    ):
        assert verdict(name, same) == DOES_NOT, name
    little = at_temperatures(T0="a", Th="qqzz", T1="qqzz", T2="qqzz")
    assert verdict("001-temperature-1", little) == UNDECIDED
    assert verdict("003-early", little, 500) == UNDECIDED
    assert verdict("003-early", little, 1000) == DOES_NOT
    # Five models say it; one has the same text at all temperatures.
    other = [
        each._replace(output="the") if "--model-seed 3" in each.command else each
        for each in usual
    ]
    assert verdict("002-temperature", other) == UNDECIDED
    few = [each for each in usual if "--model-seed 5" not in each.command]
    assert verdict("002-temperature", few) == ANECDOTE


def test_a_prompt() -> None:
    prompt = "Zebulonius of Quxford"

    def written_after(text: str) -> list[Said]:
        return [
            said(f"charlm complete d '{prompt}' --model-seed {s}", f"{prompt} {text}")
            for s in range(6)
        ]

    words = written_after("is the statement")
    assert judged("000-prompt", writing=words).verdict == HOLDS
    assert judged("000-prompt", writing=written_after("qq zz")).verdict == DOES_NOT


def test_adam_against_rmsprop_on_a_text(committed: Evidence) -> None:
    def run(losses: tuple[float, ...]) -> FinishedRun:
        return committed.runs["charlm"]._replace(results=lm_rows(*losses, seeds=6))

    def verdict(adam: tuple[float, ...], rmsprop: tuple[float, ...]) -> str:
        runs = {"text-adam": run(adam), "text-rmsprop": run(rmsprop)}
        return str(claim("000-lm-adam").finding(Evidence(runs, {}, {})).verdict)

    assert verdict((2.0, 1.0), (2.5, 1.4)) == HOLDS
    assert verdict((2.5, 1.4), (2.0, 1.0)) == DOES_NOT
    assert verdict((2.0, float("nan")), (2.5, 1.4)) == DOES_NOT


def test_clipping_against_none(committed: Evidence) -> None:
    def run(*accuracies: float, diverged: bool = False) -> FinishedRun:
        text = "stage,learning_rate,seed,accuracy,diverged\n" + "".join(
            f"tune,{rate},{seed},{accuracy - 0.001 * seed},{str(diverged).lower()}\n"
            for seed in range(6)
            for rate, accuracy in enumerate(accuracies)
        )
        return committed.runs["optimizers"]._replace(results=text)

    def verdict(clipped: FinishedRun, unclipped: FinishedRun) -> str:
        runs = {"clipped": clipped, "unclipped": unclipped}
        return str(claim("001-clipping").finding(Evidence(runs, {}, {})).verdict)

    assert verdict(run(0.2, 0.9), run(0.2, 0.5)) == HOLDS
    assert verdict(run(0.2, 0.9), run(0.9, 0.9, diverged=True)) == HOLDS
    assert verdict(run(0.1, 0.1), run(0.9, 0.9, diverged=True)) == DOES_NOT
    # Where nothing explodes there is nothing that clipping could answer.
    assert verdict(run(0.2, 0.9), run(0.2, 0.9)) == UNDECIDED


def lm_rows(*losses: float, seeds: int = 4) -> str:
    """results.csv of some seeds, each with these losses."""
    columns = ("block", "seed", "step", "train_loss", "train_accuracy")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for seed in range(seeds):
        for number, loss in enumerate(losses):
            writer.writerow(("lm", seed, 100 * (number + 1), loss, 1 / (1 + loss)))
    return text.getvalue()


@pytest.mark.parametrize(
    ("losses", "verdict"), [((2.0, 1.0), HOLDS), ((1.0, 2.0), DOES_NOT)]
)
def test_curves_of_a_character_model(
    committed: Evidence, losses: tuple[float, ...], verdict: str
) -> None:
    run = committed.runs["charlm"]
    header = {**run.header, "config": {**run.header["config"], "seeds": 4}}
    few = run._replace(results=lm_rows(*losses), header=header)
    run = run._replace(results=lm_rows(*losses, seeds=6), header=header)
    told = claim("000-lm-curves").finding(Evidence({"charlm": few}, {}, {}))
    assert (told.verdict, told.seeds) == (ANECDOTE, 4)
    finding = claim("000-lm-curves").finding(Evidence({"charlm": run}, {}, {}))
    assert finding.verdict == verdict
    assert finding.seeds == 6


def written(*texts: str) -> list[Said]:
    """What models write at temperature 2, and at 10."""
    command = "charlm sample d --temperature 2 --model-seed"
    drawn = [said(f"{command} {i}", text) for i, text in enumerate(texts)]
    return [*drawn, said("charlm sample d --inverse-temperature 0.1", "q#x )zk wkfj")]


def test_words_at_temperature_2(committed: Evidence) -> None:
    words, none, few = "statement q zz", "qqqq is zzzz x", 9 * "qqqq " + "statement"

    def finding(*texts: str, updates: int = 500_000) -> Finding:
        run = changed(committed.runs["charlm"], updates=updates)
        evidence = Evidence({"charlm": run}, {"writing": written(*texts)}, {})
        found: Finding = claim("003-temperature-2").finding(evidence)
        return found

    found = finding(*6 * [words], updates=100)
    assert found.verdict == DOES_NOT
    assert found.measured == (
        "0.00 [0.00, 0.46] of 6 texts have at most 0.05 of their words of 4 letters or "
        "more from the text: 1.00 [0.54, 1.00] at temperature 2, 0.00 at temperature 10"
    )
    assert finding(*6 * [none]).verdict == HOLDS
    assert finding(*4 * [none]).verdict == ANECDOTE
    little = finding(*6 * [none], updates=100)
    assert little.verdict == UNDECIDED
    assert little.why == "the models had 100 updates, the report's 500000"
    some = finding(*5 * [none], few)
    assert (some.verdict, some.seeds) == (UNDECIDED, 6)


def test_the_store_has_what_is_judged_without_a_run(committed: Evidence) -> None:
    """That the pages have what the store has, tests of the pages say."""
    rows = {row.id: row for row in table.stored(RESULTS / "reports" / "claims.json")}
    assert list(rows) == [claim.id for claim in CLAIMS]
    exact = [e.sentence for e in ENTRIES if e.rule and not e.job]
    assert exact
    for row in table.rows(committed, exact):
        told = rows[row.id]
        assert (told.verdict, told.measured) == (row.verdict, row.measured)


def test_markdown_of_the_rows(found: dict[str, table.Row]) -> None:
    lines = table.markdown(list(found.values())).splitlines()
    assert len(lines) == len(CLAIMS) + 2
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert (
        "| 002 | n layers reach n hops, so 3 hops take 3 layers | **holds** | 3 kinds "
        "of layers, 1 to 4 of them: 0 pairs of nodes beyond n hops with a derivative "
        "other than 0, 0 within n hops without one | 10 |  |" in lines
    )
