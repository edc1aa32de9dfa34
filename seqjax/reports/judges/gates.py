"""Claims about the time gate; `seqjax.phased` has judged most of them itself."""

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding
from seqjax.lab.judging.rules import all_of, between, either, provided
from seqjax.lab.judging.statements import Missing
from seqjax.reports.judging import (
    Evidence,
    Judge,
    Told,
    found_in,
    seeds_of,
    with_interval,
)

TOLERANCE = 1e-6
"""Of what single precision rounds."""

PARAMETERS = {"tau": "period", "s": "shift", "r_on": "open-ratio"}
"""What the report calls the numbers of the gate, and the ids of claims."""


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


def learnable(job: str, parameter: str) -> Judge:
    """Whether learning one number of the gate makes it more accurate.

    Args:
        job: "learning" or "noise".
        parameter: of the gate.
    """
    return Told(job, f"{job}-{PARAMETERS[parameter]}-learnable")


def easier(job: str) -> Judge:
    """Whether each number alone is easier to learn than all three.

    More accurate or in fewer updates: one of the two is enough for each of them.

    Args:
        job: "learning" or "noise".
    """

    def judge(evidence: Evidence) -> Finding:
        each = []
        for symbol, name in PARAMETERS.items():
            accurate, sooner = (
                Told(job, f"{job}-{name}-easier-{what}")(evidence)
                for what in ("accuracy", "updates")
            )
            found = either([accurate, sooner])
            measured = (
                f"{symbol} {found.verdict}: accuracy {accurate.measured}, updates "
                f"{sooner.measured}"
            )
            each.append(found._replace(measured=measured))
        return all_of(each)

    return judge


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
    return provided(
        between(rate["low"], rate["high"], 0.5, measured, seeds_of(run)),
        fails=summary["epochs"] >= 70,
        why="the budget ended the training before the paper's 70 epochs",
    )


def music(evidence: Evidence) -> Finding:
    """Beats and instruments: there are no sounds here."""
    raise Missing("there are no recordings here, and no study of them")
