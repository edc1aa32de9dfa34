"""Claims about palindromes: lengths, initialisers, optimisers, the number of weights.

The studies have judged them, by rules on their own pages; their verdicts are taken.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from seqjax.core.statistics import paired_comparison
from seqjax.lab.comparisons import SHARES
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import HOLDS, Finding
from seqjax.lab.judging.rules import (
    LEVEL,
    all_of,
    error_spent,
    gains,
    more_often,
    most,
    provided,
)
from seqjax.lab.study import Number
from seqjax.reports.judging import (
    Evidence,
    Judge,
    accuracies,
    claims_of,
    found_in,
    seeds_of,
    short_of_updates,
    with_interval,
)


def orthogonal(name: str, updates: int = 0) -> Judge:
    """A verdict of ``seqjax.initialization``, at all of the report's lengths.

    The report does not say how it fed a digit: one float, as the starter code does,
    decides, and one-hot vectors are told beside it.

    Args:
        name: id of the claim.
        updates: with fewer a failure proves nothing; default: any number will do.
    """

    def judge(evidence: Evidence) -> Finding:
        run = evidence.run("initialization")
        steps = int(run.header["config"]["steps"])
        told, verdicts = [], {}
        for encoding, words in (("scalar", "one float"), ("onehot", "one-hot")):
            claims = claims_of(run, name, cell="rnn", encoding=encoding)
            whole = max(claims, key=lambda claim: len(claim.at["lengths"]))
            verdict = verdicts[encoding] = whole.finding.verdict
            by_length = "; ".join(
                f"T = {claim.at['lengths'][0]}: {claim.finding.measured}"
                for claim in claims
                if len(claim.at["lengths"]) == 1
            )
            told.append(f"{words}: {verdict} ({by_length})")
        found = Finding(verdicts["scalar"], "; ".join(told), seeds_of(run))
        why = f"the models had {steps} updates, the report's {updates}"
        return short_of_updates(provided(found, fails=steps >= updates, why=why))

    return judge


def best_optimizer(evidence: Evidence) -> Finding:
    """The verdict of ``seqjax.optimizers``, and the updates that each one needs."""
    run = evidence.run("optimizers")
    (claim,) = claims_of(run, "rmsprop-best")
    told = [
        f"{each['optimizer']} {_updates(each['median_updates_to_solve'])}"
        for each in run.summary["optimizers"]
        if each["optimizer"] in ("sgd", "momentum", "adagrad", "rmsprop", "adam")
    ]
    measured = (
        f"median updates to solve, each at its own best rate: {', '.join(told)}; "
        f"{claim.finding.measured}"
    )
    return claim.finding._replace(measured=measured)


def _updates(estimate: Mapping[str, Number | None]) -> str:
    """A median time; an end that was not reached lies above."""
    if estimate["value"] is None:
        return f"> {estimate['low']:.0f}"
    if estimate["low"] is None:
        return f"{estimate['value']:.0f}"
    high = "not reached" if estimate["high"] is None else f"{estimate['high']:.0f}"
    return f"{estimate['value']:.0f} [{estimate['low']:.0f}, {high}]"


def gate_ablated(
    gate: str, how: Sequence[str], *, seeds: int, margin: Number, **training: Number
) -> Judge:
    """Whether an LSTM needs a gate as it is: with another it learns less.

    Args:
        gate: i, f, g or o.
        how: what is done to it, each of which has to do harm: "swapped" (a tanh for its
            sigmoid, or the other way round), "removed" (held at 1).
        seeds: of every cell.
        margin: accuracies that differ by less are called equal.
        **training: the other numbers of `seqjax.reports.ablation`.
    """

    def judge(evidence: Evidence) -> Finding:
        (said,) = evidence.printed("ablation")
        told = json.loads(said.output)
        if told["numbers"] != {"seeds": seeds, **training}:
            raise UserError(
                f"{said.command} must have trained by {training}, but has by "
                f"{told['numbers']}; remove the folder ablation and give the same "
                "command, to run it with this version"
            )
        whole = np.array(told["accuracies"]["lstm"])
        findings = []
        for each in how:
            without = np.array(told["accuracies"][f"{gate} {each}"])
            compared = paired_comparison(whole, without, bounds=SHARES)
            found = gains(compared, margin, LEVEL)
            measured = f"{gate} {each} {without.mean():.2f}: {found.measured}"
            findings.append(found._replace(measured=measured))
        found = all_of(findings)
        solved = most(whole >= SOLVED, level=LEVEL).verdict is HOLDS
        why = "the LSTM itself does not solve the task in so many updates"
        return provided(
            found._replace(measured=f"LSTM {whole.mean():.2f}; {found.measured}"),
            holds=solved,
            fails=solved,
            why=why,
        )

    return judge


SOLVED = 0.99
"""Accuracy at which a seed has solved its task."""


def trees(*, level: Number) -> Judge:
    """Whether a Tree-LSTM goes deeper than an LSTM that reads the string.

    Args:
        level: of the test over seeds, both looks together.
    """
    return lambda evidence: _trees(evidence, level)


def _trees(evidence: Evidence, level: Number) -> Finding:
    run = evidence.run("trees")
    rows = run.summary["comparisons_at_the_deepest"]
    row = found_in(rows, task="boolean", tree="child-sum", other="lstm")
    gained = row["accuracy_gained"]
    depth = run.header["config"]["test_depth"]
    measured = (
        f"Boolean expressions of depth {depth}, trained on depth "
        f"{run.summary['trained_to_depth']}: accuracy "
        f"{with_interval(gained, '{:+.2f}')} against an LSTM on the string"
    )
    ours, string = (
        accuracies(run, "chance", task="boolean", model=each, depth=depth)
        for each in ("child-sum", "lstm")
    )
    found = more_often(ours - string, level=error_spent(len(ours), level))
    return found._replace(measured=f"{measured}, {found.measured}")
