"""Every claim of the reports is there once, and is judged as its study's page says."""

import csv
import dataclasses
import io
import re
from pathlib import Path
from typing import Any

import pytest

from seqjax.initialization import verdicts as initialization
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding, left_out
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
from seqjax.reports.claims import CLAIMS, CONTRADICTIONS
from seqjax.reports.jobs import JOBS
from seqjax.reports.judges import writing
from seqjax.reports.judging import Evidence, Said, Sentence, found_in
from seqjax.reports.page import REPORTS

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

# What the committed results say, as on the studies' pages; a claim of each report that
# they cannot answer is undecided. The ids are those of the reports' claims, in order.
VERDICTS = {
    "000-dw-ph": UNDECIDED,
    "000-dw-hh": UNDECIDED,
    "000-mean": UNDECIDED,
    "000-spread": UNDECIDED,
    "000-momentum-boosts": HOLDS,
    "000-rmsprop-scales": HOLDS,
    "000-adam": HOLDS,
    "000-parameters": HOLDS,
    "000-flow-same": DOES_NOT,
    "000-flow-higher": DOES_NOT,
    "000-flow-spike": HOLDS,
    "000-lm-curves": UNDECIDED,
    "000-temperature": UNDECIDED,
    "000-tau-1": DOES_NOT,
    "000-tau-100": HOLDS,
    "000-tau-tenth": HOLDS,
    "000-prompt": UNDECIDED,
    "000-beam": UNDECIDED,
    "000-gcn-updates": HOLDS,
    "000-adjacency": HOLDS,
    "000-gcn-shortest": HOLDS,
    "000-gcn-path": DOES_NOT,
    "000-gcn-memory": HOLDS,
    "000-gcn-batches": DOES_NOT,
    "000-gnn-rnn": HOLDS,
    "001-gradients": UNDECIDED,
    "001-clipping": UNDECIDED,
    "001-rnn-chance": UNDECIDED,
    "001-batch": UNDECIDED,
    "001-lstm": UNDECIDED,
    "001-orthogonal-quick": DOES_NOT,
    "001-orthogonal-one": DOES_NOT,
    "001-orthogonal-stable": UNDECIDED,
    "001-orthogonal-20": UNDECIDED,
    "001-orthogonal-better": DOES_NOT,
    "001-ravine-speed": HOLDS,
    "001-ravine-damps": DOES_NOT,
    "001-rule-momentum": HOLDS,
    "001-rule-adagrad": HOLDS,
    "001-rule-rmsprop": HOLDS,
    "001-rule-adam": HOLDS,
    "001-adagrad-dies": HOLDS,
    "001-rmsprop": UNDECIDED,
    "001-rmsprop-adam": DOES_NOT,
    "001-tanh": DOES_NOT,
    "001-parameters": HOLDS,
    "001-panels": HOLDS,
    "001-learning-tau": DOES_NOT,
    "001-learning-s": DOES_NOT,
    "001-learning-r-on": DOES_NOT,
    "001-learning-easier": DOES_NOT,
    "001-noise-tau": HOLDS,
    "001-noise-s": DOES_NOT,
    "001-noise-r-on": DOES_NOT,
    "001-noise-easier": UNDECIDED,
    "001-noise": HOLDS,
    "001-frequency": HOLDS,
    "001-music": UNDECIDED,
    "001-lm-spaces": UNDECIDED,
    "001-lm-the-the": UNDECIDED,
    "001-lm-words": UNDECIDED,
    "001-lm-sentences": UNDECIDED,
    "001-temperature": UNDECIDED,
    "001-styles": UNDECIDED,
    "001-latex": UNDECIDED,
    "002-dw-ph": UNDECIDED,
    "002-gradients": UNDECIDED,
    "002-rnn-good": UNDECIDED,
    "002-rnn-variance": UNDECIDED,
    "002-lstm-fails": UNDECIDED,
    "002-lstm-slow": UNDECIDED,
    "002-lstm-30": UNDECIDED,
    "002-parameters": HOLDS,
    "002-undershoot": HOLDS,
    "002-flat": HOLDS,
    "002-finnish": UNDECIDED,
    "002-accuracy": UNDECIDED,
    "002-memory": UNDECIDED,
    "002-larger": UNDECIDED,
    "002-hops": HOLDS,
    "002-trees": HOLDS,
    "002-proteins": UNDECIDED,
    "003-gradients": UNDECIDED,
    "003-rnn-full": DOES_NOT,
    "003-rnn-only": HOLDS,
    "003-rnn-chance": UNDECIDED,
    "003-lstm": UNDECIDED,
    "003-lstm-late": DOES_NOT,
    "003-stop": DOES_NOT,
    "003-momentum-damps": DOES_NOT,
    "003-rmsprop": HOLDS,
    "003-adam": DOES_NOT,
    "003-parameters": HOLDS,
    "003-accuracy": UNDECIDED,
    "003-temperature-2": UNDECIDED,
    "003-hops": HOLDS,
    "003-stocks": HOLDS,
}


