"""Which runs are evidence for which job, and what they say together."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seqjax import __main__ as program
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED
from seqjax.reports.claims import CLAIMS
from seqjax.reports.jobs import JOBS, job_of, with_texts
from seqjax.reports.store import Store, asked, matches

RESULTS = Path(__file__).parents[2] / "docs" / "results"

PLAIN = with_texts(JOBS, {})


def answered(folder: Path, job: str) -> str:
    """Name of the folder of the run that answers a job, or nothing."""
    kept = Store([folder], program._known).best(job_of(job, PLAIN))
    return kept.path.name if kept else ""


@pytest.mark.parametrize(
    ("job", "folder"),
    [
        ("gate", "phased-gate"),
        ("hops", "graphs-hops"),
        ("flow", "gradients"),
        ("flow-orthogonal", "gradients-orthogonal"),
        ("initialization", "initialization"),  # it has more lengths and initialisers
        ("forecast", "graphs-forecast-heat"),
        ("trees", "graphs-trees"),
        ("optimizers", "optimizers"),
        ("learning", "phased-learning"),
        ("frequency", ""),  # another hidden size
        ("charlm", "charlm"),  # those beside it are of other texts
        ("clipped", "clipped"),
        ("unclipped", "unclipped"),
    ],
)
def test_committed_runs_answer_the_jobs_of_their_settings(
    job: str, folder: str
) -> None:
    """F7: one store feeds all, wherever a run lies."""
    assert answered(RESULTS, job) == folder


WANTED = {"seeds": 6, "lengths": [5, 10], "rate": 0.1, "added": 0, "budget": 1.0}


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, True),
        ({"seeds": 10}, True),
        ({"seeds": 4}, False),
        ({"lengths": [5, 10, 20]}, True),
        ({"lengths": [5]}, False),
        ({"rate": 0.2}, False),
        ({"added": None}, True),  # an older run: as by default
        ({"added": 1}, False),
        ({"budget": 9.0}, True),
        ({"unknown": 1}, False),
        ({"shown": 1}, True),
    ],
)
def test_settings_that_change_numbers_are_the_same(
    changes: dict[str, Any], right: bool
) -> None:
    wanted = {**WANTED, "shown": 0}
    had = {k: v for k, v in {**wanted, **changes}.items() if v is not None}
    default = {**wanted, "added": 0}
    assert matches(had, wanted, default, ("seeds", "lengths"), ("shown",)) is right


def copied(name: str, to: Path, **config: Any) -> Path:
    """A committed run with other settings."""
    shutil.copytree(RESULTS / name, to)
    header = json.loads((to / "config.json").read_text())
    header["config"] |= config
    (to / "config.json").write_text(json.dumps(header))
    return to


def test_of_several_the_one_with_most_seeds(tmp_path: Path) -> None:
    copied("phased-learning", tmp_path / "deep" / "few", seeds=8)
    copied("phased-learning", tmp_path / "most", seeds=12)
    copied("phased-learning", tmp_path / "other", seeds=20, hidden_size=3)
    unfinished = copied("phased-learning", tmp_path / "unfinished", seeds=40)
    (unfinished / "summary.json").unlink()
    assert answered(tmp_path, "learning") == "most"
    assert answered(tmp_path / "deep", "learning") == "few"


def verdicts(*folders: Path) -> dict[str, tuple[str, int | None, list[str]]]:
    """Of reconcile's claims by the runs of folders, with the names of these."""
    ids = [claim.id for claim in CLAIMS if claim.job == "reconcile"]
    summary = Store(folders, program._known).parts(job_of("reconcile", PLAIN), ids)
    return {
        row["id"]: (
            row["verdict"],
            row["seeds"],
            [Path(run).name for run in row.get("runs", ())],
        )
        for row in summary["claims"]
    }


def test_palindromes_are_evidence_for_reconcile() -> None:
    """F7: settings that are the same are trained once for both."""
    found = verdicts(RESULTS)
    assert found["003-rnn-chance"] == (HOLDS, 10, ["report-001-ten"])
    assert found["002-lstm-fails"][:2] == (DOES_NOT, 10)
    assert "reconcile" not in found["002-lstm-fails"][2]
    # Of 10 000 updates, which no run of palindrome had; and what it does not keep.
    assert found["001-orthogonal-20"] == (HOLDS, 20, ["reconcile", "reconcile-3"])
    assert found["003-lstm-late"] == (DOES_NOT, 10, ["reconcile"])


def test_other_settings_of_palindromes_are_none(tmp_path: Path) -> None:
    run = copied("report-001-ten", tmp_path / "a", hidden_size=64)
    assert verdicts(tmp_path)["003-rnn-chance"] == (UNDECIDED, 0, [])
    for change in ({"clip_norm": 1.0}, {"early_stop": False}, {"layers": 2}):
        shutil.rmtree(run)
        copied("report-001-ten", run, **change)
        assert verdicts(tmp_path)["003-rnn-chance"][0] == UNDECIDED, change
    shutil.rmtree(run)
    copied("report-001-ten", run)
    assert verdicts(tmp_path)["003-rnn-chance"] == (HOLDS, 10, ["a"])


def test_seeds_of_two_runs_are_taken_together(tmp_path: Path) -> None:
    """Ten, then ten more of other numbers; of the same numbers each counts once."""
    first = copied("report-001-ten", tmp_path / "a")
    more = copied("report-001-ten", tmp_path / "b", first_seed=10)
    assert verdicts(tmp_path)["003-rnn-chance"][1] == 10

    def changed(run: Path, change: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        with (run / "results.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        with (run / "results.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(change, rows))

    changed(more, lambda row: {**row, "seed": int(row["seed"]) + 10})
    # The first ten decide it.
    assert verdicts(tmp_path)["003-rnn-chance"] == (HOLDS, 10, ["a"])
    better = {"cell": "rnn", "length": "20"}.items()
    changed(
        first,
        lambda row: (
            {**row, "accuracy": "0.5"}
            if better <= row.items() and int(row["seed"]) < 3
            else row
        ),
    )
    # Seven of ten are at chance, and seventeen of twenty.
    assert verdicts(tmp_path)["003-rnn-chance"] == (HOLDS, 20, ["a", "b"])


def test_a_run_that_ended_early_does_not_lend_its_solved_seeds(tmp_path: Path) -> None:
    """Of a run of too few updates some seeds are done: all of it counts, or none."""
    run = copied("report-001-ten", tmp_path / "a", steps=500)
    text = (run / "results.csv").read_text().splitlines()
    heading = text[0].split(",")
    rows = [dict(zip(heading, line.split(","), strict=True)) for line in text[1:]]
    for row in rows:
        solved = int(row["seed"]) < 3
        row["steps"], row["accuracy"] = ("300", "1.0") if solved else ("500", "0.1")
    lines = [text[0], *(",".join(row.values()) for row in rows)]
    (run / "results.csv").write_text("\n".join(lines) + "\n")
    assert verdicts(tmp_path)["003-longer"][:2] == (UNDECIDED, 10)


def test_what_is_no_study_is_refused() -> None:
    with pytest.raises(UserError) as error:
        asked(("seqjax.nothing", "--seeds", "3"), program._known)
    assert str(error.value) == (
        "a command must be of a study, got seqjax.nothing --seeds 3; name one of seqjax"
    )
