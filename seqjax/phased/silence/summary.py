"""The numbers of a silence study that are worth quoting, and its verdict."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.statistics import Estimate, mean, paired_comparisons
from seqjax.lab import horizons, measures
from seqjax.lab.comparisons import SHARES, Against, against
from seqjax.lab.horizons import Reach
from seqjax.lab.judging.claims import Claim, claim_rows, left_out
from seqjax.lab.judging.rules import RULE, larger, most
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, outcome, rows_of
from seqjax.lab.study import Results
from seqjax.phased.measured import gate_history, measured
from seqjax.phased.silence.config import MODELS, Setting, SilenceConfig
from seqjax.tasks.silence import BASELINE, CHANCE


class Model(NamedTuple):
    """One of the models, at all lengths."""

    model: str


class Length(NamedTuple):
    """Of the silence, at which the models are compared."""

    length: int


COMPARED = measures.difference("accuracy_gained", "accuracy gained", "{:+.3f}")
"""What is told of the gated model and the plain one."""


def outcome_of(
    config: SilenceConfig, results: Results, model: str, length: int
) -> Outcome:
    """How the seeds of one model and length fared."""
    setting = Setting(model, length)
    rows, least = rows_of(results, setting), config.success_accuracy
    return outcome(rows, CHANCE, least, config.steps, setting=setting)


def told(config: SilenceConfig, results: Results) -> list[Measure]:
    """What is told of a model at one length."""

    def share_open(o: Outcome) -> Estimate | None:
        if o.rows[0]["share_open"] is None:
            return None
        shares = gate_history(results, o.setting, "share_open")
        return mean(shares[:, -1].astype(float))

    def share_text(share: Estimate | None, _: Outcome) -> str:
        return "all" if share is None else f"{share.value:.3f}"

    return [
        *measured(config, CHANCE),
        Measure("", "units open at a step", share_open, share_text),
        measures.DIVERGED,
        Measure("share_of_units_open", "", share_open),
        measures.HELD_OUT,
    ]


def reaches(config: SilenceConfig, results: Results) -> list[Reach]:
    """How long a silence every model bridges."""
    return [
        Reach(
            Model(model),
            {n: outcome_of(config, results, model, n) for n in config.lengths},
        )
        for model in config.models
    ]


def comparisons(config: SilenceConfig, results: Results) -> list[Against]:
    """The gated model against the plain one; none where one of them is missing."""
    if set(config.models) != set(MODELS):
        return []

    def accuracy(model: str, length: int) -> np.ndarray:
        return outcome_of(config, results, model, length).accuracy

    gated, plain = MODELS
    return against(
        {Length(n): (accuracy(gated, n), accuracy(plain, n)) for n in config.lengths},
        SHARES,
    )


def claims(config: SilenceConfig, results: Results) -> list[Claim]:
    """That the gate keeps a memory through silence; all lengths together, then each."""
    text = "the gate keeps more across silence than the plain LSTM"
    longest = max(config.lengths)
    together = bridged = missing = left_out("what it compares was not trained")
    found = {n: larger(gained) for (n,), gained in comparisons(config, results)}
    if found:
        means = [
            np.mean(
                [
                    outcome_of(config, results, model, n).accuracy
                    for n in config.lengths
                ],
                axis=0,
            )
            for model in MODELS
        ]
        (compared,) = paired_comparisons([(means[0], means[1])], bounds=SHARES)
        together = larger(compared)
    if MODELS[0] in config.models:
        bridged = most(outcome_of(config, results, MODELS[0], longest).success)
    judged = [
        ("keeps-more-together", f"{text}, all T together", together, config.lengths),
        *(
            ("keeps-more", f"{text}, T = {n}", found.get(n, missing), (n,))
            for n in config.lengths
        ),
        ("bridges", f"the gated LSTM bridges T = {longest}", bridged, (longest,)),
    ]
    return [
        Claim(f"silence-gate-{name}", words, finding, {"lengths": lengths})
        for name, words, finding, lengths in judged
    ]


def summarise(config: SilenceConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per setting, horizons, comparisons, verdicts."""
    return {
        "success_accuracy": config.success_accuracy,
        "loss": "nats per symbol",
        "baseline_loss": BASELINE,
        "settings": [
            measures.numbers(told(config, results), outcome_of(config, results, *each))
            for each in Setting.all(config)
        ],
        "horizons": horizons.rows(reaches(config, results)),
        "comparisons": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
        "rule": RULE,
        "claims": claim_rows(claims(config, results)),
    }
