"""Claims about the time gate; `seqjax.phased` has judged most of them itself."""

from collections.abc import Sequence

from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED, Verdict, all_of
from seqjax.reports.judging import (
    Evidence,
    Finding,
    Judge,
    Missing,
    between,
    found_in,
    seeds_of,
    with_interval,
)

TOLERANCE = 1e-6
"""Of what single precision rounds."""

PARAMETERS = ("tau", "s", "r_on")


def panels(evidence: Evidence) -> Finding:
    """Whether the gate's four panels are as the report describes them."""
    found = evidence.run("gate").summary["panels"]
    curves = [curve for panel in found for curve in panel["curves"]]
    right = [
        abs(curve["peak"] - 1) < TOLERANCE
        and abs(curve["peak_phase"] - curve["open_ratio"] / 2) < TOLERANCE
        for curve in curves
    ]
    titles = "; ".join(panel["title"] for panel in found)
    measured = (
        f"{sum(right)} of {len(curves)} curves have their peak of 1 at "
        f"phi = r_on / 2 ({titles})"
    )
    return Finding(HOLDS if all(right) else DOES_NOT, measured)


def told(job: str, claim: str) -> Judge:
    """A verdict of one of the phased studies.

    Args:
        job: "learning" or "noise".
        claim: in that study's words.
    """

    def judge(evidence: Evidence) -> Finding:
        row = found_in(evidence.run(job).summary["claims"], claim=claim)
        return Finding(row["verdict"], row["measured"], row["seeds"])

    return judge


def learnable(job: str, parameter: str) -> Judge:
    """Whether learning one number of the gate makes it more accurate.

    Args:
        job: "learning" or "noise".
        parameter: of the gate.
    """
    fixed = "fixed" if job == "learning" else "held"
    return told(job, f"{parameter} can be learnt: more accurate than if {fixed}")


def easier(job: str) -> Judge:
    """Whether each number alone is easier to learn than all three.

    More accurate or in fewer updates: one of the two is enough for each of them.

    Args:
        job: "learning" or "noise".
    """

    def judge(evidence: Evidence) -> Finding:
        rows = evidence.run(job).summary["claims"]
        each, words = [], []
        for parameter in PARAMETERS:
            begin = f"{parameter} alone is easier than all three: "
            accurate = found_in(rows, claim=f"{begin}more accurate")
            sooner = found_in(rows, claim=f"{begin}fewer updates")
            verdict = _either([accurate["verdict"], sooner["verdict"]])
            each.append(Verdict(verdict, ""))
            words.append(
                f"{parameter} {verdict}: accuracy {accurate['measured']}, updates "
                f"{sooner['measured']}"
            )
        return Finding(all_of(each), "; ".join(words), rows[0]["seeds"])

    return judge


def _either(verdicts: Sequence[str]) -> str:
    """Whether one of several claims holds."""
    for decisive in (HOLDS, UNDECIDED):
        if decisive in verdicts:
            return decisive
    return DOES_NOT


def frequency(evidence: Evidence) -> Finding:
    """Whether a gated LSTM tells periods apart; the plain one is told beside it."""
    run = evidence.run("frequency")
    summary = run.summary
    row = found_in(summary["settings"], regime="standard", model="phased")
    rate, accuracy = row["success_rate"], row["accuracy"]
    measured = (
        f"{with_interval(rate)} of seeds at {summary['success_accuracy']:g} or more "
        f"after {summary['epochs']} epochs, accuracy "
        f"{with_interval(accuracy, '{:.3f}')}, chance {summary['chance_accuracy']:.2f}"
    )
    for other in summary["comparisons"]:
        if other["less"] == "lstm" and other["regime"] == "standard":
            gained = with_interval(other["accuracy_gained"], "{:+.3f}")
            measured += f"; {gained} against an LSTM without a gate"
    found = between(rate["low"], rate["high"], 0.5, measured, seeds_of(run))
    if found.verdict == DOES_NOT and summary["epochs"] < 70:
        why = "the budget ended the training before the paper's 70 epochs"
        return found._replace(verdict=UNDECIDED, why=why)
    return found


def music(evidence: Evidence) -> Finding:
    """Beats and instruments: there are no sounds here."""
    raise Missing("there are no recordings here, and no study of them")