@pytest.fixture(scope="module")
def committed() -> Evidence:
    runs = {job: read_run(RESULTS / name, job) for job, name in RUNS.items()}
    return Evidence(runs, {}, {"derivations": "there was no time"})


@pytest.fixture(scope="module")
def found(committed: Evidence) -> dict[str, table.Row]:
    return {row.id: row for row in table.rows(committed)}


PAGE = RESULTS.parent / "reports.md"


def is_written_down(each: Sentence) -> bool:
    """Whether a claim is on what a report writes down: run as it stands, no study."""
    alone = not each.job and each.finding(Evidence({}, {}, {})).verdict != UNDECIDED
    return alone or each.job == "derivations"


def claim(name: str) -> Any:
    return next(each for each in CLAIMS if each.id == name)


def test_every_claim_of_the_reports_is_there_once() -> None:
    assert [each.id for each in CLAIMS] == list(VERDICTS)
    assert {each.report for each in CLAIMS} == set(REPORTS)
    names = {job.name for job in JOBS}
    for each in CLAIMS:
        assert each.id.startswith(each.report)
        assert each.job in names | {""}
        assert each.text
        assert each.text[-1] != "."
        assert each.section
    assert len({each.text for each in CLAIMS}) == len(CLAIMS)


def test_every_job_answers_a_claim() -> None:
    silent = {job.name for job in JOBS} - {each.job for each in CLAIMS}
    assert silent == {"flow-orthogonal"}  # told beside the claims of flow


def test_contradictions_are_between_reports() -> None:
    ids = [each.id for each in CLAIMS]
    for each in CONTRADICTIONS:
        assert set(each.claims) <= set(ids)
        assert len({name[:3] for name in each.claims}) > 1, each.about
        assert sorted(each.claims, key=ids.index) == list(each.claims)


def test_committed_results_are_judged_as_their_pages_say(
    found: dict[str, table.Row],
) -> None:
    assert {name: row.verdict for name, row in found.items()} == VERDICTS


def test_every_undecided_claim_says_why_and_what_decides(
    found: dict[str, table.Row],
) -> None:
    for row in found.values():
        undecided = row.verdict == UNDECIDED
        assert bool(row.why) == undecided, row
        if undecided and row.id != "001-music":  # no command here can
            assert "seqjax" in row.decide
        if not undecided:
            assert row.measured
            assert not row.decide
        assert "nan" not in row.measured.split()


