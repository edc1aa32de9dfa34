"""What a study of node classes prints: accuracies, published ones, comparisons."""

import numpy as np

from seqjax.core.statistics import Estimate
from seqjax.graphs.classify.config import FIRST, ClassifyConfig
from seqjax.graphs.classify.published import PUBLISHED
from seqjax.graphs.classify.summary import (
    accuracies,
    accuracy_of,
    chance,
    comparisons,
    confusion,
    select,
)
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table


def tables(config: ClassifyConfig, results: Results) -> list[Table]:
    """Accuracies in per cent, and the models against the GCN where there are some."""
    found = [_accuracies(config, results)]
    if comparisons(config, results):
        found.append(_comparisons(config, results))
    return found


def published_text(config: ClassifyConfig, model: str) -> str:
    """The published accuracy in per cent, and where it stands; nothing without one."""
    found = PUBLISHED.get((config.dataset, config.split, model))
    if found is None:
        return ""
    error = "" if found.error is None else f" ± {found.error:g}"
    return f"{found.mean:.1f}{error} ({found.source})"


def _accuracies(config: ClassifyConfig, results: Results) -> Table:
    body = []
    for model in config.model:
        rows = select(results, model)
        body.append(
            [
                model,
                estimate_text(_percent(accuracy_of(results, model)), "{:.1f}"),
                f"{100 * np.std(accuracies(results, model)):.1f}",
                published_text(config, model),
                f"{np.mean([row['epochs'] for row in rows]):.0f}",
                str(sum(row["stopped_early"] for row in rows)),
                str(sum(row["diverged"] for row in rows)),
            ]
        )
    tested = int(confusion(results, config.model[0])[0].sum())
    constant = 100 * chance(results, config.model[0])
    return Table(
        title=(
            f"{config.dataset}, {config.split} split: accuracy in % on "
            f"{counted(tested, 'test node')}, {counted(config.seeds, 'seed')}"
        ),
        columns=(
            "model",
            "mean accuracy",
            "sd",
            "published",
            "epochs",
            "stopped early",
            "diverged",
        ),
        rows=body,
        caption=(
            f"Best constant answer {constant:.1f}. Brackets: 95 % bootstrap intervals "
            "over seeds. A seed that diverged counts as the best constant answer. "
            "Published (Kipf & Welling 2017): mean of 100 initialisations, or of ten "
            "random splits with its standard error; second-hand: as others quote it."
        ),
    )


def _comparisons(config: ClassifyConfig, results: Results) -> Table:
    body = []
    for found in comparisons(config, results):
        gained = estimate_text(_percent(found.accuracy.difference), "{:+.1f}")
        body.append([found.model, gained, f"{found.p_value:.2g}"])
    return Table(
        title=f"Accuracy in % less that of {FIRST}, on the same seeds",
        columns=("model", "difference", "p (Holm)"),
        rows=body,
        caption=(
            "Paired over seeds: 95 % bootstrap interval, permutation test; p adjusted "
            "for the number of models."
        ),
    )


def _percent(share: Estimate) -> Estimate:
    return share._replace(
        value=100 * share.value, low=100 * share.low, high=100 * share.high
    )
