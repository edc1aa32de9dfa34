"""seqjax trains, checks and explains small recurrent and graph networks in JAX.

Layers, each importing only those before it: `core` (functions on arrays), `nn`
(flax.nnx modules), `train` (optimisers, loops, seeds), `lab` (files, figures, command
line), and one package per study.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqjax.study.fitted import Fitted as Fitted
    from seqjax.study.fitting import fit as fit

__version__ = "0.1.0"

_FROM_STUDY = ("Fitted", "fit")


def __getattr__(name: str) -> Any:
    """`fit` and `Fitted`, imported with JAX when they are first asked for."""
    if name in _FROM_STUDY:
        import seqjax.study

        return getattr(seqjax.study, name)
    raise AttributeError(f"module 'seqjax' has no attribute {name!r}")
