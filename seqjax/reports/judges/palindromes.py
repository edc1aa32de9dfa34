"""Claims about palindromes: lengths, initialisers, optimisers, the number of weights.

The studies have judged them, by rules on their own pages; their verdicts are taken.
"""

from collections.abc import Mapping

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.lab.judging.rules import provided
from seqjax.lab.study import Number
from seqjax.reports.judging import (
    Evidence,
    Judge,
    claims_of,
    found_in,
    seeds_of,
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
        return provided(found, fails=steps >= updates, why=why)

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


def trees(*, level: Number) -> Judge:
    """Whether a Tree-LSTM goes deeper than an LSTM that reads the string.

    Args:
        level: of the test over seeds.
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
        f"{with_interval(gained, '{:+.2f}')} against an LSTM on the string, "
        f"p = {row['p_value_holm']:.2g}"
    )
    verdict = UNDECIDED
    if gained["high"] <= 0:
        verdict = DOES_NOT
    elif row["p_value_holm"] <= level and gained["low"] > 0:
        verdict = HOLDS
    return Finding(verdict, measured, seeds_of(run))
