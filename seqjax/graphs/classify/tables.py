"""What a study of node classes prints: accuracies, published ones, comparisons."""

from seqjax.graphs.classify.config import FIRST, ClassifyConfig
from seqjax.graphs.classify.summary import (
    COMPARED,
    MEASURED,
    chance,
    comparisons,
    confusion,
    seen,
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
    return measures.table(
        MEASURED,
        seen(config, results),
        title=(
            f"{config.dataset}, {config.split} split: accuracy in % on "
            f"{counted(tested, 'test node')}, {counted(config.seeds, 'seed')}"
        ),
        axes=("model",),
        caption=(
            f"Best constant answer {constant:.1f}. Brackets: 95 % intervals (Student) "
            "over seeds. A seed that diverged counts as the best constant answer. AUC: "
            "of two classes. By 20: stopped within the first 20 epochs. "
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
