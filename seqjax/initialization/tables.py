"""What the study prints."""

from seqjax.core.spectral_laws import Finding
from seqjax.initialization.config import SAME, Config
from seqjax.initialization.selection import Setting, outcome_of
from seqjax.initialization.summary import (
    COMPARED,
    certificates,
    claims,
    comparisons,
    measured,
)
from seqjax.lab import measures
from seqjax.lab.judging.claims import claim_table as claims_as_table
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.tasks.palindromes import CHANCE


def tables(config: Config, results: Results) -> list[Table]:
    """Certificates, results, comparisons, verdicts; without what there is none of."""
    found = [
        certificate_table(config, results),
        result_table(config, results),
        comparison_table(config, results),
        claim_table(config, results),
    ]
    return [table for table in found if table.rows]


def certificate_table(config: Config, results: Results) -> Table:
    """What the recurrent matrices are, beside what theory says."""
    body = []
    for (cell, initializer), gate, findings in certificates(config, results):
        failed = [finding.quantity for finding in findings if not finding.holds]
        verdict = f"not: {', '.join(failed)}" if failed else "all hold"
        body.append([cell, gate, initializer, *map(_finding, findings), verdict])
    return Table(
        title=(
            "Recurrent matrices W at the start, "
            f"{counted(config.hidden_size, 'unit')}, "
            f"{counted(config.seeds, 'seed')}: measured (theory)"
        ),
        columns=(
            "cell",
            "gate",
            "initialiser",
            "largest singular value",
            "smallest",
            "condition number",
            "spectral radius",
            "|W'W - I|",
            "certificate",
        ),
        rows=body,
        caption=(
            "Means over seeds (condition number: geometric, since its mean is "
            "infinite). Theory: orthogonal and identity 1 up to rounding in single "
            "precision; independent entries of standard deviation s, n units: 2 s "
            "sqrt(n), 0.66 s/sqrt(n), 4.65 n, s sqrt(n), max(4 s^2 n - 1, 1). All "
            "hold: each mean is within four standard errors and the known error at "
            "finite n. " + _others(config)
        ),
    )


def _others(config: Config) -> str:
    if config.other_initializer == SAME:
        return "Input matrices and projection are drawn by the same initialiser."
    return (
        "Input matrices and projection are drawn by "
        f"{config.other_initializer} under all of them, the same in each seed."
    )


def _finding(finding: Finding) -> str:
    return f"{_number(finding.measured)} ({_number(finding.law.value)})"


def _number(value: float) -> str:
    """Three digits; what is small or large in powers of ten."""
    return f"{value:.3g}" if value == 0 or 0.001 <= value < 1000 else f"{value:.1e}"


def result_table(config: Config, results: Results) -> Table:
    """One row per cell, encoding, length and initialiser."""
    seeds = counted(config.seeds, "seed")
    return measures.table(
        measured(config),
        [outcome_of(config, results, setting) for setting in Setting.all(config)],
        title=f"Palindromes by initial recurrent weights, {seeds}",
        axes=("cell", "encoding"),
        caption=(
            f"Chance {CHANCE:g}. Brackets: 95 % intervals over seeds ({{intervals}}). "
            f"At most {config.steps} updates. Tested on {config.evaluation_size} "
            f"strings, never trained on unless marked seen. {_others(config)}"
        ),
    )


def comparison_table(config: Config, results: Results) -> Table:
    """Every initialiser against the first."""
    family = len(config.lengths) * (len(config.initializers) - 1)
    smallest = min(1.0, family * 2.0 ** (1 - config.seeds))
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title=f"Against {config.initializers[0]}, on the same seeds",
        axes=("cell", "encoding", "T", "initialiser"),
        caption=(
            "Sign-flip test on pairs of a seed, whose batches are the same; Holm over "
            f"the {family} comparisons of a cell, an encoding and a measure: at "
            f"{counted(config.seeds, 'seed')} no p-value can be below {smallest:.2g}. "
            f"A failure needs all {config.steps} updates."
        ),
    )


def claim_table(config: Config, results: Results) -> Table:
    """The verdicts on report 001."""
    return claims_as_table(
        'Report 001: "orthogonal W_hh ..."',
        [each for each in claims(config, results) if each.is_judged],
        (
            "Holds, or does not: the 95 % interval over seeds says so (success rate "
            "above or below one half; median updates; sign-flip test of distances "
            "from the median at 5 %, between models that learn something). The report "
            "trained up to 10 000 updates and does not say what its few iterations are."
        ),
        {
            "cell": lambda claim: claim.at["cell"],
            "encoding": lambda claim: claim.at["encoding"],
            "claim": lambda claim: claim.text,
            "T": lambda claim: ", ".join(map(str, claim.at["lengths"])),
            "measured": lambda claim: claim.finding.measured,
            "verdict": lambda claim: claim.told,
        },
        left=1,
    )
