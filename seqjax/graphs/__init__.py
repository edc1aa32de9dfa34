"""Graphs: convolutions on them, what reaches what, over time, and trees."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqjax.graphs.classify.classifier import NodeClassifier as NodeClassifier
    from seqjax.graphs.classify.classifier import open_classifier as open_classifier
    from seqjax.graphs.classify.predictions import NodePredictions as NodePredictions

__all__ = ["NodeClassifier", "NodePredictions", "open_classifier"]


def __getattr__(name: str) -> Any:
    """What `__all__` names, imported with JAX when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'seqjax.graphs' has no attribute {name!r}")
    from seqjax.graphs.classify import classifier, predictions

    return getattr(predictions if name == "NodePredictions" else classifier, name)
