"""The table of a study of gradients."""

from seqjax.gradients.config import Config
from seqjax.gradients.summary import MEASURED, seen
from seqjax.lab import measures
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results, Table
from seqjax.tasks.palindromes import CHANCE


def tables(config: Config, results: Results) -> list[Table]:
    """One row per cell and training step."""
    return [
        measures.table(
            MEASURED,
            seen(config, results),
            title=f"Gradients over {config.length - 1} steps, "
            + counted(config.seeds, "seed"),
            axes=("cell", "updates"),
            caption=(
                "Geometric means (first four) and means over seeds, with 95 % "
                f"bootstrap intervals. Norms: mean over {config.examples} examples of "
                "the euclidean norm of each one's own gradient. Per step back: factor "
                "of |dL/dh_t|. Rise: |dL/dh_1| over the smallest |dL/dh_t|. Singular "
                "value: of the final state by the first. Zeros and underflows: of the "
                "entries of dL/dh_t in single precision. Clipped: of the updates so "
                f"far, at norm {config.clip_norm:g}. Chance {CHANCE:g}."
            ),
        )
    ]
