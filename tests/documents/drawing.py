"""Figures of the committed runs that are drawn of their rows alone.

``python -m tests.documents.drawing`` draws them anew, so that a band or an interval in
a figure changes as it does in the tables; those of histories, which are not kept, stay
as they were drawn.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seqjax.graphs.classify.figures import accuracy as accuracy_per_model
from seqjax.graphs.forecast.figures import error_per_model
from seqjax.graphs.trees.figures import accuracy_vs_depth
from seqjax.lab.reporting import figures
from seqjax.memory.figures import success_vs_length
from seqjax.optimizers.figures import rates, updates_to_solve
from seqjax.palindrome.figures import accuracy_vs_length
from seqjax.phased.noise.figures import accuracy
from seqjax.phased.silence.figures import success_vs_silence
from seqjax.reconcile.figures import ranking
from tests.documents.making import RESULTS
from tests.documents.summaries import results_of, study_of

DRAWN: Mapping[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("graphs classify", "accuracy"): accuracy_per_model,
    ("graphs forecast", "errors"): error_per_model,
    ("graphs trees", "accuracy_vs_depth"): accuracy_vs_depth,
    ("memory", "success_vs_length"): success_vs_length,
    ("optimizers", "rates"): rates,
    ("optimizers", "updates_to_solve"): updates_to_solve,
    ("palindrome", "accuracy_vs_length"): accuracy_vs_length,
    ("phased noise", "accuracy"): accuracy,
    ("phased silence", "success_vs_silence"): success_vs_silence,
    ("reconcile", "ranking"): ranking,
}
"""What draws a figure of a run, by study and file stem."""


def drawn(results: Path) -> Iterator[tuple[Path, Any]]:
    """The committed figures that are made of rows, drawn by the code of today."""
    for (name, stem), draw in DRAWN.items():
        for path in sorted(results.glob(f"*/{stem}.png")):
            study, config = study_of(path.parent)
            if study.name == name:
                with figures.style():
                    found = draw(config, results_of(path.parent, study))
                yield path, found


if __name__ == "__main__":
    for path, figure in drawn(RESULTS):
        _, svg = figures.save(figure, path.parent, path.stem)
        svg.unlink()
