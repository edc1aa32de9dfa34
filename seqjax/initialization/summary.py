"""The numbers of the study that are worth quoting."""

from dataclasses import replace
from typing import Any

from seqjax.core.spectral_laws import Finding, certificate
from seqjax.core.statistics import Comparison, mean, success_rate
from seqjax.initialization.comparisons import Against, comparisons
from seqjax.initialization.config import Config
from seqjax.initialization.selection import (
    accuracies,
    needed,
    select,
    solving_time,
    spectra,
    spread,
    successes,
    unsolved,
)
from seqjax.initialization.verdicts import SUCCESS, Sample, judged
from seqjax.lab.judging.claims import Claim, claim_rows
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE


def certificates(
    config: Config, results: Results
) -> list[tuple[str, str, str, list[Finding]]]:
    """Cell, initialiser, gate, and what holds of that gate's recurrent matrices."""
    return [
        (cell, initializer, gate, certificate(initializer, found))
        for cell in config.cells
        for initializer in config.initializers
        for gate, found in spectra(config, results, cell, initializer).items()
    ]


def samples(
    config: Config, results: Results, cell: str, encoding: str, initializer: str
) -> dict[int, Sample]:
    """What the claims are judged by, by length; nothing of weights left out."""
    found: dict[int, Sample] = {}
    if initializer not in config.initializers:
        return found
    for length in config.lengths:
        rows = select(results, cell, encoding, length, initializer)
        found[length] = Sample(
            accuracies(rows), successes(rows), needed(config, rows), unsolved(rows)
        )
    return found


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
                "cell": cell,
                "initializer": initializer,
                "gate": gate,
                "matrices": config.seeds,
                "all_hold": all(finding.holds for finding in findings),
                "findings": [
                    {**finding._asdict(), "law": finding.law._asdict()}
                    for finding in findings
                ],
            }
            for cell, initializer, gate, findings in certificates(config, results)
        ],
        "settings": [
            _setting(config, results, cell, encoding, length, initializer)
            for cell in config.cells
            for encoding in config.encodings
            for length in config.lengths
            for initializer in config.initializers
        ],
        "comparisons": [_against(found) for found in comparisons(config, results)],
        "claims": claim_rows(claims(config, results)),
    }


def _setting(
    config: Config,
    results: Results,
    cell: str,
    encoding: str,
    length: int,
    initializer: str,
) -> dict[str, Any]:
    rows = select(results, cell, encoding, length, initializer)
    return {
        "cell": cell,
        "encoding": encoding,
        "length": length,
        "initializer": initializer,
        "accuracy": mean(accuracies(rows))._asdict(),
        "accuracy_standard_deviation": spread(rows),
        "success_rate": success_rate(successes(rows))._asdict(),
        "median_updates_to_solve": solving_time(config, rows)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
        "distinct_strings": rows[0]["distinct_strings"],
        "held_out": rows[0]["held_out"],
    }


def _against(found: Against) -> dict[str, Any]:
    def plain(comparison: Comparison) -> dict[str, Any]:
        return {**comparison._asdict(), "difference": comparison.difference._asdict()}

    return {
        **found._asdict(),
        "accuracy": plain(found.accuracy),
        "updates": plain(found.updates),
    }
