"""The numbers of a silence study that are worth quoting, and its verdict."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.statistics import (
    Adjusted,
    Estimate,
    Horizon,
    mean,
    memory_horizon,
    paired_comparisons,
)
from seqjax.lab import measures
from seqjax.lab.judging.claims import Claim, claim_rows, left_out
from seqjax.lab.judging.rules import RULE, larger, most
from seqjax.lab.measures import Measure, Outcome
from seqjax.lab.study import Results
from seqjax.phased.measured import gate_history, measured
from seqjax.phased.silence.config import MODELS, Setting, SilenceConfig, settings
from seqjax.tasks.silence import BASELINE, CHANCE

LEVELS = (0.5, 0.9)
"""Success rates of the horizons, T50 and T90."""


class Against(NamedTuple):
    """The gated model less the plain one at one length, on the same seeds.

    Attributes:
        length: of the silence.
        accuracy: the comparison; p-value by Holm over the lengths.
    """

    length: int
    accuracy: Adjusted


def outcome_of(
    config: SilenceConfig, results: Results, model: str, length: int
) -> Outcome:
    """How the seeds of one model and length fared."""
    setting = Setting(model, length)
    rows, least = measures.rows_of(results, setting), config.success_accuracy
    return measures.outcome(rows, CHANCE, least, config.steps, setting=setting)


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


def horizon(
    config: SilenceConfig, results: Results, model: str, level: float
) -> Horizon:
    """The silence at which a model's success rate falls to a level."""
    lengths = sorted(config.lengths)
    table = [outcome_of(config, results, model, n).success for n in lengths]
    return memory_horizon(np.array(lengths, float), np.stack(table), level)


def comparisons(config: SilenceConfig, results: Results) -> list[Against]:
    """The gated model against the plain one; none where one of them is missing."""
    if set(config.models) != set(MODELS):
        return []
    pairs = [
        [outcome_of(config, results, model, length).accuracy for model in MODELS]
        for length in config.lengths
    ]
    found = paired_comparisons([(gated, plain) for gated, plain in pairs])
    return [
        Against(length, comparison)
        for length, comparison in zip(config.lengths, found, strict=True)
    ]


def claims(config: SilenceConfig, results: Results) -> list[Claim]:
    """That the gate keeps a memory through silence; all lengths together, then each."""
    text = "the gate keeps more across silence than the plain LSTM"
    longest = max(config.lengths)
    together = bridged = missing = left_out("what it compares was not trained")
    found = {n: larger(accuracy) for n, accuracy in comparisons(config, results)}
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
        (compared,) = paired_comparisons([(means[0], means[1])])
        together = larger(compared)
    if MODELS[0] in config.models:
        bridged = most(outcome_of(config, results, MODELS[0], longest).rate)
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
            for each in settings(config)
        ],
        "horizons": [
            _horizon(horizon(config, results, model, level), model)
            for model in config.models
            for level in LEVELS
        ],
        "comparisons": [
            {
                "length": each.length,
                "accuracy_gained": each.accuracy.difference._asdict(),
                "p_value_holm": each.accuracy.p_value,
            }
            for each in comparisons(config, results)
        ],
        "rule": RULE,
        "claims": claim_rows(claims(config, results)),
    }


def _horizon(found: Horizon, model: str) -> dict[str, Any]:
    shown = {**found._asdict(), "estimate": found.estimate._asdict()}
    return {"model": model, **shown, "bracket": [*found.bracket]}
