"""Claims about character models, on a text that is at hand.

Numbers that a report states of its own text are never confirmed here, nor refuted: that
text is not at hand. What it says of any text is judged.
"""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from seqjax.core.statistics import mean, success_rate
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.lab.judging.rules import between
from seqjax.lab.judging.statements import Missing
from seqjax.lab.report.reading import FinishedRun
from seqjax.reports.judging import Evidence, Judge, seeds_of, with_interval

Row = Mapping[str, str]


def _subject(run: FinishedRun) -> str:
    """The text that was learnt."""
    return " ".join(run.header["config"]["corpus"]) or "Python's manual"


def another(run: FinishedRun) -> str:
    """Why a number of a report's own text is not decided.

    Args:
        run: of another text.
    """
    return f"the report's own text is not here; this is {_subject(run)}"


def rows_of(run: FinishedRun) -> dict[int, list[Row]]:
    """The rows of ``results.csv`` by update.

    Args:
        run: of ``seqjax.charlm train``.
    """
    found: dict[int, list[Row]] = {}
    for row in csv.DictReader(io.StringIO(run.results, newline="")):
        found.setdefault(int(row["step"]), []).append(row)
    return dict(sorted(found.items()))


def _over_seeds(rows: Sequence[Row], column: str) -> str:
    values = [float(row[column]) for row in rows if row[column]]
    if not values:
        raise Missing(f"the run has no {column}")
    return with_interval(mean(np.array(values))._asdict(), "{:.2f}")


def curves(evidence: Evidence) -> Finding:
    """Whether the loss falls and the accuracy rises in training."""
    run = evidence.run("charlm")
    looks = {step: rows for step, rows in rows_of(run).items() if rows[0]["train_loss"]}
    if len(looks) < 2:
        raise Missing("fewer than two evaluations fit into the budget")
    first, last = min(looks), max(looks)
    pairs = zip(looks[first], looks[last], strict=True)
    better = [
        float(b["train_loss"]) < float(a["train_loss"])
        and float(b["train_accuracy"]) > float(a["train_accuracy"])
        for a, b in pairs
    ]
    rate = success_rate(np.array(better))
    measured = "; ".join(
        f"after {step} updates loss {_over_seeds(looks[step], 'train_loss')}, accuracy "
        f"{_over_seeds(looks[step], 'train_accuracy')}"
        for step in (first, last)
    )
    return between(rate.low, rate.high, 0.5, measured, seeds_of(run))


def numbers(steps: Sequence[int], columns: Sequence[str]) -> Judge:
    """Numbers after so many updates: told beside the report's, and not judged.

    Args:
        steps: the report's.
        columns: of ``results.csv``.
    """

    def judge(evidence: Evidence) -> Finding:
        run = evidence.run("charlm")
        looks = {s: r for s, r in rows_of(run).items() if r[0][columns[0]]}
        reached = {_nearest(looks, step) for step in steps if looks}
        told = []
        for step in sorted(reached):
            words = [_over_seeds(looks[step], column) for column in columns]
            told.append(f"{step} updates: {' / '.join(words)}")
        measured = f"{_subject(run)}, {'; '.join(told)}"
        return Finding(UNDECIDED, measured, seeds_of(run), another(run))

    return judge


def _nearest(looks: Mapping[int, list[Row]], step: int) -> int:
    return min(looks, key=lambda each: abs(each - step))


def memorisation(evidence: Evidence) -> Finding:
    """Whether a model recites more after a long training."""
    run = evidence.run("charlm")
    looks = {s: r for s, r in rows_of(run).items() if s and r[0]["longest_run"]}
    if len(looks) < 2:
        raise Missing("fewer than two evaluations fit into the budget")
    first, last = min(looks), max(looks)
    told = "; ".join(
        f"after {step} updates {_over_seeds(looks[step], 'longest_run')} at training "
        f"accuracy {_over_seeds(looks[step], 'train_accuracy')}"
        for step in (first, last)
    )
    expected = _over_seeds(looks[last], "expected_run")
    measured = (
        f"longest stretch of a sample that is in the training text, characters: "
        f"{told}; of held-out text {expected}"
    )
    why = f"{last} updates, the report 1 000 000; {another(run)}"
    return Finding(UNDECIDED, measured, seeds_of(run), why)


def _text(evidence: Evidence, job: str, *words: str) -> list[str]:
    """What commands with these words printed, each on its own."""
    found = [
        said.output
        for said in evidence.printed(job)
        if all(f" {word} " in f"{said.command} " for word in words)
    ]
    if not found or not all(found):
        raise Missing(f"nothing was written by {' '.join(words)}")
    return found


def temperature_multiplies(evidence: Evidence) -> Finding:
    """Whether tau = 100 is greedy and tau = 0.1 nearly uniform, where it multiplies."""
    greedy = _text(evidence, "writing", "--temperature 0")[0]
    sharp = _text(evidence, "writing", "--inverse-temperature 100")[0]
    flat = _text(evidence, "writing", "--inverse-temperature 0.1")[0]
    same = _agree(greedy, sharp)
    share = _evenness(flat)
    measured = (
        f"tau = 100: the first {same} of {len(greedy)} characters are those of the "
        f"greedy text; tau = 0.1: {100 * share:.0f} % of the entropy of even draws"
    )
    right = same == len(greedy) and share > 0.9
    wrong = share < 0.8
    verdict = HOLDS if right else DOES_NOT if wrong else UNDECIDED
    return Finding(verdict, measured, 1)


def temperature_divides(evidence: Evidence) -> Finding:
    """Whether T = 0 is greedy, and T = 1 is wilder, where it divides."""
    greedy = _text(evidence, "writing", "--temperature 0")[0]
    drawn = _text(evidence, "writing", "--temperature 1")[0]
    flat = _text(evidence, "writing", "--inverse-temperature 0.1")[0]
    nats = [_entropy(text) for text in (greedy, drawn, flat)]
    measured = "entropy of a character of what it writes: " + ", ".join(
        f"{value:.2f} nats at T = {name}"
        for name, value in zip(("0", "1", "10"), nats, strict=True)
    )
    return Finding(HOLDS if nats == sorted(nats) else DOES_NOT, measured, 1)


def _agree(a: str, b: str) -> int:
    """How many characters two texts have in common from the start on."""
    length = min(len(a), len(b))
    return next((i for i in range(length) if a[i] != b[i]), length)


def _entropy(text: str) -> float:
    """Of a text's characters, each on its own, in nats."""
    _, counts = np.unique(list(text), return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _evenness(text: str) -> float:
    """Entropy of a text's characters, as a share of that of even draws of them."""
    return _entropy(text) / max(1e-9, float(np.log(len(set(text)))))
