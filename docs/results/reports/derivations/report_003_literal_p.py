r"""dL/dW_ph of report 003 with p taken at its word: what the softmax is taken of.

The other reading of ``report_003.py``.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def dW_ph(s: Any) -> Array:
    """Equation (13), of shape (classes, hidden)."""
    # Report 003, section 1.1, equation (13):
    #   \frac{\partial \mathcal{L}}{\partial \mathbf{W}_{ph}}
    #     = (\mathbf{p} - \mathbf{y}) \cdot \mathbf{h}^{(T)}
    return np.outer(s.p - s.target, s.h[s.T])
