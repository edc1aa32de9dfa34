"""What a study of node classes prints: accuracies, published ones, comparisons."""

from seqjax.graphs.classify.config import FIRST, ClassifyConfig
from seqjax.graphs.classify.summary import (
    COMPARED,
    EARLY,
    MEASURED,
    chance,
    comparisons,
    confusion,
    seen,
    stopped_at_once,
)
from seqjax.lab import measures
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table


def tables(config: ClassifyConfig, results: Results) -> list[Table]:
    """Accuracies in per cent, and the models against the GCN where there are some."""
    found = [_accuracies(config, results), _comparisons(config, results)]
    return [table for table in found if table.rows]


def _accuracies(config: ClassifyConfig, results: Results) -> Table:
    tested = int(confusion(results, config.model[0])[0].sum())
    constant = 100 * chance(results, config.model[0])
    each = seen(config, results)
    early = {s.setting.model: count for s in each if (count := stopped_at_once(s.rows))}
    hint = ""
    if early:
        named = ", ".join(f"{count} of {model}" for model, count in early.items())
        hint = (
            f"The stop rule ended {named} of {counted(config.seeds, 'seed')} in their "
            f"first {EARLY} epochs, when they had hardly begun: the median tells of "
            "the others, --window 0 never stops. "
        )
    return measures.table(
        MEASURED,
        each,
        title=(
            f"{config.dataset}, {config.split} split: accuracy in % on "
            f"{counted(tested, 'test node')}, {counted(config.seeds, 'seed')}"
        ),
        axes=("model",),
        caption=(
            f"{hint}Best constant answer {constant:.1f}. "
            "Brackets: 95 % intervals (Student) over seeds. A seed that diverged "
            "counts as the best constant answer. AUC: of two classes. "
            "Published (Kipf & Welling 2017): mean of 100 initialisations, or of ten "
            "random splits with its standard error; second-hand: as others quote it."
        ),
    )


def _comparisons(config: ClassifyConfig, results: Results) -> Table:
    return measures.table(
        COMPARED,
        comparisons(config, results),
        title=f"Accuracy in % less that of {FIRST}, on the same seeds",
        axes=("model",),
        caption=(
            "Paired over seeds: 95 % interval (Student), permutation test; p adjusted "
            "for the number of models."
        ),
    )