def test_numbers_come_with_intervals_and_seeds(found: dict[str, table.Row]) -> None:
    row = found["002-trees"]
    assert row.measured == (
        "Boolean expressions of depth 8, trained on depth 4: accuracy "
        "+0.32 [+0.30, +0.35] against an LSTM on the string, p = 0.0078"
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
        assert other("forecast", "003-stocks", comparisons=changed_rows) == verdict
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
    short = committed.runs["frequency"].summary["settings"]
    failed = [
        dict(row, success_rate={**row["success_rate"], "low": 0.0, "high": 0.4})
        for row in short
    ]
    assert other("frequency", "001-frequency", settings=failed) == DOES_NOT
    assert other("frequency", "001-frequency", settings=failed, epochs=3) == UNDECIDED


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
    spaces = "a" + 50 * " "
    assert judged("001-lm-spaces", early=early(4 * [spaces])).verdict == HOLDS
    none = judged("001-lm-spaces", early=early(4 * ["letters"]))
    assert none.verdict == UNDECIDED
    assert none.why == "not so on this text, but the report's own is not here"
    assert "the first writes 'letters'" in none.measured
    some = judged("001-lm-spaces", early=early([spaces, spaces, "letters", "x"]))
    assert some.verdict == UNDECIDED
    assert some.seeds == 4
    assert "in 2 of 4 seeds" in some.measured
    again = early(4 * ["the the the the of the the"], 200)
    assert judged("001-lm-the-the", early=again).verdict == HOLDS
    words = early(4 * ["The statement is executed by the function"], 1000)
    assert judged("001-lm-words", early=words).verdict == HOLDS
    noise = early(4 * ["xq zzt brrl statement wwq"], 1000)
    assert judged("001-lm-words", early=noise).verdict == UNDECIDED


def test_shares_of_a_text() -> None:
    assert writing.blanks("a b\n") == 0.5
    assert writing.blanks("") == 0
    assert writing.repeated("the the the of") == 0.5
    assert writing.repeated("the of the of") == 0.5
    assert writing.known("statement qqxz") == 0.5
    assert writing.known("1 2 3") == 0


def test_temperature_beam_and_prompt() -> None:
    even = "abcdefghij" * 100
    words = [
        said("charlm sample runs/charlm --temperature 0", "the the the"),
        said("charlm sample runs/charlm --inverse-temperature 100", "the the the"),
        said("charlm sample runs/charlm --inverse-temperature 0.1", even),
        said("charlm sample runs/charlm --temperature 1", "the statement is a thing"),
    ]
    for seed in range(4):
        prompt = "Zebulonius of Quxford"
        words += [
            said(
                f"charlm complete runs/charlm '{prompt}' --model-seed {seed}",
                f"{prompt} is the statement",
            ),
            *(
                said(
                    f"charlm complete d --beam {beams} --model-seed {seed}",
                    "x",
                    f"prompt: log-probability {nats} nats, ",
                )
                for beams, nats in ((1, -12.5 - seed), (8, -9.25))
            ),
        ]
    for name in ("000-temperature", "001-temperature", "000-prompt", "000-beam"):
        assert judged(name, writing=words).verdict == HOLDS, name
    assert judged("000-beam", writing=words).measured == (
        "8 beams against one: +4.8 [+3.8, +5.8] nats for 40 characters, more in 4 of 4 "
        "models"
    )
    other = [words[0], words[1], said("charlm --inverse-temperature 0.1", "aaaab")]
    assert judged("000-temperature", writing=other).verdict == DOES_NOT
    assert judged("000-beam", writing=words[:4]).why
    lost = [said("charlm complete d 'Zebulonius of Quxford' -", "qq zz")] * 4
    assert judged("000-prompt", writing=lost).verdict == DOES_NOT


def lm_rows(*losses: float) -> str:
    """results.csv of four seeds, each with these losses."""
    columns = ("block", "seed", "step", "train_loss", "train_accuracy")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for seed in range(4):
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
    run = run._replace(results=lm_rows(*losses), header=header)
    finding = claim("000-lm-curves").finding(Evidence({"charlm": run}, {}, {}))
    assert finding.verdict == verdict
    assert finding.seeds == 4


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

    found = finding(words, words, words, words, updates=100)
    assert found.verdict == DOES_NOT
    assert found.measured == (
        "share of the words of four letters or more that are in the text: "
        "1.00 [1.00, 1.00] at temperature 2, 0.00 at temperature 10"
    )
    assert finding(*4 * [none]).verdict == HOLDS
    little = finding(*4 * [none], updates=100)
    assert little.verdict == UNDECIDED
    assert little.why == "the models had 100 updates, the report's 500000"
    some = finding(none, none, none, few)
    assert (some.verdict, some.seeds) == (UNDECIDED, 4)


NEWER = {"002-flat"}
"""Claims that need a run and are not in the committed claims.json yet."""


def test_the_page_on_the_reports_has_the_committed_claims() -> None:
    """But for those that are judged anew above them, without a run of an hour."""
    written = {each.id for each in CLAIMS if is_written_down(each)}
    own = [each.id for each in CLAIMS if each.id not in written | NEWER]
    committed = table.stored(RESULTS / "reports" / "claims.json")
    kept = [row for row in committed if row.id in own]
    assert [row.id for row in kept] == own
    assert table.markdown(kept) in PAGE.read_text(encoding="utf-8")


def test_the_page_has_what_is_judged_without_a_run(committed: Evidence) -> None:
    exact = [each for each in CLAIMS if is_written_down(each) and not each.job]
    page = PAGE.read_text(encoding="utf-8")
    for line in table.markdown(table.rows(committed, exact)).splitlines():
        assert line in page


def test_markdown_of_the_rows(found: dict[str, table.Row]) -> None:
    lines = table.markdown(list(found.values())).splitlines()
    assert len(lines) == len(CLAIMS) + 2
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert (
        "| 002 | a GCN of n layers reaches n hops | **holds** | 3 kinds of layers, 1 "
        "to 4 of them: 0 pairs of nodes beyond n hops with a derivative other than 0, "
        "0 within n hops without one | 10 |" in lines
    )
