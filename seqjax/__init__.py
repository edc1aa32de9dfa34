"""seqjax trains, checks and explains small recurrent and graph networks in JAX.

Layers, each importing only those before it: `core` (functions on arrays), `nn`
(flax.nnx modules), `train` (optimisers, loops, seeds), `lab` (files, figures, command
line), and one package per study.
"""

__version__ = "0.1.0"
