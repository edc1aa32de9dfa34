"""Accuracies that others have published, in per cent."""

from typing import NamedTuple

from seqjax.graphs.classify.config import ClassifyConfig

PAPER = "paper"
SECOND_HAND = "second-hand"


class Published(NamedTuple):
    """A published mean over runs.

    Attributes:
        mean: in per cent.
        error: standard error of the mean, None where none is given.
        source: `PAPER`: read in the paper's table and in the authors' program;
            `SECOND_HAND`: quoted by others.
    """

    mean: float
    error: float | None
    source: str

    @property
    def text(self) -> str:
        """In per cent, and where it stands."""
        error = "" if self.error is None else f" ± {self.error:g}"
        return f"{self.mean:.1f}{error} ({self.source})"


_DATASETS = ("citeseer", "cora", "pubmed")

# Kipf & Welling (2017), Table 3; its last but two rows are those of Table 2.
_FIXED = {
    "chebyshev-3": (69.8, 79.5, 74.4),
    "chebyshev-2": (69.6, 81.2, 73.8),
    "first-order": (68.3, 80.0, 77.5),
    "single-parameter": (69.3, 79.2, 77.4),
    "renormalized": (70.3, 81.5, 79.0),
    "first-order-term": (68.7, 80.5, 77.8),
    "mlp": (46.5, 55.1, 71.4),
}
_RANDOM = ((67.9, 0.5), (80.1, 0.5), (78.9, 0.7))


def _table() -> dict[tuple[str, str, str], Published]:
    found = {}
    for model, row in _FIXED.items():
        source = PAPER if model == "renormalized" else SECOND_HAND
        for dataset, value in zip(_DATASETS, row, strict=True):
            found[dataset, "fixed", model] = Published(value, None, source)
    for dataset, (value, error) in zip(_DATASETS, _RANDOM, strict=True):
        found[dataset, "random", "renormalized"] = Published(value, error, PAPER)
    return found


PUBLISHED = _table()
"""By data set, split and model; of the fixed split, means over 100 initialisations, of
random splits, over ten of them."""


def published_of(config: ClassifyConfig, model: str) -> Published | None:
    """What is published of a model on the data set and split of a study."""
    return PUBLISHED.get((config.dataset, config.split, model))
