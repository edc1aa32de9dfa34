"""The numbers of the study that are worth quoting."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from seqjax.core.spectral_laws import Finding, certificate
from seqjax.initialization.config import Config
from seqjax.initialization.selection import Setting, Weights, outcome_of, spectra
from seqjax.initialization.verdicts import SUCCESS, judged
from seqjax.lab import measures
from seqjax.lab.comparisons import Raced, raced
from seqjax.lab.judging.claims import Claim, claim_rows
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE


def measured(config: Config) -> list[Measure]:
    """What is told of a training."""
    return [
        Measure(
            "",
            "T",
            lambda o: o.setting.length,
            lambda value, o: f"{value}{measures.seen(o)}",
        ),
        Measure("", "initialiser", lambda o: o.setting.initializer),
        measures.accuracy(),
        measures.MIDDLE,
        measures.success(SUCCESS),
        measures.solving(config.steps)._replace(key="median_updates_to_solve"),
        Measure(
            "accuracy_standard_deviation",
            "standard deviation",
            spread,
            lambda value, _: "-" if np.isnan(value) else f"{value:.3f}",
        ),
        measures.DIVERGED,
        Measure("distinct_strings", "", lambda o: o.rows[0]["distinct_strings"]),
        measures.HELD_OUT,
    ]


def spread(o: Outcome) -> float:
    """Standard deviation of the accuracy over seeds; NaN of one seed."""
    seeds = len(o.accuracy)
    return float(np.std(o.accuracy, ddof=1)) if seeds > 1 else float("nan")


def certificates(
    config: Config, results: Results
) -> list[tuple[Weights, str, list[Finding]]]:
    """Initial weights, gate, and what holds of that gate's recurrent matrices."""
    return [
        (each, gate, certificate(each.initializer, found))
        for each in Weights.all(config)
        for gate, found in spectra(config, results, each).items()
    ]


def _compared(name: str, heading: str, form: str) -> list[Measure]:
    """A difference, in the summary with all of its test, and its p-value."""
    p_key = f"{name}_p"
    shown, p_value, *_ = measures.difference(name, heading, form, of=name, p_key=p_key)
    whole = shown._replace(
        value=lambda found: getattr(found, name).comparison,
        text=lambda comparison, _: estimate_text(comparison.difference, form),
    )
    return [whole, p_value]


COMPARED = [
    *_compared("accuracy", "accuracy gained", "{:+.3f}"),
    *_compared("updates", "mean updates more", "{:+.0f}"),
]
"""What is told of an initialiser and the first one."""


def comparisons(config: Config, results: Results) -> list[Raced]:
    """Every initialiser against the first; Holm over those of a cell and encoding."""
    first, *others = config.initializers
    found = []
    for axes in product(config.cells, config.encodings):
        pairs = {}
        for each in product(config.lengths, others):
            setting = Setting(*axes, *each)
            pairs[setting] = (
                outcome_of(config, results, setting),
                outcome_of(config, results, setting._replace(initializer=first)),
            )
        found += raced(pairs)
    return found


def samples(
    config: Config, results: Results, cell: str, encoding: str, initializer: str
) -> dict[int, Outcome]:
    """What the claims are judged by, by length; nothing of weights left out."""
    return {
        n: outcome_of(config, results, Setting(cell, encoding, n, initializer))
        for n in config.lengths
        if initializer in config.initializers
    }


def claims(config: Config, results: Results) -> list[Claim]:
    """Report 001's claims about orthogonal weights, each with its verdict."""
    found = []
    first = config.initializers[0]
    for cell in config.cells:
        for encoding in config.encodings:
            ours, base = (
                samples(config, results, cell, encoding, name)
                for name in ("orthogonal", first)
            )
            for claim in judged(ours, base, first, config.steps, config.few_updates):
                at = {"cell": cell, "encoding": encoding, **claim.at}
                found.append(replace(claim, at=at))
    return found


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: certificates, estimates per setting, comparisons, verdicts."""
    return {
        "chance_accuracy": CHANCE,
        "success_accuracy": SUCCESS,
        "compared_with": config.initializers[0],
        "certificates": [
            {
                **each._asdict(),
                "gate": gate,
                "matrices": config.seeds,
                "all_hold": all(finding.holds for finding in findings),
                "findings": [measures.plain(finding) for finding in findings],
            }
            for each, gate, findings in certificates(config, results)
        ],
        "settings": [
            measures.numbers(measured(config), outcome_of(config, results, setting))
            for setting in Setting.all(config)
        ],
        "comparisons": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
        "claims": claim_rows(claims(config, results)),
    }
