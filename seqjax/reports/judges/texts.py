"""Claims about character models, on a text that is at hand.

What a report says of any text is judged; the numbers of its own text are not, for that
is not at hand.
"""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from seqjax.core.statistics import mean, paired_comparison
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding, by_seeds
from seqjax.lab.judging.rules import LEVEL, larger, most
from seqjax.lab.judging.statements import Missing
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.study import Number
from seqjax.reports.judging import Evidence, Judge, with_interval

Row = Mapping[str, str]


def _subject(run: FinishedRun) -> str:
    """The text that was learnt."""
    return " ".join(run.header["config"]["corpus"]) or "Python's manual"


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


def quicker(first: str, other: str) -> Judge:
    """Whether one optimiser's training loss lies below another's, in most seeds.

    The mean over all evaluations after the first update, on the same seeds.

    Args:
        first: name of the job of the one ...
        other: ... and of the other.
    """

    def judge(evidence: Evidence) -> Finding:
        runs = [evidence.run(name) for name in (first, other)]
        losses = [_loss_by_seed(run) for run in runs]
        seeds = sorted({*losses[0]} & {*losses[1]})
        if not seeds:
            raise Missing("the two runs have no seed in common")
        pairs = np.array([[each[seed] for seed in seeds] for each in losses])
        compared = paired_comparison(pairs[1], pairs[0])
        found = larger(compared, 0.0)
        updates = max(rows_of(runs[0]))
        measured = (
            f"{_subject(runs[0])}, {updates} updates: mean training loss of {other} "
            f"less that of {first} {found.measured}"
        )
        return found._replace(measured=measured)

    return judge


def _loss_by_seed(run: FinishedRun) -> dict[int, float]:
    """Mean training loss over the evaluations after update 0, by seed."""
    found: dict[int, list[float]] = {}
    for step, rows in rows_of(run).items():
        for row in rows:
            if step and row["train_loss"]:
                loss = float(row["train_loss"])
                finite = loss if np.isfinite(loss) else _LOST
                found.setdefault(int(row["seed"]), []).append(finite)
    return {seed: float(np.mean(losses)) for seed, losses in found.items()}


_LOST = 1e3
"""Loss, in nats, of a model that diverged: above that of any guess."""


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
    told = "; ".join(
        f"after {step} updates loss {_over_seeds(looks[step], 'train_loss')}, accuracy "
        f"{_over_seeds(looks[step], 'train_accuracy')}"
        for step in (first, last)
    )
    return most(np.array(better), told=f"of seeds; {told}", level=LEVEL)


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


def temperature_multiplies(*, even: Number, peaked: Number) -> Judge:
    """Whether tau = 100 is greedy and tau = 0.1 nearly uniform, where it multiplies.

    Args:
        even: share of the entropy of even draws above which they are nearly uniform ...
        peaked: ... and below which they are not.
    """

    def judge(evidence: Evidence) -> Finding:
        greedy = _text(evidence, "writing", "--temperature 0")[0]
        sharp = _text(evidence, "writing", "--inverse-temperature 100")[0]
        flat = _text(evidence, "writing", "--inverse-temperature 0.1")[0]
        length = min(len(greedy), len(sharp))
        same = _agree(greedy, sharp)
        share = _evenness(flat)
        measured = (
            f"tau = 100: the first {same} of {length} characters are those of the "
            f"greedy text; tau = 0.1: {100 * share:.0f} % of the entropy of even draws"
        )
        right = same == length and share > even
        verdict = HOLDS if right else DOES_NOT if share < peaked else UNDECIDED
        return by_seeds(Finding(verdict, measured, 1))

    return judge


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
    verdict = HOLDS if nats == sorted(nats) else DOES_NOT
    return by_seeds(Finding(verdict, measured, 1))


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
