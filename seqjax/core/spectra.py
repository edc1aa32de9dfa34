"""Singular values and eigenvalues of recurrent matrices, gate by gate.

Computed in double precision on the host, whatever the precision of the weights: what is
measured is the matrix as it is, not the rounding of the measurement.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Complex128, Float, Float64


class Spectrum(NamedTuple):
    """Of one square matrix W.

    Attributes:
        singular_values: largest first.
        eigenvalues: largest modulus first.
    """

    singular_values: Float64[np.ndarray, " hidden"]
    eigenvalues: Complex128[np.ndarray, " hidden"]

    @property
    def largest(self) -> float:
        """The largest singular value, by which W stretches a vector at most."""
        return float(self.singular_values[0])

    @property
    def smallest(self) -> float:
        """The smallest singular value, by which W stretches a vector at least."""
        return float(self.singular_values[-1])

    @property
    def condition(self) -> float:
        """Largest over smallest singular value; infinite where the latter is 0."""
        return self.largest / self.smallest if self.smallest else float("inf")

    @property
    def radius(self) -> float:
        """The spectral radius: growth per step of W^t in the long run."""
        return float(np.abs(self.eigenvalues[0]))

    @property
    def deviation(self) -> float:
        """Spectral norm of W^T W - I, which is 0 for an orthogonal W alone.

        The eigenvalues of W^T W are the squares of the singular values.
        """
        return float(np.max(np.abs(self.singular_values**2 - 1)))


def spectrum(w: Float[np.ndarray, "hidden hidden"]) -> Spectrum:
    """Singular values and eigenvalues of one square matrix.

    Raises:
        ValueError: if an entry is not finite.
    """
    matrix = np.asarray(w, np.float64)
    if not np.isfinite(matrix).all():
        raise ValueError(
            f"w must be finite, but {np.count_nonzero(~np.isfinite(matrix))} of its "
            f"{matrix.size} entries are not; look at a model before it diverged"
        )
    eigenvalues = np.linalg.eigvals(matrix).astype(np.complex128)
    order = np.argsort(-np.abs(eigenvalues), kind="stable")
    return Spectrum(np.linalg.svd(matrix, compute_uv=False), eigenvalues[order])


def gate_spectra(
    w_h: Float[np.ndarray, "hidden columns"], gates: tuple[str, ...]
) -> dict[str, Spectrum]:
    """Spectrum of every gate's block of a fused recurrent matrix.

    Args:
        w_h: (hidden, gates * hidden), as the cells of `seqjax.core.cells` hold it.
        gates: names of the blocks, in their order.

    Raises:
        ValueError: if `w_h` does not consist of one square block per gate.
    """
    hidden, columns = w_h.shape
    if columns != hidden * len(gates):
        raise ValueError(
            f"w_h must have {len(gates)} square blocks ({', '.join(gates)}), not the "
            f"shape {w_h.shape}; give the cell's own gates"
        )
    blocks = np.split(w_h, len(gates), axis=1)
    return {gate: spectrum(w) for gate, w in zip(gates, blocks, strict=True)}
