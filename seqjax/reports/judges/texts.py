"""Claims about character models, on a text that is at hand.

What a report says of any text is judged; the numbers of its own text are not, for that
is not at hand.
"""

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from seqjax.core.statistics import mean, paired_comparison
from seqjax.lab.judging.claims import Finding
from seqjax.lab.judging.rules import LEVEL, larger, most
from seqjax.lab.judging.statements import Missing
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Number
from seqjax.reports.judges.writing import printed, written_at
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


def temperature(*, temperatures: Sequence[Number]) -> Judge:
    """Whether most models write more evenly at each of several temperatures.

    From greedy text on; a factor tau of the logits is the temperature 1 / tau. What the
    first model writes at tau = 100 and 0.1, far out on both sides, is told.

    Args:
        temperatures: from the lowest to the highest, the first of them 0.
    """

    def judge(evidence: Evidence) -> Finding:
        texts = [
            [each.output for each in written_at(evidence, temperature)]
            for temperature in temperatures
        ]
        nats = np.array([[_entropy(text) for text in each] for each in texts])
        rises = np.all(np.diff(nats, axis=0) > 0, axis=0)
        found = most(rises, told="of models rise at every step", level=LEVEL)
        means = ", ".join(
            f"{estimate_text(mean(each), '{:.2f}')} at T = {at:g}"
            for at, each in zip(temperatures, nats, strict=True)
        )
        said = evidence.printed("writing")
        sharp, flat = (
            printed(said, "sample", f"--inverse-temperature {tau} ")[0].output
            for tau in ("100", "0.1")
        )
        length = min(len(texts[0][0]), len(sharp))
        measured = (
            f"entropy of a character, in nats: {means}; {found.measured}; "
            f"the first: at tau = 100 {_agree(texts[0][0], sharp)} of {length} "
            f"characters of its greedy text, at tau = 0.1 {_evenness(flat):.0%} of the "
            "entropy of even draws"
        )
        return found._replace(measured=measured)

    return judge


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
